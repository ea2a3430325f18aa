"""What the slaves' hardware, and this kernel's bonding driver, mean for the bond."""

from collections.abc import Iterator
from itertools import combinations

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Link, card
from xenbond_tui.rules.findings import Finding, note, refuse, warn


def check_hardware(facts: HostFacts, answers: Answers) -> Iterator[Finding]:
    """Shared fate, MACs, speeds; the bonding module and its use_carrier."""
    yield from check_driver(facts, answers)
    names = dict.fromkeys(answers.bond.slaves)
    links = tuple(link for name in names if (link := facts.link(name)) is not None)
    for one, other in combinations(links, 2):
        yield from _pair(one, other)
    for link in links:
        if link.mac_may_be_borrowed:
            yield warn(
                "borrowed-mac",
                link.name,
                f"The permanent MAC of {link.name} is not known: {link.permanent_mac} is what it "
                f"has now, as a port of {link.master}, and may be that one's.",
                f"Compare it with the label on the card, or with `ethtool -P {link.name}`.",
            )
    yield from _speeds(links, answers)


def check_driver(facts: HostFacts, answers: Answers) -> Iterator[Finding]:
    """Is the bonding module there, and does it take use_carrier=0?"""
    if facts.driver.available is False:
        yield refuse(
            "no-bonding-driver",
            "bonding",
            f"The running kernel {facts.system.kernel} has no bonding driver.",
            "Install the kernel's modules package, or boot a kernel that has bonding.",
        )
    if answers.bond.use_carrier is not False:
        return
    refuses = facts.driver.refuses_use_carrier_0
    if refuses:
        yield refuse(
            "use-carrier-refused",
            "use_carrier",
            "This kernel's bonding driver has no use_carrier=0 any more (removed in Linux 6.18). "
            "With it the module does not load at all: no bond, and the host off the network.",
            "Leave use_carrier out, or set it to 1.",
        )
    elif refuses is None:
        yield warn(
            "use-carrier-unknown",
            "use_carrier",
            "Whether this kernel takes use_carrier=0 is not known. From Linux 6.18 on it keeps "
            "the bonding module from loading, and the host is off the network.",
            "Leave use_carrier out unless a driver here reports carrier late.",
        )
    else:
        yield note(
            "use-carrier-obsolete",
            "use_carrier",
            "This kernel takes use_carrier=0; from Linux 6.18 on it keeps the bonding module "
            "from loading.",
            "Take it out before the kernel is upgraded that far.",
        )


def _pair(one: Link, other: Link) -> Iterator[Finding]:
    both = f"{one.name} and {other.name}"
    if one.permanent_mac and one.permanent_mac == other.permanent_mac:
        yield warn(
            "same-permanent-mac",
            both,
            f"{both} have the same permanent MAC {one.permanent_mac}: files that find a NIC by "
            "its MAC cannot tell them apart.",
            "If they are virtual, give each its own MAC.",
        )
    if one.physfn is not None and one.physfn == other.physfn:
        yield warn(
            "same-physical-function",
            both,
            f"{both} are virtual functions of one port ({one.physfn}): one cable carries both.",
            "Choose NICs on different cards.",
        )
    elif (shared := card(one.bus)) is not None and shared == card(other.bus):
        yield warn(
            "same-card",
            both,
            f"{both} are two ports of one card ({shared}): if the card dies, both go.",
            "Choose NICs on different cards where you can.",
        )


def _speeds(links: tuple[Link, ...], answers: Answers) -> Iterator[Finding]:
    if answers.bond.mode not in ("802.3ad", "balance-xor"):
        return
    known = {link.name: link.speed for link in links if link.speed}
    if len(set(known.values())) > 1:
        said = ", ".join(f"{name} {speed} Mbit/s" for name, speed in known.items())
        effect = (
            "802.3ad does not join links of different speed: only one of them will carry"
            if answers.bond.mode == "802.3ad"
            else "the hash does not know it, and the slower one is the bottleneck"
        )
        yield warn("speeds-differ", "slaves", f"{said}: {effect}.", "Choose NICs of one speed.")
