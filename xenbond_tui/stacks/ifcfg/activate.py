"""How network-scripts bring a bond under a bridge up, and how the host gets back.

The least that does it: only the links concerned, never `service network restart`. ifdown has to
run while the old files are still there: it reads them to find the DHCP client it must stop.
"""

from collections.abc import Iterator

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.plan import Outage, Step
from xenbond_tui.plan.usual_actions import Run
from xenbond_tui.stacks.base import Restart
from xenbond_tui.stacks.change_over.with_outage import WithOutage
from xenbond_tui.stacks.ifcfg.places import IFUP
from xenbond_tui.stacks.steps import (
    best_effort,
    flush,
    gone,
    guests_back,
    wait_forwarding,
)
from xenbond_tui.typed import override
from xenbond_tui.value import dataclass

OUTAGE = Outage(5, 30, "while ifdown and ifup change over")
"""How long ifdown and ifup leave a host without its address: links go down and come up again, and
ifup asks for each address, for up to 3 s, whether another host has it. Measured with stand-ins for
the scripts in a slow guest: 5 s with one address, 21 s with two on a busy machine."""
RESTART = Restart(
    start=(("/etc/init.d/network", "start"),),
    outage=OUTAGE,
    stop=(("/etc/init.d/network", "stop"),),
)
IFDOWN = "/sbin/ifdown"
UP_TIMEOUT_S = 120.0
"""Seconds: DHCP asks for a minute, and the check for duplicate addresses takes three seconds."""


@dataclass(frozen=True, slots=True)
class Names:
    """What ifup and ifdown call each link: the part of its file's name behind `ifcfg-`."""

    bond: str
    bridge: str
    before: tuple[str, ...]
    """Links with a file that are up today, to take down in this order: bridge, bond, NICs."""
    again: tuple[str, ...]
    """Those of them to bring up in a rollback, in the order of a boot: the bridge last."""
    given: str = ""
    """The NIC that gets the address in a removal."""


class ByIfup(WithOutage):
    """Bond and bridge by ifup, or one NIC again."""

    outage = OUTAGE

    def __init__(
        self,
        facts: HostFacts,
        answers: Answers,
        names: Names,
        nic: str | None = None,
    ) -> None:
        super().__init__(facts, answers, nic)
        self._names = names

    @override
    def take_down(self) -> Iterator[Step]:
        yield from _ifdown(*self._names.before)
        if self.nic:
            yield from gone(*self.both)
        # In a set-up those under the new bridge that have an address today.
        holders = filter(self.facts.shared, (self.bond, *self.slaves))
        yield from map(flush, self.slaves if self.nic else holders)

    @override
    def bring_up(self) -> Iterator[Step]:
        bond, bridge, names = self.bond, self.bridge, self._names
        if self.nic:
            yield _ifup(f"{self.nic} up with its address", names.given)
            yield from self.carrier_again()
            return
        yield _ifup(f"{bond} up with its slaves", names.bond)
        yield _ifup(f"{bridge} up", names.bridge)
        yield wait_forwarding(bridge, bond)
        yield from guests_back(self.facts, self.answers)

    @override
    def take_down_again(self) -> Iterator[Step]:
        if self.nic:
            yield from _ifdown(self._names.given)
            yield from gone(*self.both)
            yield from map(flush, self.slaves)
        else:
            yield from _ifdown(self._names.bridge, self._names.bond)
            yield from gone(*self.new)

    @override
    def bring_back(self) -> Iterator[Step]:
        for name in self._names.again:
            yield _ifup(f"{name} up as before", name)


def _ifup(what: str, name: str) -> Step:
    return Step(f"Bring {what}", Run((IFUP, name), UP_TIMEOUT_S))


def _ifdown(*names: str) -> tuple[Step, ...]:
    return best_effort(*(Step(f"Take {name} down", Run((IFDOWN, name))) for name in names))
