"""What the steps of nearly every plan do; the others are in `actions`, which has these too."""

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
class FlushAddresses:
    """Take every global address off a link, by netlink, and what only a link in use needs.

    IPv4 routes go with the last address (fib_disable_ip in net/ipv4/fib_frontend.c). IPv6 routes
    stay: what leaves would go on by a link that is about to lose its carrier.
    """

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
class RestoreSysctls:
    """Put back every value of /proc/sys that this change has set."""


@dataclass(frozen=True, slots=True)
class SetLink:
    """Set a link administratively up or down, by netlink."""

    link: str
    up: bool
    unless_in: str | None = None
    """A bond or bridge: while the link is in that one, it is left alone."""


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


@dataclass(frozen=True, slots=True)
class RestoreNetwork:
    """Put addresses, routes, MACs, MTUs and ports back as in the snapshot, what differs only."""
