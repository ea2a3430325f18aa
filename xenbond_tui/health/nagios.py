"""`status --nagios`: one line with performance data, as monitoring plugins print it.

Exit codes and format: Monitoring Plugins Development Guidelines, 2.1 to 2.6.
"""

from collections.abc import Iterator, Sequence

from xenbond_tui.health.model import HealthState, Level, Verdict
from xenbond_tui.text import one_line

_WORDS = {
    Level.HEALTHY: "OK",
    Level.UNKNOWN: "UNKNOWN",
    Level.DEGRADED: "WARNING",
    Level.MISCONFIGURED: "CRITICAL",
    Level.DOWN: "CRITICAL",
}
_ORDER = tuple(Level)


def nagios_line(judged: Sequence[tuple[HealthState, Verdict]], standing: str = "") -> str:
    """The worst bond first: `XENBOND OK - bond0: 2 of 2 slaves up … | 'bond0 slaves up'=2;2:;1:;0`.

    With no bond at all it is UNKNOWN. `standing`, what besides is amiss on this host, warns.
    """
    if not judged:
        return unknown("there is no bond here")
    worst = sorted(judged, key=lambda item: -_ORDER.index(item[1].level))
    said = "; ".join(_plain(f"{item[0].bond.name}: {_why(*item)}") for item in worst)
    data = " ".join(word for state, _ in judged for word in _data(state))
    level = worst[0][1].level
    if standing:
        level = max(level, Level.DEGRADED, key=_ORDER.index)
        said = f"{said}; {_plain(standing)}"
    return f"XENBOND {_WORDS[level]} - {said} | {data}"


def unknown(text: str) -> str:
    """The line when nothing can be said; goes with exit code 3."""
    return f"XENBOND UNKNOWN - {_plain(text)}"


def _why(state: HealthState, verdict: Verdict) -> str:
    """The headline, and of the worst reasons those that it does not tell."""
    # With no slave up it is the headline that says so.
    told = "bond-down" if not state.up else None
    reasons = [
        reason.text
        for reason in verdict.reasons
        if reason.level is verdict.level
        and reason.text not in verdict.headline
        and reason.code != told
    ]
    return " ".join((verdict.headline, *reasons))


def _plain(text: str) -> str:
    """The bar begins the performance data: none may be in the text."""
    return one_line(" ".join(text.replace("|", "/").split()))


def _label(text: str) -> str:
    r"""A label in its quotes. It may hold no `=`, and a quote only twice (Guidelines, 2.6).

    A bar would start the data again: it and `=` are shown by their codes, as controls are.
    """
    plain = one_line(text).replace("'", "''").replace("=", r"\x3d").replace("|", r"\x7c")
    return f"'{plain}'"


def _data(state: HealthState) -> Iterator[str]:
    """`label=value[unit];warn;crit;min;max`: a slave missing warns, none left is critical.

    U is what nobody knows.
    """
    bond = state.bond
    total = len(bond.slaves)
    up = "U" if state.not_known or "slaves" in bond.unread else len(state.up)
    yield f"{_label(f'{bond.name} slaves up')}={up};{total}:;1:;0;{total}"
    for slave in bond.slaves:
        if slave.link_failure_count is not None:
            label = _label(f"{bond.name} {slave.name} failures")
            yield f"{label}={slave.link_failure_count}c"
