"""Regular expressions, each compiled when it is first asked.

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
