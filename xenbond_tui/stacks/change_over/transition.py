"""From a NIC that has it all to a bond under a bridge, and from there to the NIC: one transition.

The bond gets an idle NIC first and is proven, while the other NIC goes on carrying everything;
then address or port move, and that NIC follows as the last slave. That order is written once, in
`Transition._stages`: a join takes the stages from the first to the last, a part takes them from
the last to the first. A set-up joins forward and parts as its rollback; a removal parts forward and
joins as its rollback.

As it stands here all of it is done by netlink. A stack's own class says what its programs do
instead (`make_bond`, `fill_bridge`, `give_nic` …), and when its daemon takes charge of bond and
bridge (`hand_over`), lets go of them (`release`) and takes charge of the NIC (`activate`).
"""

from collections.abc import Callable, Iterable, Iterator
from enum import Enum

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Address
from xenbond_tui.options.kind import PerSlave, Slave
from xenbond_tui.options.table import OPTIONS
from xenbond_tui.plan.actions import (
    AddAddress,
    AddBond,
    AddBridge,
    Run,
    SetBondOption,
    SetMac,
    SetMtu,
    WaitFor,
)
from xenbond_tui.plan.plan import Outage, Step
from xenbond_tui.stacks.change_over.conditions import USUAL_MTU, Move
from xenbond_tui.stacks.change_over.legs import Legs
from xenbond_tui.stacks.steps import (
    OWN_FILES,
    RESTORE_FILES,
    RESTORE_NETWORK,
    RESTORE_SYSCTLS,
    Files,
    add_route,
    best_effort,
    enslave,
    exchange,
    flush,
    gone,
    plug,
    plug_beside,
    set_up,
    take_out,
    wait_carrier,
    wait_forwarding,
)
from xenbond_tui.value import replace

_FORWARDING_S = 10.0
"""Seconds until a port that netlink has plugged in forwards: there is no spanning tree."""
_KEPT = (RESTORE_FILES, RESTORE_SYSCTLS)
"""What a rollback must do; of everything else it may find nothing left to do."""

Half = Callable[[], Iterable[Step]]
"""One of the two halves of a stage."""


class Direction(Enum):
    """Which way a transition goes forward; its rollback goes the other way."""

    JOIN = "join"
    """A set-up: the NIC comes into the bond."""
    PART = "part"
    """A removal: the NIC leaves it."""


