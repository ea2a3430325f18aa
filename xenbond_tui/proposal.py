"""What a request comes to on one host: the plan, and what must be known before it begins."""

from collections.abc import Iterable, Iterator

from xenbond_tui.answers import Request
from xenbond_tui.facts.host import Evidence, XenRole
from xenbond_tui.plan.plan import Outage, Plan
from xenbond_tui.rules.findings import Finding, Severity, note
from xenbond_tui.value import dataclass, replace


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan together with what was found on the way; `plan` is None when something is refused."""

    request: Request
    """Resolved: slaves by name, stack, toolstack and MAC decided."""
    findings: tuple[Finding, ...]
    """What forbids going on first."""
    plan: Plan | None
    owner: Evidence | None = None
    """Why the network is that stack's; None where nothing but the operator says so."""
    xen: XenRole | None = None
    """What the host is to Xen; None where it has nothing to do with Xen."""

    @property
    def refusals(self) -> tuple[Finding, ...]:
        """The findings that forbid going on."""
        return tuple(item for item in self.findings if item.severity is Severity.REFUSE)


def refused(findings: Iterable[Finding]) -> bool:
    """Does one of them forbid going on?"""
    return any(item.severity is Severity.REFUSE for item in findings)


def out_of_reach(outage: Outage | None, where: str) -> tuple[Finding, ...]:
    """The finding that tells an outage; () for none."""
    return (note("gap", where, outage.text),) if outage is not None and outage.expected else ()


def session_told(found: Iterable[Finding], outage: Outage | None) -> Iterator[Finding]:
    """The findings, what is said of the operator's session with what becomes of it meanwhile."""
    for item in found:
        asks = outage is not None and item.code in ("session-moves", "session-pauses")
        yield replace(item, text=f"{item.text} {outage.text}") if asks and outage else item
