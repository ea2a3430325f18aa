"""What the planner's rules have against what runs around the bond, and against its files.

The rules are the planner's own, asked about what is there instead of what is wanted.
"""

from collections.abc import Iterator

from xenbond_tui.facts.guest_ports import guest_ports
from xenbond_tui.health.findings import counts, reason_of
from xenbond_tui.health.model import HealthState, Level, Reason
from xenbond_tui.rules.findings import Finding


def find(state: HealthState) -> Iterator[Reason]:
    """Ports beside the bond, VLANs on a slave, a MAC twice, virtual functions; programs, files."""
    told = [*_running(state)]
    for finding in told:
        if counts(finding, bool(state.bridges)):
            yield reason_of(finding, slave=_slave(state, finding), level=_level(state, finding))
    for finding in state.written.findings if state.written is not None else ():
        words = finding.text.split()
        if not any(finding.code == other.code and other.where in words for other in told):
            yield reason_of(finding, slave=_slave(state, finding))


def _running(state: HealthState) -> Iterator[Finding]:
    functions = [slave.name for slave in state.bond.slaves if slave.physfn is not None]
    if not state.beside and not functions:
        return
    # Only now: most bonds have nothing beside them.
    from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers
    from xenbond_tui.facts.network import NetworkFacts
    from xenbond_tui.rules.check_bridge import mac_in_use
    from xenbond_tui.rules.check_slaves import left_in_bridge, virtual_function
    from xenbond_tui.rules.standing import check_standing, on_slaves

    name, mac = ("", "") if state.bridge is None else (state.bridge.name, state.bridge.mac.lower())
    slaves = tuple(slave.name for slave in state.bond.slaves)
    answers = Answers(
        bond=BondAnswers(state.bond.name, slaves), bridge=BridgeAnswers(name=name, mac=mac)
    )
    facts = NetworkFacts(
        links=state.beside, routes=(), bonds=(state.bond,), bridges=state.bridges, session=None
    )
    for rule in (left_in_bridge, check_standing, on_slaves, mac_in_use):
        yield from rule(facts, answers)
    yield from map(virtual_function, functions)


def _slave(state: HealthState, finding: Finding) -> str | None:
    return finding.where if state.bond.slave(finding.where) is not None else None


def _level(state: HealthState, finding: Finding) -> Level | None:
    """A virtual function is in the way of guests alone."""
    alone = finding.code == "virtual-function" and not guest_ports(state.bridges)
    return Level.HEALTHY if alone else None
