"""The doors to the outside. Everything that reads or changes a host goes through one of these.

They are given once, by `xenbond_tui.machine`; the demo, another system's tree and the tests are
other implementations. Nothing asks "is this a dry run?".
"""

# What they take and give is named only, not needed when this is imported: see `xenbond_tui.facts`.
from __future__ import annotations

from xenbond_tui.typed import TYPE_CHECKING, Protocol
from xenbond_tui.value import dataclass

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence

    from xenbond_tui.facts.bond import BondState
    from xenbond_tui.facts.bridge import BridgeState
    from xenbond_tui.facts.file_state import FileState, UnreadableFile, Way
    from xenbond_tui.facts.link import Address, Counters, Link, ReservedMacs, SwitchPort
    from xenbond_tui.facts.network import KernelSnapshot
    from xenbond_tui.facts.routing import Neighbour, Route, RoutingPolicy, Rule


PROBES_LAST_S = 1000.0
"""Seconds for which a pinger keeps its probes: all of a drill, no more of weeks on a screen."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One echo request. Times are seconds of `Clock.monotonic`."""

    sent: float
    answered: float | None
    """None: not yet, or never."""


class Pinger(Protocol):
    """Asks one address at a steady pace, from its making until it is stopped."""

    def probes(self, since: float = 0.0) -> tuple[Probe, ...]:
        """Every probe sent since then, oldest first."""
        ...

    def stop(self) -> None:
        """Send no more; the probes stay readable."""
        ...


class SwitchListener(Protocol):
    """Hears from switches which of their ports links are plugged into, until it is stopped."""

    def neighbours(self) -> Mapping[str, SwitchPort]:
        """Link → the switch port it is told to be plugged into, for as long as that is valid."""
        ...

    def noise(self) -> Mapping[str, int]:
        """Link → frames of the last minute that were passed over: more than a switch sends."""
        ...

    def forget(self, link: str) -> None:
        """A link's cable is out: what was told of it is void."""
        ...

    def stop(self) -> None:
        """Listen no more."""
        ...


class KernelReader(Protocol):
    """The running network: netlink, sysfs, /proc. Looks and asks; changes nothing."""

    def snapshot(self) -> KernelSnapshot:
        """Everything, read now."""
        ...

    def policy(self) -> RoutingPolicy:
        """Rules, the routes of their tables and permanent neighbours, read now."""
        ...

    def bond_names(self) -> tuple[str, ...]:
        """Names of the bonds, from sysfs or /proc alone (cheap: no netlink)."""
        ...

    def bond(self, name: str) -> BondState | None:
        """One bond from sysfs and /proc alone (cheap); None when there is none of that name."""
        ...

    def bridge(self, name: str) -> BridgeState | None:
        """One bridge with its addresses (cheap); None when there is none of that name."""
        ...

    def beside(self, own: Collection[str], mac: str) -> tuple[Link, ...]:
        """The links that stand on these, are ports of one, or have that MAC (cheap: no netlink).

        Guests' ports are left out.
        """
        ...

    def inet4(self, names: Sequence[str]) -> Mapping[str, str]:
        """Link → its first IPv4 address (cheap: no netlink); links without one are left out.

        Nothing of another system's tree: its /proc ties no IPv4 address to its link.
        """
        ...

    def counters(self, names: Sequence[str]) -> Mapping[str, Counters]:
        """Byte counters by link; links that are gone are left out."""
        ...

    def events(self) -> AsyncIterator[str]:
        """Names of links as they change, from netlink; "" means "re-read everything".

        It comes first, when changes are told from now on, and when some were lost (ENOBUFS).
        """
        ...

    def answers(self, link: str, ip: str) -> bool:
        """Does a neighbour answer an ARP probe sent out of that link? Waits half a second."""
        ...

    def echoes(self, ip: str) -> bool:
        """Does an address answer an echo request, whichever way it is routed? Waits a second."""
        ...

    def listen_for_switches(self, links: Sequence[str]) -> SwitchListener:
        """Hear, on these links, which switch ports they are plugged into (LLDP); sends nothing."""
        ...

    def learned(self, bridge: str) -> Mapping[str, str]:
        """MAC → port of every address a bridge has learned; its ports' own are left out."""
        ...

    def reserved_macs(self, gateways: Collection[str]) -> ReservedMacs:
        """MACs of this host's links, and those it takes these gateways (IPv4) to have."""
        ...

    def ping(self, ip: str, link: str, interval: float) -> Pinger:
        """Ask an address every `interval` seconds through a link, until told to stop."""
        ...

    def port_option(self, port: str, option: str) -> str | None:
        """An option of a bridge's port (brport/ in sysfs); None: it has none such, or is none."""
        ...

    def sysctl(self, name: str) -> str | None:
        """A value of /proc/sys by its path below it; None where this kernel has none."""
        ...


