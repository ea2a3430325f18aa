"""The order where a stack's own programs have to do it all: the host is out of reach meanwhile.

What is in the way is taken down while the old files still say how; then come the files, then
what they say. A rollback is the same with the files of before. A stack says what its programs do at
each of these places.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.plan import Outage, Step
from xenbond_tui.rules.standing import carries
from xenbond_tui.stacks.base import Activation
from xenbond_tui.stacks.change_over.conditions import NeedsOutage
from xenbond_tui.stacks.steps import (
    OWN_FILES,
    RESTORE_NETWORK,
    Files,
    best_effort,
    guests_back,
    set_up,
    wait_carrier,
    wait_forwarding,
)
from xenbond_tui.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from xenbond_tui.stacks.change_over.edit import Edit
    from xenbond_tui.stacks.change_over.transition import Transition


class WithOutage(ABC):
    """One set-up or removal; pure, each call returns the same steps."""

    outage: Outage
    """Of a stack; how long the host is without its address."""
    nm_checkpoint = False
    """As `Plan.nm_checkpoint`."""
    under_bridge = True
    """As `Activation.under_bridge`."""

    def __init__(
        self,
        facts: HostFacts,
        answers: Answers,
        nic: str | None = None,
        files: Files = OWN_FILES,
    ) -> None:
        """`nic`: who gets the address in a removal; None in a set-up. `answers` are resolved."""
        self.facts = facts
        self.answers = answers
        self.nic = nic
        self.files = files
        self.bond, self.bridge = answers.bond.name, answers.bridge.name
        self.slaves = answers.bond.slaves
        bridged = nic is None or facts.link(self.bridge) is not None
        self.both = (self.bridge, self.bond) if bridged else (self.bond,)
        """Bridge and bond; the bond alone where one in no bridge is removed."""
        self.new = [name for name in self.both if facts.link(name) is None]
        """Of these, those that are not there today."""

    def unless(
        self, way: "Callable[[], Transition | Edit]", outage: Outage | None = None
    ) -> Activation:
        """That way, with no outage but the one named; this one, where it raises NeedsOutage."""
        try:
            found = way()
            felt = outage or found.no_outage
            return Activation(found.forward(), found.rollback(), felt, self.nm_checkpoint)
        except NeedsOutage as why:
            return self.activation(why)

    def activation(self, why: NeedsOutage | None = None) -> Activation:
        """Both, as a stack gives them; `why` there is no way without an outage."""
        felt = self.outage if why is None else self.outage.because(why)
        if not carries(self.facts, self.answers):
            nics = " or ".join(self.slaves)
            felt = Outage.none(f"neither host nor guest is reached through {nics}")
        return Activation(
            self.forward(),
            self.rollback(),
            felt,
            self.nm_checkpoint,
            remakes=self.outage.why if why is None else str(why),
            under_bridge=self.under_bridge,
        )

    def forward(self) -> tuple[Step, ...]:
        """To what is asked for."""
        return (*self.take_down(), *self.files.written, *self.bring_up())

    def rollback(self) -> tuple[Step, ...]:
        """Back to what ran, from any point of `forward`: files and snapshot must succeed."""
        return (
            *best_effort(*self.take_down_again()),
            *self.files.restored,
            *best_effort(*self.bring_back()),
            *guests_back(self.facts, self.answers),
            RESTORE_NETWORK,
        )

    # What a stack says.

    def take_down(self) -> Iterable[Step]:
        """What runs, by the files of today."""
        return ()

    @abstractmethod
    def bring_up(self) -> Iterable[Step]:
        """What the new files say."""

    def take_down_again(self) -> Iterable[Step]:
        """What `bring_up` may have made, by the new files."""
        return ()

    @abstractmethod
    def bring_back(self) -> Iterable[Step]:
        """What ran before, by its own files."""

    # What it is put together from.

    def carrier_again(self) -> tuple[Step, ...]:
        """The NIC that has a cable has carrier, before a removal is over."""
        link = self.facts.link(self.nic or "")
        return () if link is None or not link.carrier else (wait_carrier(link.name),)

    def forwards_again(self) -> Step:
        """A bond that was removed carries frames as before."""
        if self.bridge not in self.both:
            return wait_carrier(self.bond)
        return wait_forwarding(self.bridge, self.bond)

    def slaves_up_as_before(self) -> tuple[Step, ...]:
        """Administratively, those that were."""
        return tuple(map(set_up, filter(self.facts.is_up, self.slaves)))
