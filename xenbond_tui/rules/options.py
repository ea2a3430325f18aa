"""Every bonding option as one row: what the kernel takes and what it means.

Sources: drivers/net/bonding/bond_options.c and Documentation/networking/bonding.rst of Linux 6.12
and 7.2, unless a row names another. Adding an option is adding a row.
"""

from collections.abc import Mapping

from xenbond_tui.rules.modes import MODES, Mode, mode_name
from xenbond_tui.rules.option import BadValue, Option

__all__ = ["MODES", "OPTIONS", "BadValue", "Mode", "Option", "mode_name", "parse_option"]

_OFF_ON = {"off": 0, "on": 1}
_ACTIVE = ("active-backup", "balance-tlb", "balance-alb")
_ARP = ("balance-rr", "active-backup", "balance-xor", "broadcast")
_LACP = ("802.3ad",)


def _choice(*names: str) -> dict[str, int]:
    return {name: code for code, name in enumerate(names)}


OPTIONS: Mapping[str, Option] = {
    option.name: option
    for option in (
        Option(
            "mode",
            "How the slaves work together.",
            "balance-rr",
            "choice",
            {mode.name: mode.code for mode in MODES.values()},
        ),
        Option(
            "miimon",
            "How often the link of each slave is checked; 0 never checks, so nothing fails over.",
            "0",
            unit="ms",
        ),
        Option(
            "updelay",
            "How long a link must be back before its slave is used again. Longer than a switch "
            "port blocks after link up (30000 to 50000 without portfast).",
            "0",
            unit="ms",
            needs_miimon=True,
        ),
        Option(
            "downdelay",
            "How long a link must be gone before its slave is given up.",
            "0",
            unit="ms",
            needs_miimon=True,
        ),
        Option(
            "use_carrier",
            "Where link state is read: on (1) the driver's carrier, off (0) ethtool, then MII "
            "registers. Off only for a driver that reports carrier late.",
            "on",
            "choice",
            _OFF_ON,
            until="6.17; from 6.18 on only 1 is accepted",
            source="commit 23a6037ce76c; bonding.rst",
        ),
        Option(
            "primary",
            "The slave that is active whenever its link is up.",
            "none",
            "slave",
            modes=_ACTIVE,
            enforced=True,
        ),
        Option(
            "primary_reselect",
            "When the primary takes over again: always when its link is back, better when it is "
            "faster, failure only when the active slave fails.",
            "always",
            "choice",
            _choice("always", "better", "failure"),
            modes=_ACTIVE,
            since="2.6.33",
        ),
        Option(
            "fail_over_mac",
            "Which MAC the bond has: none, one and the same on all slaves; active, the active "
            "slave's; follow, the bond's MAC moves to the active slave.",
            "none",
            "choice",
            _choice("none", "active", "follow"),
            modes=("active-backup",),
        ),
        Option(
            "xmit_hash_policy",
            "What decides which slave sends a frame: MACs (layer2), with IP addresses (layer2+3) "
            "or with ports (layer3+4).",
            "layer2",
            "choice",
            _choice("layer2", "layer3+4", "layer2+3", "encap2+3", "encap3+4", "vlan+srcmac"),
            modes=("balance-xor", "802.3ad", "balance-tlb"),
        ),
        Option(
            "lacp_rate",
            "How often the switch is asked to send LACP frames: slow, every 30 s; fast, every 1 s.",
            "slow",
            "choice",
            _choice("slow", "fast"),
            modes=_LACP,
            enforced=True,
        ),
        Option(
            "ad_select",
            "When another aggregator is chosen: stable, when no link is left; bandwidth or count, "
            "whenever one is better.",
            "stable",
            "choice",
            _choice("stable", "bandwidth", "count"),
            modes=_LACP,
        ),
        Option(
            "min_links",
            "How many slaves must be up for the bond to be up.",
            "0",
            modes=_LACP,
            since="3.1",
        ),
        Option(
            "num_grat_arp",
            "How many times the bond announces its own address after a fail-over. The bridge's "
            "and the guests' addresses are not announced by it.",
            "1",
            most=255,
            modes=("active-backup",),
        ),
        Option(
            "peer_notif_delay",
            "The time between those announcements; 0 is one miimon.",
            "0",
            most=300_000,
            unit="ms",
            needs_miimon=True,
            since="5.3",
        ),
        Option(
            "resend_igmp",
            "How many times multicast groups are joined anew after a fail-over.",
            "1",
            most=255,
            modes=("balance-rr", *_ACTIVE),
            since="2.6.37",
        ),
        Option(
            "all_slaves_active",
            "Whether frames that arrive on a backup slave are used (on) or dropped as copies.",
            "off",
            "choice",
            _OFF_ON,
            since="2.6.35",
            expert=True,
        ),
        Option(
            "packets_per_slave",
            "How many frames go out by one slave before the next; 0 picks slaves at random.",
            "1",
            most=65_535,
            modes=("balance-rr",),
            enforced=True,
            since="3.14",
        ),
        Option(
            "tlb_dynamic_lb",
            "Whether sending is rebalanced by load (on), or by a hash alone (off).",
            "on",
            "choice",
            _OFF_ON,
            modes=("balance-tlb", "balance-alb"),
            enforced=True,
            since="3.17",
        ),
        Option(
            "lp_interval",
            "How often each slave sends a frame that teaches the switch its MAC.",
            "1",
            least=1,
            unit="s",
            modes=("balance-tlb", "balance-alb"),
            since="3.14",
        ),
        Option(
            "arp_interval",
            "How often hosts are asked by ARP whether a slave reaches them; turns miimon off.",
            "0",
            unit="ms",
            modes=_ARP,
            enforced=True,
            expert=True,
        ),
        Option(
            "arp_ip_target",
            "The hosts that are asked by ARP.",
            "none",
            "ipv4s",
            modes=_ARP,
            expert=True,
        ),
        Option(
            "arp_validate",
            "Which slaves count only answers to their own ARP questions, not any frame.",
            "none",
            "choice",
            _choice("none", "active", "backup", "all", "filter", "filter_active", "filter_backup"),
            modes=_ARP,
            enforced=True,
            expert=True,
        ),
        Option(
            "arp_all_targets",
            "Whether any target's answer is enough, or all must answer.",
            "any",
            "choice",
            _choice("any", "all"),
            modes=("active-backup",),
            since="3.11",
            expert=True,
        ),
        Option(
            "arp_missed_max",
            "How many unanswered checks make a slave down.",
            "2",
            least=1,
            most=255,
            modes=_ARP,
            enforced=True,
            since="5.17",
            expert=True,
        ),
    )
}
"""By kernel name, in the order a form shows them."""


def parse_option(name: str, text: str) -> str | BadValue:
    """An option's value as it is kept: a choice by its name, a number in plain digits.

    For `use_carrier` that is `on` or `off`; for lists one comma between addresses.
    """
    option = OPTIONS.get(name)
    return BadValue("is not a bonding option known here") if option is None else option.parse(text)
