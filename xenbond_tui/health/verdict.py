"""Is a bond redundant, and if not, why and what now? Pure: a HealthState in, a Verdict out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from xenbond_tui.facts import BondState, BridgeState, SlaveState

MODES_WITH_ACTIVE_SLAVE = ("active-backup", "balance-tlb", "balance-alb")
NO_PARTNER = "00:00:00:00:00:00"
"""What the kernel prints for an aggregator whose switch never answered."""

CHECK_CABLE = "Check its cable, the NIC and the switch port."


@dataclass(frozen=True, slots=True)
class HealthState:
    """What one look at a bond, and what is around it, has shown."""

    bond: BondState
    bridge: BridgeState | None = None
    """The bridge the bond is a port of."""
    master_known: bool = True
    """False where only /proc is there: then "no bridge" means "nobody knows"."""
    addresses_known: bool = True
    """False for another system's tree: its addresses are not on record."""
    carrier: Mapping[str, bool] = field(default_factory=dict)
    """Slave → carrier of the NIC itself, which changes before the bond notices; left out where
    the NIC does not say."""
    routes: tuple[tuple[str, str], ...] = ()
    """(link, destination) of each IPv4 route, `default` for the default route."""


class Level(StrEnum):
    """The verdict in one word."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    MISCONFIGURED = "misconfigured"
    DOWN = "down"


_ORDER = tuple(Level)


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that is not as it should be."""

    code: str
    """Stable, for machines: "slave-down"."""
    slave: str | None
    text: str
    """What is wrong, one sentence."""
    advice: str
    """What to do, one sentence."""
    level: Level


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement; reasons come worst first."""

    level: Level
    reasons: tuple[Reason, ...]
    headline: str
    """One line for people: "1 of 2 slaves up. If eth1 fails too, xenbr0 is cut off."."""


def judge(state: HealthState) -> Verdict:
    """Judge one look at a bond (bonding.rst; facts of the driver in bond_main.c, bond_3ad.c)."""
    reasons = [
        *_down(state),
        *_misconfigured(state),
        *_slaves(state.bond),
        *_lacp(state.bond),
        *_primary(state.bond),
    ]
    # A reason of a worse level often explains one of a lesser; sorted is stable within a level.
    reasons.sort(key=lambda reason: -_ORDER.index(reason.level))
    level = reasons[0].level if reasons else Level.HEALTHY
    return Verdict(level, tuple(reasons), _headline(state, level, reasons))


def behind(state: HealthState) -> str:
    """What is cut off when the bond is: the bridge, else the bond itself."""
    return state.bridge.name if state.bridge is not None else state.bond.name


def _up(bond: BondState) -> tuple[SlaveState, ...]:
    return tuple(slave for slave in bond.slaves if slave.mii_status == "up")


def _down(state: HealthState) -> Iterator[Reason]:
    bond = state.bond
    if not bond.slaves:
        text = f"{bond.name} has no slaves."
        yield Reason("no-slaves", None, text, "Enslave its NICs again.", Level.DOWN)
    elif bond.mii_status == "down":
        text = f"No slave of {bond.name} has a link: {behind(state)} is cut off."
        if _up(bond):
            text = f"{bond.name} itself is down although a slave is up."
        yield Reason("bond-down", None, text, "Check cables and switch ports.", Level.DOWN)
    elif bond.mode in MODES_WITH_ACTIVE_SLAVE and bond.active_slave is None:
        text = f"{bond.name} has no active slave, so nothing is sent or received."
        yield Reason("no-active-slave", None, text, "Check cables and switch ports.", Level.DOWN)
    ports = state.bridge.ports if state.bridge is not None else ()
    port = next((port for port in ports if port.name == bond.name), None)
    if bond.mii_status != "down" and port is not None and port.state in ("blocking", "disabled"):
        text = f"{bond.name} is {port.state} as a port of {behind(state)}: no frame passes."
        yield Reason("port-blocked", None, text, "Check for a loop, or switch STP off.", Level.DOWN)
    elif port is not None and port.state in ("listening", "learning"):
        text = f"{bond.name} is still {port.state} as a port of {behind(state)}."
        advice = "Wait for the forward delay, or set it to 0."
        yield Reason("port-not-forwarding", None, text, advice, Level.DEGRADED)


def _misconfigured(state: HealthState) -> Iterator[Reason]:
    bond, bridge = state.bond, state.bridge
    if bond.miimon == 0 and not bond.arp_interval:
        text = "Link monitoring is off (miimon 0): a pulled cable stays unnoticed."
        yield Reason("no-link-monitoring", None, text, "Set miimon to 100.", Level.MISCONFIGURED)
    seen: dict[str, str] = {}
    for slave in bond.slaves:
        if slave.permanent_mac is None:
            continue
        if slave.permanent_mac in seen:
            text = f"{slave.name} has the permanent MAC of {seen[slave.permanent_mac]}."
            advice = "Give each NIC a MAC of its own."
            yield Reason("same-permanent-mac", slave.name, text, advice, Level.MISCONFIGURED)
        seen.setdefault(slave.permanent_mac, slave.name)
    if bridge is None and state.master_known:
        text = f"{bond.name} is not a port of any bridge, so guests cannot use it."
        advice = "Set it up again with `xenbond setup`, or undo the last change."
        yield Reason("not-in-bridge", None, text, advice, Level.MISCONFIGURED)
    yield from _addresses(state)


def _addresses(state: HealthState) -> Iterator[Reason]:
    bond, bridge = state.bond, state.bridge
    if bridge is None:
        return
    below = {bond.name, *(slave.name for slave in bond.slaves)}
    misplaced = {link for link, _ in state.routes if link in below}
    for link in sorted(misplaced):
        text = f"{link} has an address and routes of its own, which belong on {bridge.name}."
        slave = link if link != bond.name else None
        advice = f"Take the address off {link}."
        yield Reason("address-below-bridge", slave, text, advice, Level.MISCONFIGURED)
    elsewhere = any(
        to == "default" and link != bridge.name and link not in below for link, to in state.routes
    )
    has_address = any(address.scope == "global" for address in bridge.addresses)
    # A host whose default route leaves elsewhere keeps this bridge for its guests alone.
    if state.addresses_known and not has_address and not elsewhere:
        text = f"{bridge.name} has no address: this host cannot be reached over it."
        advice = "Bring the bridge up again with the network's own tool."
        yield Reason("bridge-without-address", None, text, advice, Level.MISCONFIGURED)


def _slaves(bond: BondState) -> Iterator[Reason]:
    for slave in bond.slaves:
        if slave.mii_status == "up":
            continue
        text, advice = {
            "down": (f"{slave.name} has no link.", CHECK_CABLE),
            "going down": (f"{slave.name} lost its link; downdelay is running.", CHECK_CABLE),
            "going back": (f"{slave.name} has a link again; updelay is running.", "Wait for it."),
        }.get(slave.mii_status, (f"The state of {slave.name} is not known.", CHECK_CABLE))
        code = "slave-" + slave.mii_status.replace(" ", "-")
        yield Reason(code, slave.name, text, advice, Level.DEGRADED)
    if len(bond.slaves) == 1:
        text = f"{bond.name} has one slave only, {bond.slaves[0].name}: nothing takes over from it."
        yield Reason("one-slave", None, text, "Add a second NIC.", Level.DEGRADED)
    up = _up(bond)
    speeds = {slave.name: str(slave.speed) for slave in up if slave.speed}
    duplexes = {slave.name: slave.duplex for slave in up if slave.duplex}
    if len(set(speeds.values())) > 1:
        text = f"The slaves differ in speed: {_said(speeds)} (Mbit/s)."
        advice = "Check the cable and the switch port of the slower one."
        yield Reason("speeds-differ", None, text, advice, Level.DEGRADED)
    if len(set(duplexes.values())) > 1:
        text = f"The slaves differ in duplex: {_said(duplexes)}."
        advice = "Let both ends negotiate, or set both to full."
        yield Reason("duplex-differs", None, text, advice, Level.DEGRADED)


def _said(values: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _lacp(bond: BondState) -> Iterator[Reason]:
    if bond.mode != "802.3ad":
        return
    up = _up(bond)
    partner = bond.lacp.partner_mac if bond.lacp is not None else None
    if up and partner == NO_PARTNER:
        text = "The switch does not answer LACP: no partner, so one slave carries alone."
        advice = "Put exactly these switch ports into one LACP group."
        yield Reason("no-lacp-partner", None, text, advice, Level.DEGRADED)
    else:
        ids = {slave.aggregator_id for slave in up if slave.aggregator_id is not None}
        ports = bond.lacp.ports if bond.lacp is not None else None
        if len(ids) > 1 or (ports is not None and ports < len(up)):
            text = "The slaves are not in one aggregator, so only some of them carry."
            advice = "Check that speeds are equal and the switch has the ports in one LACP group."
            yield Reason("aggregator-split", None, text, advice, Level.DEGRADED)
    for slave in bond.slaves:
        sides = [
            side
            for side, churn in (
                ("this host", slave.actor_churn),
                ("the switch", slave.partner_churn),
            )
            if churn == "churned"
        ]
        if sides and slave.mii_status == "up":
            text = f"LACP does not settle on {slave.name}: {' and '.join(sides)} gave up (churned)."
            advice = "Check the LACP settings of its switch port."
            yield Reason("lacp-churned", slave.name, text, advice, Level.DEGRADED)


def _primary(bond: BondState) -> Iterator[Reason]:
    if bond.primary is None or bond.mode not in MODES_WITH_ACTIVE_SLAVE:
        return
    primary = bond.slave(bond.primary)
    if primary is None:
        text = f"The primary {bond.primary} is not a slave of {bond.name}."
        advice = "Enslave it again, or name another primary."
        yield Reason("primary-missing", bond.primary, text, advice, Level.DEGRADED)
    elif (
        primary.mii_status == "up"
        and bond.active_slave not in (None, bond.primary)
        and bond.primary_reselect in (None, "always")
    ):
        text = f"{bond.active_slave} is active although the primary {bond.primary} is up."
        advice = "Somebody switched by hand; `ifenslave -c` or the next link event switches back."
        yield Reason("primary-not-active", bond.primary, text, advice, Level.DEGRADED)


def _headline(state: HealthState, level: Level, reasons: list[Reason]) -> str:
    bond = state.bond
    up, total = len(_up(bond)), len(bond.slaves)
    count = f"{up} of {total} slaves up"
    if level is Level.HEALTHY:
        active = f", {bond.active_slave} active" if bond.active_slave else ""
        return f"{count}{active}. Any one of them may fail."
    if level is Level.DOWN and total and not up:
        return f"{count}: {behind(state)} is cut off."
    if level is Level.DEGRADED and up == 1:
        fails = "fails" if total == 1 else "fails too"
        return f"{count}. If {_up(bond)[0].name} {fails}, {behind(state)} is cut off."
    if reasons[0].code == "no-link-monitoring":
        # Then every slave is "up", whatever its cable does: the count would be a lie.
        return reasons[0].text
    return f"{count}. {reasons[0].text}"
