"""Everything the host screen shows, read in one go away from the screen's own thread."""

from dataclasses import dataclass

from xenbond_tui.answers import Answers
from xenbond_tui.apply.actions import resolve_stale
from xenbond_tui.apply.store import Record, Store
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts import Evidence, HostFacts
from xenbond_tui.machine import Machine
from xenbond_tui.planner import owners, prefill, read_host


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
    notice: str = ""
    """What became of a change whose worker had died; "" when there was none."""

    @property
    def stack(self) -> str:
        """The stack with the strongest claim; "" when there is none."""
        return self.evidence[0].stack if self.evidence else ""

    @property
    def configured(self) -> bool:
        """Does the bond the wizard opens with run already?"""
        return self.facts.bond(self.answers.bond.name) is not None

    @property
    def watchable(self) -> str | None:
        """The bond worth watching at once: the first one that is a port of a bridge."""
        ports = {port.name for bridge in self.facts.bridges for port in bridge.ports}
        return next((bond.name for bond in self.facts.bonds if bond.name in ports), None)


def survey(machine: Machine) -> Survey:
    """Read the host and the changes made so far. Blocks; on a live host it loads pyroute2.

    A change that was cut short, by a power cut or a kill, is taken back first.

    Raises:
        XenbondError: the host or the history can't be read.
    """
    notice = _resolve(machine)
    facts = read_host(machine)
    store = Store(machine)
    return Survey(facts, owners(facts), prefill(facts), store.open(), store.history(), notice)


def _resolve(machine: Machine) -> str:
    try:
        record = resolve_stale(machine)
    except XenbondError as error:
        return str(error)
    if record is None:
        return ""
    return f"A change was cut short and has been taken back: {record.summary}. {record.result}"
