"""Attacks on the real code, one file a kind: what must not be believed, and is not."""
