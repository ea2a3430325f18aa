"""Rows of the table: how links are watched, and those of 802.3ad; and what rows share."""

from xenbond_tui.options.kind import Addresses, Choice, Mac, Number, PerSlave, Switch
from xenbond_tui.options.option import OWN, Change, Key, Option, said

ARP = ("balance-rr", "active-backup", "balance-xor", "broadcast")
"""The kernel has an ARP monitor in these."""
LACP = ("802.3ad",)
SCRIPTS = said(ifcfg=OWN, networkmanager=OWN)
"""Stacks whose files have the kernel's own names."""
ALL = said(**SCRIPTS, ifupdown=OWN, ifupdown2=OWN)
ZERO = frozenset({"0"})
"""netplan takes a 0 of some for "not said" (`if (value)` in src/networkd.c and src/nm.c)."""
U16 = 2**16 - 1


def choice(*names: str, **newer: str) -> Choice:
    """Names with the codes 0, 1, 2 …; `newer`: name → the first mainline release that has it."""
    return Choice({name: code for code, name in enumerate(names)}, newer)


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
        attribute=31,
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


_PRIO = frozenset({"actor_port_prio"})

LACP_ROWS = (
    Option(
        name="lacp_rate",
        help="How often the switch is asked to send LACP frames: slow, each 30 s; fast, each 1 s.",
        default="slow",
        kind=choice("slow", "fast"),
        modes=LACP,
        enforced=True,
        change=Change.DOWN,
        said=said(**ALL, netplan="lacp-rate", networkd="LACPTransmitRate"),
    ),
    Option(
        name="lacp_active",
        help="Whether LACP frames are sent by itself (on), or only in answer to the switch's.",
        default="on",
        kind=Switch(),
        modes=LACP,
        enforced=True,
        change=Change.DOWN,
        by="SN",
        since="5.15",
        said=said(ifcfg=OWN, networkmanager=Key(since=(1, 44))),
    ),
    Option(
        name="lacp_strict",
        help="Whether the bond has carrier only while a port is agreed with the switch by LACP.",
        default="off",
        kind=Switch(),
        modes=LACP,
        enforced=True,
        by="N",
        attribute=34,
        since="7.2",
        source="commits 32b0b895, 0bd695db",
        said=said(),
    ),
    Option(
        name="coupled_control",
        help="Whether collecting and distributing begin together (on), or each when it is agreed.",
        default="on",
        kind=Switch(),
        modes=LACP,
        enforced=True,
        change=Change.DOWN,
        by="N",
        attribute=32,
        since="6.9",
        expert=True,
        said=said(),
    ),
    Option(
        name="ad_select",
        help="When another aggregator is chosen: stable, when no link is left; bandwidth or count, "
        "whenever one is better; actor_port_prio, by the slaves' priorities.",
        default="stable",
        kind=choice("stable", "bandwidth", "count", "actor_port_prio", actor_port_prio="6.18"),
        modes=LACP,
        change=Change.DOWN,
        said=said(
            ifcfg=OWN,
            ifupdown=OWN,
            netplan=Key("ad-select", refuses=_PRIO),
            networkd=Key("AdSelect", refuses=_PRIO),
            networkmanager=Key(refuses=_PRIO),
        ),
    ),
    Option(
        name="ad_actor_sys_prio",
        help="This host's priority towards the switch; the lesser number decides.",
        default="65535",
        kind=Number(least=1, most=U16),
        modes=LACP,
        enforced=True,
        by="SN",
        since="4.2",
        expert=True,
        said=said(
            **SCRIPTS,
            ifupdown2=Key(also=("bond-ad-sys-priority",)),
            networkd="AdActorSystemPriority",
        ),
    ),
    Option(
        name="ad_actor_system",
        help="The MAC by which the switch knows this host; left out, the bond's.",
        default="00:00:00:00:00:00",
        kind=Mac(),
        modes=LACP,
        enforced=True,
        by="SN",
        since="4.2",
        expert=True,
        said=said(
            **SCRIPTS,
            ifupdown2=Key(also=("bond-ad-sys-mac-addr", "es-sys-mac")),
            networkd="AdActorSystem",
        ),
    ),
    Option(
        name="ad_user_port_key",
        help="The upper ten bits of the key that ports must share to be joined.",
        default="0",
        kind=Number(most=1023),
        modes=LACP,
        enforced=True,
        change=Change.DOWN,
        by="SN",
        since="4.2",
        expert=True,
        said=said(**SCRIPTS, networkd="AdUserPortKey"),
    ),
    Option(
        name="actor_port_prio",
        help="Each slave's priority towards the switch; the lesser number is preferred.",
        default="none",
        kind=PerSlave(most=U16, default=255),
        modes=LACP,
        enforced=True,
        by="N",
        since="6.18",
        expert=True,
        said=said(),
    ),
    Option(
        name="min_links",
        help="How many slaves must be up for the bond to be up.",
        default="0",
        modes=LACP,
        since="3.1",
        said=said(
            **SCRIPTS,
            ifupdown2=Key(most=255),
            netplan=Key("min-links", unsaid="0"),
            networkd="MinLinks",
        ),
    ),
    Option(
        name="broadcast_neighbor",
        help="Whether ARP and neighbour solicitation are sent by all slaves: for two switches "
        "that do not tell each other what they learn.",
        default="off",
        kind=Switch(),
        modes=LACP,
        enforced=True,
        by="N",
        attribute=33,
        since="6.17",
        expert=True,
        said=said(),
    ),
)
