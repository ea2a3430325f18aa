"""Which program holds which NIC now, by what its daemon has written under /run.

Sources: NetworkManager's nm-config.c (device state files), systemd-networkd's
networkd-state-file.c, ifupdown's and ifupdown2's ifstate files (interfaces(5), ifup(8)).
"""

from collections.abc import Iterator

from xenbond_tui.effects import Tree
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.number import whole
from xenbond_tui.rules import daemon
from xenbond_tui.value import dataclass

NM_DEVICES = "/run/NetworkManager/devices"
NETPLAN_PROFILES = "/run/NetworkManager/system-connections/netplan-"
"""Profiles that netplan has made for NetworkManager begin like this (netplan's src/nm.c)."""
NETWORKD_LINKS = "/run/systemd/netif/links"
IFSTATE = ("/run/network/ifstate", "/etc/network/run/ifstate")
"""ifupdown's; older releases link the one to the other."""
LET_GO = {
    "networkmanager": "write `unmanaged-devices=interface-name:{nic}` below [keyfile] in "
    "/etc/NetworkManager/conf.d/10-{nic}.conf and run nmcli general reload",
    "networkd": "write `[Match] Name={nic}` and `[Link] Unmanaged=yes` to "
    "/etc/systemd/network/00-{nic}.network and run networkctl reload, or stop it altogether: "
    "systemctl disable --now systemd-networkd.socket systemd-networkd",
    "netplan": "take {nic} out of /etc/netplan/*.yaml and run netplan generate",
    "ifupdown": "take the stanzas of {nic} out of /etc/network/interfaces, or systemctl disable "
    "networking",
    "ifcfg": "write ONBOOT=no in the ifcfg file of {nic}, or chkconfig network off",
}
"""How a NIC is taken away from a stack, `{nic}` standing for its name; for a stack that does not
say it better itself (Evidence.settle)."""
_NETWORKMANAGER, _SYSTEMD_NETWORKD = "NetworkManager.service", "systemd-networkd.service"


@dataclass(frozen=True, slots=True)
class ManagedLink:
    """One NIC held by one program."""

    stack: str
    """As in answers files."""
    nic: str
    path: str
    """The file that says so."""
    says: str
    """What it says, after "says": "managed=true"."""

    @property
    def text(self) -> str:
        """In words: "/run/NetworkManager/devices/2 says managed=true"."""
        return f"{self.path} says {self.says}"


def paths(tree: Tree) -> tuple[str, ...]:
    """The state files on that host, sorted."""
    found = [path for path in IFSTATE if tree.exists(path)]
    for directory in (NM_DEVICES, NETWORKD_LINKS):
        found += (path for path in tree.glob(f"{directory}/*") if whole(path.rpartition("/")[2]))
    return tuple(sorted(found))


def probes() -> tuple[str, ...]:
    """Whether the daemons run that wrote those files."""
    return daemon.probes(_NETWORKMANAGER, _SYSTEMD_NETWORKD)


def managed_links(facts: HostFacts) -> tuple[ManagedLink, ...]:
    """Every NIC of a running host that a program says it holds; in link order."""
    if not facts.access.knows_running:
        # What lies under /run of another system's tree is of its last boot, if anything.
        return ()
    return tuple(
        held
        for link in facts.links
        if link.name != "lo"
        for held in (
            *_network_manager(facts, link.name, link.index),
            *_networkd(facts, link.name, link.index),
            *_ifupdown(facts, link.name),
        )
    )


def let_alone(facts: HostFacts, stack: str) -> frozenset[str]:
    """NICs that a running daemon says it keeps its hands off, whatever its files say of them.

    NetworkManager does so on Debian for what /etc/network/interfaces has, unless told otherwise.
    """
    if not facts.access.knows_running:
        return frozenset()
    found = set()
    for link in facts.links:
        if stack == "networkmanager" and not daemon.stopped(facts, _NETWORKMANAGER):
            said = _values(facts, f"{NM_DEVICES}/{link.index}").get("managed", "").lower()
            found |= {link.name} if said in ("false", "0") else set()
        if stack == "networkd" and not daemon.stopped(facts, _SYSTEMD_NETWORKD):
            said = _values(facts, f"{NETWORKD_LINKS}/{link.index}").get("ADMIN_STATE", "")
            found |= {link.name} if said == "unmanaged" else set()
    return frozenset(found)


def _network_manager(facts: HostFacts, nic: str, index: int) -> Iterator[ManagedLink]:
    path = f"{NM_DEVICES}/{index}"
    if daemon.stopped(facts, _NETWORKMANAGER):
        return
    if _values(facts, path).get("managed", "").lower() in ("true", "1"):
        profiles = (file for file in facts.files if file.startswith(NETPLAN_PROFILES))
        by_netplan = any(_values(facts, file).get("interface-name") == nic for file in profiles)
        yield ManagedLink("netplan" if by_netplan else "networkmanager", nic, path, "managed=true")


def _networkd(facts: HostFacts, nic: str, index: int) -> Iterator[ManagedLink]:
    path = f"{NETWORKD_LINKS}/{index}"
    values = _values(facts, path)
    file = values.get("NETWORK_FILE", "")
    if not file or values.get("ADMIN_STATE") in ("unmanaged", "linger"):
        return
    if daemon.stopped(facts, _SYSTEMD_NETWORKD):
        return
    stack = "netplan" if "netplan-" in file.rpartition("/")[2] else "networkd"
    yield ManagedLink(stack, nic, path, f"NETWORK_FILE={file}")


def _ifupdown(facts: HostFacts, nic: str) -> Iterator[ManagedLink]:
    for path in IFSTATE:
        if nic in _values(facts, path):
            yield ManagedLink("ifupdown", nic, path, f"{nic}={_values(facts, path)[nic]}")
            return


def _values(facts: HostFacts, path: str) -> dict[str, str]:
    """KEY=value lines; section heads and comments have no meaning in these files."""
    pairs = (
        line.partition("=") for line in facts.said(path).splitlines() if not line.startswith("#")
    )
    return {key.strip(): value.strip() for key, equals, value in pairs if equals}
