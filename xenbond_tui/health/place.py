"""Behind which port of the bridge is who answers? What comes from within says nothing of the bond.

By MAC: a guest that answers ARP in the gateway's place, or sends with its MAC, is found by that.
Behind the bond it could be any station of the segment, which nothing here can tell.
"""

from collections.abc import Collection, Mapping

from xenbond_tui.health.model import HealthState
from xenbond_tui.machine import Machine


def places(machine: Machine, state: HealthState, ips: Collection[str]) -> Mapping[str, str]:
    """IPv4 address → the port its MAC is behind; addresses that are not known are left out.

    One that two links take to have two MACs is where it should not be, if one of them is.
    """
    if state.bridge is None or not ips:
        return {}
    macs = machine.kernel.reserved_macs(ips).gateways
    learned = machine.kernel.learned(state.bridge.name)
    found: dict[str, str] = {}
    for mac, ip in macs.items():
        port = learned.get(mac)
        if port is not None and ip in ips and found.get(ip) in (None, state.bond.name):
            found[ip] = port
    return found


def refusal(machine: Machine, state: HealthState, target: str) -> str | None:
    """Why answers of `target` tell nothing of the bond, as a sentence; None when they may.

    They don't either when the way to it leads to a gateway within.
    """
    # The target first: it is what the operator has named.
    ips = (target, *sorted(ip for ip, link in state.gateways if link == state.behind))
    found = places(machine, state, ips)
    for ip in ips:
        port = found.get(ip, state.bond.name)
        if port != state.bond.name:
            return (
                f"{ip} is behind {port}, a port of {state.behind}, and not behind "
                f"{state.bond.name}: its answers say nothing of {state.bond.name}."
            )
    return None
