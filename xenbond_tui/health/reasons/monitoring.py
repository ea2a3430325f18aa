"""Would the planner take the bond as it runs? What it refuses or warns of is a reason here too.

One table, `rules.check_bond.check_options`, has the predicates and the texts. Here is only what a
finding means for a bond that runs.
"""

from collections.abc import Iterator

from xenbond_tui.answers import BondAnswers
from xenbond_tui.facts.bond import BondState
from xenbond_tui.facts.guest_ports import guest_ports
from xenbond_tui.health.findings import counts, level_of, reason_of
from xenbond_tui.health.model import HealthState, Level, Reason
from xenbond_tui.health.reasons.said import option
from xenbond_tui.options.running import canonical, running
from xenbond_tui.options.table import OPTIONS
from xenbond_tui.rules.check_bond import check_options
from xenbond_tui.rules.findings import Finding, Severity
from xenbond_tui.value import replace

_JUDGED = (
    "updelay",
    "downdelay",
    "arp_interval",
    "arp_ip_target",
    "ns_ip6_target",
    "arp_validate",
    "fail_over_mac",
)
"""What one bond in itself can have wrong; primary and min_links have reasons about its slaves."""
_BY_GUESTS = frozenset({"mode-under-bridge", "arp-under-bridge"})
"""Wrong because of guests' traffic: without guests to know of."""
_ABOUT_ARP = frozenset({"no-arp-target", "arp-under-bridge"})


def find(state: HealthState) -> Iterator[Reason]:
    """No link monitoring or a slow one, long delays, a mode or ARP that guests do not go with."""
    bond = state.bond
    for finding in check_options(_as_answers(bond)):
        level = _level(state, finding)
        if level is not None:
            value = running(bond, finding.where) or ""
            found = reason_of(finding, level=level)
            yield replace(found, evidence=option(bond.name, finding.where, value))


def _as_answers(bond: BondState) -> BondAnswers:
    """The bond as somebody would have asked for it. What is not known is not judged."""
    options = {
        name: canonical(name, printed)
        for name in _JUDGED
        if (printed := running(bond, name)) and canonical(name, printed) != OPTIONS[name].default
    }
    good = BondAnswers(bond.name, tuple(slave.name for slave in bond.slaves), options=options)
    miimon = good.miimon if bond.miimon is None else bond.miimon
    return replace(good, mode=bond.mode or good.mode, miimon=miimon)


def _level(state: HealthState, finding: Finding) -> Level | None:
    """How bad it is here and now; None: it says nothing of this bond."""
    bridges = state.bridges
    if not counts(finding, bool(bridges)):
        return None
    if finding.code in _ABOUT_ARP and "arp_validate" not in state.bond.options:
        # Only /proc could be read, which does not tell.
        return None
    if finding.code in _BY_GUESTS:
        by_guests = finding.severity is Severity.REFUSE or finding.where == "mode"
        met = by_guests and guest_ports(bridges)
        return Level.MISCONFIGURED if met else Level.HEALTHY
    return level_of(finding)
