"""Does a stack's daemon run, and is it started at boot?"""

from collections.abc import Iterator

from xenbond_tui.facts.host import HostFacts
from xenbond_tui.rules import units
from xenbond_tui.rules.findings import Finding, refuse

_UNITS = "/run/systemd/units"
_RUNS = f"{_UNITS}/invocation:{{}}"
"""systemd keeps this link while the unit is active (unit.c, unit_export_invocation_id)."""


def probes(*services: str) -> tuple[str, ...]:
    """The paths that tell `stopped` of these services."""
    return (_UNITS, *(_RUNS.format(service) for service in services))


def stopped(facts: HostFacts, service: str) -> bool:
    """True where systemd says that the daemon does not run: what it wrote is of the past."""
    return _UNITS in facts.present and _RUNS.format(service) not in facts.present


def not_at_work(
    facts: HostFacts, service: str, stack: str, name: str, files: str
) -> Iterator[Finding]:
    """What forbids to write files for a daemon that would not read them.

    Args:
        facts: The host.
        service: Its unit.
        stack: What the findings' codes begin with.
        name: The daemon's name, in words.
        files: What its files are called: "profiles".
    """
    if units.started_by(facts, service) is None:
        yield refuse(
            f"{stack}-not-enabled",
            service,
            f"{name} is not started at boot, so its {files} would be without effect then.",
            f"Run `systemctl enable --now {service}`, or choose the stack that owns this host.",
        )
    elif facts.access.knows_running and stopped(facts, service):
        yield refuse(
            f"{stack}-not-running",
            service,
            f"{name} does not run.",
            f"See `systemctl status {service}` for why, and start it.",
        )
