"""Is each slave up, and are they alike?"""

from collections.abc import Iterator

from xenbond_tui.facts.bond import SlaveState
from xenbond_tui.health.model import HealthState, Level, Reason
from xenbond_tui.health.reasons.said import UNREAD, each, proc
from xenbond_tui.health.reasons.shared_fate import nic_below


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
