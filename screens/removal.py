"""Remove: bond and bridge go. Every file and the steps first, as in the review of a set-up."""

from typing_extensions import override

from screens.base import Step
from screens.keys import Key
from screens.review import ReviewScreen
from xenbond_tui.answers import Removal, Request
from xenbond_tui.proposal import Proposal
from xenbond_tui.shipped import style


class RemovalScreen(ReviewScreen):
    """The review of a removal; which NIC gets the address can be changed here."""

    CSS = style("review")
    NAME = "Remove"
    HELP_TEXT = """
Bond and bridge are taken away, in the files and in the running network, and one
NIC has the host's address again. It is the one whose MAC the address has now, so
that nobody on the network has to learn another; O gives it to the next slave.

Left the files: A is new, M changes, D goes; with the lines added and removed. The
diff of the file under the cursor is beside it; Enter opens it over the whole
screen, and so it does with the steps. Tab goes to the next part; the arrows
scroll it.

Each warning must be read and ticked, with Space, or A for all. What is refused,
such as guests that are still on the bridge, must be put right first.

Keep within is how long the removal waits for you to keep it, in seconds; then
bond and bridge come back by themselves."""

    OTHER = Key("other_nic", "O", "other")
    KEYS: tuple[Key, ...] = (OTHER,)
    REFUSED = "What is refused must be put right first. F8 goes back; nothing was changed."

    def __init__(self, step: Step) -> None:
        super().__init__(step)
        self.nic = ""
        """The slave that gets the address; "": the likely one."""

    @override
    def request(self) -> Request:
        return Removal(nic=self.nic)

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There are no answers to save: nothing is asked for but that it goes."""
        return action != "save" and super().check_action(action, parameters)

    @override
    def more_keys(self) -> tuple[Key, ...]:
        return (self.OTHER,) if len(self._slaves()) > 1 else ()

    def action_other_nic(self) -> None:
        """Give the address to the next slave."""
        slaves = self._slaves()
        proposal = self.proposal
        if self.making or proposal is None or len(slaves) < 2:
            return
        self.nic = slaves[(slaves.index(self._given(proposal)) + 1) % len(slaves)]
        self.making = True
        self.ticked = frozenset()
        self.make_plan()

    def _slaves(self) -> tuple[str, ...]:
        return self.proposal.request.answers.bond.slaves if self.proposal is not None else ()

    def _given(self, proposal: Proposal) -> str:
        request = proposal.request
        return request.nic if isinstance(request, Removal) else self.nic
