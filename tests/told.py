"""What a run that passed has to tell at its end; `tests/conftest.py` prints it."""

NOTES: list[str] = []
"""What the lab measured; times are this machine's, and nothing was asserted of most of them."""
TALLY: list[tuple[str, int]] = []
"""What was broken at every point, and at how many."""
