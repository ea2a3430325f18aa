"""Every bonding option as one row: what the kernel takes, what it means, how each stack says it.

Sources: drivers/net/bonding/bond_options.c, bond_netlink.c and Documentation/networking/bonding.rst
of Linux 6.12 and 7.2, unless a row names another. Of the stacks: sysconfig.txt of initscripts;
ifenslave 2.13; ifupdown2 3.0.0 and 3.2.0, addons/bond.py; netplan's src/parse.c, src/networkd.c and
src/nm.c; systemd.netdev(5), src/network/netdev/bond.c; NetworkManager 1.42 and 1.58,
nm-setting-bond.c and nm-setting-bond-port.c, since when by its NEWS.

Adding an option is adding a row. The order is one in which the kernel takes them: delays count in
miimon, ARP checks need their targets.
"""

from xenbond_tui.options.kind import Addresses, Choice, Mac, Number, PerSlave, Slave, Switch
from xenbond_tui.options.modes import MODES
from xenbond_tui.options.option import OWN, BadValue, Change, Key, Option, said

_ACTIVE = ("active-backup", "balance-tlb", "balance-alb")
_ARP = ("balance-rr", "active-backup", "balance-xor", "broadcast")
_LACP = ("802.3ad",)
_SCRIPTS = said(ifcfg=OWN, networkmanager=OWN)
_ALL = said(**_SCRIPTS, ifupdown=OWN, ifupdown2=OWN)
_ZERO = frozenset({"0"})
"""netplan takes a 0 of some for "not said" (`if (value)` in src/networkd.c and src/nm.c)."""
_FILTERS = frozenset({"filter", "filter_active", "filter_backup"})
_PRIO = frozenset({"actor_port_prio"})
_U16 = 2**16 - 1


def _choice(*names: str, **newer: str) -> Choice:
    return Choice({name: code for code, name in enumerate(names)}, newer)


def parse_option(name: str, text: str) -> str | BadValue:
    """An option's canonical value, of what an operator, a file or the kernel's module says."""
    option = OPTIONS.get(name)
    return BadValue("is not a bonding option known here") if option is None else option.parse(text)


def per_slave(name: str, value: str) -> dict[str, int]:
    """Slave → number, of an option that each slave has for itself; of any other nothing."""
    kind = OPTIONS[name].kind
    return (kind.pairs(value) or {}) if isinstance(kind, PerSlave) else {}


