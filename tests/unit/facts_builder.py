"""HostFacts for tests: the howto's host unless a test says otherwise.

`make_facts()` is a Linux host with eth0 (192.168.0.222/24, default route) and a free eth1, no
files, no Xen. Each test overrides what it is about:

    make_facts(links=(nic("eth0", ETH0_MAC, addresses=(ADDRESS,)),), files={...})

Tests in this directory import it by its bare name: `from facts_builder import make_facts, nic`.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from xenbond_tui.facts.access import Access, HostKind
from xenbond_tui.facts.bond import BondState, SlaveState
from xenbond_tui.facts.bridge import BridgePort, BridgeState
from xenbond_tui.facts.file_state import FileState, UnreadableFile
from xenbond_tui.facts.host import BondingDriver, HostFacts, Session, System, XenRole
from xenbond_tui.facts.link import Address, Link
from xenbond_tui.facts.routing import Route

ETH0_MAC = "00:50:da:7a:51:45"
ETH1_MAC = "00:14:22:36:f1:fa"
ADDRESS = "192.168.0.222/24"
GATEWAY = "192.168.0.1"

OLD_USE_CARRIER = "Use netif_carrier_ok (vs MII ioctls) in miimon; 0 for off, 1 for on (default)"
"""`modinfo -p bonding` before Linux 6.18."""
NEW_USE_CARRIER = "option obsolete, use_carrier cannot be disabled"
"""`modinfo -p bonding` from Linux 6.18 on: use_carrier=0 keeps the module from loading."""

NO_XEN = XenRole("none", "none", "/sys/hypervisor is not there")
XEND_DOM0 = XenRole("dom0", "xend", "/proc/xen/capabilities")
XL_DOM0 = XenRole("dom0", "xl", "/proc/xen/capabilities")


def address(cidr: str, *, dynamic: bool = False, scope: str = "global") -> Address:
    """`address("192.168.0.222/24")`."""
    ip, _, length = cidr.partition("/")
    return Address(ip, int(length), 6 if ":" in ip else 4, scope, dynamic)


def nic(
    name: str,
    mac: str,
    *,
    addresses: Iterable[str | Address] = (),
    carrier: bool | None = True,
    master: str | None = None,
    kind: str = "",
    index: int | None = None,
    permanent_mac: str | None = None,
    permanent_mac_source: str = "netlink",
    driver: str = "e1000",
    mtu: int = 1500,
    speed: int | None = 1000,
    **more: Any,
) -> Link:
    """A NIC that is up; `permanent_mac` is `mac` unless given. `more` are other fields of Link."""
    values: dict[str, object] = {
        "name": name,
        "index": index if index is not None else 2 + sum(name.encode()) % 1000,
        "kind": kind,
        "mac": mac,
        "permanent_mac": mac if permanent_mac is None else permanent_mac,
        "permanent_mac_source": permanent_mac_source,
        "admin_up": True,
        "carrier": carrier,
        "mtu": mtu,
        "master": master,
        "driver": driver,
        "speed": speed,
        "duplex": "full" if speed else None,
        "addresses": tuple(address(a) if isinstance(a, str) else a for a in addresses),
        "operstate": "up" if carrier else "down",
    }
    return Link(**{**values, **more})


def virtual(name: str, kind: str, mac: str = "", **more: Any) -> Link:
    """A link that is no NIC: `virtual("xenbr0", "bridge", mac, addresses=(…))`."""
    values: dict[str, object] = {"driver": "", "speed": None, "permanent_mac_source": "current"}
    return nic(name, mac, kind=kind, **{**values, **more})


def bond(
    name: str = "bond0",
    slaves: Iterable[str] = ("eth0", "eth1"),
    *,
    mode: str = "active-backup",
    miimon: int | None = 100,
    **more: Any,
) -> BondState:
    """A healthy running bond; the first slave is the active one."""
    names = tuple(slaves)
    values: dict[str, object] = {
        "driver": "v3.7.1 (April 27, 2011)",
        "mii_status": "up",
        "active_slave": names[0] if names else None,
        "slaves": tuple(SlaveState(item, "up", 1000, "full", 0) for item in names),
    }
    return BondState(name=name, mode=mode, miimon=miimon, **{**values, **more})


def bridge(
    name: str = "xenbr0",
    ports: Iterable[str] = ("bond0",),
    *,
    mac: str = ETH0_MAC,
    addresses: Iterable[str] = (ADDRESS,),
) -> BridgeState:
    """A running bridge, STP off, no forward delay."""
    return BridgeState(
        name,
        mac,
        stp=False,
        forward_delay=0.0,
        ports=tuple(BridgePort(item, "forwarding") for item in ports),
        addresses=tuple(address(item) for item in addresses),
    )


def default_route(link: str = "eth0", gateway: str = GATEWAY) -> Route:
    """The default route."""
    return Route("default", gateway, link)


def system(
    distribution: str = "Debian 12",
    distribution_id: str = "debian",
    version: str = "12",
    kernel: str = "6.1.0-49-amd64",
    init: str = "systemd",
) -> System:
    """The operating system; Debian 12 unless given."""
    return System("dom0", distribution, distribution_id, version, kernel, init)


RHEL5 = system("Red Hat Enterprise Linux 5.4", "rhel", "5.4", "2.6.18-164.el5xen", "sysv")
RHEL6 = system("Red Hat Enterprise Linux 6.10", "rhel", "6.10", "2.6.32-754.el6.x86_64", "sysv")
RHEL7 = system("Red Hat Enterprise Linux 7.9", "rhel", "7.9", "3.10.0-1160.el7.x86_64")
RHEL8 = system("Red Hat Enterprise Linux 8.10", "rhel", "8.10", "4.18.0-553.el8_10.x86_64")


def session_over(nic_name: str = "eth0", link: str | None = None) -> Session:
    """The operator comes in from 192.168.0.9 to 192.168.0.222 over that NIC."""
    return Session("192.168.0.9", "192.168.0.222", link or nic_name, nic_name)


def make_facts(
    *,
    links: Iterable[Link] | None = None,
    files: Mapping[str, str | bytes | FileState] | None = None,
    routes: Iterable[Route] | None = None,
    bonds: Iterable[BondState] = (),
    bridges: Iterable[BridgeState] = (),
    dns: Iterable[str] = (),
    search: Iterable[str] = (),
    session: Session | None = None,
    xen: XenRole = NO_XEN,
    driver: BondingDriver | None = None,
    system: System | None = None,
    present: Iterable[str] = (),
    unreadable: Mapping[str, str] | None = None,
    root_links: Iterable[str] = (),
    live: bool = True,
) -> HostFacts:
    """Facts of one host. `files` may be text; `unreadable` maps a path to its reason."""
    if links is None:
        links = (
            nic("eth0", ETH0_MAC, addresses=(ADDRESS,), index=2),
            nic("eth1", ETH1_MAC, index=3),
        )
        routes = (default_route(),) if routes is None else routes
    states = {path: _file(path, data) for path, data in (files or {}).items()}
    return HostFacts(
        system=system or _DEBIAN,
        links=tuple(links),
        routes=tuple(routes or ()),
        bonds=tuple(bonds),
        bridges=tuple(bridges),
        dns=tuple(dns),
        search=tuple(search),
        session=session,
        xen=xen,
        driver=driver or BondingDriver(True, False, {"use_carrier": OLD_USE_CARRIER}),
        files=states,
        unreadable={path: _unreadable(path, reason) for path, reason in (unreadable or {}).items()},
        present=frozenset(present) | frozenset(states),
        root_links=frozenset(root_links),
        access=Access() if live else Access(HostKind.TREE, "/mnt"),
    )


def _unreadable(path: str, reason: str) -> UnreadableFile:
    """As `RootedTree.read` gives it, by its words."""
    link = re.match(r"is a symbolic link to (\S+), which", reason)
    return UnreadableFile(path, reason, reason == "is a directory", link and link[1])


_DEBIAN = system()


def _file(path: str, data: str | bytes | FileState) -> FileState:
    if isinstance(data, FileState):
        return data
    return FileState(path, data.encode() if isinstance(data, str) else data, 0o644)
