"""What a step can do. `xenbond_tui.apply.steps` carries each out; `Action` is all of them."""

from collections.abc import Mapping

from xenbond_tui.facts.link import Address
from xenbond_tui.facts.routing import Route
from xenbond_tui.value import dataclass


@dataclass(frozen=True, slots=True)
class ByItself:
    """What a daemon may do without being told: make a link the port of a bond or bridge."""

    link: str
    master: str
    patience: float
    """Seconds it is given for that."""


@dataclass(frozen=True, slots=True)
class Rival:
    """A command of root's that waits to be confirmed, as a change does.

    What it found when it began it puts back when nobody confirms it, over what was written since.
    """

    program: str
    """As `effects.Process.program`."""
    word: str
    """Of its command line."""
    waiting: str
    """A file below /run that is there while it waits."""
    adds: str
    """An option by which it writes a configuration file, which it removes only when it goes back.
    """


@dataclass(frozen=True, slots=True)
class Run:
    """Run a command. A status outside `ok` fails the step."""

    argv: tuple[str, ...]
    timeout: float = 60.0
    """Seconds."""
    ok: tuple[int, ...] = (0,)
    unless: ByItself | None = None
    """Run only what has not come about by then."""
    rival: Rival | None = None
    """Who would put back other files than it makes, or keeps it from making them: is ended."""


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
    """Take every global address off a link, by netlink, and what only a link in use needs.

    IPv4 routes go with the last address (fib_disable_ip in net/ipv4/fib_frontend.c). IPv6 routes
    stay: what leaves would go on by a link that is about to lose its carrier.
    """

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
    """Take each /32 off a link that it has with another prefix as well."""

    link: str


@dataclass(frozen=True, slots=True)
class AddRoute:
    """Add or replace a route, by netlink."""

    route: Route
    unless_in: str | None = None
    """A bond or bridge: while the route's link is in that one, it gets no route."""


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
    leaves: str | None = None
    """A bond or bridge: a link that is to be in nothing is left alone while it is in another."""


@dataclass(frozen=True, slots=True)
class PlugBeside:
    """Plug a link into a bridge beside the port whose place it takes; it hears only, and is up.

    A kernel that can't have both at once has it up and beside the bridge.
    """

    link: str
    bridge: str
    beside: str


@dataclass(frozen=True, slots=True)
class ExchangePort:
    """One port of a bridge takes the place of another, which goes down and is none any more.

    Host and guests are announced from it: a guest that only listens would not be heard there until
    a switch has forgotten the old way.
    """

    bridge: str
    leaves: str
    comes: str


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


ROUTER_S = 15.0
"""Seconds a router may take: a host asks three times, 4 s apart, and is answered within half a
second (RFC 4861, section 10). What is asked first may be lost while a port is plugged in."""


@dataclass(frozen=True, slots=True)
class WaitForAddress:
    """Wait until a link has an address that it gets by itself, as from a router."""

    link: str
    ip: str
    timeout: float = ROUTER_S
    leased: bool = False
    """Wait until it is one for a time, though the link may have it without end before."""


@dataclass(frozen=True, slots=True)
class WaitForRouter:
    """Wait until a link has an IPv6 default route that a router announced."""

    link: str
    timeout: float = ROUTER_S


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
    | PlugBeside
    | ExchangePort
    | WaitFor
    | WaitForAddress
    | WaitForRouter
    | RestoreNetwork
)
