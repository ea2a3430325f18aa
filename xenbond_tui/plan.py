"""What will be done: every file before and after, and the steps up and down, in plain words.

A Plan is a value: made without touching the host, shown as diffs, carried out by
`xenbond_tui.apply`, stored with the transaction so that it can be undone much later.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from xenbond_tui.facts.link import Address
from xenbond_tui.facts.routing import Route
from xenbond_tui.masking.diff import unified
from xenbond_tui.masking.shown import Line, shown_lines

NETWORKMANAGER = "networkmanager"
"""The one second clock there is: a checkpoint of NetworkManager's."""


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
    real: str = field(default="", compare=False)
    """Where the path led when the plan was made, links followed; "" when that is not known."""

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
        """Unified diff; a missing final newline and a changed mode are said. "" when unchanged.

        Passwords and keys are masked; a line that differs in nothing else is there all the same.
        """
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
        lines = unified(
            _lines(self.path, self.before),
            _lines(self.path, self.after),
            "/dev/null" if self.before is None else self.path,
            "/dev/null" if self.after is None else self.path,
        )
        body = []
        for line in lines:
            body.append(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n")
        return "".join(head + body)

    def shown_after(self) -> str | None:
        """The file as it will be, its passwords and keys masked; None: no such file."""
        if self.after is None:
            return None
        return "".join(line.shown for line in _lines(self.path, self.after))

    @property
    def masked(self) -> bool:
        """Whether `diff` and `shown_after` show less than what stands in the file."""
        return any(
            line.masked for data in (self.before, self.after) for line in _lines(self.path, data)
        )

    def counts(self) -> tuple[int, int]:
        """Lines added and removed."""
        body = [line for line in self.diff().split("\n") if not line.startswith(("+++", "---"))]
        return (
            sum(line.startswith("+") for line in body),
            sum(line.startswith("-") for line in body),
        )


def _lines(path: str, data: bytes | None) -> list[Line]:
    return shown_lines(path, (data or b"").decode("utf-8", "surrogateescape"))


@dataclass(frozen=True, slots=True)
class ByItself:
    """What a daemon may do without being told: make a link the port of a bond or bridge."""

    link: str
    master: str
    patience: float
    """Seconds it is given for that."""


@dataclass(frozen=True, slots=True)
class Run:
    """Run a command. A status outside `ok` fails the step."""

    argv: tuple[str, ...]
    timeout: float = 60.0
    """Seconds."""
    ok: tuple[int, ...] = (0,)
    unless: ByItself | None = None
    """Run only what has not come about by then."""


@dataclass(frozen=True, slots=True)
class WriteFiles:
    """Write the plan's files (the copies were kept before the first step)."""


@dataclass(frozen=True, slots=True)
class RestoreFiles:
    """Put every file back as it was."""


@dataclass(frozen=True, slots=True)
class SetRuntimeFile:
    """Write a file below /run, or take it away: it counts until the next boot at most."""

    path: str
    text: str | None
    """None: no such file; its directory goes too when nothing else is in it."""


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
class LendAddresses:
    """Give a link each IPv4 address that another one has now, as a host's (/32)."""

    source: str
    link: str


@dataclass(frozen=True, slots=True)
class ReturnLent:
    """Take each /32 off a link that it has with a prefix of its own as well."""

    link: str


@dataclass(frozen=True, slots=True)
class AddRoute:
    """Add or replace a route, by netlink."""

    route: Route
    unless_in: str | None = None
    """A bond or bridge: while the route's link is in that one, it gets no route of its own."""


@dataclass(frozen=True, slots=True)
class DelRoute:
    """Remove a route, by netlink."""

    route: Route


@dataclass(frozen=True, slots=True)
class Announce:
    """Say on the wire where a link's IPv4 addresses are now (gratuitous ARP)."""

    link: str


@dataclass(frozen=True, slots=True)
class AnnounceGuests:
    """Say out of one port of a bridge which MACs are behind its other ports.

    A guest that only listens would not be heard there until a switch has forgotten the old way.
    """

    bridge: str
    port: str


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
class AddBond:
    """Make a bond with these options, still down and without slaves, if it is not there."""

    link: str
    options: Mapping[str, str]
    """Kernel name → value, as sysfs takes them; in any order, without `primary`."""


@dataclass(frozen=True, slots=True)
class SetBondOption:
    """Set one option of a bond that runs, by sysfs."""

    link: str
    option: str
    """Kernel name; active_slave too."""
    value: str
    moves_for: str | None = None
    """The bridge, where another slave may become the active one by it: what stands on the bridge is
    announced at once. Switches still send by the slave before, which drops what comes in."""


@dataclass(frozen=True, slots=True)
class SetLink:
    """Set a link administratively up or down, by netlink."""

    link: str
    up: bool
    unless_in: str | None = None
    """A bond or bridge: while the link is in that one, it is left alone."""


@dataclass(frozen=True, slots=True)
class SetMac:
    """Set a link's current MAC, by netlink."""

    link: str
    mac: str


@dataclass(frozen=True, slots=True)
class SetMtu:
    """Set a link's MTU, by netlink; a bond's slaves follow it."""

    link: str
    mtu: int
    """Bytes."""


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
    """Wait until a link is in a state.

    "exists"; "carrier"; "up": it has carrier and sends (operstate); "forwarding", as the port of a
    bridge; "gone".
    """

    link: str
    state: str
    timeout: float = 10.0
    """Seconds; running out of it fails the step."""


@dataclass(frozen=True, slots=True)
class WaitForAddress:
    """Wait until a link has an address that it gets by itself, as from a router."""

    link: str
    ip: str
    timeout: float = 5.0
    """Seconds; a router answers within half a second (RFC 4861, section 6.2.6), if it does."""
    leased: bool = False
    """Wait until it is one for a time, though the link may have it without end before."""


@dataclass(frozen=True, slots=True)
class RestoreNetwork:
    """Put addresses, routes, MACs, MTUs and ports back as in the snapshot, what differs only."""


Action = (
    Run
    | WriteFiles
    | RestoreFiles
    | SetRuntimeFile
    | FlushAddresses
    | AddAddress
    | DelAddress
    | LendAddresses
    | ReturnLent
    | AddRoute
    | DelRoute
    | Announce
    | AnnounceGuests
    | Reach
    | SetSysctls
    | RestoreSysctls
    | AddBridge
    | AddBond
    | SetBondOption
    | SetLink
    | SetMac
    | SetMtu
    | DeleteLink
    | SetMaster
    | WaitFor
    | WaitForAddress
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
    """What must be true of the running kernel afterwards; compared by reading back.

    Either the bond stands, under the bridge where one is named, or, with `nic`, both are gone.
    """

    bond: str
    slaves: tuple[str, ...]
    options: Mapping[str, str] = field(default_factory=dict)
    """sysfs option name → its value's name, e.g. {"mode": "active-backup", "miimon": "100"}."""
    bridge: str | None = None
    addresses: tuple[Address, ...] = ()
    """Static addresses that `holder` must have; empty for dhcp and none."""
    routes: tuple[Route, ...] = ()
    dhcp: bool = False
    nic: str | None = None
    """The NIC that has the addresses once bond and bridge are gone; None while they stand."""

    @property
    def holder(self) -> str:
        """The link that must have the addresses: the NIC, else the bridge, else the bond."""
        return self.nic or self.bridge or self.bond


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
    gap: str = ""
    """How long the host is out of reach while it is carried out, "5 to 15 seconds"; "" when it is
    not, or where a finding of the stack says it."""
    gap_told: tuple[str, ...] = ()
    """What the findings named gap say of it: whoever takes it back is told that too."""
    second_clock: str = ""
    """Who besides us brings the old network back should nobody keep the change: NETWORKMANAGER,
    or "" for nobody."""

    @property
    def changed(self) -> tuple[FileChange, ...]:
        """The files that really change."""
        return tuple(change for change in self.changes if change.status != "unchanged")
