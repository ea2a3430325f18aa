"""What the files say, kept until one of them changes: a monitoring system asks every minute.

Reading it takes every stack's code and files, several times the rest of `xenbond status`.
"""

import json
import os
from binascii import crc32
from collections.abc import Iterable
from contextlib import suppress

from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.guest_ports import named_as_guest_port
from xenbond_tui.health.model import Written
from xenbond_tui.host import door, keeping
from xenbond_tui.host.document import parse
from xenbond_tui.machine import Machine
from xenbond_tui.rules.findings import Finding, Severity
from xenbond_tui.typed import Any

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NET = "/sys/class/net"
_FORM = 9
"""Changes when this program reads files otherwise than the one that kept the answer."""


def written(machine: Machine, bond: str) -> Written | None:
    """What the files say of that bond; None when they say nothing, or it can't be known."""
    path = os.path.join(machine.state_dir, "written.json")
    ours = keeping.is_ours(machine)
    kept = _load(path) if ours else None
    links = _links(machine) if kept is not None else []
    same = kept is not None and kept["links"] == links
    if kept is not None and same and kept["stamps"] == _stamps(machine, kept["stamps"]):
        return _of(kept["written"].get(bond))
    # Only now: the stacks' code is what costs.
    from xenbond_tui import __version__
    from xenbond_tui.health.written import paths_and_probes, read_written

    paths, probes = paths_and_probes(machine)
    watched = {*paths, *probes, *(os.path.dirname(item) for item in paths)}
    stamps = _stamps(machine, watched)
    links = _links(machine)
    found = read_written(machine)
    if ours:
        document = {name: _document(said) for name, said in found.items()}
        form = [_FORM, __version__]
        _keep(path, {"form": form, "stamps": stamps, "links": links, "written": document})
    return found.get(bond)


def _links(machine: Machine) -> list[str]:
    """The links that a file may be about, and each bond's slaves; guests come and go."""
    found = (path.rpartition("/")[2] for path in machine.tree.glob(f"{_NET}/*"))
    bonds = machine.kernel.bond_names()
    slaves = (machine.tree.read(f"{_NET}/{bond}/bonding/slaves") for bond in bonds)
    return [
        *(name for name in found if not named_as_guest_port(name)),
        *(item.data.decode("ascii", "replace") for item in slaves if isinstance(item, FileState)),
    ]


def _document(said: Written) -> dict[str, object]:
    findings = [[getattr(it, name) for name in it.__slots__] for it in said.findings]
    return {name: getattr(said, name) for name in said.__slots__} | {"findings": findings}


def _stamps(machine: Machine, paths: Iterable[str]) -> dict[str, list[int] | None]:
    """Path → what changes with its content (of a link, its target's), or None: not there."""
    tree = door.to(machine.access.root)
    found: dict[str, list[int] | None] = {}
    for path in sorted(paths):
        try:
            status = tree.status(path)
        except OSError:
            found[path] = None
            continue
        found[path] = [status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_size]
    return found


def _load(path: str) -> dict[str, Any] | None:
    from xenbond_tui import __version__

    try:
        checksum, _, body = door.read(path).data.partition(b"\n")
        if checksum != _checksum(body):
            return None
        kept: dict[str, Any] = parse(body)
        return kept if kept["form"] == [_FORM, __version__] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _checksum(body: bytes) -> bytes:
    """A byte that has changed since would be another option in the files."""
    return b"%08x" % crc32(body)


def _of(document: dict[str, Any] | None) -> Written | None:
    if document is None:
        return None
    pairs = {
        it: {name: (value, where) for name, (value, where) in document[it].items()}
        for it in ("options", "unsaid", "mtu")
    }
    bridge = None if document["bridge"] is None else tuple(document["bridge"])
    findings = tuple(Finding(Severity(severity), *rest) for severity, *rest in document["findings"])
    return Written(**{**document, **pairs, "bridge": bridge, "findings": findings})


def _keep(path: str, document: dict[str, object]) -> None:
    """Losing it costs time only. Nobody but root may write where it lies, so it can be trusted."""
    with suppress(OSError):
        keeping.make(os.path.dirname(path))
        with door.place(path) as place:
            temporary, here = f"{place.name}.{os.getpid()}", place.directory
            fd = os.open(temporary, _NEW, 0o600, dir_fd=here)
            try:
                body = json.dumps(document).encode()
                os.write(fd, _checksum(body) + b"\n" + body)
            finally:
                os.close(fd)
            os.rename(temporary, place.name, src_dir_fd=here, dst_dir_fd=here)
