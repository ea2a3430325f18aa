"""Would the planner take what runs and what is written? What it has against them is a reason too.

The rules and their texts are the planner's own, asked about what is there instead of what is
wanted; `health.findings` says of each code how bad it is then.
"""

from collections.abc import Iterator

from xenbond_tui.answers import BondAnswers
from xenbond_tui.facts.bond import BondState
from xenbond_tui.facts.guest_ports import guest_ports
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
_BY_GUESTS = frozenset({"mode-under-bridge", "arp-under-bridge", "virtual-function"})
"""Wrong because of guests' traffic: without guests to know of."""
_ABOUT_ARP = frozenset({"no-arp-target", "arp-under-bridge"})


def find(state: HealthState) -> Iterator[Reason]:
    """Of the bond's mode, monitoring and delays, what is beside it, programs and files."""
    for finding in check_options(_as_answers(state.bond)):
        # Only /proc could be read, which does not tell of the rest.
        open_ = finding.code in _ABOUT_ARP and "arp_validate" not in state.bond.options
        for reason in () if open_ else _reason(state, finding, bool(state.bridges)):
            value = running(state.bond, finding.where) or ""
            yield replace(reason, evidence=option(state.bond.name, finding.where, value))
    told = [*_beside(state)]
    for finding in told:
        yield from _reason(state, finding, bool(state.bridges))
    for finding in state.written.findings if state.written is not None else ():
        words = finding.text.split()
        if not any(finding.code == other.code and other.where in words for other in told):
            # Read for what the files make, also where that does not run.
            yield from _reason(state, finding, True)


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


def _beside(state: HealthState) -> Iterator[Finding]:
    """Ports beside the bond, VLANs on a slave or in the bond's own bridge, a MAC twice, VFs."""
    functions = [slave.name for slave in state.bond.slaves if slave.physfn is not None]
    if not state.beside and not functions:
        return
    # Only now: most bonds have nothing beside them.
    from xenbond_tui.answers import Answers, BridgeAnswers, SetUp
    from xenbond_tui.facts.network import NetworkFacts
    from xenbond_tui.rules.check_bridge import mac_in_use
    from xenbond_tui.rules.check_slaves import left_in_bridge, virtual_function
    from xenbond_tui.rules.over_bond import over_bond
    from xenbond_tui.rules.standing import on_slaves

    name, mac = ("", "") if state.bridge is None else (state.bridge.name, state.bridge.mac.lower())
    bond = BondAnswers(state.bond.name, tuple(slave.name for slave in state.bond.slaves))
    answers = Answers(bond=bond, bridge=BridgeAnswers(name=name, mac=mac))
    facts = NetworkFacts(
        links=state.beside, routes=(), bonds=(state.bond,), bridges=state.bridges, session=None
    )
    for rule in (left_in_bridge, on_slaves, mac_in_use):
        yield from rule(facts, answers)
    yield from over_bond(facts, (), SetUp(answers))
    yield from map(virtual_function, functions)


def _reason(state: HealthState, finding: Finding, under_bridge: bool) -> Iterator[Reason]:
    """The finding as a reason; none where it says nothing of this bond."""
    # Only now: a healthy bond has no finding.
    from xenbond_tui.health.findings import counts, reason_of

    if not counts(finding, under_bridge):
        return
    level = None
    if finding.code in _BY_GUESTS:
        level = _met_by_guests(state, finding)
    slave = finding.where if state.bond.slave(finding.where) is not None else None
    yield reason_of(finding, slave=slave, level=level)


def _met_by_guests(state: HealthState, finding: Finding) -> Level | None:
    """How bad it is by the guests there are; None: as bad as it is anyway."""
    if not guest_ports(state.bridges):
        return Level.HEALTHY
    if finding.code == "virtual-function":
        return None
    by_guests = finding.severity is Severity.REFUSE or finding.where == "mode"
    return Level.MISCONFIGURED if by_guests else Level.HEALTHY
