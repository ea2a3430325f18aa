"""Reads what runs on a host, without its files."""

import os
import re

from xenbond_tui.effects import Tree
from xenbond_tui.facts.network import KernelSnapshot, NetworkFacts
from xenbond_tui.host.session import connection_of, find_session, login_connection
from xenbond_tui.host.system import read_text
from xenbond_tui.machine import Machine


def collect_network(machine: Machine) -> NetworkFacts:
    """What runs on a host, without any of its files, read now.

    Raises:
        XenbondError: the kernel refused to list links.
    """
    connection: str | None = connection_of(machine.environ)
    if not connection and machine.access.this_host:
        connection = login_connection(os.getppid())
    snapshot = machine.kernel.snapshot()
    return NetworkFacts(
        links=snapshot.links,
        routes=snapshot.routes,
        bonds=snapshot.bonds,
        bridges=snapshot.bridges,
        session=find_session(connection, snapshot),
        root_links=_root_links(machine.tree, snapshot),
    )


def _root_links(tree: Tree, snapshot: KernelSnapshot) -> frozenset[str]:
    """Links the root file system is reached by, and every link under them.

    The kernel does not say which link an NFS server or an iSCSI target is reached by: the link of
    the route to it is taken. With a root over the network but no address to go by, every link that
    the kernel configured at boot (`ip=` on its command line) counts.
    """
    servers = _root_servers(tree)
    if servers is None:
        return frozenset()
    command_line = read_text(tree, "/proc/cmdline") or ""
    found = {link for server in servers if (link := _link_to(server, snapshot))}
    found |= {
        link.name
        for link in snapshot.links
        if re.search(rf"(?:^|\s)ip=\S*:{re.escape(link.name)}(?::\S*)?(?:\s|$)", command_line)
    }
    if not found:
        found = {route.link for route in snapshot.routes if route.destination == "default"}
    pending = list(found)
    while pending:
        name = pending.pop()
        below = {
            link.name
            for link in snapshot.links
            if link.master == name
            or any(item.name == name and item.lower == link.name for item in snapshot.links)
        }
        pending += below - found
        found |= below
    return frozenset(found)


def _root_servers(tree: Tree) -> frozenset[str] | None:
    """Addresses the root file system comes from; None when it is on a disk of this host."""
    servers: set[str] = set()
    over_network = False
    for line in (read_text(tree, "/proc/mounts") or "").splitlines():
        device, mount_point, kind, *_ = [*line.split(), "", "", ""]
        if mount_point == "/" and kind in ("nfs", "nfs4"):
            over_network = True
            servers.add(device.rpartition(":/")[0].strip("[]"))
    # A root on iSCSI looks like a disk; the firmware's or initrd's session betrays it.
    if re.search(
        r"(?:^|\s)(?:netroot=iscsi|root=iscsi|rd\.iscsi|iscsi_|ISCSI_)",
        read_text(tree, "/proc/cmdline") or "",
    ):
        over_network = True
        for path in tree.glob("/sys/class/iscsi_connection/*/persistent_address"):
            servers.add((read_text(tree, path) or "").strip())
    servers.discard("")
    return frozenset(servers) if over_network else None


def _link_to(server: str, snapshot: KernelSnapshot) -> str | None:
    """The link of the most specific route to an address."""
    import ipaddress

    try:
        address = ipaddress.ip_address(server)
    except ValueError:
        return None
    best: tuple[int, str] | None = None
    for route in snapshot.routes:
        if (route.family == 6) != (address.version == 6):
            continue
        default = "0.0.0.0/0" if route.family == 4 else "::/0"
        network = ipaddress.ip_network(
            default if route.destination == "default" else route.destination, strict=False
        )
        if address in network and (best is None or network.prefixlen > best[0]):
            best = (network.prefixlen, route.link)
    return best[1] if best else None
