"""How networkd takes charge of a bond under a bridge without an outage, and of the NIC again.

Files may be written at any time: networkd reads them when it is told to, and not before. It gives a
NIC its addresses again whenever the NIC's link comes back, so it must have read them before the NIC
becomes a slave: what it said through that would teach the switch the wrong port.
"""

from collections.abc import Iterator
from ipaddress import ip_interface

from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Address
from xenbond_tui.plan.actions import AddAddress, AddRoute, DelAddress
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks.change_over.conditions import Move
from xenbond_tui.stacks.change_over.legs import INTERIM_METRIC, wait_address
from xenbond_tui.stacks.change_over.transition import Direction, Transition
from xenbond_tui.stacks.networkd import lease
from xenbond_tui.stacks.networkd.daemon import RELOAD, Daemon, UntilBoot
from xenbond_tui.stacks.networkd.places import UPDATES_ADDRESSES, version
from xenbond_tui.stacks.steps import best_effort, drop_interim, hold_interim
from xenbond_tui.typed import override
from xenbond_tui.value import replace

_KEEP = UntilBoot(
    "KeepConfiguration",
    "keep",
    "# By xenbond: networkd would ask the routers again for what the link has already.\n"
    "# Gone with the next boot.\n"
    "[Network]\nKeepConfiguration=dhcp\n",
    ": addresses from routers stay",
)
_LO = "lo"
_THERE_ANYWAY = frozenset({"static", "dhcp", "kernel"})
"""Protocols of the routes that networkd makes from its files or a lease, or leaves alone."""
Around = tuple[tuple[Step, ...], tuple[Step, ...]]
"""Before and after networkd takes charge of a link."""


class NetworkdTransition(Transition):
    """One set-up or removal."""

    def __init__(self, daemon: Daemon, facts: HostFacts, move: Move, direction: Direction) -> None:
        """`facts` and `move`: what is leased in them is as if it were static (`lease`)."""
        change = daemon.change
        super().__init__(
            facts,
            daemon.answers,
            move,
            direction=direction,
            files=change.written_by,
        )
        self.daemon = daemon

    @override
    def before_last_slave(self) -> Iterator[Step]:
        """The address is the bridge's now, and the NIC may not get it again."""
        if not self.move.bridge_stays:
            yield from self.bridge_taken()
            # It sets a NIC up that its files know.
            yield self.down(self.nic)

    @override
    def hand_over(self) -> tuple[Step, ...]:
        """Of the bond alone: the bridge has its address all the time."""
        return self.bridge_taken() if self.move.bridge_stays else ()

    @override
    def release(self) -> tuple[Step, ...]:
        """It does not look at the drop-ins that go until it reads its files again."""
        return () if self.removes else self.daemon.let_go()

    @override
    def activate(self) -> tuple[Step, ...]:
        """The NIC."""
        kept, dropped = self._kept(self.nic)
        if not self.removes:
            return (*kept, RELOAD, *dropped)
        held, again = routes_kept(self, self.nic)
        read = (*self.daemon.freed(), RELOAD, *self.daemon.online(self.nic))
        return (*kept, *held, *read, *again, *dropped)

    @override
    def given(self, link: str, beside: str, address: Address) -> Step:
        """So that networkd takes it over as it is.

        systemd-networkd 253 and later take an address off that has another broadcast than they
        would give it, and give it again: 180 ms without it, measured with 257 in a slow guest. 252
        does so to one that has a broadcast. And 257 keeps the routes of all links in one set, where
        the kernel's routes of two links to one subnet are one: it goes on to take the bridge's for
        the NIC's. When the NIC's is gone it knows of no way to the gateway, and waits for one for
        ever before it makes the default route: the link is never configured (its log: "static
        routes are not configured"). With another metric the second link's route is another
        one. networkd gives the address the metric of its files, which the kernel does without a
        moment without a route (fib_modify_prefix_metric).
        """
        number = version(self.facts)
        if number is None or number >= UPDATES_ADDRESSES:
            address = replace(address, metric=INTERIM_METRIC, broadcast=_broadcast(address))
        return super().given(link, beside, address)

    def bridge_taken(self) -> tuple[Step, ...]:
        """Networkd takes charge of bond and bridge, which has the address."""
        return self._taken(self.bridge)

    def bond_taken(self) -> tuple[Step, ...]:
        """Of the bond, which came out of its bridge and has the address."""
        return (*self.daemon.bond_again(), *self._taken(self.bond))

    def _taken(self, link: str) -> tuple[Step, ...]:
        kept, dropped = self._kept(link)
        held, again = routes_kept(self, link)
        return (*kept, *held, *self.daemon.take_charge(link), *again, *dropped)

    def _kept(self, link: str) -> Around:
        """The link keeps its lease, or what routers say.

        networkd drops what it has not made itself, and would ask the routers again: 1.5 s measured.
        In its words such addresses are dynamic ones, as those of DHCP are
        (link_drop_foreign_addresses in networkd-address.c). For a file that has changed again it
        would ask again the next time it reads them, so the drop-in stays until the next boot, or
        until the address moves on. 252 drops the routes of routers all the same.
        """
        both, holders = (self.nic, self.bridge), self.daemon.change.holders
        files = {name: file for name, file in holders.items() if name in both}
        if self.move.leased:
            held, again = announced_held(self, link)
            return (*lease.KEEP.moved(link, files), *held), (*lease.taken(self, link), *again)
        if not self.announced:
            return (), ()
        keeps = best_effort(*_KEEP.moved(link, files))
        if link == self.nic:
            # It has the routes before the bridge lets go of them, and until the end.
            return keeps, ()
        return (*keeps, *self.routers_routes_held(link)), self.routers_routes_dropped(link)


