"""Lossless editing of modprobe.conf and modprobe.d/*.conf (modprobe.d(5))."""

import re

from xenbond_tui.facts.utf8 import decoded
from xenbond_tui.value import dataclass


@dataclass(frozen=True, slots=True)
class Directive:
    """One logical line; continuation lines (a backslash at the end) belong to it."""

    text: str
    """As in the file, its line ending included."""
    line: int
    """Number of its first line, from 1."""

    @property
    def words(self) -> tuple[str, ...]:
        """`("options", "bonding", "mode=1")`; empty for comments and blank lines."""
        joined = self.text.replace("\\\n", " ").replace("\\\r\n", " ")
        return () if joined.lstrip().startswith("#") else tuple(joined.split())

    @property
    def name(self) -> str:
        """What the directive is about, as the kernel names modules: `-` and `_` are the same."""
        return self.words[1].replace("-", "_") if len(self.words) > 1 else ""

    @property
    def parameters(self) -> dict[str, str]:
        """`key=value` of an options line; a key alone has the value ""."""
        pairs = (word.partition("=") for word in self.words[2:])
        return {key: value for key, _, value in pairs}

    def without(self, names: frozenset[str]) -> str:
        """The text with those parameters gone; commented out when none would be left."""
        if set(self.parameters) <= names:
            return re.sub(r"^", "#", self.text.removesuffix("\n"), flags=re.MULTILINE) + (
                "\n" if self.text.endswith("\n") else ""
            )
        either = "|".join(re.escape(name) for name in sorted(names))
        return re.sub(rf"[ \t]+(?:{either})(?:=[^\s\\]*)?(?=\s|\\|$)", "", self.text)


def parse(data: bytes, name: str) -> tuple[Directive, ...]:
    """All logical lines; joining their texts gives the file back.

    Raises:
        XenbondError: the bytes are not UTF-8.
    """
    text = decoded(name, data)
    found: list[Directive] = []
    pending, line = "", 1
    for physical in re.findall(r"[^\n]*\n|[^\n]+", text):
        pending += physical
        if not physical.rstrip("\r\n").endswith("\\"):
            found.append(Directive(pending, line))
            line += pending.count("\n")
            pending = ""
    return (*found, Directive(pending, line)) if pending else tuple(found)


def render(directives: tuple[Directive, ...]) -> bytes:
    """The file's bytes."""
    return "".join(item.text for item in directives).encode()