class Transition(Legs):
    """The steps of one set-up or removal without an outage."""

    files_first = False
    """A rollback puts the files back before the links, for the stack's programs to read them."""
    files_last = False
    """A removal writes the files after the links, for the stack's programs read the old ones;
    else they come first: a full disk is found while nothing has moved."""

    def __init__(
        self,
        facts: HostFacts,
        answers: Answers,
        move: Move,
        *,
        direction: Direction = Direction.JOIN,
        files: Files = OWN_FILES,
    ) -> None:
        """A transition in the making.

        Args:
            facts: the host with the NIC alone: as it is before a set-up, as it will be after a
                removal (`conditions.afterwards`).
            answers: resolved.
            move: how, from `conditions.move` of these facts.
            direction: a set-up or a removal.
            files: how the stack's files are written and put back.
        """
        super().__init__(facts, answers, move)
        self.direction = direction
        self._files = files
        self._options = {
            name: value
            for name, value in answers.bond.every_option.items()
            # They can't be set while it has no slaves.
            if not (name in OPTIONS and isinstance(OPTIONS[name].kind, Slave | PerSlave))
        }
        link = facts.link(move.carrying)
        self._mtu = USUAL_MTU if link is None else link.mtu

    @property
    def no_outage(self) -> Outage:
        """Why there is none."""
        idle = " and ".join(self.idle)
        if self.removes:
            return Outage.none(f"the bond carries on over {idle} until {self.nic} has the address")
        verb, it = ("is", "it") if len(self.idle) == 1 else ("are", "them")
        return Outage.none(f"{idle} {verb} idle, the bond is built on {it} first")

    @property
    def removes(self) -> bool:
        """Is it a removal?"""
        return self.direction is Direction.PART

    @property
    def with_its_address(self) -> str:
        """What is said of a NIC that the stack brings up in a part."""
        return "with its address" if self.removes else "as before"

    def forward(self) -> tuple[Step, ...]:
        """To what is asked for; a failure ends it, unless it is best effort."""
        return tuple(self._part() if self.removes else self._join())

    def rollback(self) -> tuple[Step, ...]:
        """Back to what ran, from any point of `forward`."""
        steps = self._join() if self.removes else self._part()
        soft = (step if step in _KEPT else replace(step, best_effort=True) for step in steps)
        return (*soft, RESTORE_NETWORK, *best_effort(*(() if self.removes else self.parted())))

    def _stages(self) -> tuple[tuple[Half, Half], ...]:
        """The order: what each stage is in a join, and what in a part; `tuple` is nothing."""
        files = self._files.restored if self.removes else self._files.written
        return (
            (self.tell_both, self._as_before),
            (tuple, self.activate),
            (lambda: files, lambda: self._part_files(first=False)),
            (self.make_bond, self.unmake_bond),
            (self.prove_idle, tuple),
            (self._to_bridge, self._to_nic),
            (self.before_last_slave, tuple),
            (self.take_nic, self.free_nic),
            (self.hand_over, self.release),
            (self._end_join, lambda: self._part_files(first=True)),
        )

    def _join(self) -> Iterator[Step]:
        for join, _ in self._stages():
            yield from join()

    def _part(self) -> Iterator[Step]:
        for _, part in reversed(self._stages()):
            yield from part()
        if self.removes:
            yield from self.parted()

    # What a stack may do its own way; netlink does it here.

    def tell_both(self) -> Iterable[Step]:
        """Frames come in by either leg, and everyone knows the right MAC."""
        return (*self.either_leg(self.nic), *best_effort(self.announced_from(self.holder)))

    def make_bond(self) -> Iterable[Step]:
        """The bond of the idle NICs, up."""
        bond = self.bond
        if not self.facts.driver.loaded:
            # max_bonds: no bond is made by loading the module.
            argv = ("modprobe", "bonding", "max_bonds=0")
            yield Step("Load the bonding module", Run(argv), best_effort=True)
        yield Step(f"Make {bond}", AddBond(bond, self._options))
        for name in self.idle:
            yield self.down(name)
            yield enslave(name, bond)
        yield from self.made_primary(*self.idle)
        if self._mtu != USUAL_MTU:
            yield Step(f"Set the MTU of {bond} to {self._mtu}", SetMtu(bond, self._mtu))
        yield from self.deaf_to_routers(bond)
        yield set_up(bond)

    def unmake_bond(self) -> Iterable[Step]:
        """The bond goes; the NIC has it all."""
        return gone(self.bond)

    def prove_idle(self) -> Iterable[Step]:
        """The gateway answers through the idle NICs."""
        return self.idle_proven()

    def new_bridge(self) -> Iterable[Step]:
        """Still down, with the NIC's MAC."""
        label = f"Make {self.bridge} with the MAC of {self.nic}"
        made = Step(label, AddBridge(self.bridge, self.mac))
        return (made, *self.either_leg(self.bridge))

    def fill_bridge(self) -> Iterable[Step]:
        """It gets the bond as its port, forwards, and has the addresses that the NIC has too."""
        yield from self.raised()
        yield from self.bridge_given()

    def bridge_routes(self) -> Iterable[Step]:
        """The NIC's routes, by the bridge."""
        return tuple(add_route(route.by(self.bridge)) for route in self.routes())

    def give_nic(self) -> Iterable[Step]:
        """The addresses, while the bridge has them too."""
        both = (*self.move.addresses, *self.announced)
        return tuple(self.given(self.nic, self.bridge, item) for item in both)

    def nic_routes(self) -> Iterable[Step]:
        """Its own routes again."""
        return best_effort(*map(add_route, self.routes()))

    def given(self, link: str, beside: str, address: Address) -> Step:
        """One address that two links have at once."""
        label = f"Add {address.cidr} to {link}, while {beside} has it too"
        return Step(label, AddAddress(link, address))

    def silence_nic(self) -> Iterable[Step]:
        """The bridge has it all and said so: the NIC lets go, and goes down to be enslaved."""
        return (
            self.announced_from(self.bridge),
            *self.announced_by_routers(self.bridge),
            flush(self.nic),
            self.down(self.nic),
            # It may have spoken since (MLD reports): the switch would send there.
            *best_effort(self.announced_from(self.bridge)),
        )

    def unmake_bridge(self) -> Iterable[Step]:
        """The NIC has it all and said so: the bridge lets go, and goes."""
        return (*self.let_go(), *gone(self.bridge))

    def take_nic(self) -> Iterable[Step]:
        """The NIC that carried everything becomes the last slave."""
        yield enslave(self.nic, self.bond)
        yield set_up(self.nic)
        yield from self.made_primary(self.nic)

    def free_nic(self) -> Iterable[Step]:
        """The NIC is beside the bond again, which goes on by an idle one, and is proven."""
        bond, bridge, nic = self.bond, self.bridge, self.nic
        successors = (
            Step(
                f"Make {name} the active slave of {bond}",
                SetBondOption(bond, "active_slave", name),
            )
            for name in self.idle[:1]
        )
        # Its MAC is the bridge's maybe, and what is sent to that must come in.
        up_again = plug_beside(nic, bridge, bond) if self.move.bridge_stays else set_up(nic)
        return (
            *self.either_leg(nic, bridge),
            *best_effort(*successors),
            take_out(nic, bond),
            *best_effort(self.announced_from(bridge), up_again),
            wait_carrier(nic),
            *self.reached(nic, nic),
        )

    # When the stack's daemon comes in; without one there is nothing to do.

    def before_last_slave(self) -> Iterable[Step]:
        """The NIC that carried everything is down and has no address.

        For a stack that would give it its addresses back as soon as it has a link again.
        """
        return ()

    def hand_over(self) -> Iterable[Step]:
        """The stack takes charge of bond and bridge as they run.

        Frames are still let in by either leg and no duplicates detected.
        """
        return ()

    def release(self) -> Iterable[Step]:
        """The stack does not act on bond and bridge while they change."""
        return ()

    def activate(self) -> Iterable[Step]:
        """The stack takes charge of the NIC as it runs; the files are as it shall read them."""
        return ()

    def joined(self) -> Iterable[Step]:
        """The very end of a join, when the kernel is as it shall be."""
        return ()

    def parted(self) -> Iterable[Step]:
        """The very end of a part, when the kernel is as it shall be."""
        return ()

    # What stages are put together from.

    def bridge_given(self) -> Iterable[Step]:
        """The addresses that move, while the NIC has them too."""
        # A label names the link.
        plain = (replace(item, label="") for item in self.move.addresses)
        return tuple(self.given(self.bridge, self.nic, item) for item in plain)

    def raised(self) -> Iterable[Step]:
        """The bridge, with the bond as its port, is up and forwards."""
        bond, bridge = self.bond, self.bridge
        return (
            plug(bond, bridge),
            set_up(bridge),
            wait_forwarding(bridge, bond, _FORWARDING_S),
            # Its queue opens a moment after its carrier is on (net/core/link_watch.c).
            Step(f"Wait until {bridge} is up", WaitFor(bridge, "up")),
        )

    def _to_bridge(self) -> Iterator[Step]:
        if self.move.bridge_stays:
            yield from self._port_moved()
            return
        yield from self.new_bridge()
        yield from self.fill_bridge()
        yield from self.bridge_routes()
        yield from self.silence_nic()

    def _to_nic(self) -> Iterator[Step]:
        if self.move.bridge_stays:
            yield from self._port_back()
            return
        yield from self.give_nic()
        yield from best_effort(self.announced_from(self.nic))
        yield from self.nic_routes()
        yield from self.routers_routes_held(self.nic)
        yield from self.announced_by_routers(self.nic)
        yield from self.unmake_bridge()

    def _port_moved(self) -> Iterable[Step]:
        """Both are in the bridge for a moment (`apply.ports`): nothing circles between them."""
        bond, bridge = self.bond, self.bridge
        return (
            Step(f"Set the MAC of {bridge} to {self.mac}, as it is", SetMac(bridge, self.mac)),
            plug_beside(bond, bridge, self.nic),
            exchange(bridge, self.nic, bond),
            self.down(self.nic),
        )

    def _port_back(self) -> Iterable[Step]:
        return (
            exchange(self.bridge, self.bond, self.nic),
            *self.idle_silent(),
        )

    def _end_join(self) -> Iterable[Step]:
        """What was only for the time of the change ends.

        A router may have announced IPv6 to the bond before it became a port.
        """
        return (flush(self.bond), RESTORE_SYSCTLS, *self.joined())

    def _as_before(self) -> Iterable[Step]:
        """After a removal the idle NICs stay down, as the bond leaves them."""
        were_up = () if self.removes else filter(self.facts.is_up, self.idle)
        return (*map(set_up, were_up), *self.routers_routes_dropped(self.nic), RESTORE_SYSCTLS)

    def _part_files(self, *, first: bool) -> Iterable[Step]:
        early = not self.files_last if self.removes else self.files_first
        if first is not early:
            return ()
        return self._files.written if self.removes else self._files.restored
