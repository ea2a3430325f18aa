"""What is wrong with slaves: down, unlike, flapping, with one fate; and the primary."""

from collections.abc import Iterator
from itertools import combinations

from xenbond_tui.facts.bond import MODES_WITH_ACTIVE_SLAVE, SlaveState
from xenbond_tui.facts.link import card
from xenbond_tui.health.model import HealthState, Level, Reason
from xenbond_tui.health.reasons.said import UNREAD, each, option, proc
from xenbond_tui.regex import regex
from xenbond_tui.rules import announcing

RECENT_S = 600
"""Seconds a failure counts as recent."""
MANY_FAILURES = 3
"""Recent failures that are no accident any more: one pulled cable, put back, is one."""
_VLAN = regex(r"(?P<nic>[^.]+)(?:\.\d{1,4})+")


def find(state: HealthState) -> Iterator[Reason]:
    """Slaves that are down or on their way, or one only; speeds, duplexes, MACs that don't fit."""
    bond = state.bond
    for slave in bond.slaves:
        if slave.mii_status == "up":
            continue
        cable = _cable(state, slave.name)
        text, advice = {
            "down": (f"{slave.name} has no link.", cable),
            "going down": (f"{slave.name} lost its link; downdelay is running.", cable),
            "going back": (f"{slave.name} has a link again; updelay is running.", "Wait for it."),
        }.get(slave.mii_status, (f"The state of {slave.name} is not known.", UNREAD))
        code = "slave-" + slave.mii_status.replace(" ", "-")
        evidence = proc(bond.name, f"Slave Interface {slave.name}, MII Status {slave.mii_status}")
        level = Level.UNKNOWN if slave.mii_status == "unknown" else Level.DEGRADED
        yield Reason(code, slave.name, text, advice, level, evidence)
    if len(bond.slaves) == 1 and not bond.unread:
        text = f"{bond.name} has one slave only, {bond.slaves[0].name}: nothing takes over from it."
        evidence = proc(bond.name, "one Slave Interface")
        yield Reason("one-slave", None, text, "Add a second NIC.", Level.DEGRADED, evidence)
    yield from _unlike(state)
    yield from _same_mac(state)


def _cable(state: HealthState, slave: str) -> str:
    """Where to look, with the switch port it was last heard to be plugged into."""
    port = state.switch_ports.get(slave)
    where = "the switch port" if port is None else f"switch {port.switch} {port.port}"
    return f"Check its cable, the NIC and {where}."


def _unlike(state: HealthState) -> Iterator[Reason]:
    speeds = {slave.name: str(slave.speed) for slave in state.up if slave.speed}
    duplexes = {slave.name: slave.duplex for slave in state.up if slave.duplex}
    if len(set(speeds.values())) > 1:
        text = f"The slaves differ in speed: {each(speeds)} (Mbit/s)."
        advice = "Check the cable and the switch port of the slower one."
        evidence = proc(state.bond.name, f"Speed of {each(speeds)}")
        yield Reason("speeds-differ", None, text, advice, Level.DEGRADED, evidence)
    if len(set(duplexes.values())) > 1:
        text = f"The slaves differ in duplex: {each(duplexes)}."
        advice = "Let both ends negotiate, or set both to full."
        evidence = proc(state.bond.name, f"Duplex of {each(duplexes)}")
        yield Reason("duplex-differs", None, text, advice, Level.DEGRADED, evidence)


def _same_mac(state: HealthState) -> Iterator[Reason]:
    seen: dict[str, SlaveState] = {}
    for slave in state.bond.slaves:
        mac = slave.permanent_mac
        if mac is None:
            continue
        first = seen.setdefault(mac, slave)
        # VLANs of one NIC have its MAC: then their one cable is what is wrong.
        if first is not slave and nic_below(first) != nic_below(slave):
            text = f"{slave.name} has the permanent MAC of {first.name}."
            advice = "Give each NIC its own MAC."
            evidence = proc(state.bond.name, f"Permanent HW addr {mac} twice")
            yield Reason(
                "same-permanent-mac", slave.name, text, advice, Level.MISCONFIGURED, evidence
            )


def failures(state: HealthState) -> Iterator[Reason]:
    """Slaves whose link failed again and again of late."""
    for slave in state.bond.slaves:
        count = state.recent_failures.get(slave.name, 0)
        if count >= MANY_FAILURES:
            text = f"The link of {slave.name} failed {count} times in {RECENT_S // 60} minutes."
            advice = "Change its cable; then try another switch port."
            evidence = f"Link Failure Count of {slave.name}: {slave.link_failure_count}"
            yield Reason("link-flaps", slave.name, text, advice, Level.DEGRADED, evidence)


