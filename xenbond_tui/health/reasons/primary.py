"""Is the primary slave there, and active when it can be?"""

from collections.abc import Iterator

from xenbond_tui.facts.bond import MODES_WITH_ACTIVE_SLAVE
from xenbond_tui.health.model import HealthState, Level, Reason
from xenbond_tui.health.reasons.said import option, proc
from xenbond_tui.rules import announcing


def find(state: HealthState) -> Iterator[Reason]:
    """A primary that is no slave, or is up and yet not active; or its return is not announced."""
    bond = state.bond
    if bond.primary is None or bond.mode not in MODES_WITH_ACTIVE_SLAVE:
        return
    primary = bond.slave(bond.primary)
    if primary is None:
        text = f"The primary {bond.primary} is not a slave of {bond.name}."
        advice = "Enslave it again, or name another primary."
        evidence = option(bond.name, "primary", bond.primary)
        yield Reason("primary-missing", bond.primary, text, advice, Level.DEGRADED, evidence)
    elif (
        primary.mii_status == "up"
        and bond.active_slave not in (None, bond.primary)
        and bond.primary_reselect in (None, "always")
    ):
        text = f"{bond.active_slave} is active although the primary {bond.primary} is up."
        advice = "Somebody switched it; `ifenslave -c` or the next link event switches back."
        evidence = proc(bond.name, f"Currently Active Slave {bond.active_slave}")
        yield Reason("primary-not-active", bond.primary, text, advice, Level.DEGRADED, evidence)
    if state.announced is False and state.bridge is not None and len(bond.slaves) > 1:
        text = f"Nothing announces host and guests when {bond.primary} takes over again."
        advice = announcing.advice(bond.name)
        evidence = f"{announcing.unit(bond.name)} is not enabled"
        yield Reason("not-announced", None, text, advice, Level.HEALTHY, evidence)
