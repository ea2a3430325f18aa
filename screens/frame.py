"""What every screen has around its middle: product line, step list, key line."""

from textual.content import Content
from textual.widget import Widget
from typing_extensions import override

from xenbond_tui.facts.host import HostFacts
from xenbond_tui.text import cells, one_line

HELP = "F1 help"


class TitleLine(Widget):
    """`xenbond   host   distribution, stack   Xen dom0            F1 help`, as much as fits."""

    def __init__(self, *parts: str) -> None:
        super().__init__(id="title")
        self._parts = tuple(one_line(part) for part in parts if part)
        self._right = HELP

    def show_right(self, text: str) -> None:
        """Put something else at the right end, such as the time; equal text costs nothing."""
        if text != self._right:
            self._right = text
            self.refresh()

    @override
    def render(self) -> Content:
        width = self.size.width - 2
        parts = list(self._parts)
        while len(parts) > 1 and cells("   ".join(parts)) + len(self._right) + 2 > width:
            parts.pop()
        left = "   ".join(parts)
        return Content(left + " " * max(1, width - cells(left) - len(self._right)) + self._right)


def title_parts(facts: HostFacts | None, stack: str) -> tuple[str, ...]:
    """The product line's parts for a host."""
    if facts is None:
        return ("xenbond",)
    system = facts.system.distribution + (f", {stack}" if stack else "")
    xen = f"Xen {facts.xen.role}" if facts.xen.role != "none" else ""
    return ("xenbond", facts.system.hostname, system, xen)


def step_list(titles: tuple[str, ...], current: str) -> str:
    """`Host > [Slaves] > Bond`."""
    return " > ".join(f"[{title}]" if title == current else title for title in titles)


class KeyLine(Widget):
    """The last line: the keys that do something here, now."""

    def __init__(self) -> None:
        super().__init__(id="keys")
        self._keys = ""

    @property
    def text(self) -> str:
        """What it shows."""
        return self._keys

    def show(self, *keys: str) -> None:
        """Show these keys, each `KEY what it does`; equal text costs nothing."""
        text = "   ".join(one_line(key) for key in keys if key)
        if text != self._keys:
            self._keys = text
            self.refresh()

    @override
    def render(self) -> Content:
        text = self._keys
        if len(text) > self.size.width - 2:
            text = text.replace("   ", "  ")
        return Content(text)
