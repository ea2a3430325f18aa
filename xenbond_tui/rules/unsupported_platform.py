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

    def seen(self, facts: HostFacts) -> str | None:
        """What betrays it on that host; None when nothing does."""
        for group in self.evidence:
            if facts.present.issuperset(group):
                return " and ".join(group)
        if facts.system.distribution_id in self.ids:
            return f"ID={facts.system.distribution_id} in /etc/os-release"
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
    ),
    UnsupportedPlatform(
        "ifupdown-ng",
        "ifupdown-ng",
        (("/usr/libexec/ifupdown-ng",), ("/usr/sbin/ifupdown",), ("/sbin/ifupdown",)),
        "it reads bridges and bonds in /etc/network/interfaces differently from ifupdown",
        _ifupdown_ng,
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
    ),
)
"""In the order they are asked: a Proxmox host has ifupdown's files, an XCP-ng host Red Hat's."""


def probes() -> tuple[str, ...]:
    """Every path that decides."""
    return tuple(path for row in UNSUPPORTED_PLATFORMS for group in row.evidence for path in group)


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


def _nics(facts: HostFacts, answers: Answers) -> Nics:
    """The NICs the advice is about: those chosen, else this host's first two."""
    if answers.bond.slaves:
        return answers.bond.slaves
    own = [link.name for link in facts.links if unsuitable(link, facts) is None]
    return tuple(own[:2]) if len(own) > 1 else ("eth0", "eth1")
