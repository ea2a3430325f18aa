"""Attacks: each test does what somebody who is not root, or who made a disk image, could do."""
