"""How links are watched: rows of the table."""

from xenbond_tui.options.kind import Addresses, Number, Switch
from xenbond_tui.options.option import OWN, Key, Option, said
from xenbond_tui.options.shared import ALL, ARP, SCRIPTS, choice

_FILTERS = frozenset({"filter", "filter_active", "filter_backup"})

MONITORING = (
    Option(
        name="miimon",
        help="How often the link of each slave is checked; 0 never checks, so nothing fails over.",
        default="0",
        kind=Number(unit="ms"),
        said=said(
            **SCRIPTS,
            ifupdown=OWN,
            ifupdown2=Key(most=255),
            netplan="mii-monitor-interval",
            networkd="MIIMonitorSec",
        ),
    ),
    Option(
        name="use_carrier",
        help="Where link state is read: on (1) the driver's carrier, off (0) ethtool, then MII "
        "registers. Off only for a driver that reports carrier late.",
        default="on",
        kind=Switch(),
        until="6.17; from 6.18 on only 1 is accepted",
        source="commit 23a6037ce76c; bonding.rst",
        said=said(**ALL),
    ),
    Option(
        name="updelay",
        help="How long a link must be back before its slave is used again. Longer than a switch "
        "port blocks after link up (30000 to 50000 without portfast).",
        default="0",
        kind=Number(unit="ms"),
        needs=("miimon",),
        counted_in="miimon",
        said=said(
            **SCRIPTS,
            ifupdown=OWN,
            ifupdown2=Key(most=65535),
            netplan="up-delay",
            networkd="UpDelaySec",
        ),
    ),
    Option(
        name="downdelay",
        help="How long a link must be gone before its slave is given up.",
        default="0",
        kind=Number(unit="ms"),
        needs=("miimon",),
        counted_in="miimon",
        said=said(
            **SCRIPTS,
            ifupdown=OWN,
            ifupdown2=Key(most=65535),
            netplan="down-delay",
            networkd="DownDelaySec",
        ),
    ),
    Option(
        name="peer_notif_delay",
        help="The time between the bond's announcements of its address after a fail-over; 0 is "
        "one miimon.",
        default="0",
        kind=Number(most=300_000, unit="ms"),
        by="SN",
        needs=("miimon",),
        counted_in="miimon",
        since="5.3",
        # Of NetworkManager 1.30 the last release knows it as well, but 1.32.2 does not.
        said=said(
            ifcfg=OWN,
            networkd=Key("PeerNotifyDelaySec", since=(256,)),
            networkmanager=Key(since=(1, 32, 4)),
        ),
    ),
    Option(
        name="arp_ip_target",
        help="The hosts that are asked by ARP.",
        default="none",
        kind=Addresses(4),
        modes=ARP,
        expert=True,
        said=said(**SCRIPTS, ifupdown=OWN, netplan="arp-ip-targets", networkd="ARPIPTargets"),
    ),
    Option(
        name="ns_ip6_target",
        help="The hosts that are asked by IPv6 neighbour solicitation.",
        default="none",
        kind=Addresses(6),
        modes=ARP,
        by="N",
        since="5.18",
        expert=True,
        said=said(networkmanager=Key(since=(1, 44))),
    ),
    Option(
        name="arp_interval",
        help="How often hosts are asked by ARP whether a slave reaches them; turns miimon off.",
        default="0",
        kind=Number(unit="ms"),
        modes=ARP,
        enforced=True,
        needs=("arp_ip_target", "ns_ip6_target"),
        excludes=("miimon",),
        expert=True,
        # ifupdown2 has it from 3.2 on, in two modes and without arp_validate, which no bond under
        # a bridge can do without.
        said=said(**SCRIPTS, ifupdown=OWN, netplan="arp-interval", networkd="ARPIntervalSec"),
    ),
    Option(
        name="arp_validate",
        help="Which slaves count only answers to their own ARP questions, not any frame.",
        default="none",
        kind=choice("none", "active", "backup", "all", "filter", "filter_active", "filter_backup"),
        modes=ARP,
        enforced=True,
        needs=("arp_interval",),
        excludes=("miimon",),
        expert=True,
        said=said(
            **SCRIPTS,
            ifupdown=OWN,
            netplan="arp-validate",
            networkd=Key("ARPValidate", refuses=_FILTERS),
        ),
    ),
    Option(
        name="arp_all_targets",
        help="Whether any target's answer is enough, or all must answer.",
        default="any",
        kind=choice("any", "all"),
        modes=("active-backup",),
        since="3.11",
        expert=True,
        said=said(**SCRIPTS, netplan="arp-all-targets", networkd="ARPAllTargets"),
    ),
    Option(
        name="arp_missed_max",
        help="How many unanswered checks make a slave down.",
        default="2",
        kind=Number(least=1, most=255),
        modes=ARP,
        enforced=True,
        by="SN",
        since="5.17",
        expert=True,
        said=said(
            ifcfg=OWN,
            networkd=Key("ARPMissedMax", since=(256,)),
            networkmanager=Key(since=(1, 44)),
        ),
    ),
)
