"""One look at a bond and what is around it, from sysfs and /proc."""

import re
import sys
from collections.abc import Iterable

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.bridge import BridgeState
from xenbond_tui.facts.link import Link
from xenbond_tui.health.model import HealthState
from xenbond_tui.machine import Machine
from xenbond_tui.regex import regex
from xenbond_tui.rules import announcing, units

_FLAGS = regex("0x[0-9a-f]{1,8}")
_IFF_UP = 1
_MTU_DIGITS = 10
_Pairs = tuple[tuple[str, str], ...]


def read_state(machine: Machine, bond: str) -> HealthState | None:
    """The state of a bond now; None when there is no bond of that name (any more)."""
    found = machine.kernel.bond(bond)
    if found is None:
        return None
    try:
        bridge = machine.kernel.bridge(found.master) if found.master is not None else None
        addresses_known = machine.access.knows_running
    except XenbondError:
        # The bridge is there, its addresses could not be listed.
        bridge, addresses_known = None, False
    carrier = {
        slave.name: text == "1"
        for slave in found.slaves
        if (text := _read(machine, f"/sys/class/net/{slave.name}/carrier")) in ("0", "1")
    }
    flags = _read(machine, f"/sys/class/net/{bond}/flags")
    routes, gateways = _read_routes(_read(machine, "/proc/net/route"))
    above = found.master or ""
    own = {bond, above, *(slave.name for slave in found.slaves)} - {""}
    beside = machine.kernel.beside(own, bridge.mac.lower() if bridge is not None else "")
    return HealthState(
        bond=found,
        bridge=bridge,
        announced=_announced(machine, bond) if found.primary and found.master else None,
        vlan_bridges=_over_vlans(machine, beside, above),
        beside=beside,
        inet6=_inet6(_read(machine, "/proc/net/if_inet6")),
        inet4=machine.kernel.inet4([bond, *(slave.name for slave in found.slaves)]),
        master_known=found.master is None and machine.tree.exists(f"/sys/class/net/{bond}"),
        addresses_known=addresses_known,
        carrier=carrier,
        set_down=bool(_FLAGS.fullmatch(flags)) and not int(flags, 16) & _IFF_UP,
        mtu={name: int(text) for name in own if (text := _mtu(machine, name)).isdecimal()},
        routes=routes,
        gateways=gateways,
    )


def _mtu(machine: Machine, link: str) -> str:
    return _read(machine, f"/sys/class/net/{link}/mtu")[:_MTU_DIGITS]


def _announced(machine: Machine, bond: str) -> bool | None:
    if not machine.tree.exists("/etc/systemd/system"):
        return None
    return any(machine.tree.glob(pattern) for pattern in units.patterns(announcing.unit(bond)))


def _over_vlans(machine: Machine, found: Iterable[Link], own: str) -> tuple[BridgeState, ...]:
    """The other bridges that have one of these links as a port: a VLAN of the bond."""
    bridges: dict[str, BridgeState] = {}
    for link in found:
        if link.lower is None:
            continue
        ports = machine.tree.glob(f"/sys/class/net/*/brif/{link.name}")
        for name in (port.split("/")[4] for port in ports):
            bridge = machine.kernel.bridge(name) if name != own else None
            if bridge is not None:
                bridges[name] = bridge
    return tuple(bridges.values())


def _read(machine: Machine, path: str) -> str:
    return (machine.tree.kernels_own(path) or b"").decode("ascii", "replace").strip()


def _read_routes(table: str) -> tuple[_Pairs, _Pairs]:
    """(link, destination) of each route in /proc/net/route, (address, link) of default gateways.

    A destination stays in the kernel's hexadecimal, but for the default route; the file has
    addresses as the CPU has numbers.
    """
    routes, gateways = [], []
    for line in table.splitlines()[1:]:
        columns = line.split()
        if len(columns) < 8:
            continue
        is_default = columns[1] == "00000000" and columns[7] == "00000000"
        routes.append((columns[0], "default" if is_default else columns[1]))
        if is_default and re.fullmatch("[0-9A-Fa-f]{8}", columns[2]):
            address = int(columns[2], 16).to_bytes(4, sys.byteorder)
            if any(address):
                gateways.append((".".join(map(str, address)), columns[0]))
    return tuple(routes), tuple(gateways)


def _inet6(table: str) -> tuple[str, ...]:
    """Links with an address of global scope: address, index, prefix, scope, flags, link."""
    rows = (line.split() for line in table.splitlines())
    return tuple(dict.fromkeys(row[5] for row in rows if len(row) == 6 and row[3] == "00"))
