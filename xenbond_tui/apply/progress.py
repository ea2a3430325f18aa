"""What the operator sees while a transaction runs: a line per step, in a file to re-attach to.

Losing a line costs nothing but the sight of it, so these are not waited for on the disk.
"""

import json
from typing import TYPE_CHECKING

from xenbond_tui.apply import durable
from xenbond_tui.apply.notes import read_bounded
from xenbond_tui.host.document import parse
from xenbond_tui.value import dataclass

if TYPE_CHECKING:
    from xenbond_tui.effects import Clock

MAX_BYTES = 4 << 20
"""Of the lines of one transaction; a long one has some hundred."""


@dataclass(frozen=True, slots=True)
class Line:
    """One step as the operator sees it."""

    label: str
    status: str
    """running, ok, failed or undone."""
    seconds: float = 0.0
    detail: str = ""


class ProgressWriter:
    """Writes the lines of one transaction; a failing disk never stops what it reports on."""

    def __init__(self, path: str, clock: "Clock") -> None:
        self._path = path
        self._clock = clock
        self._number = len(read_progress(path)[0])
        self._began = 0.0
        self._label = ""

    def begin(self, label: str) -> None:
        """A step starts."""
        self._label, self._began = label, self._clock.monotonic()
        self._write("running")

    def end(self, status: str, detail: str = "") -> None:
        """The step that started last has ended: ok, failed or undone."""
        self._write(status, detail)
        self._number += 1

    def note(self, label: str, status: str = "ok", detail: str = "") -> None:
        """Something that took no time."""
        self.begin(label)
        self.end(status, detail)

    def message(self, text: str) -> None:
        """What is going on as a whole."""
        self._append({"message": text})

    def _write(self, status: str, detail: str = "") -> None:
        seconds = round(self._clock.monotonic() - self._began, 3)
        self._append(
            {
                "n": self._number,
                "label": self._label,
                "status": status,
                "seconds": seconds,
                "detail": detail,
                # For whoever looks afterwards at what the host missed, and when.
                "at": round(self._clock.now(), 3),
            }
        )

    def _append(self, fields: dict[str, object]) -> None:
        try:
            durable.append_line(self._path, json.dumps(fields), sync=False)
        except OSError:
            return


def read_progress(path: str) -> tuple[tuple[Line, ...], str]:
    """The lines so far and the last message; what can't be understood is left out."""
    lines: dict[int, Line] = {}
    message = ""
    try:
        rows = read_bounded(path, MAX_BYTES).split(b"\n")
    except (OSError, ValueError):
        rows = []
    for row in rows:
        try:
            fields = parse(row)
            if "message" in fields:
                message = str(fields["message"])
            else:
                lines[int(fields["n"])] = Line(
                    str(fields["label"]),
                    str(fields["status"]),
                    float(fields["seconds"]),
                    str(fields["detail"]),
                )
        except (ValueError, TypeError, KeyError, OverflowError):
            continue
    return tuple(lines[number] for number in sorted(lines)), message
