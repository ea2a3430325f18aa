"""Networks that are someone else's to write: recognised by their files, refused with advice.

A row is data: which paths betray it, why xenbond keeps its hands off, and what to do instead.
"""

from collections.abc import Callable

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.rules.findings import Finding, refuse
from xenbond_tui.rules.suitable import unsuitable
from xenbond_tui.value import dataclass

Nics = tuple[str, ...]
_BOND = "bond0"
_WANTS = "/etc/systemd/system/multi-user.target.wants"


@dataclass(frozen=True, slots=True)
class UnsupportedPlatform:
    """One such network."""

    code: str
    title: str
    """As operators call it: "XCP-ng or XenServer"."""
    evidence: tuple[tuple[str, ...], ...]
    """Groups of paths: the first group that is there completely decides."""
    reason: str
    advice: Callable[[HostFacts, Nics], str]
    ids: frozenset[str] = frozenset()
    """os-release's IDs that decide as well."""
    beside: tuple[str, ...] = ()
    """Paths of which one must be there where only the ID decides; (): none."""
    unless: tuple[str, ...] = ()
    """Paths any of which says that the ID decides nothing: another program has the network."""

    def seen(self, facts: HostFacts) -> str | None:
        """What betrays it on that host; None when nothing does."""
        for group in self.evidence:
            if facts.present.issuperset(group):
                return " and ".join(group)
        here = [path for path in self.beside if path in facts.present]
        if (self.beside and not here) or not facts.present.isdisjoint(self.unless):
            return None
        if facts.system.distribution_id in self.ids:
            return " and ".join((f"ID={facts.system.distribution_id} in /etc/os-release", *here))
        return None


def _xe(facts: HostFacts, nics: Nics) -> str:
    """Each bond-create names its PIFs by UUID; `pif-list --minimal` prints just that."""
    host = f"host-name-label={facts.system.hostname} " if facts.system.hostname else ""
    lists = "; ".join(f"xe pif-list {host}device={nic} params=uuid --minimal" for nic in nics)
    return (
        f"Run on the pool master: {lists}; xe network-create name-label={_BOND}; and with the "
        "UUIDs these print: xe bond-create network-uuid=NETWORK pif-uuids="
        f"{','.join(f'PIF-{nic}' for nic in nics)} mode=active-backup. "
        "The management address moves to the bond by itself; xe bond-list shows it."
    )


def _wicked(facts: HostFacts, nics: Nics) -> str:
    slaves = " ".join(f"BONDING_SLAVE_{number}={nic}" for number, nic in enumerate(nics))
    return (
        f"Use YaST, or write yourself: /etc/sysconfig/network/ifcfg-{_BOND} with "
        f"BONDING_MASTER=yes {slaves} BONDING_MODULE_OPTS='mode=active-backup miimon=100', and "
        f"ifcfg-xenbr0 with BRIDGE=yes BRIDGE_PORTS={_BOND} BRIDGE_STP=off and "
        "the address; at the console then: wicked ifreload all."
    )


def _ifupdown_ng(facts: HostFacts, nics: Nics) -> str:
    if facts.system.distribution_id == "alpine":
        return (
            "Run: apk add bonding bridge. Then write in /etc/network/interfaces yourself: iface "
            f"{_BOND} with bond-slaves {' '.join(nics)} (ifupdown-ng: bond-members) and bond-mode "
            f"active-backup, iface xenbr0 with bridge-ports {_BOND} and the address; at the "
            "console then: rc-service networking restart."
        )
    return (
        f"Write yourself: iface {_BOND} with bond-members {' '.join(nics)} and bond-mode "
        f"active-backup, iface xenbr0 with bridge-ports {_BOND} and the address; on Debian you can "
        "install ifupdown, ifenslave and bridge-utils in its place."
    )


def _netifrc(facts: HostFacts, nics: Nics) -> str:
    return (
        f'Write in /etc/conf.d/net yourself: slaves_{_BOND}="{" ".join(nics)}", '
        f'mode_{_BOND}="active-backup", miimon_{_BOND}="100", bridge_xenbr0="{_BOND}", '
        "config_xenbr0 with the address; then link net.bond0 and net.xenbr0 to net.lo."
    )


def _qubes(facts: HostFacts, nics: Nics) -> str:
    return "Its NICs belong to sys-net: make a bond there, in NetworkManager's own settings."


def _proxmox(facts: HostFacts, nics: Nics) -> str:
    return (
        "Make them in its own interface: Node, System, Network: a Linux Bond of "
        f"{' and '.join(nics)}, then a Linux Bridge with the bond as its port."
    )


