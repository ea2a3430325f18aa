"""Is it really ifupdown that reads the file here, and are its bond and bridge scripts there?"""

from collections.abc import Iterator

from xenbond_tui.facts import HostFacts
from xenbond_tui.rules.findings import Finding, Severity

_IFUP = ("/sbin/ifup", "/usr/sbin/ifup")
_IFENSLAVE = "/etc/network/if-pre-up.d/ifenslave"
_BRIDGE_HOOK = "/etc/network/if-pre-up.d/bridge"
_BRCTL = ("/sbin/brctl", "/usr/sbin/brctl")
_PROXMOX = "/etc/pve"
_IFUPDOWN2 = ("/usr/share/ifupdown2", "/usr/sbin/ifreload", "/sbin/ifreload")
_IFUPDOWN_NG = ("/usr/libexec/ifupdown-ng", "/usr/sbin/ifupdown", "/sbin/ifupdown")

PROBES = (*_IFUP, _IFENSLAVE, _BRIDGE_HOOK, *_BRCTL, _PROXMOX, *_IFUPDOWN2, *_IFUPDOWN_NG)
"""Paths whose existence decides the checks below."""


def refuse(code: str, where: str, text: str, remedy: str) -> Finding:
    """A finding that forbids going on."""
    return Finding(Severity.REFUSE, code, where, text, remedy)


def wrong_program(facts: HostFacts) -> Finding | None:
    """The refusal when something else reads /etc/network/interfaces here than ifupdown."""
    if _PROXMOX in facts.present:
        return refuse(
            "proxmox",
            _PROXMOX,
            "This is a Proxmox VE host: it writes /etc/network/interfaces itself.",
            "Make the bond and the bridge in its own interface: Node, System, Network.",
        )
    if any(path in facts.present for path in _IFUPDOWN2):
        return refuse(
            "ifupdown2",
            _IFUPDOWN2[0],
            "ifupdown2 is installed in ifupdown's place; it reads bridges and bonds differently.",
            "Install ifupdown, ifenslave and bridge-utils, or write the file by hand.",
        )
    if any(path in facts.present for path in _IFUPDOWN_NG):
        return refuse(
            "ifupdown-ng",
            _IFUPDOWN_NG[0],
            "ifupdown-ng is installed in ifupdown's place; it reads bridges and bonds differently.",
            "Install ifupdown, ifenslave and bridge-utils, or write the file by hand.",
        )
    return None


def packages(facts: HostFacts) -> Iterator[Finding]:
    """What is missing for ifup to make a bond and a bridge."""
    if not any(path in facts.present for path in _IFUP):
        yield refuse("ifup-missing", _IFUP[0], "ifup is not installed.", "apt-get install ifupdown")
    install = "apt-get install ifenslave bridge-utils"
    if _IFENSLAVE not in facts.present:
        yield refuse(
            "ifenslave-missing",
            _IFENSLAVE,
            "The package ifenslave is not installed: without it ifup ignores every bond-… line "
            "without a word.",
            install,
        )
    if _BRIDGE_HOOK not in facts.present or not any(path in facts.present for path in _BRCTL):
        yield refuse(
            "bridge-utils-missing",
            _BRIDGE_HOOK,
            "The package bridge-utils is not installed: without it ifup ignores every bridge_… "
            "line without a word.",
            install,
        )
