"""Are ifupdown's bond and bridge scripts there?"""

from collections.abc import Iterator

from xenbond_tui.facts.host import HostFacts
from xenbond_tui.rules.findings import Finding, lacking, refuse
from xenbond_tui.stacks.ifupdown.places import BRCTL, BRIDGE_HOOK, IFENSLAVE, IFUP, IFUPDOWN2


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
    if not any(path in facts.present for path in IFUP):
        yield lacking(
            facts, "ifup-missing", IFUP[0], "ifup is not installed.", "apt-get install ifupdown"
        )
    install = "apt-get install ifenslave bridge-utils"
    if IFENSLAVE not in facts.present:
        yield refuse(
            "ifenslave-missing",
            IFENSLAVE,
            "The package ifenslave is not installed: without it ifup ignores every bond-… line "
            "without a word.",
            install,
        )
    no_hook = BRIDGE_HOOK not in facts.present
    if no_hook or facts.present.isdisjoint(BRCTL):
        text = (
            "The package bridge-utils is not installed: without it ifup ignores every bridge_… "
            "line without a word."
        )
        yield (
            refuse("bridge-utils-missing", BRIDGE_HOOK, text, install)
            if no_hook
            else lacking(facts, "bridge-utils-missing", BRCTL[0], text, install)
        )
