"""Regular expressions, each compiled when it is first asked, and file patterns without one.

A command loads some fifty, asks a few, and compiling them all was a fifth of what `status` cost.
"""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
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
    head = pattern.partition("*")[0].partition("?")[0].partition("[")[0]
    if not name.startswith(head):
        return False
    tail = pattern[len(head) :]
    if not tail:
        return name == head
    end = tail[1:]
    if tail[0] != "*" or any(sign in end for sign in "*?["):
        from fnmatch import fnmatchcase

        return fnmatchcase(name, pattern)
    return name.endswith(end, len(head))
