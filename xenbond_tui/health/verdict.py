"""Is a bond redundant, and if not, why and what now? Pure: a HealthState in, a Verdict out."""

from xenbond_tui.health.model import HealthState, Level, Reason, Verdict
from xenbond_tui.health.reasons import FINDERS

_ORDER = tuple(Level)


def judge(state: HealthState) -> Verdict:
    """Judge one look at a bond."""
    reasons = [reason for find in FINDERS for reason in find(state)]
    # A reason of a worse level often explains one of a lesser; sorted is stable within a level.
    reasons.sort(key=lambda reason: -_ORDER.index(reason.level))
    level = reasons[0].level if reasons else Level.HEALTHY
    return Verdict(level, tuple(reasons), _headline(state, level, reasons))


def _headline(state: HealthState, level: Level, reasons: list[Reason]) -> str:
    bond = state.bond
    up, total = len(state.up), len(bond.slaves)
    not_known = f", {state.not_known} not known" if state.not_known else ""
    count = f"{up} of {total} slaves up{not_known}"
    if level is Level.HEALTHY:
        active = f", {bond.active_slave} active" if bond.active_slave else ""
        return f"{count}{active}. Any one of them may fail."
    if level is Level.UNKNOWN:
        return f"Whether {bond.name} is redundant can't be told. {reasons[0].text}"
    if level is Level.DOWN and total and not up:
        return f"{count}: {state.behind} is cut off."
    if level is Level.DEGRADED and up == 1:
        fails = "fails" if total == 1 else "fails too"
        return f"{count}. If {state.up[0].name} {fails}, {state.behind} is cut off."
    if reasons[0].code == "no-link-monitoring":
        # Then every slave is "up", whatever its cable does: the count would be a lie.
        return reasons[0].text
    return f"{count}. {reasons[0].text}"
