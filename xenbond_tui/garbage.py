"""How often Python looks for garbage: objects that hold each other and nobody else holds."""

import gc

SELDOM = 50_000
"""Objects made between two looks while a command starts. At Python's own 700 there are dozens
while the modules load, which is an eighth of the time of `xenbond status`, and find none."""
_OWN = gc.get_threshold()
EVERY_S = 60.0
"""Seconds between two looks while something stays."""


def look_seldom() -> None:
    """For a command that ends soon."""
    gc.set_threshold(SELDOM)


class WhatStays:
    """What stays makes some hundred a minute: at a count, an hour's would wait for a look.

    What is there when it begins is set aside and not looked through again; of the rest, a look
    takes a millisecond. What is garbage already goes first, or it would stay as well: a screen
    that was left, say.
    """

    def __init__(self, now: float) -> None:
        """`now`: monotonic seconds."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_OWN)
        self._looked = now

    def look(self, now: float) -> None:
        """Look once a minute, whatever was made: to be called as often as one likes."""
        if now - self._looked >= EVERY_S:
            self._looked = now
            gc.collect()


def look_no_more() -> None:
    """Before the interpreter ends, which goes through all that is there twice."""
    gc.freeze()
