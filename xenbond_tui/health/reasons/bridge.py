"""Is the bond under its bridge, and the host's address on it?"""

from collections.abc import Iterator

from xenbond_tui.health.model import HealthState, Level, Reason


def find(state: HealthState) -> Iterator[Reason]:
    """Not in the bridge the files name; an address on a slave or the bond, or none on the bridge.

    A bond without a bridge is meant so unless a file says otherwise: it has the host's address,
    carries storage, or its VLANs are in bridges.
    """
    bond, said = state.bond, state.written.bridge if state.written is not None else None
    over_vlans = {bridge.name for bridge in state.vlan_bridges}
    there = state.bridge.name if state.bridge is not None else None
    known = there is not None or state.master_known
    if known and said is not None and said[0] not in {there, *over_vlans}:
        text = f"{bond.name} is not a port of {said[0]}, although {said[1]} says so."
        advice = "Bring it up again with the network's own tool, or undo the last change."
        master = f"leads to {there}" if there is not None else "is not there"
        evidence = f"/sys/class/net/{bond.name}/master {master}"
        yield Reason("not-in-bridge", None, text, advice, Level.MISCONFIGURED, evidence)
    yield from _addresses(state)


def _addresses(state: HealthState) -> Iterator[Reason]:
    bond, bridge = state.bond, state.bridge
    slaves = {slave.name for slave in bond.slaves}
    below = slaves if bridge is None else {bond.name, *slaves}
    home = bond.name if bridge is None else bridge.name
    routed = {link for link, _ in state.routes}
    for link in sorted(below & {*routed, *state.inet6, *state.inet4}):
        text = f"{link} has an address and routes, which belong on {home}."
        if link not in routed:
            text = f"{link} has an address, which belongs on {home}: answers to it go astray."
        slave = link if link != bond.name else None
        advice = f"Take the address off {link}."
        table = "route: a route by" if link in routed else "if_inet6: an address on"
        evidence = f"/proc/net/{table} {link}"
        if link not in routed and link in state.inet4:
            evidence = f"SIOCGIFCONF of {link}: {state.inet4[link]}"
        yield Reason("address-below-bridge", slave, text, advice, Level.MISCONFIGURED, evidence)
    if bridge is None:
        return
    elsewhere = any(
        to == "default" and link != bridge.name and link not in below for link, to in state.routes
    )
    has_address = any(address.scope == "global" for address in bridge.addresses)
    # A host whose default route leaves elsewhere keeps this bridge for its guests alone.
    if state.addresses_known and not has_address and not elsewhere:
        text = f"{bridge.name} has no address: this host cannot be reached over it."
        advice = "Bring the bridge up again with the network's own tool."
        evidence = f"no global address on {bridge.name}"
        yield Reason("bridge-without-address", None, text, advice, Level.MISCONFIGURED, evidence)
