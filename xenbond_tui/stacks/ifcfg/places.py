"""Where network-scripts have their files, their programs and dhclient's leases.

Asked of every host, so nothing is imported here that reads them. Sources: ifup, ifup-eth and
network-functions of initscripts (RHEL 5 to 8).
"""

from xenbond_tui.effects import Tree
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.rules import units

DIRECTORY = "/etc/sysconfig/network-scripts"
PREFIX = f"{DIRECTORY}/ifcfg-"
INITRAMFS = "/run/initramfs/state"
"""What rhel-import-state (import-state from RHEL 8 on) copies over / at each boot."""
NETWORK = "/etc/sysconfig/network"
"""A file with the host's defaults; on SUSE, whose ifcfg files are others, it is a directory."""
STATIC_ROUTES = "/etc/sysconfig/static-routes"
NETWORK_MANAGER = "/usr/sbin/NetworkManager"
IFUP = "/sbin/ifup"
IFUP_ETH = f"{DIRECTORY}/ifup-eth"
FUNCTIONS = (
    f"{DIRECTORY}/network-functions",
    "/etc/rc.d/init.d/functions",
    "/etc/init.d/functions",
)
"""Which of them says which files are passed over (`__sed_discard_ignored_files`)."""
HOOKS = ("/sbin/ifup-local", "/sbin/ifup-pre-local")
"""What ifup runs for each link, where it is there (ifup-post, ifup)."""
BRCTL = "/usr/sbin/brctl"
"""The one place where ifup-eth looks for it."""
SERVICE = "network.service"
NM_SERVICE = "NetworkManager.service"
INIT_SCRIPTS = ("/etc/rc.d/init.d/network", "/etc/init.d/network")
LEASES = "/var/lib/dhclient"
DHCLIENT_CONFIGS = ("/etc/dhcp/dhclient-{}.conf", "/etc/dhclient-{}.conf")
"""What dhclient is told for one link alone (generate_config_file_name)."""
PROBES = (IFUP, *INIT_SCRIPTS, BRCTL, NETWORK_MANAGER, *HOOKS)


def pid_file(link: str) -> str:
    """Where ifup has dhclient note its process."""
    return f"/var/run/dhclient-{link}.pid"


def paths(tree: Tree) -> tuple[str, ...]:
    """The ifcfg, route and rule files, those that may name a NIC besides, and dhclient's."""
    found = {NETWORK, IFUP_ETH, *FUNCTIONS, STATIC_ROUTES, *units.paths(tree, SERVICE)}
    kinds = ("ifcfg-*", "route-*", "route6-*", "rule-*", "rule6-*", "*.route")
    of_dhclient = (*DHCLIENT_CONFIGS, f"{LEASES}/dhclient-{{}}.lease*", pid_file("{}"))
    patterns = (
        *(f"{DIRECTORY}/{kind}" for kind in kinds),
        *(pattern.format("*") for pattern in of_dhclient),
        f"{INITRAMFS}{PREFIX}*",
    )
    found.update(path for pattern in patterns for path in tree.glob(pattern))
    return tuple(sorted(found))


def as_leased(facts: HostFacts) -> HostFacts:
    """The host with the addresses dynamic that ifup's dhclient has."""
    if not any(pid_file(link.name) in facts.files for link in facts.links):
        return facts
    from xenbond_tui.stacks.ifcfg import files

    return files.as_leased(facts)
