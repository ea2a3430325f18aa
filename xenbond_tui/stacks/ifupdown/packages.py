"""Are ifupdown's bond and bridge scripts there?"""

from collections.abc import Iterator

from xenbond_tui.facts.host import HostFacts
from xenbond_tui.rules.findings import Finding, refuse
from xenbond_tui.rules.programs import lacking

_IFUP = ("/sbin/ifup", "/usr/sbin/ifup")
_IFENSLAVE = "/etc/network/if-pre-up.d/ifenslave"
_BRIDGE_HOOK = "/etc/network/if-pre-up.d/bridge"
_BRCTL = ("/sbin/brctl", "/usr/sbin/brctl")
IFUPDOWN2 = ("/usr/share/ifupdown2", "/usr/sbin/ifreload", "/sbin/ifreload")
"""Signs of ifupdown2, which is installed in ifupdown's place and reads the same files."""

PROBES = (*_IFUP, _IFENSLAVE, _BRIDGE_HOOK, *_BRCTL, *IFUPDOWN2)
"""Paths whose existence decides what follows."""


def packages(facts: HostFacts) -> Iterator[Finding]:
    """What is missing for ifup to make a bond and a bridge."""
    if facts.present.intersection(IFUPDOWN2):
        yield refuse(
            "ifupdown2",
            IFUPDOWN2[0],
            "ifupdown2 is installed in ifupdown's place; it reads bridges and bonds differently.",
            "Take the stack ifupdown2: name none in the answers nor with --stack, or that one.",
        )
        return
    if not any(path in facts.present for path in _IFUP):
        yield lacking(
            facts, "ifup-missing", _IFUP[0], "ifup is not installed.", "apt-get install ifupdown"
        )
    install = "apt-get install ifenslave bridge-utils"
    if _IFENSLAVE not in facts.present:
        yield refuse(
            "ifenslave-missing",
            _IFENSLAVE,
            "The package ifenslave is not installed: without it ifup ignores every bond-… line "
            "without a word.",
            install,
        )
    no_hook = _BRIDGE_HOOK not in facts.present
    if no_hook or facts.present.isdisjoint(_BRCTL):
        text = (
            "The package bridge-utils is not installed: without it ifup ignores every bridge_… "
            "line without a word."
        )
        yield (
            refuse("bridge-utils-missing", _BRIDGE_HOOK, text, install)
            if no_hook
            else lacking(facts, "bridge-utils-missing", _BRCTL[0], text, install)
        )
