"""How netplan is told of its files, and how `netplan apply` brings it all up where it has to.

`netplan generate` reads the files and refuses what is wrong in them while nothing has moved yet;
`netplan apply` has systemd-networkd or NetworkManager take what it made. Neither takes away a link
that no file names any more, and systemd-networkd before 257 leaves an existing bond's options as
they are: so a bond that changes is deleted first.
"""

from collections.abc import Iterable, Iterator

from xenbond_tui.answers import Answers, Removal, Request
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.plan import Outage, Step
from xenbond_tui.plan.usual_actions import DeleteLink, Rival, Run
from xenbond_tui.stacks.base import Activation, Restart
from xenbond_tui.stacks.change_over.with_outage import WithOutage
from xenbond_tui.stacks.netplan.files import Configuration
from xenbond_tui.stacks.netplan.places import TRY
from xenbond_tui.stacks.networkd.places import OLDEST_SUPPORTED, version
from xenbond_tui.stacks.networkmanager.places import SERVICE
from xenbond_tui.stacks.steps import (
    RESTORE_FILES,
    WRITE_FILES,
    Files,
    best_effort,
    flush,
    gone,
    guests_back,
    set_up,
    wait_carrier,
    wait_forwarding,
)
from xenbond_tui.typed import override
from xenbond_tui.value import replace

_GENERATE = Run(("netplan", "generate"), rival=Rival("netplan", "try", TRY, "--config-file"))
GENERATE = Step("Check the files with netplan", _GENERATE)
"""Writes what the other program reads, below /run; nothing moves by it. At boot a systemd generator
or netplan-configure.service does so, perhaps before a change is rolled back."""
FILES = Files(
    (WRITE_FILES, GENERATE),
    (
        RESTORE_FILES,
        *best_effort(Step("Write the stack's own files with netplan generate", GENERATE.action)),
    ),
)
"""Whenever netplan's own files have changed, it writes the other program's."""
AT_BOOT = (_GENERATE,)
"""As `Activation.at_boot`."""
OUTAGE = Outage(5, 20, "while netplan changes over")
"""How long a host is without its address while `netplan apply` changes over."""
RESTART = Restart(start=(("netplan", "apply"),), outage=OUTAGE, daemons=(SERVICE,))
"""`netplan apply` leaves NetworkManager what it holds."""
_APPLY = Run(("netplan", "apply"), 120.0)
_CARRIER_S = 40.0
"""Seconds: it may return before the links are set up."""


class ByApply(WithOutage):
    """The steps of one plan; there is always an outage."""

    outage = OUTAGE
    under_bridge = False

    def __init__(self, facts: HostFacts, answers: Answers, nic: str | None = None) -> None:
        super().__init__(facts, answers, nic, Files(FILES.written))

    @override
    def bring_up(self) -> Iterator[Step]:
        bond, bridge, nic = self.bond, self.bridge, self.nic
        if nic:
            yield from (Step(f"Delete {name}", DeleteLink(name)) for name in self.both)
            yield Step(f"Bring up {nic} with netplan", _APPLY)
            yield set_up(nic)
            yield wait_carrier(nic, timeout=_CARRIER_S)
            return
        if bond not in self.new:
            yield Step(f"Delete {bond}, to be made again", DeleteLink(bond))
        yield self._applied()
        yield wait_carrier(bond, timeout=_CARRIER_S)
        yield wait_forwarding(bridge, bond)
        yield from map(flush, self.slaves)
        yield from guests_back(self.facts, self.answers)

    @override
    def take_down_again(self) -> Iterable[Step]:
        if self.nic:
            return (flush(self.nic),)
        return gone(*((self.bridge,) if self.bridge in self.new else ()), self.bond)

    @override
    def bring_back(self) -> Iterator[Step]:
        if self.nic:
            yield self._applied()
            yield wait_carrier(self.bond, timeout=_CARRIER_S)
            return
        yield Step("Bring up what was there with netplan", _APPLY)
        yield from self.slaves_up_as_before()

    def _applied(self) -> Step:
        return Step(f"Bring up {' and '.join(self.both[::-1])} with netplan", _APPLY)


def reloads(facts: HostFacts, renderer: str) -> bool:
    """Does netplan write for networkd, and can that be told to read its files (systemd 244)?"""
    return renderer == "networkd" and (version(facts) or 0) >= OLDEST_SUPPORTED


def activation(
    facts: HostFacts, request: Request, config: Configuration, renderer: str
) -> Activation:
    """As the program does it that netplan writes for; `netplan apply` where it can't be told.

    `config`: the files before they are edited, for the steps must know what runs.
    """
    nic = request.nic if isinstance(request, Removal) else None
    if reloads(facts, renderer):
        from xenbond_tui.stacks.netplan import by_networkd

        found = by_networkd.activation(facts, request, config)
    elif renderer == "NetworkManager":
        from xenbond_tui.stacks.netplan.by_networkmanager import ByNetworkManager

        plain = ByNetworkManager(facts, request, config)
        found = plain.unless(plain.way)
    else:
        found = ByApply(facts, request.answers, nic).activation()
    return replace(found, at_boot=AT_BOOT)
