"""After activation: does the kernel run what the plan says? Exit statuses are not trusted."""

from collections.abc import Callable

from xenbond_tui.facts.bond import BondState
from xenbond_tui.facts.link import Link
from xenbond_tui.facts.network import KernelSnapshot
from xenbond_tui.machine import Machine
from xenbond_tui.options.running import canonical, running, same
from xenbond_tui.plan.plan import Expected

CONVERGENCE_S = 15.0
"""Seconds a slave may take to join, a bridge to forward, a lease to come."""
_POLL_S = 0.5


def settled_differences(
    machine: Machine, expected: Expected, pause: Callable[[float], None]
) -> tuple[str, ...]:
    """What is still different after `CONVERGENCE_S`, as sentences; empty when all is well."""
    until = machine.clock.monotonic() + CONVERGENCE_S
    while (found := differences(machine, expected)) and machine.clock.monotonic() < until:
        pause(_POLL_S)
    return found


def differences(machine: Machine, expected: Expected) -> tuple[str, ...]:
    """What differs now, as sentences."""
    if expected.nic is not None:
        return _removed(machine.kernel.snapshot(), expected)
    bond = machine.kernel.bond(expected.bond)
    if bond is None:
        return (f"{expected.bond} does not exist",)
    now = machine.kernel.snapshot()
    # A snapshot has what netlink alone tells of a bond, too.
    bond = next((item for item in now.bonds if item.name == bond.name), bond)
    return (
        *_slaves(bond, expected),
        *option_differences(bond, expected),
        *_bridge(machine, now, expected),
        *_routes(now, expected),
    )


def _removed(now: KernelSnapshot, expected: Expected) -> tuple[str, ...]:
    """Bond and bridge are gone, their NICs are free, and one of those has the address."""
    gone = {expected.bond, expected.bridge}
    found = [f"{link.name} is still there" for link in now.links if link.name in gone]
    found += [
        f"{link.name} is still a port of {link.master}"
        for link in now.links
        if link.name in expected.slaves and link.master is not None
    ]
    holder = next((link for link in now.links if link.name == expected.holder), None)
    if holder is None:
        return (*found, f"{expected.holder} does not exist")
    return (*found, *_addresses(holder, expected), *_routes(now, expected))


def _slaves(bond: BondState, expected: Expected) -> list[str]:
    have, want = {item.name for item in bond.slaves}, set(expected.slaves)
    return [f"{name} is not a slave of {bond.name}" for name in sorted(want - have)] + [
        f"{name} is a slave of {bond.name} too" for name in sorted(have - want)
    ]


def option_differences(bond: BondState, expected: Expected) -> list[str]:
    """Which options the kernel runs otherwise than planned."""
    # What this kernel does not report can't be compared.
    return [
        f"{bond.name} has {option} {canonical(option, have)}, not {wanted}"
        for option, wanted in expected.options.items()
        if (have := running(bond, option)) is not None
        and not same(option, have, wanted, bond.miimon)
    ]


def _bridge(machine: Machine, now: KernelSnapshot, expected: Expected) -> list[str]:
    holder = next((link for link in now.links if link.name == expected.holder), None)
    if holder is None:
        return [f"{expected.holder} does not exist"]
    found = []
    if expected.bridge:
        bridge = machine.kernel.bridge(expected.bridge)
        ports = () if bridge is None else bridge.ports
        port = next((item for item in ports if item.name == expected.bond), None)
        if port is None:
            found.append(f"{expected.bond} is not a port of {expected.bridge}")
        elif port.state not in ("forwarding", ""):
            found.append(f"{expected.bond} is {port.state} on {expected.bridge}, not forwarding")
    return found + _addresses(holder, expected)


def _addresses(holder: Link, expected: Expected) -> list[str]:
    have = {(item.ip, item.prefixlen) for item in holder.addresses}
    found = [
        f"{holder.name} does not have {item.cidr}"
        for item in expected.addresses
        if (item.ip, item.prefixlen) not in have
    ]
    if expected.dhcp and not holder.shared:
        found.append(f"{holder.name} got no address by DHCP")
    return found


def _routes(now: KernelSnapshot, expected: Expected) -> list[str]:
    have = {(route.destination, route.gateway, route.link) for route in now.routes}
    return [
        f"the route to {route.destination} via {route.gateway or route.link} is missing"
        for route in expected.routes
        if (route.destination, route.gateway, route.link) not in have
    ]
