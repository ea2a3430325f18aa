"""What is beyond the first switch port, where miimon cannot see.

Who is there tells it by frames that anybody on the wire can forge. So no level rests on LLDP: what
it says is a note, the verdict is the same without. Forged, it can raise `one-switch` (by the same
chassis on all slaves) or keep it away (by a goodbye in the switch's name; by four names that come
before the switch's, which `lldp-noise` tells). A guest can do neither: its frames come in by no
slave.
"""

from collections.abc import Iterator

from xenbond_tui.health.model import HealthState, Level, Reason

SILENT_PROBES = 5
"""Probes without answer, a second apart, that are no accident any more."""


def find(state: HealthState) -> Iterator[Reason]:
    """A gateway that answered and does not any more, or from within; all slaves in one switch."""
    gateway = state.gateway
    if (
        gateway is not None
        and state.up
        and gateway.rtt is not None
        and gateway.silent >= SILENT_PROBES
    ):
        text = (
            f"The gateway {gateway.ip} does not answer any more although links are up: the "
            "trouble is beyond the switch port"
        )
        advice = "Check the switch and its uplink"
        if (active := state.bond.active_slave) is not None and state.bond.miimon:
            # Drivers may not see a pulled cable: e1000e does not in QEMU.
            text += f", or {active} has no link and does not say so"
            advice += f", and the cable of {active}; ARP monitoring sees both"
        text, advice = f"{text}.", f"{advice}; miimon can't see that."
        evidence = f"{gateway.silent} probes of {gateway.ip} without answer"
        yield Reason("gateway-silent", None, text, advice, Level.DEGRADED, evidence)
    if gateway is not None and gateway.port is not None:
        text = (
            f"The gateway {gateway.ip} is {'now ' if gateway.moved else ''}behind {gateway.port}, "
            f"a port of {state.behind}: its answers say nothing of {state.bond.name}."
        )
        advice = "Unless that guest is meant to be the gateway, it has taken its address: stop it."
        evidence = f"`bridge fdb show br {state.behind}`: the MAC of `ip neigh show {gateway.ip}`"
        # It was outside: what answers now would hide that nothing does there any more.
        level = Level.DEGRADED if gateway.moved else Level.HEALTHY
        yield Reason("gateway-inside", None, text, advice, level, evidence)
    for slave, count in state.lldp_noise.items():
        text = f"{slave} hears far more LLDP than a switch sends: its switch port is not certain."
        advice = "Find out who on that segment sends it."
        evidence = f"LLDP: {count} frames passed over within a minute, see `tcpdump -eni {slave}`"
        yield Reason("lldp-noise", slave, text, advice, Level.HEALTHY, evidence)
    yield from _one_switch(state)


def _one_switch(state: HealthState) -> Iterator[Reason]:
    known = [slave.name for slave in state.bond.slaves if slave.name in state.switch_ports]
    # Of several neighbours on one link any may be the switch: one that is on all of them counts.
    heard = [{port.chassis, *port.others} for port in map(state.switch_ports.__getitem__, known)]
    switches = set.intersection(*heard) if heard else set()
    if switches and len(known) == len(state.bond.slaves) > 1:
        first = state.switch_ports[known[0]]
        switch = first.switch if first.chassis in switches else min(switches)
        text = f"{' and '.join(known)} end in one switch, {switch}: it may not fail."
        advice = "Plug one of them into another switch."
        ports = ", ".join(f"{name} in {state.switch_ports[name].port}" for name in known)
        # Only a switch that is two (a stack, MLAG) can have an 802.3ad bond in two places.
        if state.bond.mode != "802.3ad":
            evidence = f"LLDP: {ports} of {switch}"
            yield Reason("one-switch", None, text, advice, Level.HEALTHY, evidence)
