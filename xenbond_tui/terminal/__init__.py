"""What the terminal can show, and sending it only what changed."""
