"""Where `netplan apply` has to do it all.

`netplan generate` reads the files and refuses what is wrong in them while nothing has moved yet;
`netplan apply` has systemd-networkd or NetworkManager take what it made. Neither takes away a link
that no file names any more, and systemd-networkd before 257 leaves an existing bond's options as
they are: so a bond that changes is deleted first.
"""

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.actions import DeleteLink, Run
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.plan.plan import Outage, Step
from xenbond_tui.stacks.base import Activation
from xenbond_tui.stacks.netplan.programs import FILES
from xenbond_tui.stacks.steps import (
    RESTORE_FILES,
    RESTORE_NETWORK,
    best_effort,
    flush,
    gone,
    guests_back,
    set_up,
    wait_carrier,
    wait_forwarding,
)

OUTAGE = Outage(5, 20, "while netplan changes over")
"""How long a host is without its address while `netplan apply` changes over."""
_APPLY = Run(("netplan", "apply"), 120.0)
_CARRIER = 40.0
"""Seconds: it may return before the links are set up."""


class ByApply:
    """The steps of one plan."""

    def __init__(self, facts: HostFacts, answers: Answers) -> None:
        self.facts = facts
        self.answers = answers
        self.bond, self.bridge = answers.bond.name, answers.bridge.name

    def activation(self) -> Activation:
        """There is always an outage."""
        return Activation(self.forward(), self.rollback(), OUTAGE)

    def forward(self) -> tuple[Step, ...]:
        """From what runs now to the bond under the bridge."""
        bond = self.bond
        away = Step(f"Take {bond} away, to be made again", DeleteLink(bond))
        return (
            *FILES.written,
            *([] if self.facts.link(bond) is None else [away]),
            self._applied(),
            wait_carrier(bond, timeout=_CARRIER),
            wait_forwarding(self.bridge, bond),
            *map(flush, self.answers.bond.slaves),
            *guests_back(self.facts, self.answers),
        )

    def rollback(self) -> tuple[Step, ...]:
        """Back to what ran, from any point of `forward`; files and snapshot must succeed."""
        made = [self.bond] if self.facts.link(self.bridge) is not None else [self.bridge, self.bond]
        links = [self.facts.link(name) for name in self.answers.bond.slaves]
        return (
            *gone(*made),
            RESTORE_FILES,
            *best_effort(
                Step("Bring up what was there with netplan", _APPLY),
                *(set_up(link.name) for link in links if link is not None and link.admin_up),
            ),
            *guests_back(self.facts, self.answers),
            RESTORE_NETWORK,
        )

    def beside(self) -> tuple[FileChange, ...]:
        """None."""
        return ()

    def removed(self, removal: Removal) -> Activation:
        """From the bond under the bridge to the address on one NIC, and back."""
        nic = removal.nic
        forward = (
            *FILES.written,
            Step(f"Take {self.bridge} away", DeleteLink(self.bridge)),
            Step(f"Take {self.bond} away", DeleteLink(self.bond)),
            Step(f"Bring up {nic} with netplan", _APPLY),
            set_up(nic),
            wait_carrier(nic, timeout=_CARRIER),
        )
        back = (
            *best_effort(flush(nic)),
            RESTORE_FILES,
            *best_effort(self._applied(), wait_carrier(self.bond, timeout=_CARRIER)),
            *guests_back(self.facts, self.answers),
            RESTORE_NETWORK,
        )
        return Activation(forward, back, OUTAGE)

    def _applied(self) -> Step:
        return Step(f"Bring up {self.bond} and {self.bridge} with netplan", _APPLY)
