"""One look at a bond and what is around it, from sysfs and /proc."""

import re
import sys

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.bridge import BridgeState
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.health.model import HealthState
from xenbond_tui.machine import Machine
from xenbond_tui.rules import announcing, units


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
    table = _read(machine, "/proc/net/route")
    return HealthState(
        bond=found,
        bridge=bridge,
        announced=_announced(machine, bond) if found.primary and found.master else None,
        vlan_bridges=() if found.master is not None else _over_vlans(machine, bond),
        master_known=found.master is None and machine.tree.exists(f"/sys/class/net/{bond}"),
        addresses_known=addresses_known,
        carrier=carrier,
        routes=_routes(table),
        gateways=_gateways(table),
    )


def _announced(machine: Machine, bond: str) -> bool | None:
    if not machine.tree.exists("/etc/systemd/system"):
        return None
    return any(machine.tree.glob(pattern) for pattern in units.patterns(announcing.unit(bond)))


def _over_vlans(machine: Machine, bond: str) -> tuple[BridgeState, ...]:
    """The bridges that have a VLAN of the bond as a port (`upper_NAME`, since Linux 3.18)."""
    found: dict[str, BridgeState] = {}
    for upper in machine.tree.glob(f"/sys/class/net/{bond}/upper_*"):
        vlan = upper.rpartition("/upper_")[2]
        for port in machine.tree.glob(f"/sys/class/net/*/brif/{vlan}"):
            name = port.split("/")[4]
            bridge = machine.kernel.bridge(name)
            if bridge is not None:
                found[name] = bridge
    return tuple(found.values())


def _read(machine: Machine, path: str) -> str:
    file = machine.tree.read(path)
    return file.data.decode("ascii", "replace").strip() if isinstance(file, FileState) else ""


def _gateways(table: str) -> tuple[tuple[str, str], ...]:
    """(address, link) of default routes; the file has addresses as the CPU has numbers."""
    found = []
    for line in table.splitlines()[1:]:
        columns = line.split()
        if len(columns) < 8 or (columns[1], columns[7]) != ("00000000", "00000000"):
            continue
        if not re.fullmatch("[0-9A-Fa-f]{8}", columns[2]):
            continue
        address = int(columns[2], 16).to_bytes(4, sys.byteorder)
        if any(address):
            found.append((".".join(map(str, address)), columns[0]))
    return tuple(found)


def _routes(table: str) -> tuple[tuple[str, str], ...]:
    """(link, destination) from /proc/net/route: link, destination, … as tab-separated columns.

    The destination stays in the kernel's hexadecimal, but for the default route.
    """
    routes = []
    for line in table.splitlines()[1:]:
        columns = line.split()
        if len(columns) < 8:
            continue
        is_default = columns[1] == "00000000" and columns[7] == "00000000"
        routes.append((columns[0], "default" if is_default else columns[1]))
    return tuple(routes)
