"""The demo host's running network (effects.KernelWriter), with cables that can be pulled."""

from collections.abc import AsyncGenerator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from ipaddress import ip_interface
from pathlib import Path
from typing import TypeVar, cast

from xenbond_tui.demo import simulate
from xenbond_tui.demo.changes import changes
from xenbond_tui.demo.neighbours import DemoPinger, DemoSwitches
from xenbond_tui.demo.recordings import STATE
from xenbond_tui.demo.render import render
from xenbond_tui.demo.state import DemoBond, DemoBridge, DemoState, StateFile
from xenbond_tui.effects import Clock, Pinger, SwitchListener
from xenbond_tui.facts.bridge import BridgeState
from xenbond_tui.facts.link import Address, Link, ReservedMacs
from xenbond_tui.facts.network import KernelSnapshot
from xenbond_tui.facts.routing import Neighbour, Route, Rule
from xenbond_tui.host.clock import SystemClock
from xenbond_tui.host.recorded_kernel import RecordedKernel
from xenbond_tui.typed import override
from xenbond_tui.value import replace

_Read = TypeVar("_Read", bound=Callable[..., object])


def _rendered(read: _Read) -> _Read:
    """A method of RecordedKernel that waits while another process renders what it reads."""

    def reads(self: "DemoKernel", *asked: object) -> object:
        with self.file.rendered():
            return read(self, *asked)

    return cast("_Read", reads)


