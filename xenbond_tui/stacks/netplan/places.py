"""Where netplan has its files and programs, and what it makes: asked of every host."""

from xenbond_tui.effects import Tree
from xenbond_tui.stacks.networkd import places as networkd
from xenbond_tui.stacks.networkmanager import places as networkmanager

DIRECTORIES = ("/lib/netplan", "/etc/netplan", "/run/netplan")
OWN_DIRECTORY = "/etc/netplan"
NEW_FILE = "/etc/netplan/90-xenbond.yaml"
"""Where everything goes on a host whose files name none of the links in question."""
NETPLAN = ("/usr/sbin/netplan", "/sbin/netplan")
GENERATORS = (
    "/usr/libexec/netplan/generate",
    "/lib/netplan/generate",
    "/usr/lib/netplan/generate",
    "/usr/libexec/netplan/configure",
)
TRY = "/run/netplan/netplan-try.ready"
"""Is there while `netplan try` waits to be kept (netplan_cli/cli/commands/try_command.py)."""
PROBES = (*NETPLAN, *GENERATORS, TRY, *networkd.WAIT_ONLINE)
LEASE_DROP_IN = "xenbond-lease.conf"
RENDERED = (networkd.RUN, networkmanager.RUN)
"""Where netplan writes what systemd-networkd and NetworkManager read."""


def paths(tree: Tree) -> tuple[str, ...]:
    """Every file netplan reads, the one that would be new, and what it has made of them."""
    patterns = (
        *(f"{directory}/*.yaml" for directory in DIRECTORIES),
        f"{RENDERED[0]}/10-netplan-*",
        f"{RENDERED[0]}/10-netplan-*.d/*.conf",
        f"{RENDERED[1]}/netplan-*",
        f"{networkd.ETC}/10-netplan-*.network.d/{LEASE_DROP_IN}",
        networkd.LEASES,
        *networkd.LIBRARIES,
        *networkmanager.PLUGINS,
    )
    found = {path for pattern in patterns for path in tree.glob(pattern)}
    return tuple(sorted({NEW_FILE, *found, *networkmanager.sysctls(tree)}))
