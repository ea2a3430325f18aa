"""Does the switch play along in 802.3ad?

What the kernel tells of the partner came in LACP frames, which nobody signs: whoever is on the
segment of a slave can pretend to be the partner, and then the bond really does as that one says. A
guest can't: a bridge passes no LACP on (BR_GROUPFWD_RESTRICTED in br_private.h).
"""

from collections.abc import Iterator

from xenbond_tui.facts.bond import BondState, LacpState, SlaveState
from xenbond_tui.health.model import HealthState, Level, Reason
from xenbond_tui.health.reasons.said import each, option, proc

NO_PARTNER = "00:00:00:00:00:00"
"""What the kernel prints for an aggregator whose switch never answered."""
_OPEN = Level.UNKNOWN
_DEFAULTED = 0x40
_CARRYING = 0x08 | 0x10 | 0x20
"""In sync, collecting, distributing (LACP_STATE_*, IEEE 802.1AX 6.4.2.3)."""


def find(state: HealthState) -> Iterator[Reason]:
    """No partner, more than one aggregator, a port that does not get in sync, churn."""
    bond = state.bond
    if bond.mode != "802.3ad":
        return
    if state.up and all(_alone(bond, slave) for slave in state.up):
        text = "The switch does not answer LACP: no partner, so one slave carries alone."
        advice = "Put exactly these switch ports into one LACP group."
        evidence = option(bond.name, "ad_partner_mac", NO_PARTNER)
        yield Reason("no-lacp-partner", None, text, advice, Level.DEGRADED, evidence)
    elif (split := _split(bond, state.up)) is not None:
        yield split
    else:
        yield from _out_of_sync(bond, state.up)
    for slave in state.up:
        now, sides = carries(bond, slave), " and ".join(_gave_up(slave))
        if now or not sides:
            # Churn is judged once, 60 s after the port was selected (ad_churn_machine()): history.
            continue
        text = f"LACP does not settle on {slave.name}: {sides} gave up (churned)."
        advice, level = "Check the LACP settings of its switch port.", Level.DEGRADED
        if now is None:
            text = (
                f"{slave.name}: {sides} gave up waiting for LACP once (churned), and whether it "
                "has settled since can't be seen."
            )
            advice, level = "Look as root: the kernel tells a port's state to nobody else.", _OPEN
        evidence = proc(bond.name, f"Churn State churned of {slave.name}")
        yield Reason("lacp-churned", slave.name, text, advice, level, evidence)


def _gave_up(slave: SlaveState) -> list[str]:
    """Who has waited for sync for a minute, and waits no more."""
    sides = (("this host", slave.actor_churn), ("the switch", slave.partner_churn))
    return [side for side, churn in sides if churn == "churned"]


def carries(bond: BondState, slave: SlaveState) -> bool | None:
    """Is it collecting and distributing in the active aggregator? None where nobody can tell.

    So at both ends, or without a partner: then the kernel enables the aggregator's ports as they
    are (ad_agg_selection_logic() in bond_3ad.c). Which aggregator is active, and a port's state,
    are told to root alone; where there is one aggregator only, it is that.
    """
    if bond.mode != "802.3ad":
        return None
    lacp = bond.lacp or LacpState()
    ids = {item.aggregator_id for item in bond.slaves}
    active = slave.aggregator_id if lacp.aggregator_id is None and len(ids) == 1 else None
    active = active if lacp.aggregator_id is None else lacp.aggregator_id
    if 0 in (active, slave.aggregator_id, lacp.ports):
        return False
    if active is None or slave.aggregator_id is None:
        return None
    if slave.aggregator_id != active:
        return False
    if _alone(bond, slave):
        return True
    ends = [end for end in (slave.actor_port_state, slave.partner_port_state) if end is not None]
    if any(end & _CARRYING != _CARRYING for end in ends):
        return False
    return True if len(ends) == 2 else None


def _alone(bond: BondState, slave: SlaveState) -> bool:
    """No switch has answered; an ordinary user sees it by the port's state alone."""
    partner = bond.lacp.partner_mac if bond.lacp is not None else None
    return partner == NO_PARTNER or (
        partner is None and bool((slave.actor_port_state or 0) & _DEFAULTED)
    )


def _split(bond: BondState, up: tuple[SlaveState, ...]) -> Reason | None:
    ids = {slave.name: str(slave.aggregator_id) for slave in up if slave.aggregator_id is not None}
    ports = bond.lacp.ports if bond.lacp is not None else None
    if len(set(ids.values())) < 2 and (ports is None or ports >= len(up)):
        return None
    partners = {
        slave.name: slave.partner_mac
        for slave in up
        if slave.partner_mac is not None and slave.partner_mac != NO_PARTNER
    }
    text = "The slaves are not in one aggregator, so only some of them carry."
    advice = "Check that speeds are equal and the switch has the ports in one LACP group."
    if len(set(partners.values())) > 1:
        text = f"The slaves have different LACP partners ({each(partners)}): only one carries."
        advice = "Let both switches act as one (MLAG, stack), or use active-backup."
    elif len(partners) < len(up) and partners:
        silent = ", ".join(slave.name for slave in up if slave.name not in partners)
        text = f"The switch does not answer LACP on {silent}: it carries nothing."
        advice = f"Put the switch port of {silent} into the LACP group of the others."
    evidence = proc(bond.name, f"Aggregator ID of {each(ids)}" if ids else f"{ports} ports")
    return Reason("aggregator-split", None, text, advice, Level.DEGRADED, evidence)


def _out_of_sync(bond: BondState, up: tuple[SlaveState, ...]) -> Iterator[Reason]:
    for slave in up:
        actor, partner = slave.actor_port_state, slave.partner_port_state
        if actor is None or partner is None or _gave_up(slave):
            continue
        lacking = [
            side
            for side, bits in (("this host", actor), ("the switch", partner))
            if bits & _CARRYING != _CARRYING
        ]
        if lacking:
            text = f"LACP has not settled on {slave.name}: it waits for {' and '.join(lacking)}."
            advice = "Wait a few seconds; then check the LACP settings of its switch port."
            evidence = proc(bond.name, f"port state of {slave.name}: {actor}, partner {partner}")
            yield Reason("lacp-not-in-sync", slave.name, text, advice, Level.DEGRADED, evidence)
