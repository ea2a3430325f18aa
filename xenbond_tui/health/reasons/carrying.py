"""Does anything pass at all?"""

from collections.abc import Iterator

from xenbond_tui.facts.bond import MODES_WITH_ACTIVE_SLAVE
from xenbond_tui.facts.number import whole
from xenbond_tui.health.model import HealthState, Level, Reason
from xenbond_tui.health.reasons.lacp import carries
from xenbond_tui.health.reasons.said import UNREAD, option, proc

_CABLES = "Check cables and switch ports."


def find(state: HealthState) -> Iterator[Reason]:
    """No slaves, link, active slave or aggregator, fewer than min_links, or a port that blocks."""
    bond = state.bond
    wanted = min_links(state)
    ports = bond.lacp.ports if bond.lacp is not None else None
    # A link that is up counts only in the active aggregator.
    carrying = len(state.up) if ports is None else min(ports, len(state.up))
    if bond.unread:
        files = f"/proc/net/bonding/{bond.name}, /sys/class/net/{bond.name}/bonding"
        text = f"{bond.name}: {', '.join(bond.unread)} can't be read."
        yield Reason("bond-unread", None, text, UNREAD, Level.UNKNOWN, files)
    if not bond.slaves and "slaves" in bond.unread:
        return
    if state.set_down:
        text = f"{bond.name} itself was set down: {state.behind} is cut off."
        advice = f"Set it up again: `ip link set {bond.name} up`."
        evidence = f"/sys/class/net/{bond.name}/flags: no IFF_UP"
        yield Reason("bond-down", None, text, advice, Level.DOWN, evidence)
    elif not bond.slaves:
        text = f"{bond.name} has no slaves."
        advice = "Enslave its NICs again."
        yield Reason("no-slaves", None, text, advice, Level.DOWN, proc(bond.name, "no slaves"))
    elif state.up and _no_aggregator(state):
        text = f"{bond.name} has no active aggregator: no slave carries, {state.behind} is cut off."
        advice = "Check that the slaves have a speed and full duplex, and the switch's LACP."
        evidence = proc(bond.name, "no active aggregator, or Aggregator ID N/A")
        yield Reason("no-active-aggregator", None, text, advice, Level.DOWN, evidence)
    elif state.up and all(carries(bond, slave) is False for slave in state.up):
        text = (
            f"No slave of {bond.name} collects and distributes in the active aggregator: "
            f"{state.behind} is cut off."
        )
        advice = "Check the LACP settings of the switch ports; after a change wait a few seconds."
        evidence = proc(bond.name, "Number of ports, Aggregator ID and port state of each slave")
        yield Reason("lacp-carries-nothing", None, text, advice, Level.DOWN, evidence)
    elif bond.mii_status == "down" and state.up and carrying < wanted:
        text = f"{bond.name} has {carrying} of the {wanted} links that min_links asks for."
        advice = "Mend what keeps the others out, or lower min_links."
        evidence = option(bond.name, "min_links", wanted)
        yield Reason("too-few-links", None, text, advice, Level.DOWN, evidence)
    elif bond.mii_status == "down":
        text = f"No slave of {bond.name} has a link: {state.behind} is cut off."
        if state.up:
            text = f"{bond.name} itself is down although a slave is up."
        evidence = proc(bond.name, "MII Status down")
        yield Reason("bond-down", None, text, _CABLES, Level.DOWN, evidence)
    elif bond.mode not in MODES_WITH_ACTIVE_SLAVE or bond.active_slave is not None:
        yield from _links_wanted(state, wanted, carrying)
    elif "active_slave" not in bond.unread:
        text = f"{bond.name} has no active slave, so nothing is sent or received."
        evidence = proc(bond.name, "Currently Active Slave None")
        yield Reason("no-active-slave", None, text, _CABLES, Level.DOWN, evidence)
    yield from _port(state)


def _links_wanted(state: HealthState, wanted: int, carrying: int) -> Iterator[Reason]:
    bond = state.bond
    if wanted > len(bond.slaves):
        text = f"min_links {wanted} is more than {bond.name} has slaves."
        advice = "Lower min_links, or add slaves."
        evidence = option(bond.name, "min_links", wanted)
        yield Reason("min-links-too-many", None, text, advice, Level.MISCONFIGURED, evidence)
    elif wanted > 1 and carrying == wanted:
        text = f"min_links is {wanted}: with one link less {state.behind} is cut off."
        advice = "Lower min_links, or add slaves."
        evidence = option(bond.name, "min_links", wanted)
        yield Reason("min-links-reached", None, text, advice, Level.DEGRADED, evidence)


def _no_aggregator(state: HealthState) -> bool:
    """None active (bond_3ad_get_active_agg_info()), or no slave that is up in any."""
    bond = state.bond
    if bond.mode != "802.3ad":
        return False
    active = bond.lacp.aggregator_id if bond.lacp is not None else None
    return active == 0 or all(slave.aggregator_id == 0 for slave in state.up)


def min_links(state: HealthState) -> int:
    """How many links the bond needs for carrier: bond_3ad_set_carrier() looks in 802.3ad alone."""
    links = whole(state.bond.options.get("min_links")) or 0
    return links if state.bond.mode == "802.3ad" else 0


def _port(state: HealthState) -> Iterator[Reason]:
    bond = state.bond
    ports = state.bridge.ports if state.bridge is not None else ()
    port = next((port for port in ports if port.name == bond.name), None)
    if port is None:
        return
    evidence = f"/sys/class/net/{bond.name}/brport/state: {port.state}"
    # The bridge hears of lost links at once, the bond at its next miimon: then that is the reason.
    linked = any(state.carrier.get(slave.name, True) for slave in state.up)
    if bond.mii_status != "down" and linked and port.state in ("blocking", "disabled"):
        text = f"{bond.name} is {port.state} as a port of {state.behind}: no frame passes."
        advice = "Check for a loop, or switch STP off."
        if port.state == "disabled":
            advice = f"Set {bond.name} and {state.behind} up."
        yield Reason("port-blocked", None, text, advice, Level.DOWN, evidence)
    elif port.state in ("listening", "learning"):
        text = f"{bond.name} is still {port.state} as a port of {state.behind}."
        advice = "Wait for the forward delay, or set it to 0."
        yield Reason("port-not-forwarding", None, text, advice, Level.DEGRADED, evidence)
