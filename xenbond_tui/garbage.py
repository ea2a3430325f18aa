"""How often Python looks for garbage: objects that hold each other and nobody else holds."""

import gc

SELDOM = 50_000
"""Objects made between two looks while a command starts. At Python's own 700 there are dozens
while the modules load, which is an eighth of the time of `xenbond status`, and find none."""
_OWN = gc.get_threshold()


def look_seldom() -> None:
    """For a command that ends soon."""
    gc.set_threshold(SELDOM)


def look_as_usual() -> None:
    """For what stays: it makes some hundreds a minute, so an hour's would wait for a look.

    What is there by now stays and is not looked through again: else Python would look at what has
    grown old only when that is a quarter of it, which takes a day. What is garbage already goes
    first, or it would stay as well: a screen that was left, say. The second look is at nothing, and
    what it leaves is what Python compares with.
    """
    gc.collect()
    gc.freeze()
    gc.collect()
    gc.set_threshold(_OWN[0], 2, 2)


def look_no_more() -> None:
    """Before the interpreter ends, which goes through all that is there twice."""
    gc.freeze()
