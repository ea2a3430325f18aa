"""Writes the demo's proc and sys as the kernel would, so that the real readers read them.

Formats: bond_procfs.c and bond_sysfs.c for bonding, net/core/net-sysfs.c for links,
net/bridge/br_sysfs_br.c for bridges.
"""

import os
import shutil
import socket
import struct
from ipaddress import ip_interface, ip_network
from pathlib import Path

from xenbond_tui.demo.simulate import ACTIVE_SLAVE_MODES, carrier, ports
from xenbond_tui.demo.state import DemoBond, DemoLink, DemoState
from xenbond_tui.options.modes import MODES

_IFF_UP = 0x1
_FORWARDING = "3"
_ANY = "0.0.0.0"  # noqa: S104
_ROUTE_HEADER = (
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT"
)


def render(state: DemoState, root: Path) -> None:
    """Replace `root`/sys/class/net and what is of links in `root`/proc/net by the state's.

    Written beside it first: who looks meanwhile shall not take every cable for pulled.
    """
    net = root / "sys/class/.net-new"
    bonding = root / "proc/net/.bonding-new"
    for path in (net, bonding):
        shutil.rmtree(path, ignore_errors=True)
    for link in state.links.values():
        _link(state, net, link)
    for name, bond in state.bonds.items():
        _put(bonding / name, proc_text(state, name))
        _bond(state, net / name / "bonding", bond)
    for name, bridge in state.bridges.items():
        _put(net / name / "bridge/stp_state", f"{int(bridge.stp)}\n")
        _put(net / name / "bridge/forward_delay", f"{int(bridge.forward_delay * 100)}\n")
        for port in ports(state, name):
            (net / name / "brif" / port).mkdir(parents=True, exist_ok=True)
            _put(net / port / "brport/state", _FORWARDING + "\n")
    _put(root / "proc/net/route", route_text(state))
    if state.bonds:
        _put(net / "bonding_masters", " ".join(state.bonds) + "\n")
    _exchange(net, root / "sys/class/net")
    _exchange(bonding, root / "proc/net/bonding")


def _exchange(new: Path, path: Path) -> None:
    """Put a directory in another's place; one that is not there leaves none."""
    old = path.with_name(f".{path.name}-old")
    shutil.rmtree(old, ignore_errors=True)
    if path.exists():
        path.rename(old)
    if new.exists():
        new.rename(path)
    shutil.rmtree(old, ignore_errors=True)


def route_text(state: DemoState) -> str:
    """/proc/net/route (fib_trie.c): IPv4 addresses in hexadecimal, as the CPU has numbers."""
    rows = [_route(link, _ANY + "/0", gateway) for link, gateway in state.gateways.items()]
    for link in state.links.values():
        networks = [ip_interface(text).network for text in link.addresses]
        rows += [_route(link.name, str(each), _ANY) for each in networks if each.version == 4]
    return "\n".join((_ROUTE_HEADER, *rows)) + "\n"


def _route(link: str, destination: str, gateway: str) -> str:
    network = ip_network(destination)
    flags = "0001" if gateway == _ANY else "0003"
    where = (_hex(str(network.network_address)), _hex(gateway), flags, "0", "0", "0")
    return "\t".join((link, *where, _hex(str(network.netmask)), "0", "0", "0"))


def _hex(ip: str) -> str:
    return f"{struct.unpack('=I', socket.inet_aton(ip))[0]:08X}"


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _link(state: DemoState, net: Path, link: DemoLink) -> None:
    here = net / link.name
    has_carrier = carrier(state, link.name)
    files = {
        "ifindex": str(link.index),
        "address": link.mac or "00:00:00:00:00:00",
        "mtu": str(link.mtu),
        "flags": f"0x{0x1002 | (_IFF_UP if link.up else 0):x}",
        "type": "1",
        "operstate": "up" if has_carrier else "down",
        "uevent": f"DEVTYPE={link.kind}\n" if link.kind else "",
        "statistics/rx_bytes": "0",
        "statistics/tx_bytes": "0",
    }
    if link.up:
        files["carrier"] = str(int(has_carrier))
    if not link.kind:
        files["speed"] = str(link.speed if has_carrier and link.speed else -1)
        files["duplex"] = "full" if has_carrier and link.speed else "unknown"
    for name, text in files.items():
        _put(here / name, text + "\n")
    if link.wireless:
        (here / "wireless").mkdir()
    if link.master is not None:
        os.symlink(f"../{link.master}", here / "master")
    if link.bus:
        _device(net, here, link)
    if link.master in state.bonds:
        _slave(state, here / "bonding_slave", link, state.bonds[link.master])


