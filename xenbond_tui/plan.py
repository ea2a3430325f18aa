"""What will be done: every file before and after, and the steps up and down, in plain words.

A Plan is a value: made without touching the host, shown as diffs, carried out by
`xenbond_tui.apply`, stored with the transaction so that it can be undone much later.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field

from xenbond_tui.facts import Address, Route


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file, whole, before and after. `None` bytes mean: no such file."""

    path: str
    before: bytes | None
    after: bytes | None
    mode: int = 0o644
    """Permission bits after; a changed file keeps its own unless the stack demands another."""
    before_mode: int | None = None
    why: str = ""
    """What this change is for, in a few words: "eth0 becomes a slave of bond0"."""

    @property
    def status(self) -> str:
        """new, changed, removed or unchanged; a changed mode counts as changed."""
        if self.before is None:
            return "unchanged" if self.after is None else "new"
        if self.after is None:
            return "removed"
        same_mode = self.before_mode is None or self.before_mode == self.mode
        return "unchanged" if self.before == self.after and same_mode else "changed"

    def diff(self) -> str:
        """Unified diff; a missing final newline and a changed mode are said. "" when unchanged."""
        if self.status == "unchanged":
            return ""
        head = []
        if (
            self.before is not None
            and self.after is not None
            and self.before_mode not in (None, self.mode)
        ):
            head = [f"old mode {self.before_mode:04o}\n", f"new mode {self.mode:04o}\n"]
        elif self.before is None:
            head = [f"new file mode {self.mode:04o}\n"]
        elif self.after is None:
            head = ["deleted file\n"]
        lines = difflib.unified_diff(
            _lines(self.before),
            _lines(self.after),
            "/dev/null" if self.before is None else self.path,
            "/dev/null" if self.after is None else self.path,
        )
        body = []
        for line in lines:
            body.append(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n")
        return "".join(head + body)

    def counts(self) -> tuple[int, int]:
        """Lines added and removed."""
        body = [line for line in self.diff().splitlines() if not line.startswith(("+++", "---"))]
        return (
            sum(line.startswith("+") for line in body),
            sum(line.startswith("-") for line in body),
        )


def _lines(data: bytes | None) -> list[str]:
    text = (data or b"").decode("utf-8", "surrogateescape")
    return text.splitlines(keepends=True)


@dataclass(frozen=True, slots=True)
class Run:
    """Run a command. A status outside `ok` fails the step."""

    argv: tuple[str, ...]
    timeout: float = 60.0
    """Seconds."""
    ok: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True)
class WriteFiles:
    """Write the plan's files (the copies were kept before the first step)."""


@dataclass(frozen=True, slots=True)
class RestoreFiles:
    """Put every file back as it was."""


@dataclass(frozen=True, slots=True)
class FlushAddresses:
    """Take every global address off a link, by netlink."""

    link: str


@dataclass(frozen=True, slots=True)
class AddAddress:
    """Add an address to a link, by netlink."""

    link: str
    address: Address


@dataclass(frozen=True, slots=True)
class DelAddress:
    """Take one address off a link, by netlink."""

    link: str
    address: Address


@dataclass(frozen=True, slots=True)
class AddRoute:
    """Add or replace a route, by netlink."""

    route: Route


@dataclass(frozen=True, slots=True)
class DelRoute:
    """Remove a route, by netlink."""

    route: Route


@dataclass(frozen=True, slots=True)
class Announce:
    """Say on the wire where a link's IPv4 addresses are now (gratuitous ARP)."""

    link: str


@dataclass(frozen=True, slots=True)
class Reach:
    """Wait until a neighbour answers an ARP probe out of a link that needs no address for it."""

    link: str
    ip: str
    timeout: float = 45.0
    """Seconds; a switch port with spanning tree takes 30 to forward. Running out fails the step."""


@dataclass(frozen=True, slots=True)
class SetSysctls:
    """Set values of /proc/sys for the time of the change; what they were is kept."""

    values: Mapping[str, str]
    """Path below /proc/sys → value: {"net/ipv4/conf/eth0/rp_filter": "0"}."""


@dataclass(frozen=True, slots=True)
class RestoreSysctls:
    """Put back every value of /proc/sys that this change has set."""


@dataclass(frozen=True, slots=True)
class AddBridge:
    """Make a bridge with that MAC, still down, if it is not there, by netlink."""

    link: str
    mac: str


@dataclass(frozen=True, slots=True)
class SetLink:
    """Set a link administratively up or down, by netlink."""

    link: str
    up: bool


@dataclass(frozen=True, slots=True)
class SetMac:
    """Set a link's current MAC, by netlink."""

    link: str
    mac: str


@dataclass(frozen=True, slots=True)
class DeleteLink:
    """Delete a bond or a bridge if it is there, by netlink."""

    link: str


@dataclass(frozen=True, slots=True)
class SetMaster:
    """Make a link a port of a bond or bridge (None: of nothing), by netlink."""

    link: str
    master: str | None


@dataclass(frozen=True, slots=True)
class WaitFor:
    """Wait until a link "exists", has "carrier", is "forwarding" (as a bridge port) or "gone"."""

    link: str
    state: str
    timeout: float = 10.0
    """Seconds; running out of it fails the step."""


@dataclass(frozen=True, slots=True)
class RestoreNetwork:
    """Put addresses, routes, MACs, MTUs and ports back as in the snapshot, what differs only."""


Action = (
    Run
    | WriteFiles
    | RestoreFiles
    | FlushAddresses
    | AddAddress
    | DelAddress
    | AddRoute
    | DelRoute
    | Announce
    | Reach
    | SetSysctls
    | RestoreSysctls
    | AddBridge
    | SetLink
    | SetMac
    | DeleteLink
    | SetMaster
    | WaitFor
    | RestoreNetwork
)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, with the words the operator reads while it is done."""

    label: str
    action: Action
    may_fail: bool = False
    """True for steps of a way back that find nothing left to do: a failure is logged, not fatal."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What must be true of the running kernel afterwards; compared by reading back."""

    bond: str
    slaves: tuple[str, ...]
    options: Mapping[str, str] = field(default_factory=dict)
    """sysfs option name → its value's name, e.g. {"mode": "active-backup", "miimon": "100"}."""
    bridge: str | None = None
    addresses: tuple[Address, ...] = ()
    """Static addresses the bridge must have; empty for dhcp and none."""
    routes: tuple[Route, ...] = ()
    dhcp: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that will be done to one host."""

    stack: str
    changes: tuple[FileChange, ...]
    """Every file looked at, unchanged ones included."""
    up: tuple[Step, ...]
    """In order; contains WriteFiles once. With --files-only just that one is carried out."""
    down: tuple[Step, ...]
    """The way back, in order, from any point of `up`; contains RestoreFiles once."""
    expected: Expected | None = None
    summary: str = ""
    """One line for the history: "bond0 (active-backup: eth0, eth1) under xenbr0"."""

    @property
    def changed(self) -> tuple[FileChange, ...]:
        """The files that really change."""
        return tuple(change for change in self.changes if change.status != "unchanged")
