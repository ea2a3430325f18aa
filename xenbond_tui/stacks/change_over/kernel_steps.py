"""The whole change-over by netlink alone, with room for what a stack does to be in charge.

The running kernel goes from the NIC with the address (or the NIC in the bridge) to the bond under
the bridge, and back in the mirror image; no program of any stack takes part.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.actions import (
    AddAddress,
    AddBond,
    AddBridge,
    AddRoute,
    Announce,
    FlushAddresses,
    Run,
    SetBondOption,
    SetLink,
    SetMaster,
    SetMtu,
    WaitFor,
)
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks.change_over.conditions import Move
from xenbond_tui.stacks.change_over.pieces import PUT_BACK, WRITE, Pieces, softly, without_primary

_MTU = 1500
"""A new bond's and bridge's, in bytes."""


class KernelSteps(Pieces):
    """The steps of one change-over."""

    def __init__(
        self, facts: HostFacts, answers: Answers, move: Move, options: Mapping[str, str]
    ) -> None:
        """`options`: bonding option (kernel name) → value, as the stack tells the kernel."""
        super().__init__(facts, answers, move)
        self._options = options
        link = facts.link(move.carrying)
        self._mtu = _MTU if link is None else link.mtu

    def up(
        self,
        *,
        first: tuple[Step, ...] = (WRITE,),
        before_last: tuple[Step, ...] = (),
        take_charge: tuple[Step, ...] = (),
        bridge_gets: tuple[Step, ...] | None = None,
    ) -> tuple[Step, ...]:
        """From what runs now to the bond under the bridge.

        Args:
            first: what is done before any link is touched; the files are written here, so that a
                full disk is found while nothing has moved. A stack that must not see its files
                before the kernel is ready leaves WriteFiles out and has it in `take_charge`.
            before_last: done while the NIC that carried everything is down and has no address; for
                a stack that would give it its addresses back as soon as it has a link again.
            take_charge: what puts the stack in charge of what runs then, frames still being let
                in by either leg and no duplicates detected.
            bridge_gets: how the bridge gets the addresses while the NIC has them too, where that is
                not by netlink.
        """
        stays = self.move.bridge_stays
        moved = self.port_moved() if stays else tuple(self._addresses_moved(bridge_gets))
        return (
            *self.announced_where_it_is(),
            *first,
            *self._bond_made(),
            *self.idle_leg_proven(),
            *moved,
            *before_last,
            *self.last_slave(),
            *take_charge,
            *self.up_ended(),
        )

    def down(
        self,
        *,
        let_go: tuple[Step, ...] = (),
        put_back: tuple[Step, ...] = (PUT_BACK,),
        nic_gets: tuple[Step, ...] | None = None,
    ) -> tuple[Step, ...]:
        """Back to what ran, from any point of `up`.

        Args:
            let_go: what keeps the stack from acting on the links while they change. A stack that
                can only be held off by its old files has RestoreFiles here, and not in `put_back`.
            put_back: what puts the stack in charge of what ran before; RestoreFiles with it. The
                kernel is as before by then, but for the idle NICs' being up.
            nic_gets: how the NIC gets the addresses while the bridge has them too, where that is
                not by netlink.
        """
        stays = self.move.bridge_stays
        back = self.port_back() if stays else tuple(self._addresses_back(nic_gets))
        return (
            *let_go,
            *self.leg_back(),
            *back,
            *self.gone(self.bond),
            *put_back,
            *self.down_ended(),
        )

    def _bond_made(self) -> Iterator[Step]:
        bond = self.bond
        if not self.facts.driver.loaded:
            # max_bonds: loading the module makes no bond of its own.
            argv = ("modprobe", "bonding", "max_bonds=0")
            yield Step("Load the bonding module", Run(argv), best_effort=True)
        yield Step(f"Make {bond}", AddBond(bond, without_primary(self._options)))
        for name in self.idle:
            yield Step(f"Set {name} down", SetLink(name, up=False))
            yield Step(f"Make {name} a slave of {bond}", SetMaster(name, bond))
        if self.primary in self.idle:
            action = SetBondOption(bond, "primary", self.primary)
            yield Step(f"Make {self.primary} the primary slave", action)
        if self._mtu != _MTU:
            yield Step(f"Give {bond} the MTU {self._mtu}", SetMtu(bond, self._mtu))
        yield self.deaf_to_routers(bond)
        yield Step(f"Set {bond} up", SetLink(bond, up=True))

    def _addresses_moved(self, gets: tuple[Step, ...] | None) -> Iterator[Step]:
        bond, bridge, nic = self.bond, self.bridge, self.nic
        yield Step(f"Make {bridge} with the MAC of {nic}", AddBridge(bridge, self.mac))
        yield self.either_leg(bridge)
        yield Step(f"Make {bond} a port of {bridge}", SetMaster(bond, bridge))
        yield Step(f"Set {bridge} up", SetLink(bridge, up=True))
        yield Step(f"Wait until {bridge} forwards through {bond}", WaitFor(bond, "forwarding"))
        # Its queue opens a moment after its carrier is on (net/core/link_watch.c).
        yield Step(f"Wait until {bridge} is up", WaitFor(bridge, "up"))
        yield from self._bridge_given() if gets is None else gets
        for route in self.routes():
            there = AddRoute(route.by(bridge))
            yield Step(f"Add the route {route.destination} by {bridge}", there)
        yield from self.old_leg_silent()

    def _bridge_given(self) -> Iterator[Step]:
        for item in self.move.addresses:
            # A label names the link.
            action = AddAddress(self.bridge, replace(item, label=""))
            yield Step(f"Give {self.bridge} {item.cidr}, while {self.nic} has it too", action)

    def _nic_given(self) -> tuple[Step, ...]:
        return softly(
            *(
                (f"Give {self.nic} {item.cidr} as well", AddAddress(self.nic, item))
                for item in (*self.move.addresses, *self.announced)
            )
        )

    def _addresses_back(self, gets: tuple[Step, ...] | None) -> Iterator[Step]:
        bridge, nic = self.bridge, self.nic
        yield from self._nic_given() if gets is None else gets
        yield from softly(
            (f"Tell the network where {nic} is", Announce(nic)),
            *(
                (f"Add the route {route.destination} by {nic}", AddRoute(route))
                for route in self.routes()
            ),
        )
        yield from self.announced_by_routers(nic)
        yield from softly(
            (f"Take every address off {bridge}", FlushAddresses(bridge)),
            (f"Tell the network where {nic} is", Announce(nic)),
        )
        yield from self.other_leg_silent()
        yield from self.gone(bridge)
