"""Where systemd-networkd has its files, its leases and its programs: asked of every host."""

from xenbond_tui.effects import Tree
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
