"""What an 802.3ad bond and its switch have agreed on, in words. Pure: values in, lines out."""

from collections.abc import Iterator

from screens.wrapping import wrap
from xenbond_tui.facts.bond import BondState, SlaveState
from xenbond_tui.health.reasons.lacp import NO_PARTNER

_BITS = (
    (0x01, "active", "passive"),
    (0x02, "fast", "slow"),
    (0x04, "", "alone"),
    (0x08, "in sync", "NOT in sync"),
    (0x10, "collecting", "not collecting"),
    (0x20, "distributing", "not distributing"),
    (0x40, "DEFAULTED", ""),
    (0x80, "EXPIRED", ""),
)
"""Bit of a port's state, and what it says when set and when not (IEEE 802.1AX 6.4.2.3)."""
_INDENT = " " * 4
_LABEL = 11
_LEGEND = """
A slave carries when both sides are in sync, collecting and distributing.
DEFAULTED: no LACP frame came from the other side.
EXPIRED: none came of late. Alone: not to be aggregated.
Passive on both sides never begins."""


def port_state(bits: int) -> str:
    """One side's state of a port: "active, slow, in sync, collecting, distributing"."""
    words = (set_ if bits & bit else unset for bit, set_, unset in _BITS)
    return ", ".join(word for word in words if word)


def lacp_lines(bond: BondState, width: int) -> list[str]:
    """The whole view."""
    return [*_group(bond), *(line for s in bond.slaves for line in _slave(bond, s, width)), *_end()]


def _group(bond: BondState) -> Iterator[str]:
    lacp = bond.lacp
    if lacp is None:
        yield "The kernel tells nothing of LACP here; as root it tells more."
        return
    ports = "" if lacp.ports is None else f", {lacp.ports} of {len(bond.slaves)} slaves in it"
    yield f"Active aggregator {_known(lacp.aggregator_id)}{ports}, LACP rate {_known(lacp.rate)}"
    if lacp.partner_mac == NO_PARTNER:
        yield "Partner: NONE. The switch does not answer LACP."
        # Though its port never collects nor distributes (ad_agg_selection_logic() in bond_3ad.c).
        yield "The kernel lets the active aggregator carry all the same."
    else:
        keys = f"its key {_known(lacp.partner_key)}, ours {_known(lacp.actor_key)}"
        yield f"Partner {_known(lacp.partner_mac)}, {keys}"


def _slave(bond: BondState, slave: SlaveState, width: int) -> Iterator[str]:
    yield ""
    if slave.mii_status == "down":
        # The kernel goes on printing what the port had agreed on before its link went.
        yield f"{slave.name}  DOWN  no link, so it carries nothing"
        return
    active = bond.lacp.aggregator_id if bond.lacp is not None else None
    where = f"aggregator {_known(slave.aggregator_id)}"
    if slave.aggregator_id is not None and active is not None:
        where += ", the active one" if slave.aggregator_id == active else ", NOT the active one"
    yield f"{slave.name}  {slave.mii_status}  {where}"
    silent = slave.partner_mac == NO_PARTNER
    if slave.partner_mac is not None:
        partner = "NONE: no LACP frame came in" if silent else slave.partner_mac
        yield from _row("partner", partner, width)
    # Of a switch that never spoke the kernel prints a state all the same: nobody said it.
    theirs = None if silent else slave.partner_port_state
    for label, bits in (("this host", slave.actor_port_state), ("switch", theirs)):
        if bits is not None:
            yield from _row(label, port_state(bits), width)
    sides = (("this host", slave.actor_churn), ("switch", slave.partner_churn))
    # "monitoring" is what the first minute of any link is called.
    if gave_up := [side for side, churn in sides if churn == "churned"]:
        yield from _row("churned", f"{' and '.join(gave_up)} gave up waiting for sync", width)


def _row(label: str, text: str, width: int) -> list[str]:
    return wrap(f"{label:<{_LABEL}}{text}", width, first=_INDENT, rest=_INDENT + " " * _LABEL)


def _end() -> list[str]:
    return _LEGEND.splitlines()


def _known(value: object) -> str:
    return "not known" if value is None else str(value)
