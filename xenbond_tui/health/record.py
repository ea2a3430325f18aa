"""The events of a bond, kept from one run to the next: a few hundred kB at most.

/var/lib/xenbond/events/BOND.jsonl      the newest, one JSON object a line
/var/lib/xenbond/events/BOND.1.jsonl    those before, dropped when the first is full again
"""

import json
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from math import isfinite

from xenbond_tui.health.event import Event, boot_id
from xenbond_tui.health.kernel_log import read_log
from xenbond_tui.health.merge import merged, same_for
from xenbond_tui.host import door, keeping
from xenbond_tui.host.document import is_wall_time, parse
from xenbond_tui.host.resolve import Place
from xenbond_tui.machine import Machine
from xenbond_tui.value import replace

FULL = 128 * 1024
"""Bytes after which a new file is begun: some thousand events."""
LARGEST = 1 << 20
"""Bytes that are read, the newest: a storm of events, told at once, may make it larger once."""
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class EventRecord:
    """What was seen of one bond. Without permission nothing is kept, and nothing breaks."""

    def __init__(self, machine: Machine, bond: str) -> None:
        self._machine = machine
        self._directory = os.path.join(machine.own_dir, "events")
        self._path = os.path.join(self._directory, f"{bond}.jsonl")
        self._older = os.path.join(self._directory, f"{bond}.1.jsonl")

    def read(self) -> tuple[Event, ...]:
        """Every event kept, oldest first; lines that are damaged are left out.

        What two screens saw is told once.
        """
        by: dict[str, list[Event]] = {}
        if not keeping.is_ours(self._machine):
            return ()
        for path in (self._older, self._path):
            for writer, event in self._read(path):
                by.setdefault(writer, []).append(event)
        return merged(*by.values())

    @property
    def closed(self) -> str:
        """Why this user can't read what is kept, in words; "" for one who can."""
        try:
            door.names(self._directory)
        except PermissionError as error:
            return f"{self._directory}: {error.strerror}"
        except OSError:
            return ""
        return ""

    def append(self, events: Iterable[Event]) -> None:
        """Keep some more, of this boot."""
        boot = boot_id(self._machine)
        told = (replace(event, boot=event.boot or boot) for event in events)
        by = {"by": str(os.getpid())}
        lines = "".join(json.dumps(_document(event) | by) + "\n" for event in told)
        if not lines or not keeping.is_ours(self._machine):
            return
        with suppress(OSError):
            keeping.make(self._directory)
            with door.place(self._path) as place:
                self._make_room(place)
                fd = os.open(place.name, _APPEND, 0o600, dir_fd=place.directory)
            try:
                os.write(fd, lines.encode())
            finally:
                os.close(fd)

    def _make_room(self, place: Place) -> None:
        with suppress(FileNotFoundError):
            if place.status().st_size > FULL:
                here, older = place.directory, os.path.basename(self._older)
                os.rename(place.name, older, src_dir_fd=here, dst_dir_fd=here)

    @staticmethod
    def _read(path: str) -> list[tuple[str, Event]]:
        found = []
        try:
            lines = door.end_of(path, LARGEST).split(b"\n")
        except OSError:
            return []
        for line in lines:
            with suppress(ValueError, KeyError, TypeError, AttributeError):
                document = parse(line)
                found.append((str(document.get("by") or ""), _event(document)))
        return found


def history(machine: Machine, bond: str) -> tuple[Event, ...]:
    """What happened before now: as it was kept, and as the kernel's log has it."""
    kept, same = EventRecord(machine, bond).read(), same_for(machine.kernel.bond(bond))
    return merged(kept, read_log(machine, bond), same=same)


def _document(event: Event) -> dict[str, object]:
    return {
        "time": event.wall,
        "monotonic": event.monotonic,
        "boot": event.boot or None,
        "code": event.code,
        "slave": event.slave,
        "text": event.text,
    }


def _event(document: dict[str, object]) -> Event:
    slave, monotonic = document["slave"], document["monotonic"]
    wall = float(str(document["time"]))
    since_boot = None if monotonic is None else float(str(monotonic))
    if not is_wall_time(wall) or not isfinite(since_boot or 0.0):
        raise ValueError("no time")
    return Event(
        wall=wall,
        code=str(document["code"]),
        text=str(document["text"]),
        slave=None if slave is None else str(slave),
        monotonic=since_boot,
        boot=str(document.get("boot") or ""),
    )


def events_document(bond: str, events: Sequence[Event]) -> dict[str, object]:
    """`xenbond events --json` of one bond; times: seconds since the epoch, and since that boot."""
    return {"bond": bond, "events": [_document(event) for event in events]}