class DemoKernel(RecordedKernel):
    """Reads the rendered proc and sys through the real readers; adds what those cannot hold.

    It waits while another process renders them: half of an old and half of a new host is none.
    """

    def __init__(self, root: str, clock: Clock | None = None) -> None:
        """Read and change what lies under `root`; neighbours answer by `clock`."""
        self.clock = clock or SystemClock()
        super().__init__(root)
        self.file = StateFile(f"{root}/{STATE}")

    @contextmanager
    def changing(self) -> Iterator[DemoState]:
        """Change the state and show it in proc and sys, one process at a time."""
        with self.file.changing() as state:
            yield state
            simulate.settle(state)
            render(state, Path(self._root))

    def pull(self, nic: str) -> None:
        """Pull a NIC's cable."""
        with self.changing() as state:
            simulate.set_cable(state, nic, plugged=False)

    def plug(self, nic: str) -> None:
        """Plug a NIC's cable in again."""
        with self.changing() as state:
            simulate.set_cable(state, nic, plugged=True)

    def plugged(self, nic: str) -> bool:
        """Is that NIC's cable in?"""
        return self.file.load().links[nic].cable

    @override
    def snapshot(self) -> KernelSnapshot:
        """Everything, read now."""
        with self.file.unchanging() as state:
            read = super().snapshot()
        return KernelSnapshot(
            links=tuple(
                self._whole(link, state) for link in read.links if link.name in state.links
            ),
            routes=_routes(state),
            bonds=read.bonds,
            bridges=tuple(self._addressed(bridge, state) for bridge in read.bridges),
        )

    def _whole(self, link: Link, state: DemoState) -> Link:
        demo = state.links[link.name]
        source = "netlink" if demo.permanent_mac else link.permanent_mac_source
        return replace(
            link,
            kind=demo.kind,
            permanent_mac=demo.permanent_mac or link.permanent_mac,
            permanent_mac_source=source,
            addresses=_addresses(state, link.name),
        )

    def _addressed(self, bridge: BridgeState, state: DemoState) -> BridgeState:
        return replace(bridge, addresses=_addresses(state, bridge.name))

    def add_policy(self, item: Rule | Neighbour) -> None:
        """There is nothing to bring back."""

    bond_names = _rendered(RecordedKernel.bond_names)
    bond = _rendered(RecordedKernel.bond)
    beside = _rendered(RecordedKernel.beside)
    counters = _rendered(RecordedKernel.counters)
    """The demo host carries no traffic, so they stand still."""

    @override
    def bridge(self, name: str) -> BridgeState | None:
        """One bridge with its addresses, or None."""
        with self.file.unchanging() as state:
            bridge = super().bridge(name)
        return None if bridge is None else self._addressed(bridge, state)

    @override
    async def events(self) -> AsyncGenerator[str, None]:
        """The empty name at first and whenever anything changed: read it all again."""
        async for _ in changes(self.file):
            yield ""

    def add_address(self, link: str, address: Address) -> None:
        """Add an address."""
        with self.changing() as state:
            if address.cidr not in state.links[link].addresses:
                state.links[link].addresses.append(address.cidr)

    def del_address(self, link: str, address: Address) -> None:
        """Remove one address."""
        with self.changing() as state:
            if link in state.links and address.cidr in state.links[link].addresses:
                state.links[link].addresses.remove(address.cidr)

    def flush_addresses(self, link: str) -> None:
        """Remove every address of a link, and with them its default route."""
        with self.changing() as state:
            if link in state.links:
                state.links[link].addresses = []
                state.gateways.pop(link, None)

    def add_route(self, route: Route) -> None:
        """Keep a default route; others come with the addresses here."""
        if route.destination == "default" and route.gateway:
            with self.changing() as state:
                state.gateways[route.link] = route.gateway

    def del_route(self, route: Route) -> None:
        """Forget a default route; one with a metric only replaces another here."""
        if route.destination == "default" and route.metric is None:
            with self.changing() as state:
                state.gateways.pop(route.link, None)

    def announcement(self, link: str) -> Callable[[], None]:
        """Nobody listens here."""
        return lambda: None

    def solicit_routers(self, link: str) -> None:
        """There is none here."""

    @override
    def answers(self, link: str, ip: str) -> bool:
        """Everyone answers through a link with a cable."""
        return simulate.carrier(self.file.load(), link)

    @override
    def echoes(self, ip: str) -> bool:
        """Everyone answers while a cable is plugged in that leads there."""
        return simulate.reachable(self.file.load())

    @override
    def reserved_macs(self, gateways: Collection[str]) -> ReservedMacs:
        """Nobody speaks here who could be taken for another."""
        return ReservedMacs()

    @override
    def listen_for_switches(self, links: Sequence[str]) -> SwitchListener:
        """Each NIC of the demo host ends in a port of one of two switches."""
        return DemoSwitches(links)

    def teaching(self, link: str, macs: Sequence[str]) -> Callable[[], None]:
        """Nobody listens here."""
        return lambda: None

    @override
    def ping(self, ip: str, link: str, interval: float) -> Pinger:
        """Everyone answers while a cable is plugged in that leads there."""
        return DemoPinger(self.file, interval, self.clock)

    def set_port_option(self, port: str, option: str, value: str) -> None:
        """Nothing to set."""

    def set_sysctl(self, name: str, value: str) -> None:
        """Nothing to set."""

    def add_bridge(self, name: str, mac: str) -> None:
        """Make a bridge that is down."""
        with self.changing() as state:
            simulate.create_bridge(state, name, DemoBridge(pinned_mac=mac), None)
            state.links[name].up = False

    def add_bond(self, name: str, options: Mapping[str, str]) -> None:
        """Make a bond that is down and has no slaves."""
        rest = dict(options)
        mode, miimon = rest.pop("mode"), int(rest.pop("miimon", "0"))
        with self.changing() as state:
            simulate.create_bond(state, name, DemoBond(mode, miimon, rest))
            state.links[name].up = False

    def set_bond_option(self, name: str, option: str, value: str) -> None:
        """Set one option of a bond."""
        with self.changing() as state:
            if option == "active_slave":
                state.bonds[name].active = value
            elif option == "miimon":
                state.bonds[name].miimon = int(value)
            else:
                state.bonds[name].options[option] = value

    def set_link(self, name: str, *, up: bool) -> None:
        """Set a link up or down."""
        with self.changing() as state:
            if name in state.links:
                state.links[name].up = up

    def set_master(self, name: str, master: str | None) -> None:
        """Make a link a port of a bond or bridge, or of nothing."""
        with self.changing() as state:
            link = state.links[name]
            if link.master in state.bonds:
                state.bonds[link.master].slaves.remove(name)
                link.mac = link.permanent_mac
                link.up = False
            link.master = master
            if master in state.bonds:
                state.bonds[master].slaves.append(name)
                # A bond without a MAC takes its first slave's (bond_enslave in bond_main.c).
                state.links[master].mac = link.mac = state.links[master].mac or link.mac
                link.up, link.failures, link.mii_up = True, 0, link.cable

    def set_mac(self, name: str, mac: str) -> None:
        """Set a link's MAC; a bridge keeps it from then on."""
        with self.changing() as state:
            state.links[name].mac = mac
            if name in state.bridges:
                state.bridges[name].pinned_mac = mac

    def set_mtu(self, name: str, mtu: int) -> None:
        """Set a link's MTU, in bytes."""
        with self.changing() as state:
            state.links[name].mtu = mtu

    def delete_link(self, name: str) -> None:
        """Delete a bond or bridge."""
        with self.changing() as state:
            simulate.delete(state, name)


def _addresses(state: DemoState, name: str) -> tuple[Address, ...]:
    link = state.links.get(name)
    found = []
    for text in link.addresses if link is not None else ():
        interface = ip_interface(text)
        found.append(
            Address(
                ip=str(interface.ip),
                prefixlen=interface.network.prefixlen,
                family=interface.version,
                dynamic=link is not None and link.dynamic,
            )
        )
    return tuple(found)


def _routes(state: DemoState) -> tuple[Route, ...]:
    routes = [Route("default", gateway, link) for link, gateway in state.gateways.items()]
    for link in state.links.values():
        for address in _addresses(state, link.name):
            network = ip_interface(address.cidr).network
            routes.append(
                Route(
                    str(network),
                    None,
                    link.name,
                    family=address.family,
                    source=address.ip,
                    protocol="kernel",
                    scope="link",
                )
            )
    return tuple(routes)
