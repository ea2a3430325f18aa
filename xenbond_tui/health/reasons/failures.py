"""Does a link come and go?"""

from collections.abc import Iterator

from xenbond_tui.health.model import HealthState, Level, Reason

RECENT_S = 600
"""Seconds a failure counts as recent."""
MANY_FAILURES = 3
"""Recent failures that are no accident any more: one pulled cable, put back, is one."""


def find(state: HealthState) -> Iterator[Reason]:
    """Slaves whose link failed again and again of late."""
    for slave in state.bond.slaves:
        count = state.recent_failures.get(slave.name, 0)
        if count >= MANY_FAILURES:
            text = f"The link of {slave.name} failed {count} times in {RECENT_S // 60} minutes."
            advice = "Change its cable; then try another switch port."
            evidence = f"Link Failure Count of {slave.name}: {slave.link_failure_count}"
            yield Reason("link-flaps", slave.name, text, advice, Level.DEGRADED, evidence)
