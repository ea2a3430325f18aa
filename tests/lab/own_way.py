"""What a stack does by itself with the files xenbond has written: what ours is measured against."""

from tests.lab.guest import Guest, Pings
from tests.lab.stacks import LabStack

CONFIGURATION = (
    *("/etc/network", "/etc/systemd/network", "/etc/netplan", "/etc/modprobe.d"),
    "/etc/sysconfig/network-scripts",
    *("/etc/NetworkManager/system-connections", "/etc/NetworkManager/conf.d"),
)
"""Where the stacks have what the operator would write by hand."""
_KEPT = "/root/new.tar"
KEPT_FILES = (
    f"rm -rf $(ls -d {' '.join(CONFIGURATION)} 2>/dev/null | sed 's,$,/*,'); tar -C / -xf {_KEPT}"
)
"""Shell: lay down what `keep_files` has kept, and nothing beside it."""


def keep_files(host: Guest) -> None:
    """Keep the configuration as it is now, to be laid down later."""
    host.sh(f"tar -cf {_KEPT} $(ls -d {' '.join(CONFIGURATION)} 2>/dev/null)")


def by_own_way(row: LabStack, host: Guest) -> Pings:
    """Lay the kept files down by hand, tell the stack in its own words, and wait for it."""
    with host.pinging() as pings:
        done = host.run("sh", "-c", row.own_way.format(files=KEPT_FILES), timeout=180)
        host.wait_until(
            "ip -4 addr show dev xenbr0 2>/dev/null | grep -q 192.168.0.222/24 && "
            "ping -qc1 -W1 192.168.0.1 >/dev/null",
            timeout=180,
        )
    print(done)
    return pings[0]
