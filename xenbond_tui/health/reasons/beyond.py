"""What is beyond the first switch port, where miimon cannot see."""

from collections.abc import Iterator

from xenbond_tui.health.model import HealthState, Level, Reason

SILENT = 5
"""Probes without answer, a second apart, that are no accident any more."""


def find(state: HealthState) -> Iterator[Reason]:
    """A gateway that answered and does not any more; all slaves in one switch."""
    gateway = state.gateway
    if gateway is not None and state.up and gateway.rtt is not None and gateway.silent >= SILENT:
        text = (
            f"The gateway {gateway.ip} does not answer any more although links are up: the "
            "trouble is beyond the switch port."
        )
        advice = "Check the switch and its uplink; miimon can't see that."
        evidence = f"{gateway.silent} probes of {gateway.ip} without answer"
        yield Reason("gateway-silent", None, text, advice, Level.DEGRADED, evidence)
    switches = {
        state.switch_ports[slave.name].chassis
        for slave in state.bond.slaves
        if slave.name in state.switch_ports
    }
    known = [slave.name for slave in state.bond.slaves if slave.name in state.switch_ports]
    if len(switches) == 1 and len(known) == len(state.bond.slaves) > 1:
        switch = state.switch_ports[known[0]].switch
        text = f"{' and '.join(known)} end in one switch, {switch}: it may not fail."
        advice = "Plug one of them into another switch."
        ports = ", ".join(f"{name} in {state.switch_ports[name].port}" for name in known)
        # Only a switch that is two (a stack, MLAG) can have an 802.3ad bond in two places.
        if state.bond.mode != "802.3ad":
            evidence = f"LLDP: {ports} of {switch}"
            yield Reason("one-switch", None, text, advice, Level.HEALTHY, evidence)
