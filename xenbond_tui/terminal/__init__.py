"""The terminal itself: what it can show, how large it is, and sending it only what changed."""
