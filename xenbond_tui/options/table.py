"""Every bonding option as one row: what the kernel takes, what it means, how each stack says it.

Sources: drivers/net/bonding/bond_options.c, bond_netlink.c and Documentation/networking/bonding.rst
of Linux 6.12 and 7.2, unless a row names another. Of the stacks: sysconfig.txt of initscripts;
ifenslave 2.13; ifupdown2 3.0.0 and 3.2.0, addons/bond.py; netplan's src/parse.c, src/networkd.c and
src/nm.c; systemd.netdev(5), src/network/netdev/bond.c; NetworkManager 1.42 and 1.58,
nm-setting-bond.c and nm-setting-bond-port.c, since when by its NEWS.

Adding an option is adding a row: here or in `rows`. The order is one in which the
kernel takes them: delays count in miimon, ARP checks need their targets.
"""

from xenbond_tui.facts.bond import MODES_WITH_ACTIVE_SLAVE
from xenbond_tui.options.kind import Choice, Number, PerSlave, Slave, Switch
from xenbond_tui.options.modes import MODES
from xenbond_tui.options.option import OWN, BadValue, Change, Key, Option, said
from xenbond_tui.options.rows import ALL, LACP_ROWS, MONITORING, SCRIPTS, U16, ZERO, choice


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
        said=said(**ALL, netplan="mode", networkd="Mode"),
    ),
    *MONITORING,
    Option(
        name="primary",
        help="The slave that is active whenever its link is up.",
        default="none",
        kind=Slave(),
        modes=MODES_WITH_ACTIVE_SLAVE,
        enforced=True,
        said=said(**ALL, netplan="primary", networkd=Key("PrimarySlave", at_slave=True)),
    ),
    Option(
        name="primary_reselect",
        help="When the primary takes over again: always when its link is back, better when it is "
        "faster, failure only when the active slave fails.",
        default="always",
        kind=choice("always", "better", "failure"),
        modes=MODES_WITH_ACTIVE_SLAVE,
        since="2.6.33",
        said=said(**ALL, netplan="primary-reselect-policy", networkd="PrimaryReselectPolicy"),
    ),
    Option(
        name="prio",
        help="Which of the other slaves takes over when the primary can't: the greatest number.",
        default="none",
        kind=PerSlave(least=-(2**31)),
        modes=MODES_WITH_ACTIVE_SLAVE,
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
        kind=choice("none", "active", "follow"),
        modes=("active-backup",),
        change=Change.EMPTY,
        said=said(
            **SCRIPTS, ifupdown=OWN, netplan="fail-over-mac-policy", networkd="FailOverMACPolicy"
        ),
    ),
    Option(
        name="xmit_hash_policy",
        help="What decides which slave sends a frame: MACs (layer2), with IP addresses (layer2+3) "
        "or with ports (layer3+4).",
        default="layer2",
        kind=choice(
            *("layer2", "layer3+4", "layer2+3", "encap2+3", "encap3+4", "vlan+srcmac"),
            **{"vlan+srcmac": "5.12"},
        ),
        modes=("balance-xor", "802.3ad", "balance-tlb"),
        said=said(
            **ALL,
            netplan="transmit-hash-policy",
            networkd=Key("TransmitHashPolicy", refuses=frozenset({"vlan+srcmac"})),
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
            **ALL,
            netplan=Key("gratuitous-arp", refuses=ZERO, also=("gratuitious-arp",)),
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
        said=said(**ALL),
    ),
    Option(
        name="resend_igmp",
        help="How many times multicast groups are joined again after a fail-over.",
        default="1",
        kind=Number(most=255),
        modes=("balance-rr", *MODES_WITH_ACTIVE_SLAVE),
        since="2.6.37",
        said=said(**SCRIPTS, netplan=Key("resend-igmp", refuses=ZERO), networkd="ResendIGMP"),
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
            **SCRIPTS,
            netplan=Key("all-slaves-active", unsaid="off", also=("all-members-active",)),
            networkd="AllSlavesActive",
        ),
    ),
    Option(
        name="packets_per_slave",
        help="How many frames go out by one slave before the next; 0 picks slaves at random.",
        default="1",
        kind=Number(most=U16),
        modes=("balance-rr",),
        enforced=True,
        since="3.14",
        said=said(
            **SCRIPTS,
            ifupdown=OWN,
            netplan=Key("packets-per-slave", refuses=ZERO, also=("packets-per-member",)),
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
        said=said(**SCRIPTS, ifupdown=OWN, networkd="DynamicTransmitLoadBalancing"),
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
        said=said(**SCRIPTS, netplan=Key("learn-packet-interval", unsaid="1")),
    ),
    Option(
        name="queue_id",
        help="Which transmit queue of the bond sends by which slave, for tc filters.",
        default="none",
        kind=PerSlave(most=U16),
        by="SN",
        since="2.6.36",
        expert=True,
        said=said(networkmanager=Key("queue-id", since=(1, 34), at_slave=True)),
    ),
    *LACP_ROWS,
)


OPTIONS: dict[str, Option] = {option.name: option for option in _ROWS}
"""By kernel name."""
