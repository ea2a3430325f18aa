"""Where ifupdown has its files and programs, and dhclient's leases: asked of every host.

So nothing is imported here that reads them.
"""

from xenbond_tui.effects import Tree
from xenbond_tui.rules import units

MAIN = "/etc/network/interfaces"
SERVICE = "networking.service"
DEFAULTS = "/etc/default/networking"
"""What the service does at boot, and for which links."""
RIVALS = {
    "NetworkManager.service": "NetworkManager",
    "systemd-networkd.service": "systemd-networkd",
}
"""What may own the network instead, by its unit."""
NETPLAN = "/usr/sbin/netplan"
IFUP = ("/sbin/ifup", "/usr/sbin/ifup")
IFENSLAVE = "/etc/network/if-pre-up.d/ifenslave"
BRIDGE_HOOK = "/etc/network/if-pre-up.d/bridge"
BRCTL = ("/sbin/brctl", "/usr/sbin/brctl")
IFUPDOWN2 = ("/usr/share/ifupdown2", "/usr/sbin/ifreload", "/sbin/ifreload")
"""Signs of ifupdown2, which is installed in ifupdown's place and reads the same files."""
PROBES = (*IFUP, IFENSLAVE, BRIDGE_HOOK, *BRCTL, *IFUPDOWN2, NETPLAN)
"""ifup, its hooks, and what replaces or rivals it."""


def paths(tree: Tree) -> tuple[str, ...]:
    """The main file, what starts it and its rivals at boot, and leases; not what is sourced."""
    leases = (*tree.glob(pid_file("*")), *tree.glob(lease_file("*")))
    return (MAIN, DEFAULTS, *units.paths(tree, SERVICE, *RIVALS), *leases)


def pid_file(link: str) -> str:
    """Where ifupdown has dhclient note its process."""
    return f"/run/dhclient.{link}.pid"


def lease_file(link: str) -> str:
    """Where ifupdown has dhclient keep its leases and its DUID."""
    return f"/var/lib/dhcp/dhclient.{link}.leases"