def _device(net: Path, here: Path, link: DemoLink) -> None:
    bus, _, address = link.bus.partition(" ")
    # What Xen's buses have stands beside the roots of PCI, at the top.
    root = net.parent.parent / "devices" / (f"{bus}0000:00" if bus == "pci" else "")
    device = root / address
    drivers = net.parent.parent / "bus" / bus / "drivers" / link.driver
    for directory in (device, drivers):
        directory.mkdir(parents=True, exist_ok=True)
    os.symlink(os.path.relpath(device, here), here / "device")
    for name, target in (("driver", drivers), ("subsystem", drivers.parent.parent)):
        if not (device / name).is_symlink():
            os.symlink(os.path.relpath(target, device), device / name)


def _slave(state: DemoState, here: Path, link: DemoLink, bond: DemoBond) -> None:
    backup = bond.mode in ACTIVE_SLAVE_MODES and bond.active != link.name
    for name, text in {
        "state": "backup" if backup else "active",
        "mii_status": _mii(link),
        "link_failure_count": str(link.failures),
        "perm_hwaddr": link.permanent_mac,
        "queue_id": "0",
    }.items():
        _put(here / name, text + "\n")


def _bond(state: DemoState, here: Path, bond: DemoBond) -> None:
    use_carrier = bond.options.get("use_carrier", "1")
    for name, text in {
        "mode": f"{bond.mode} {MODES[bond.mode].code}",
        "miimon": str(bond.miimon),
        "updelay": bond.options.get("updelay", "0"),
        "downdelay": bond.options.get("downdelay", "0"),
        "use_carrier": use_carrier,
        "arp_interval": "0",
        "primary": bond.options.get("primary", ""),
        "active_slave": bond.active or "",
        "slaves": " ".join(bond.slaves),
        "mii_status": "up" if any(state.links[slave].mii_up for slave in bond.slaves) else "down",
    }.items():
        _put(here / name, text + "\n")


def _mii(link: DemoLink) -> str:
    return "up" if link.mii_up else "down"


def proc_text(state: DemoState, name: str) -> str:
    """/proc/net/bonding/NAME in the recorded driver's own format."""
    bond = state.bonds[name]
    lines = [
        f"Ethernet Channel Bonding Driver: {state.driver}",
        "",
        f"Bonding Mode: {MODES[bond.mode].proc}",
    ]
    if bond.mode in ACTIVE_SLAVE_MODES:
        lines.append(f"Primary Slave: {bond.options.get('primary') or 'None'}")
        lines.append(f"Currently Active Slave: {bond.active or 'None'}")
    lines += [
        f"MII Status: {'up' if carrier(state, name) else 'down'}",
        f"MII Polling Interval (ms): {bond.miimon}",
        f"Up Delay (ms): {bond.options.get('updelay', '0')}",
        f"Down Delay (ms): {bond.options.get('downdelay', '0')}",
    ]
    for slave in bond.slaves:
        link = state.links[slave]
        lines += ["", f"Slave Interface: {slave}", f"MII Status: {_mii(link)}"]
        if "speed" in state.slave_fields:
            known = carrier(state, slave) and link.speed
            lines.append(f"Speed: {link.speed} Mbps" if known else "Speed: Unknown")
            lines.append(f"Duplex: {'full' if known else 'Unknown'}")
        lines.append(f"Link Failure Count: {link.failures}")
        lines.append(f"Permanent HW addr: {link.permanent_mac}")
        if "queue" in state.slave_fields:
            lines.append("Slave queue ID: 0")
    return "\n".join(lines) + "\n"