def primary(state: HealthState) -> Iterator[Reason]:
    """A primary that is no slave, or is up and yet not active; or its return is not announced."""
    bond = state.bond
    if bond.primary is None or bond.mode not in MODES_WITH_ACTIVE_SLAVE:
        return
    primary = bond.slave(bond.primary)
    if primary is None:
        text = f"The primary {bond.primary} is not a slave of {bond.name}."
        advice = "Enslave it again, or name another primary."
        evidence = option(bond.name, "primary", bond.primary)
        yield Reason("primary-missing", bond.primary, text, advice, Level.DEGRADED, evidence)
    elif (
        primary.mii_status == "up"
        and bond.active_slave not in (None, bond.primary)
        and bond.primary_reselect in (None, "always")
    ):
        text = f"{bond.active_slave} is active although the primary {bond.primary} is up."
        advice = "Somebody switched it; `ifenslave -c` or the next link event switches back."
        evidence = proc(bond.name, f"Currently Active Slave {bond.active_slave}")
        yield Reason("primary-not-active", bond.primary, text, advice, Level.DEGRADED, evidence)
    if state.announced is False and state.bridge is not None and len(bond.slaves) > 1:
        text = f"Nothing announces host and guests when {bond.primary} takes over again."
        advice = announcing.advice(bond.name)
        evidence = f"{announcing.unit(bond.name)} is not enabled"
        yield Reason("not-announced", None, text, advice, Level.HEALTHY, evidence)


def mtu(state: HealthState) -> Iterator[Reason]:
    """A slave below its bond's MTU, and the bond below its bridge's.

    The kernel lets a slave have another MTU than its bond (bond_slave_netdev_event,
    NETDEV_CHANGEMTU in bond_main.c), and a bridge one that its port has not (br_change_mtu in
    br_device.c). What is larger is dropped there, and nobody is told.
    """
    bond = state.bond.name
    pairs = [(slave.name, bond) for slave in state.bond.slaves]
    if state.bridge is not None:
        pairs.append((bond, state.bridge.name))
    for below, above in pairs:
        takes, sent = state.mtu.get(below), state.mtu.get(above)
        if takes is None or sent is None or takes >= sent:
            continue
        text = f"{below} takes frames of {takes} bytes, {above} sends up to {sent}: those are lost."
        advice = f"Give {below} and {above} one MTU, in the files too."
        slave = below if below != bond else None
        evidence = f"/sys/class/net/{below}/mtu {takes}, /sys/class/net/{above}/mtu {sent}"
        yield Reason("mtu-differs", slave, text, advice, Level.MISCONFIGURED, evidence)


def shared_fate(state: HealthState) -> Iterator[Reason]:
    """VLANs of one NIC and functions of one port, which have one cable; ports of one card."""
    for one, other in combinations(state.bond.slaves, 2):
        both = f"{one.name} and {other.name}"
        nic = nic_below(one)
        if one.name == other.name:
            # A damaged text, which is told.
            continue
        if nic == nic_below(other):
            text = f"{both} stand on one NIC, {nic}: one cable carries both."
            advice = "Enslave NICs, and put the VLANs on the bond."
            evidence = f"/sys/class/net/{one.name}/lower_{nic}"
            yield Reason("one-cable", None, text, advice, Level.DEGRADED, evidence)
        elif one.physfn is not None and one.physfn == other.physfn:
            text = f"{both} are virtual functions of one port: one cable carries both."
            advice = "Give the bond a NIC on another card."
            evidence = f"/sys/class/net/{one.name}/device/physfn: {one.physfn}"
            yield Reason("one-cable", None, text, advice, Level.DEGRADED, evidence)
        elif (shared := card(one.bus)) is not None and shared == card(other.bus):
            text = f"{both} are ports of one card: any cable may fail, the card may not."
            advice = "Use NICs on different cards where you can."
            evidence = f"{one.name} is {one.bus}, {other.name} is {other.bus}"
            yield Reason("one-card", None, text, advice, Level.HEALTHY, evidence)


def nic_below(slave: SlaveState) -> str:
    """The NIC that carries a slave: the slave, or what it is a VLAN of (by its name at last)."""
    if slave.stands_on is not None:
        return slave.stands_on
    vlan = None if slave.bus else _VLAN.fullmatch(slave.name)
    return slave.name if vlan is None else vlan["nic"]
