"""Passwords and keys in files are never shown: which they are, where they stand, what is shown."""
