"""When a drill is refused: it must never be what cuts the host off. Pure."""

from xenbond_tui.drill.model import How
from xenbond_tui.facts.bond import MODES_WITH_ACTIVE_SLAVE
from xenbond_tui.health.model import HealthState, Level, Verdict


def refusal(state: HealthState, verdict: Verdict, how: How) -> str | None:
    """Why this bond is not drilled that way, as one or two sentences; None when it may be."""
    bond = state.bond
    if verdict.level is not Level.HEALTHY:
        return (
            f"{bond.name} is {verdict.level}: {verdict.headline} A drill needs a healthy bond, "
            "else it may cut this host off. Nothing was done."
        )
    if len(state.up) < 2:
        return f"{bond.name} has no second slave that is up. Nothing was done."
    if how is How.SWITCH and bond.mode not in MODES_WITH_ACTIVE_SLAVE:
        return (
            f"{bond.mode} has no active slave to switch. Pull the cables, or set each slave down "
            "(link-down). Nothing was done."
        )
    return None


def returns_to(state: HealthState, slave: str, other: str | None) -> str | None:
    """The active slave that the bond's own rules ask for once `slave` is up again.

    primary_reselect (bonding.rst): always, better (only if faster), failure (only if the active
    one fails).
    """
    bond = state.bond
    if bond.mode not in MODES_WITH_ACTIVE_SLAVE:
        return None
    if bond.primary != slave:
        return other
    if bond.primary_reselect in (None, "always"):
        return slave
    if bond.primary_reselect == "better":
        mine, theirs = bond.slave(slave), bond.slave(other or "")
        faster = mine is not None and theirs is not None and (mine.speed or 0) > (theirs.speed or 0)
        return slave if faster else other
    return other