class KernelWriter(KernelReader, Protocol):
    """The running network for who changes it, or tells others of a change."""

    def add_address(self, link: str, address: Address) -> None:
        """Add an address; adding one that is there is no error."""
        ...

    def del_address(self, link: str, address: Address) -> None:
        """Remove one address; one that is gone is no error."""
        ...

    def flush_addresses(self, link: str) -> None:
        """Remove every global address of a link; a link that is gone is no error."""
        ...

    def add_route(self, route: Route) -> None:
        """Add or replace a route."""
        ...

    def add_policy(self, item: Rule | Neighbour) -> None:
        """Add a rule or a permanent neighbour; adding one that is there is no error."""
        ...

    def del_route(self, route: Route) -> None:
        """Remove a route of that destination, gateway, link and metric; gone is no error."""
        ...

    def announcement(self, link: str) -> Callable[[], None]:
        """What tells the segment where each address of a link is now: it is called to be sent.

        By gratuitous ARP, and unsolicited neighbour advertisements for IPv6. All that must be read
        is read before, and its socket is open: frames may be lost until it is sent. Who has more
        than one of these keeps each until all are sent: letting go of one takes its time.

        Raises:
            XenbondError: the link is gone; when it is called, it is down, or takes no frames.
        """
        ...

    def solicit_routers(self, link: str) -> None:
        """Ask the IPv6 routers beyond a link to announce themselves now."""
        ...

    def teaching(self, link: str, macs: Sequence[str]) -> Callable[[], None]:
        """What lets switches learn out of a link where those MACs are now: a frame for each.

        As `announcement`.
        """
        ...

    def set_sysctl(self, name: str, value: str) -> None:
        """Set a value of /proc/sys; one that is gone, as its link is, is no error."""
        ...

    def add_bridge(self, name: str, mac: str) -> None:
        """Make a bridge, still down, without spanning tree; one that is there is no error."""
        ...

    def add_bond(self, name: str, options: Mapping[str, str]) -> None:
        """Make a bond, down and without slaves, with these options; one that is there gets them."""
        ...

    def set_bond_option(self, name: str, option: str, value: str) -> None:
        """Set one option of a bond, by its kernel name."""
        ...

    def set_link(self, name: str, *, up: bool) -> None:
        """Set a link administratively up or down; a link that is gone is no error."""
        ...

    def set_master(self, name: str, master: str | None) -> None:
        """Make a link a port of a bond or bridge, or of nothing."""
        ...

    def set_port_option(self, port: str, option: str, value: str) -> None:
        """Set one as `port_option` reads it; where that is None there is nothing to set."""
        ...

    def set_mac(self, name: str, mac: str) -> None:
        """Set a link's current MAC."""
        ...

    def set_mtu(self, name: str, mtu: int) -> None:
        """Set a link's MTU, in bytes."""
        ...

    def delete_link(self, name: str) -> None:
        """Delete a bond or bridge; one that is gone is no error."""
        ...


class Tree(Protocol):
    """A host's files, read only. Paths are absolute as the host names them."""

    def read(self, path: str) -> FileState | UnreadableFile | None:
        """The file, why it can't be used, or None when there is nothing at that path."""
        ...

    def read_all(self, paths: Iterable[str]) -> Mapping[str, FileState | UnreadableFile]:
        """What there is of these, at less cost than `read` one by one."""
        ...

    def kernels_own(self, path: str) -> bytes | None:
        """A file of /proc or /sys, for who looks often; None when it is missing or refused."""
        ...

    def held(self, path: str) -> Callable[[], bytes]:
        """What reads the start of a file that stays open; nothing where there is none.

        When it is called it raises OSError: what the file was of is gone.
        """
        ...

    def exists(self, path: str) -> bool:
        """True when anything is there, a dangling symbolic link included."""
        ...

    def glob(self, pattern: str) -> tuple[str, ...]:
        """Paths that match a shell pattern, sorted; as the host names them."""
        ...

    def names(self, directory: str) -> tuple[str, ...]:
        """Names in a directory, sorted; none when it is missing or may not be listed."""
        ...

    def present(self, paths: Iterable[str]) -> frozenset[str]:
        """Those that `exists`, at less cost than one by one."""
        ...

    def way(self, path: str) -> Way | None:
        """Where a path leads, or would where it is not there; None where that can't be told."""
        ...

    def ways(self, paths: Iterable[str]) -> Mapping[str, Way]:
        """The `way` of each of which it can be told."""
        ...


@dataclass(frozen=True, slots=True)
class Completed:
    """What a command left behind."""

    argv: tuple[str, ...]
    returncode: int
    """Exit status; 127 when the command was not found, 124 when it ran out of time."""
    stdout: str
    stderr: str


class Runner(Protocol):
    """Runs commands, never through a shell."""

    def run(self, argv: Sequence[str], timeout: float = 60.0) -> Completed:
        """Run to its end or `timeout` seconds; never raises for a command's own failure."""
        ...

    def which(self, name: str) -> str | None:
        """Full path of a command in the fixed, safe search path, or None."""
        ...


@dataclass(frozen=True, slots=True)
class Process:
    """A process of root's."""

    program: str
    """The name of the program's own file; of one program with many names, the name it goes by; of
    Python, its script's."""
    argv: tuple[str, ...]
    """Its words, the first included. They are told by the process: to be read, never to be run."""
    pid: int = 0


class Processes(Protocol):
    """What runs on a host."""

    def of_root(self, programs: Collection[str]) -> tuple[Process, ...]:
        """Root's own processes of these programs, in the namespaces that we are in ourselves.

        Nobody else can pass for one of them.
        """
        ...

    def signal(self, process: Process, number: int) -> None:
        """Send a signal to one of those; who has ended meanwhile gets none, nor does another.

        Raises:
            OSError: it can't be sent.
        """
        ...


class Clock(Protocol):
    """Time, so that a countdown can be tested in no time."""

    def now(self) -> float:
        """Wall clock, seconds since the epoch."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back; the same for every process since boot."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...
