"""What was lost, event by event, as the one table that a run prints at its end."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.lab.qemu.peer import Pinging
from tests.lab.xen.steps import EVERYBODY, PACE, told

HEAD = ("event", "announced", "switch", *EVERYBODY, "load")


@dataclass(slots=True)
class Table:
    """A row an event; of host and guests what was lost, of how many, and the longest gap."""

    rows: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, event: str, announced: str, switch: str, asked: Mapping[str, Pinging]) -> None:
        """A row.

        Args:
            announced: by whom.
            switch: what becomes of what it learned of a port whose link goes down.
            asked: host and guests, by their names.
        """
        load = f"{os.getloadavg()[0]:.1f}"
        lost = [told(asked[name]) for name in EVERYBODY]
        self.rows.append((event, announced, switch, *lost, load))
        print(self.rows[-1])

    def __str__(self) -> str:
        rows = [HEAD, *self.rows]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        head = f"xen: lost of those asked each {PACE * 1000:.0f} ms, and the longest gap"
        return "\n    ".join((head, *lines))
