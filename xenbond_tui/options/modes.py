"""The seven bonding modes: what each does, what the switch needs, what it means under a bridge.

Sources: bond_mode_name() in drivers/net/bonding/bond_main.c; bonding.rst section 5; Red Hat's
virtualization guides (RHEL 6 section 18.2, RHEL 7 section 17.2) for modes under a guests' bridge.
"""

from collections.abc import Mapping

from xenbond_tui.value import dataclass


@dataclass(frozen=True, slots=True)
class Mode:
    """One bonding mode."""

    code: int
    name: str
    proc: str
    """How /proc/net/bonding spells it, without a suffix in brackets."""
    does: str
    """One sentence for people."""
    switch: str
    """What the switch must be set to."""
    under_bridge: str
    """Does it work under a guests' bridge: "yes", "risky" or "no"."""
    why: str = ""
    """Why not, when it does not."""
    miimon_only: bool = False
    """ARP monitoring is refused by the kernel in this mode (bond_mode_uses_arp)."""


MODES: Mapping[str, Mode] = {
    mode.name: mode
    for mode in (
        Mode(
            0,
            "balance-rr",
            "load balancing (round-robin)",
            "All slaves carry in turn, frame by frame.",
            "a static port channel (EtherChannel)",
            "no",
            "frames of one connection overtake each other, and without a port channel the switch "
            "moves the guests' MACs from port to port",
        ),
        Mode(
            1,
            "active-backup",
            "fault-tolerance (active-backup)",
            "One slave carries, the others wait.",
            "nothing to set up; the slaves may go to two switches",
            "yes",
        ),
        Mode(
            2,
            "balance-xor",
            "load balancing (xor)",
            "All slaves carry, chosen by a hash of each frame's addresses.",
            "a static port channel (EtherChannel)",
            "yes",
        ),
        Mode(
            3,
            "broadcast",
            "fault-tolerance (broadcast)",
            "Every frame is sent on all slaves.",
            "a static group, or two networks kept apart",
            "risky",
            "guests get frames twice unless the switch drops the second copy",
        ),
        Mode(
            4,
            "802.3ad",
            "IEEE 802.3ad Dynamic link aggregation",
            "All slaves carry, agreed with the switch by LACP.",
            "an LACP group on exactly these ports",
            "yes",
            miimon_only=True,
        ),
        Mode(
            5,
            "balance-tlb",
            "transmit load balancing",
            "All slaves send, one receives.",
            "nothing to set up",
            "no",
            "guests' frames leave by slaves with other MACs, so the switch loses track of them",
            miimon_only=True,
        ),
        Mode(
            6,
            "balance-alb",
            "adaptive load balancing",
            "All slaves send and receive, steered by rewritten ARP answers.",
            "nothing to set up",
            "no",
            "the kernel leaves guests' ARP alone, and their frames leave by slaves with other MACs",
            miimon_only=True,
        ),
    )
}
"""By name, in the order of their numbers."""


def mode_name(text: str) -> str | None:
    """The mode's name for a name or number, `1` or `active-backup`; None when there is none."""
    wanted = text.strip().lower()
    return next((m.name for m in MODES.values() if wanted in (m.name, str(m.code))), None)
