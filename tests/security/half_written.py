"""A host with an open change whose process died between two files; what tests of it share."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, os.fspath(Path(__file__).parent.parent / "unit"))
from fakes import FakeHost, change
from faults import MEMORY

from xenbond_tui.apply import boot_guard, transaction
from xenbond_tui.apply.store import Store
from xenbond_tui.plan.actions import WriteFiles
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.plan.plan import Plan, Step

WRITTEN = "/etc/network/interfaces"
NOT_YET = "/etc/modprobe.d/xenbond.conf"
OLD, NEW = b"auto eth0\n\xff\x00\n", b"auto bond0\n"
COPY = f"backup/files{WRITTEN}"


@dataclass
class Scene:
    """A host with one change, whose process died between two files."""

    host: FakeHost
    id: str

    def note(self, name: str) -> Path:
        return Path(Store(self.host.machine).path(self.id, name))

    def half_written(self) -> None:
        """As the process that died left it."""
        self.host.put(WRITTEN, NEW, 0o640)

    def is_old(self) -> bool:
        status = os.stat(self.host.root + WRITTEN)
        as_it_was = self.host.read(WRITTEN) == OLD and status.st_mode & 0o777 == 0o640
        return as_it_was and not os.path.lexists(self.host.root + NOT_YET)


@contextmanager
def scenery() -> Iterator[Scene]:
    """Such a host, for as long as it is needed."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as root:
        os.makedirs(f"{root}/run/systemd/system")
        os.makedirs(f"{root}/etc/systemd/system")
        host = FakeHost(root)
        host.put(WRITTEN, OLD, 0o640)
        changes = (change(host, WRITTEN, NEW, 0o640), change(host, NOT_YET, b"options\n"))
        id = transaction.prepare(host.machine, plan_of(*changes), None)
        boot_guard.install(host.machine)
        made = Scene(host, id)
        made.half_written()
        yield made


def plan_of(*changes: FileChange) -> Plan:
    return Plan("ifupdown", changes, (Step("write", WriteFiles()),), ())