UNSUPPORTED_PLATFORMS: tuple[UnsupportedPlatform, ...] = (
    UnsupportedPlatform(
        "xcp-ng",
        "XCP-ng or XenServer",
        (("/etc/xensource-inventory",), ("/opt/xensource/bin/xe",), ("/etc/xensource",)),
        "its toolstack keeps the network in a database and overwrites the files at every boot",
        _xe,
        frozenset({"xenenterprise", "xcp-ng", "xenserver"}),
    ),
    UnsupportedPlatform(
        "qubes",
        "Qubes OS",
        (("/etc/qubes-release",),),
        "dom0 has no network there",
        _qubes,
        frozenset({"qubes"}),
    ),
    UnsupportedPlatform(
        "proxmox",
        "Proxmox VE",
        (("/etc/pve",), ("/usr/bin/pveversion",)),
        "it writes /etc/network/interfaces itself",
        _proxmox,
    ),
    UnsupportedPlatform(
        "wicked",
        "SUSE wicked",
        (
            ("/usr/sbin/wicked", "/etc/systemd/system/multi-user.target.wants/wicked.service"),
            ("/usr/sbin/wicked", "/etc/systemd/system/network-online.target.wants/wicked.service"),
            ("/etc/sysconfig/network/config", "/etc/init.d/network"),
        ),
        "its ifcfg files have other keys than Red Hat's, and xenbond can't write them",
        _wicked,
        frozenset({"opensuse", "opensuse-leap", "opensuse-tumbleweed", "sles", "sled"}),
        # An alias that NetworkManager's unit has as well, where that one is enabled.
        ("/etc/systemd/system/network.service", "/etc/init.d/network"),
        (f"{_WANTS}/NetworkManager.service", f"{_WANTS}/systemd-networkd.service"),
    ),
    UnsupportedPlatform(
        "ifupdown-ng",
        "ifupdown-ng, or busybox's ifupdown",
        (("/usr/libexec/ifupdown-ng",), ("/usr/sbin/ifupdown",), ("/sbin/ifupdown",)),
        "it reads bridges and bonds in /etc/network/interfaces differently from Debian's ifupdown",
        _ifupdown_ng,
        frozenset({"alpine"}),
    ),
    UnsupportedPlatform(
        "netifrc",
        "Gentoo netifrc",
        (
            ("/lib/netifrc", "/etc/conf.d/net"),
            ("/usr/libexec/netifrc", "/etc/conf.d/net"),
            ("/etc/init.d/net.lo", "/etc/conf.d/net"),
        ),
        "xenbond can't write /etc/conf.d/net",
        _netifrc,
        frozenset({"gentoo"}),
        ("/etc/conf.d/net",),
        (f"{_WANTS}/NetworkManager.service", f"{_WANTS}/systemd-networkd.service"),
    ),
)
"""In the order they are asked: a Proxmox host has ifupdown's files, an XCP-ng host Red Hat's."""


def probes() -> tuple[str, ...]:
    """Every path that decides."""
    rows = UNSUPPORTED_PLATFORMS
    return tuple(x for it in rows for group in (*it.evidence, it.beside, it.unless) for x in group)


def unsupported(facts: HostFacts, answers: Answers) -> Finding | None:
    """The refusal for a host whose network is not xenbond's to write; None for all others."""
    for row in UNSUPPORTED_PLATFORMS:
        seen = row.seen(facts)
        if seen is not None:
            return refuse(
                row.code,
                seen,
                f"This is {row.title}: {row.reason}.",
                row.advice(facts, _nics(facts, answers)),
            )
    return None


def by_hand(facts: HostFacts, answers: Answers) -> str:
    """The commands that do it on any host, until the next boot."""
    bond, bridge = answers.bond.name, answers.bridge.name
    slaves = (
        f"ip link set {nic} down; ip link set {nic} master {bond}" for nic in _nics(facts, answers)
    )
    return (
        f"ip link add {bond} type bond mode {answers.bond.mode} miimon 100; {'; '.join(slaves)}; "
        f"ip link add {bridge} type bridge; ip link set {bond} master {bridge}; ip link set {bond} "
        f"up; ip link set {bridge} up; then the address: ip addr add ADDRESS/PREFIX dev {bridge}; "
        f"ip route add default via GATEWAY dev {bridge}"
    )


def _nics(facts: HostFacts, answers: Answers) -> Nics:
    """The NICs the advice is about: those chosen, else this host's first two."""
    if answers.bond.slaves:
        return answers.bond.slaves
    own = [link.name for link in facts.links if unsuitable(link, facts) is None]
    return tuple(own[:2]) if len(own) > 1 else ("eth0", "eth1")
