"""A Finding: something the operator must know before going on."""

from enum import StrEnum

from xenbond_tui.errors import XenbondError
from xenbond_tui.typed import TYPE_CHECKING
from xenbond_tui.value import dataclass

if TYPE_CHECKING:
    from xenbond_tui.facts.host import HostFacts


class Severity(StrEnum):
    """How bad a finding is."""

    REFUSE = "refuse"
    WARN = "warn"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found wrong, or worth knowing."""

    severity: Severity
    code: str
    """Stable, for machines: "no-link-monitoring"."""
    where: str
    """The option, NIC, file or line it is about: "miimon", "eth1", "/etc/modprobe.conf:3"."""
    text: str
    """One or two sentences in plain words."""
    remedy: str
    """What to do about it; "" when there is nothing to do."""

    def __post_init__(self) -> None:
        # Only now: most looks at a bond find nothing.
        from xenbond_tui.masking.shown import masked_words

        # A finding may quote a line of a file.
        for name in ("where", "text", "remedy"):
            object.__setattr__(self, name, masked_words(getattr(self, name)))


def by_severity(finding: Finding) -> int:
    """The order they are told in: what forbids going on first."""
    return tuple(Severity).index(finding.severity)


def refuse(code: str, where: str, text: str, remedy: str) -> Finding:
    """A finding that forbids going on."""
    return Finding(Severity.REFUSE, code, where, text, remedy)


def from_error(
    code: str, error: XenbondError, remedy: str, severity: Severity = Severity.REFUSE
) -> Finding:
    """An error as a finding; `remedy` where the error has none.

    The text names the place too: a refusal is told by its text alone.
    """
    text = f"{error.where}: {error.text}" if error.where else error.text
    return Finding(severity, code, error.where, text, error.remedy or remedy)


def warn(code: str, where: str, text: str, remedy: str = "") -> Finding:
    """A finding the operator must acknowledge."""
    return Finding(Severity.WARN, code, where, text, remedy)


def note(code: str, where: str, text: str, remedy: str = "") -> Finding:
    """A finding that is only worth knowing."""
    return Finding(Severity.NOTE, code, where, text, remedy)


def lacking(facts: "HostFacts", code: str, where: str, text: str, remedy: str) -> Finding:
    """A refusal; of a copy without /usr a note, for there nobody could look.

    Args:
        facts: the host.
        code: the finding's.
        where: the program that was not found.
        text: what comes of it.
        remedy: what to do about it.
    """
    if facts.programs_known:
        return refuse(code, where, text, remedy)
    text = f"This copy of a host has no /usr, so whether {where} is there could not be looked for."
    return note(code, where, text, f"Should it be missing on the host: {remedy}")