def _broadcast(address: Address) -> str:
    """As networkd sets it: not where the subnet has no address left for it (RFC 3021)."""
    if address.family == 6 or address.prefixlen > 30:
        return ""
    return str(ip_interface(address.cidr).network.broadcast_address)


def announced_held(way: Transition, link: str) -> Around:
    """What routers announced to a link that has a lease too: `lo` has it meanwhile.

    networkd keeps static things or leased ones, not both without taking the lease for an endless
    one; what routers announced counts as leased. It asks them again, which takes a second. To the
    kernel an address of `lo` is as good for what comes in by any link, and a neighbour that knows
    the way asks for it no sooner.
    """
    found = way.announced
    # Dynamic: they go by themselves should everything stop in between.
    hosts = [replace(item, prefixlen=128, dynamic=True) for item in found]
    # The NIC has the routes before the bridge lets go of them, and until the end.
    in_time = link == way.nic
    return (
        best_effort(
            *(
                Step(f"Add {item.ip} to {_LO} during the move", AddAddress(_LO, item))
                for item in hosts
            ),
            *(() if in_time else way.routers_routes_held(link)),
        ),
        best_effort(
            *(wait_address(link, item.ip, also=" again") for item in found),
            *(() if in_time else way.routers_routes_dropped(link)),
            *(Step(f"Remove {item.ip} from {_LO}", DelAddress(_LO, item)) for item in hosts),
        ),
    )


def routes_kept(transition: Transition, link: str) -> Around:
    """Routes in no file of networkd's: it drops them when it takes charge, and need not.

    Someone typed them, or a routing daemon made them. A route of the kernel's networkd leaves alone
    (link_drop_foreign_routes): such a one replaces it meanwhile.
    """
    by_link = (route.by(link) for route in transition.routes())
    found = [route for route in by_link if route.protocol not in _THERE_ANYWAY]
    kernel_s = [replace(route, metric=INTERIM_METRIC, protocol="kernel") for route in found]
    return (
        hold_interim(kernel_s),
        best_effort(
            *(
                Step(
                    f"Add the route {route.destination} by {link}, which no file has",
                    AddRoute(route),
                )
                for route in found
            ),
            *drop_interim(kernel_s),
        ),
    )
