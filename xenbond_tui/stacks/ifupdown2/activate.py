"""Up and down with ifreload, which makes the running network what the file says.

Unlike ifdown and ifup it leaves alone what is right already: after a change-over by netlink there
is nothing left for it to do but to remember what it holds.
"""

import re
from collections.abc import Iterator
from ipaddress import ip_interface

from xenbond_tui.answers import Answers
from xenbond_tui.facts.guest_ports import guest_ports
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.actions import DelAddress, Run
from xenbond_tui.plan.plan import Outage, Step
from xenbond_tui.stacks.base import Restart
from xenbond_tui.stacks.change_over.with_outage import WithOutage
from xenbond_tui.stacks.ifupdown.address import cidr
from xenbond_tui.stacks.ifupdown.files import Configuration
from xenbond_tui.stacks.ifupdown2.places import IFDOWN, IFRELOAD
from xenbond_tui.stacks.steps import (
    flush,
    gone,
    guests_back,
    wait_carrier,
    wait_forwarding,
)
from xenbond_tui.typed import override

OUTAGE = Outage(3, 10, "while ifreload changes over")
"""How long the host is without its address while ifreload takes it from the NIC to the bridge."""
RESTART = Restart(start=(("ifreload", "-a"),), outage=OUTAGE)
_FORWARDING_S = 35.0
"""Seconds: 30 with spanning tree."""
_TIMEOUT_S = 120.0
"""Seconds; with DHCP it waits for dhclient."""


def reload(facts: HostFacts, answers: Answers, label: str, *options: str) -> Step:
    """Make the running network what the files say.

    Other bridges with guests are left out: it takes every port off them that no stanza names.
    """
    others = [
        state.name
        for state in facts.bridges
        if state.name != answers.bridge.name and guest_ports([state])
    ]
    left_out = [word for name in others for word in ("-X", f"^{re.escape(name)}$")]
    return Step(label, Run((program(facts, IFRELOAD), "-a", *left_out, *options), _TIMEOUT_S))


class ByIfreload(WithOutage):
    """Bond and bridge by ifreload, or one NIC again."""

    outage = OUTAGE

    def __init__(
        self,
        facts: HostFacts,
        answers: Answers,
        before: Configuration,
        after: Configuration,
        nic: str | None = None,
    ) -> None:
        """`before`, `after`: the files of today, and as they are to be."""
        super().__init__(facts, answers, nic)
        self._before = before
        self._after = after

    @override
    def take_down(self) -> Iterator[Step]:
        """By the old file: it has to stop the DHCP client of that name."""
        both, ifaces = self.both, self._before.ifaces
        argv = program(self.facts, IFDOWN)
        names = both if self.nic else (self.bond, *self.slaves)
        for name in names:
            if ifaces(name) if self.nic else any(it.method == "dhcp" for it in ifaces(name)):
                yield Step(f"Take {name} down", Run((argv, name)), best_effort=True)
        yield from gone(*both) if self.nic else map(flush, self.slaves)

    @override
    def bring_up(self) -> Iterator[Step]:
        facts, bond, bridge, slaves = self.facts, self.bond, self.bridge, self.slaves
        if self.nic:
            yield reload(
                facts, self.answers, f"Bring up {self.nic} with the address of {self.both[0]}"
            )
            yield from self.carrier_again()
            return
        yield from _renumbered(facts, bridge, self._before, self._after)
        yield reload(
            facts,
            self.answers,
            f"Bring up {bond} with {' and '.join(slaves)}, and {bridge} above it",
        )
        yield from map(flush, (*slaves, bond))
        yield wait_carrier(bond)
        yield from guests_back(facts, self.answers)
        yield wait_forwarding(bridge, bond, _FORWARDING_S)

    @override
    def take_down_again(self) -> Iterator[Step]:
        yield from gone(*self.new)
        yield from map(flush, self.slaves)

    @override
    def bring_back(self) -> Iterator[Step]:
        yield reload(self.facts, self.answers, "Bring up what ran before with ifreload")
        yield from self.slaves_up_as_before()


def _renumbered(
    facts: HostFacts, bridge: str, before: Configuration, after: Configuration
) -> Iterator[Step]:
    """What the bridge's stanzas had and have no more: ifreload leaves it where it does not purge.

    That is with `address-purge no`, and with several stanzas (process_addresses in addons/
    address.py). Taken off before it, since an address that goes takes those of its network along
    that came later, without promote_secondaries.
    """
    link = facts.link(bridge)
    gone = {cidr(item) for item in before.ifaces(bridge)}
    gone -= {cidr(item) for item in after.ifaces(bridge)}
    for item in link.addresses if link is not None else ():
        if str(ip_interface(item.cidr)) in gone:
            yield Step(f"Remove {item.cidr} from {bridge}", DelAddress(bridge, item))


def program(facts: HostFacts, paths: tuple[str, ...]) -> str:
    """Where the program is on this host; the first place where it is missing."""
    return next((path for path in paths if path in facts.present), paths[0])
