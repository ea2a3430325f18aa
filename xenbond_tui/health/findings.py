"""How health reads what the planner's rules find: one set of rules, two readers.

Each code of a finding that says something of a bond which is there is in `READ`. Why another one is
not stands in `tests/not_for_health.py`, which a test compares.
"""

from collections.abc import Mapping

from xenbond_tui.health.model import Level, Reason
from xenbond_tui.rules.findings import Finding, Severity

_LEVELS = {
    Severity.REFUSE: Level.MISCONFIGURED,
    Severity.WARN: Level.DEGRADED,
    Severity.NOTE: Level.HEALTHY,
}
_AT_BOOT = Level.MISCONFIGURED
"""It works until the next boot, as a slave that no file makes one."""

READ: Mapping[str, Level | None] = {
    "address-in-use": None,
    "alias-on-slave": None,
    "arp-under-bridge": None,
    "bond-name-is-a-prefix": None,
    "bond-not-bridged": None,
    "bonding-disabled": None,
    "bridge-over-vlan": None,
    "bridge-utils-missing": None,
    "broken-section": None,
    "command-contradicts": None,
    "delay-below-miimon": None,
    "delay-rounded": None,
    "delay-without-miimon": None,
    "gateway-device": None,
    "hwaddr-twice": None,
    "hwaddr-wrong": _AT_BOOT,
    "ifenslave-missing": None,
    "ifreload-missing": None,
    "ifup-missing": None,
    "ifup-refuses-file": None,
    "ipv6-switched-off": None,
    "link-unmanaged": None,
    "long-delay": None,
    "mac-changes-at-failover": Level.HEALTHY,
    "mac-in-use": None,
    "method-unknown": Level.HEALTHY,
    "mode-under-bridge": None,
    "module-use-carrier-0": _AT_BOOT,
    "more-slaves-match": None,
    "names-a-slave": None,
    "netplan-missing": None,
    "network-service-off": None,
    "networkd-beside-netplan": None,
    "networkd-not-enabled": None,
    "networkd-not-running": None,
    "networkmanager-not-enabled": None,
    "networkmanager-not-running": None,
    "no-arp-target": None,
    "no-bridge-utils": None,
    "no-link-monitoring": None,
    "no-scripts": None,
    "on-a-slave": None,
    "option-alone": None,
    "option-without-effect": None,
    "other-dhcp-client": None,
    "port-beside-bond": None,
    "renamed-at-boot": None,
    "several-files-for-a-link": None,
    "slave-named-elsewhere": None,
    "slave-unmanaged": None,
    "slow-link-monitoring": None,
    "two-link-monitors": None,
    "two-owners": None,
    "two-renderers": None,
    "unknown-renderer": None,
    "use-carrier-obsolete": None,
    "use-carrier-refused": None,
    "use-carrier-unknown": None,
    "virtual-function": None,
}
"""Code → how bad it is for a bond that is there; None: as its severity says."""
UNDER_BRIDGE = frozenset(
    {
        "arp-under-bridge",
        "bond-not-bridged",
        "bridge-over-vlan",
        "bridge-utils-missing",
        "gateway-device",
        "mac-changes-at-failover",
        "mode-under-bridge",
        "no-bridge-utils",
        "port-beside-bond",
        "virtual-function",
    }
)
"""Those that count only where the bond is below a bridge."""
_TOLD = frozenset({"module-use-carrier-0", "use-carrier-obsolete"})
"""Those that are worth knowing where they are only a note."""
_ADVICE = {
    "hwaddr-wrong": "Write the permanent MAC there.",
    "module-use-carrier-0": "Take it out of that line.",
    "more-slaves-match": "Name the slaves alone there.",
}
"""Where the finding's remedy is what the plan does."""


def counts(finding: Finding, under_bridge: bool) -> bool:
    """Does it say anything of a bond that is there?"""
    if finding.code not in (READ if finding.severity is not Severity.NOTE else _TOLD):
        return False
    return under_bridge or finding.code not in UNDER_BRIDGE


def level_of(finding: Finding) -> Level:
    """How bad it is; of a code in `READ`."""
    usual = _LEVELS[finding.severity]
    return usual if finding.severity is Severity.NOTE else READ[finding.code] or usual


def reason_of(finding: Finding, *, slave: str | None = None, level: Level | None = None) -> Reason:
    """The finding as a reason.

    Args:
        finding: of a code in `READ`.
        slave: the slave that it is about.
        level: how bad it is, where the state says more than the finding.
    """
    advice = _ADVICE.get(finding.code, finding.remedy)
    how_bad = level_of(finding) if level is None else level
    return Reason(finding.code, slave, finding.text, advice, how_bad, finding.where)
