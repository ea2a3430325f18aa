"""Variables of a shell's text, as far as plain words are said for them: what a command may mean."""

import re

from xenbond_tui.regex import regex

_VARIABLE = regex(r"\$\{?([A-Za-z_]\w*)")
_ASSIGNED = regex(
    r"(?:^|[;&(\s\"'])(?P<name>[A-Za-z_]\w*)="
    r"(?P<value>\"[^\"$`]*\"|'[^'$`]*'|[^\s;|&$`\"'()]+)"
)
_LOOP = regex(r"\bfor\s+(?P<name>[A-Za-z_]\w*)\s+in\s+(?P<words>[^;`]+)")
_MOST = 32
"""Words a variable stands for, and meanings of a command, that are looked at."""
_LONGEST = 256
"""Characters of a value."""


class Variables:
    """What one text has set so far, read from its top."""

    def __init__(self) -> None:
        """Nothing is set."""
        self._values: dict[str, tuple[str, ...]] = {}

    def meanings(self, command: str) -> tuple[str, ...]:
        """What a command may mean; a variable of several words stands for each of them.

        What it sets itself it may use right away, as the words of a loop, too; what is not known
        stays as it stands.
        """
        for _ in range(2):
            for meant in self._expanded(command):
                self._remember(meant)
        return self._expanded(command)

    def _expanded(self, command: str) -> tuple[str, ...]:
        found: tuple[str, ...] = (command,)
        known = (it[1] for it in _VARIABLE.finditer(command) if it[1] in self._values)
        for name in dict.fromkeys(known):
            one = re.compile(rf"\$(?:{name}\b|\{{{name}\}})")
            words = tuple(word.replace("\\", r"\\") for word in self._values[name])
            loop = _LOOP.search(command)
            if loop is not None and one.search(loop["words"]):
                words = (" ".join(words),)
            found = tuple(one.sub(word, text) for text in found for word in words)[:_MOST]
        return found

    def _remember(self, command: str) -> None:
        for it in _ASSIGNED.finditer(command.removeprefix("Environment=")):
            # One that holds itself twice, again and again, would have no end.
            if len(it["value"]) <= _LONGEST:
                self._values[it["name"]] = tuple(it["value"].strip("\"'").split()[:_MOST])
        if loop := _LOOP.search(command):
            self._values[loop["name"]] = tuple(loop["words"].replace('"', "").split()[:_MOST])
