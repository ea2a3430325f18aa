"""Where systemd-networkd has files, leases and programs, and which it is: asked of every host."""

from xenbond_tui.effects import Tree
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.regex import regex
from xenbond_tui.rules import units

ETC = "/etc/systemd/network"
RUN = "/run/systemd/network"
DIRECTORIES = (
    ETC,
    RUN,
    "/usr/local/lib/systemd/network",
    "/usr/lib/systemd/network",
    "/lib/systemd/network",
)
"""In the order in which a file replaces one of its name (NETWORK_DIRS in path-util.h)."""
NETIF_LEASES = "/run/systemd/netif/leases"
LEASES = f"{NETIF_LEASES}/*"
"""What networkd has been leased, one file for each link, by its index."""
LIBRARIES = (
    "/usr/lib/systemd/libsystemd-shared-*.so",
    "/usr/lib/*/systemd/libsystemd-shared-*.so",
    "/lib/systemd/libsystemd-shared-*.so",
    "/usr/lib64/systemd/libsystemd-shared-*.so",
)
"""The library has the version in its name; too large to be read, that is enough."""
SERVICE = "systemd-networkd.service"
PROGRAMS = ("/usr/lib/systemd/systemd-networkd", "/lib/systemd/systemd-networkd")
WAIT_ONLINE = (
    "/usr/lib/systemd/systemd-networkd-wait-online",
    "/lib/systemd/systemd-networkd-wait-online",
)
PROBES = (*PROGRAMS, *WAIT_ONLINE)

# Releases of systemd. A reload of 257 and later also changes bonds and bridges that are there
# already: to what the steps before it have set, so nothing is left for it to change.
OLDEST_SUPPORTED = 244
"""First with `networkctl reload` and `networkctl reconfigure`."""
PERMANENT_MAC = 245
"""First that matches by PermanentMACAddress=."""
SETS_SLAVES_DOWN = range(249, 253)
"""These set a slave down to give it the bond it is in already, whenever its file has changed
(link_is_ready_to_set_link in networkd-setlink.c; mended in 253, systemd issue 25067)."""
KEEP_MASTER = 250
"""First with KeepMaster=, which spares a slave that."""
UPDATES_ADDRESSES = 253
"""First that takes an address it finds for its own only if scope, label and broadcast are what it
would give it; else it takes it off first (address_can_update in networkd-address.c)."""

_NUMBER = regex(r"libsystemd-shared-(\d+)")


def files(tree: Tree) -> tuple[str, ...]:
    """Every file that networkd, or udev before it, may read on that host, sorted."""
    found: set[str] = set()
    for directory in DIRECTORIES:
        for kind in ("network", "netdev", "link"):
            found.update(tree.glob(f"{directory}/*.{kind}"))
            found.update(tree.glob(f"{directory}/*.{kind}.d/*.conf"))
    return tuple(sorted(found))


def paths(tree: Tree) -> tuple[str, ...]:
    """Its files wherever they lie, leases, what starts it, the library with its version."""
    found = {*files(tree), *units.paths(tree, SERVICE)}
    found.update(path for pattern in (LEASES, *LIBRARIES) for path in tree.glob(pattern))
    return tuple(sorted(found))


def version(facts: HostFacts) -> int | None:
    """252; None where no library tells: no command is run for it."""
    found = (_NUMBER.search(path) for path in (*facts.files, *facts.unreadable))
    return max((int(match[1]) for match in found if match), default=None)
