"""Everything the host screen shows, read in one go away from the screen's own thread."""

from xenbond_tui.answers import Answers
from xenbond_tui.apply.holder import Holder, holder
from xenbond_tui.apply.news import unseen
from xenbond_tui.apply.recover import broken, resolve_stale
from xenbond_tui.apply.store import Record, Store
from xenbond_tui.drill.start import put_right
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import Evidence, HostFacts
from xenbond_tui.machine import Machine
from xenbond_tui.planner import prefill, read_host
from xenbond_tui.rules.findings import Finding
from xenbond_tui.rules.owners import Rivalry, rivalries
from xenbond_tui.rules.unsupported_platform import unsupported
from xenbond_tui.stacks import owners
from xenbond_tui.value import dataclass


@dataclass(frozen=True, slots=True)
class Survey:
    """One reading of the host."""

    facts: HostFacts
    evidence: tuple[Evidence, ...]
    """The network stacks that claim it, strongest first."""
    answers: Answers
    """What the wizard opens with."""
    waiting: Record | None
    """The change that is not decided yet."""
    history: tuple[Record, ...]
    """Past changes, newest first."""
    held: Holder | None = None
    """Who holds the change that is not decided yet: nothing else can be begun."""
    news: Record | None = None
    """The newest change, when it was rolled back and nobody was told so far."""
    broken: Record | None = None
    """The newest change, when it could neither be made nor be rolled back completely."""
    notice: str = ""
    """Why a change or a drill that was cut short could not be rolled back; "" when none was."""
    drilled: str = ""
    """What was put back of a drill that was killed; "" when nothing was."""
    remarks: tuple[str, ...] = ()
    """What else was found where changes are kept."""

    @property
    def to_tell(self) -> bool:
        """Is there something the operator must see before anything else?"""
        return any((self.waiting, self.news, self.broken, self.notice, self.drilled, self.remarks))

    @property
    def foreign(self) -> Finding | None:
        """Why this host's network is not ours to write, and what to do instead."""
        return unsupported(self.facts, self.answers)

    @property
    def rivalries(self) -> tuple[Rivalry, ...]:
        """The NICs with two owners."""
        nics = [link.name for link in self.facts.links if not link.kind]
        return tuple(rivalries(self.evidence, nics))

    @property
    def stack(self) -> str:
        """The stack with the strongest claim; "" when there is none."""
        return self.evidence[0].stack if self.evidence else ""

    @property
    def configured(self) -> bool:
        """Does the bond the wizard opens with run already?"""
        return self.facts.bond(self.answers.bond.name) is not None

    @property
    def removable(self) -> bool:
        """Is there a bond to take away, and nothing in the way of beginning it?"""
        return self.configured and self.waiting is None and self.foreign is None

    @property
    def watchable(self) -> str | None:
        """The bond worth watching at once: the first one that is a port of a bridge."""
        ports = {port.name for bridge in self.facts.bridges for port in bridge.ports}
        return next((bond.name for bond in self.facts.bonds if bond.name in ports), None)


def survey(machine: Machine) -> Survey:
    """Read the host and the changes made so far. Blocks.

    A change or a drill that was cut short, by a power cut or a kill, is rolled back first.

    Raises:
        XenbondError: the host or the history can't be read.
    """
    notice, drilled = _resolve(machine)
    facts = read_host(machine)
    store = Store(machine)
    return Survey(
        facts,
        owners(facts),
        prefill(facts),
        store.open(),
        store.history(),
        holder(machine),
        unseen(machine),
        broken(machine),
        notice,
        drilled,
        tuple(machine.remarks),
    )


def _resolve(machine: Machine) -> tuple[str, str]:
    """What could not be rolled back, and what was put back of a drill.

    A change that could be rolled back is told as the others that were.
    """
    notices, drilled = [], ""
    try:
        resolve_stale(machine)
    except XenbondError as error:
        notices.append(str(error))
    try:
        drilled = put_right(machine) if machine.access.can_activate else ""
    except XenbondError as error:
        notices.append(f"A drill was killed, and putting back failed: {error}")
    return " ".join(notices), drilled