_ROWS = (
    Option(
        name="mode",
        help="How the slaves work together.",
        default="balance-rr",
        kind=Choice({mode.name: mode.code for mode in MODES.values()}),
        change=Change.EMPTY,
        said=said(**_ALL, netplan="mode", networkd="Mode"),
    ),
    Option(
        name="miimon",
        help="How often the link of each slave is checked; 0 never checks, so nothing fails over.",
        default="0",
        kind=Number(unit="ms"),
        said=said(
            **_SCRIPTS,
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
        said=said(**_ALL),
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
            **_SCRIPTS,
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
            **_SCRIPTS,
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
        modes=_ARP,
        expert=True,
        said=said(**_SCRIPTS, ifupdown=OWN, netplan="arp-ip-targets", networkd="ARPIPTargets"),
    ),
    Option(
        name="ns_ip6_target",
        help="The hosts that are asked by IPv6 neighbour solicitation.",
        default="none",
        kind=Addresses(6),
        modes=_ARP,
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
        modes=_ARP,
        enforced=True,
        needs=("arp_ip_target", "ns_ip6_target"),
        excludes=("miimon",),
        expert=True,
        # ifupdown2 has it from 3.2 on, in two modes and without arp_validate, which no bond under
        # a bridge can do without.
        said=said(**_SCRIPTS, ifupdown=OWN, netplan="arp-interval", networkd="ARPIntervalSec"),
    ),
    Option(
        name="arp_validate",
        help="Which slaves count only answers to their own ARP questions, not any frame.",
        default="none",
        kind=_choice("none", "active", "backup", "all", "filter", "filter_active", "filter_backup"),
        modes=_ARP,
        enforced=True,
        needs=("arp_interval",),
        excludes=("miimon",),
        expert=True,
        said=said(
            **_SCRIPTS,
            ifupdown=OWN,
            netplan="arp-validate",
            networkd=Key("ARPValidate", refuses=_FILTERS),
        ),
    ),
    Option(
        name="arp_all_targets",
        help="Whether any target's answer is enough, or all must answer.",
        default="any",
        kind=_choice("any", "all"),
        modes=("active-backup",),
        since="3.11",
        expert=True,
        said=said(**_SCRIPTS, netplan="arp-all-targets", networkd="ARPAllTargets"),
    ),
    Option(
        name="arp_missed_max",
        help="How many unanswered checks make a slave down.",
        default="2",
        kind=Number(least=1, most=255),
        modes=_ARP,
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
    Option(
        name="primary",
        help="The slave that is active whenever its link is up.",
        default="none",
        kind=Slave(),
        modes=_ACTIVE,
        enforced=True,
        said=said(**_ALL, netplan="primary", networkd=Key("PrimarySlave", at_slave=True)),
    ),
    Option(
        name="primary_reselect",
        help="When the primary takes over again: always when its link is back, better when it is "
        "faster, failure only when the active slave fails.",
        default="always",
        kind=_choice("always", "better", "failure"),
        modes=_ACTIVE,
        since="2.6.33",
        said=said(**_ALL, netplan="primary-reselect-policy", networkd="PrimaryReselectPolicy"),
    ),
    Option(
        name="prio",
        help="Which of the other slaves takes over when the primary can't: the greatest number.",
        default="none",
        kind=PerSlave(least=-(2**31)),
        modes=_ACTIVE,
        enforced=True,
        by="N",
        since="6.0",
        expert=True,
        said=said(networkmanager=Key("prio", since=(1, 44), at_slave=True)),
    ),
    Option(
        name="fail_over_mac",
        help="Which MAC the bond has: none, one and the same on all slaves; active, the active "
        "slave's; follow, the bond's MAC moves to the active slave.",
        default="none",
        kind=_choice("none", "active", "follow"),
        modes=("active-backup",),
        change=Change.EMPTY,
        said=said(
            **_SCRIPTS, ifupdown=OWN, netplan="fail-over-mac-policy", networkd="FailOverMACPolicy"
        ),
    ),
    Option(
        name="xmit_hash_policy",
        help="What decides which slave sends a frame: MACs (layer2), with IP addresses (layer2+3) "
        "or with ports (layer3+4).",
        default="layer2",
        kind=Choice(
            {
                name: code
                for code, name in enumerate(
                    ("layer2", "layer3+4", "layer2+3", "encap2+3", "encap3+4", "vlan+srcmac")
                )
            },
            {"vlan+srcmac": "5.12"},
        ),
        modes=("balance-xor", "802.3ad", "balance-tlb"),
        said=said(
            **_ALL,
            netplan="transmit-hash-policy",
            networkd=Key("TransmitHashPolicy", refuses=frozenset({"vlan+srcmac"})),
        ),
    ),
    Option(
        name="lacp_rate",
        help="How often the switch is asked to send LACP frames: slow, each 30 s; fast, each 1 s.",
        default="slow",
        kind=_choice("slow", "fast"),
        modes=_LACP,
        enforced=True,
        change=Change.DOWN,
        said=said(**_ALL, netplan="lacp-rate", networkd="LACPTransmitRate"),
    ),
    Option(
        name="lacp_active",
        help="Whether LACP frames are sent by itself (on), or only in answer to the switch's.",
        default="on",
        kind=Switch(),
        modes=_LACP,
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
        modes=_LACP,
        enforced=True,
        by="N",
        since="7.2",
        source="commits 32b0b895, 0bd695db",
        said=said(),
    ),
    Option(
        name="coupled_control",
        help="Whether collecting and distributing begin together (on), or each when it is agreed.",
        default="on",
        kind=Switch(),
        modes=_LACP,
        enforced=True,
        change=Change.DOWN,
        by="N",
        since="6.9",
        expert=True,
        said=said(),
    ),
    Option(
        name="ad_select",
        help="When another aggregator is chosen: stable, when no link is left; bandwidth or count, "
        "whenever one is better; actor_port_prio, by the slaves' priorities.",
        default="stable",
        kind=_choice("stable", "bandwidth", "count", "actor_port_prio", actor_port_prio="6.18"),
        modes=_LACP,
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
        kind=Number(least=1, most=_U16),
        modes=_LACP,
        enforced=True,
        by="SN",
        since="4.2",
        expert=True,
        said=said(
            **_SCRIPTS,
            ifupdown2=Key(also=("bond-ad-sys-priority",)),
            networkd="AdActorSystemPriority",
        ),
    ),
    Option(
        name="ad_actor_system",
        help="The MAC by which the switch knows this host; left out, the bond's.",
        default="00:00:00:00:00:00",
        kind=Mac(),
        modes=_LACP,
        enforced=True,
        by="SN",
        since="4.2",
        expert=True,
        said=said(
            **_SCRIPTS,
            ifupdown2=Key(also=("bond-ad-sys-mac-addr", "es-sys-mac")),
            networkd="AdActorSystem",
        ),
    ),
    Option(
        name="ad_user_port_key",
        help="The upper ten bits of the key that ports must share to be joined.",
        default="0",
        kind=Number(most=1023),
        modes=_LACP,
        enforced=True,
        change=Change.DOWN,
        by="SN",
        since="4.2",
        expert=True,
        said=said(**_SCRIPTS, networkd="AdUserPortKey"),
    ),
    Option(
        name="actor_port_prio",
        help="Each slave's priority towards the switch; the lesser number is preferred.",
        default="none",
        kind=PerSlave(most=_U16, default=255),
        modes=_LACP,
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
        modes=_LACP,
        since="3.1",
        said=said(
            **_SCRIPTS,
            ifupdown2=Key(most=255),
            netplan=Key("min-links", unsaid="0"),
            networkd="MinLinks",
        ),
    ),
    Option(
        name="num_grat_arp",
        help="How many times the bond announces its own address after a fail-over. The bridge's "
        "and the guests' addresses are not announced by it.",
        default="1",
        kind=Number(most=255),
        modes=("active-backup", "802.3ad"),
        said=said(
            **_ALL,
            netplan=Key("gratuitous-arp", refuses=_ZERO, also=("gratuitious-arp",)),
            networkd="GratuitousARP",
        ),
    ),
    Option(
        name="num_unsol_na",
        help="Another name of num_grat_arp: the kernel has one number for IPv4 and IPv6.",
        default="1",
        kind=Number(most=255),
        modes=("active-backup", "802.3ad"),
        same_as="num_grat_arp",
        said=said(**_ALL),
    ),
    Option(
        name="broadcast_neighbor",
        help="Whether ARP and neighbour solicitation are sent by all slaves: for two switches "
        "that do not tell each other what they learn.",
        default="off",
        kind=Switch(),
        modes=_LACP,
        enforced=True,
        by="N",
        since="6.17",
        expert=True,
        said=said(),
    ),
    Option(
        name="resend_igmp",
        help="How many times multicast groups are joined again after a fail-over.",
        default="1",
        kind=Number(most=255),
        modes=("balance-rr", *_ACTIVE),
        since="2.6.37",
        said=said(**_SCRIPTS, netplan=Key("resend-igmp", refuses=_ZERO), networkd="ResendIGMP"),
    ),
    Option(
        name="all_slaves_active",
        help="Whether frames that arrive on a backup slave are used (on) or dropped as copies.",
        default="off",
        kind=Switch(),
        since="2.6.35",
        expert=True,
        # all-members-active and packets-per-member are unknown before netplan 0.106.
        said=said(
            **_SCRIPTS,
            netplan=Key("all-slaves-active", unsaid="off", also=("all-members-active",)),
            networkd="AllSlavesActive",
        ),
    ),
    Option(
        name="packets_per_slave",
        help="How many frames go out by one slave before the next; 0 picks slaves at random.",
        default="1",
        kind=Number(most=_U16),
        modes=("balance-rr",),
        enforced=True,
        since="3.14",
        said=said(
            **_SCRIPTS,
            ifupdown=OWN,
            netplan=Key("packets-per-slave", refuses=_ZERO, also=("packets-per-member",)),
            networkd="PacketsPerSlave",
        ),
    ),
    Option(
        name="tlb_dynamic_lb",
        help="Whether sending is rebalanced by load (on), or by a hash alone (off).",
        default="on",
        kind=Switch(),
        modes=("balance-tlb", "balance-alb"),
        enforced=True,
        change=Change.DOWN,
        by="SN",
        since="3.17",
        said=said(**_SCRIPTS, ifupdown=OWN, networkd="DynamicTransmitLoadBalancing"),
    ),
    Option(
        name="lp_interval",
        help="How often each slave sends a frame that teaches the switch its MAC.",
        default="1",
        kind=Number(least=1, unit="s"),
        modes=("balance-tlb", "balance-alb"),
        since="3.14",
        # networkd tells the kernel LearnPacketIntervalSec= only beside ARPIntervalSec=, which the
        # modes it is for can't have.
        said=said(**_SCRIPTS, netplan=Key("learn-packet-interval", unsaid="1")),
    ),
    Option(
        name="queue_id",
        help="Which transmit queue of the bond sends by which slave, for tc filters.",
        default="none",
        kind=PerSlave(most=_U16),
        by="SN",
        since="2.6.36",
        expert=True,
        said=said(networkmanager=Key("queue-id", since=(1, 34), at_slave=True)),
    ),
)

OPTIONS: dict[str, Option] = {option.name: option for option in _ROWS}
"""By kernel name."""
