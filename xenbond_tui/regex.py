"""Regular expressions, each compiled when it is first asked, and file patterns without one.

A command loads some fifty, asks a few, and compiling them all was a fifth of what `status` cost.
"""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from re import compile as compiled

    regex = compiled
else:

    class regex:
        """What `re.compile` gives, later."""

        def __init__(self, text, flags=0):
            self.pattern = text
            self._flags = flags

        def __getattr__(self, name):
            found = getattr(re.compile(self.pattern, self._flags), name)
            setattr(self, name, found)
            return found


def fits(name: str, pattern: str) -> bool:
    """As `fnmatch.fnmatchcase`, which compiles a regular expression of each pattern.

    Here only of one with more than a `*`, and for a name that begins like it.
    """
    return fitting(pattern)(name)


def fitting(pattern: str) -> "Callable[[str], bool]":
    """As `fits`, of one pattern for many names."""
    head = pattern.partition("*")[0].partition("?")[0].partition("[")[0]
    if head == pattern:
        return pattern.__eq__
    at, end = len(head), pattern[len(head) + 1 :]
    if pattern[at] == "*" and not any(sign in end for sign in "*?["):
        return lambda name: name.startswith(head) and name.endswith(end, at)
    return lambda name: name.startswith(head) and _by_expression(name, pattern)


def _by_expression(name: str, pattern: str) -> bool:
    from fnmatch import fnmatchcase

    return fnmatchcase(name, pattern)
