"""One network interface: its addresses, its counters, the switch behind it."""

from collections.abc import Collection, Iterable, Mapping

from xenbond_tui.value import dataclass, field


@dataclass(frozen=True, slots=True)
class Address:
    """One IP address on a link (RTM_GETADDR)."""

    ip: str
    prefixlen: int
    family: int = 4
    """4 or 6."""
    scope: str = "global"
    """global, link or host."""
    dynamic: bool = False
    """Leased (DHCP) or announced (RA): it has a lifetime."""
    label: str = ""
    broadcast: str = field(default="", compare=False)
    """What an address of IPv4 is given with; "": none. Not read."""
    peer: str = field(default="", compare=False)
    """The other end's address, where it is given with one; `prefixlen` is that of its network."""
    metric: int = field(default=0, compare=False)
    """What the route to its subnet shall have (IFA_RT_PRIORITY); 0: the usual one. Not read."""

    @property
    def cidr(self) -> str:
        """`192.168.0.222/24`."""
        return f"{self.ip}/{self.prefixlen}"

    @property
    def announced(self) -> bool:
        """Did the link get it from a router, of IPv6?"""
        return self.family == 6 and self.dynamic


@dataclass(frozen=True, slots=True)
class Link:
    """One network interface (RTM_GETLINK, sysfs)."""

    name: str
    index: int
    kind: str
    """"" for a real NIC, else the kernel's kind: bond, bridge, vlan, veth, tun, dummy …"""
    mac: str
    """Current MAC; "" when the link has none."""
    permanent_mac: str
    """The MAC burnt in; "" when the link has none. The current one by "sysfs", "current"."""
    permanent_mac_source: str
    """Where it was read: "netlink" (IFLA_PERM_ADDRESS), "bond" (the bond's slave attribute, taken
    at enslave time), "sysfs" (the current one, which was never set: addr_assign_type) or "current"
    (nobody knows better: it may be borrowed from a bond)."""
    admin_up: bool
    carrier: bool | None
    """None when the kernel does not say (a link that is administratively down has no carrier)."""
    mtu: int
    master: str | None = None
    """The bond or bridge this link is a port of."""
    driver: str = ""
    bus: str = ""
    """Bus and address, e.g. `pci 0000:00:03.0`; "" for a virtual link."""
    speed: int | None = None
    duplex: str | None = None
    """full, half or None."""
    addresses: tuple[Address, ...] = ()
    wireless: bool = False
    physfn: str | None = None
    """Bus address of the physical function when this NIC is an SR-IOV virtual function."""
    lower: str | None = None
    """The link a VLAN or macvlan sits on."""
    vlan_id: int | None = None
    operstate: str = ""

    @property
    def shared(self) -> tuple[Address, ...]:
        """Its addresses that others use: those of global scope."""
        return tuple(item for item in self.addresses if item.scope == "global")

    @property
    def id_path(self) -> str | None:
        """Udev's ID_PATH, by which files name a NIC; "" of a virtual link, None: not known here."""
        bus, _, at = self.bus.partition(" ")
        return f"pci-{at}" if bus == "pci" else "" if self.kind else None

    @property
    def permanent_mac_known(self) -> bool:
        """True when the kernel says that it is the permanent one."""
        return self.permanent_mac_source in ("netlink", "sysfs")

    @property
    def mac_may_be_borrowed(self) -> bool:
        """True when the permanent MAC is only a port's current one, so perhaps its master's."""
        return self.permanent_mac_source == "current" and self.master is not None


def card(bus: str) -> str | None:
    """`pci 0000:03:00` of a NIC at `pci 0000:03:00.1`; the last digit is the card's function."""
    return bus.rpartition(".")[0] if bus.startswith("pci ") and "." in bus else None


@dataclass(frozen=True, slots=True)
class Counters:
    """Byte counters of one link since it came up (IFLA_STATS64)."""

    rx_bytes: int
    tx_bytes: int


@dataclass(frozen=True, slots=True)
class SwitchPort:
    """The port of a switch that a NIC is plugged into, as the switch says by LLDP."""

    chassis: str
    """What tells one switch from another: mostly a MAC."""
    port: str
    """The port's name there, e.g. `Gi1/0/12`."""
    system: str = ""
    """The switch's own name; "" when it does not tell."""
    others: tuple[str, ...] = ()
    """Chassis of further neighbours heard on the same link: not all of them can be its switch."""

    @property
    def switch(self) -> str:
        """How to call the switch."""
        return self.system or self.chassis


@dataclass(frozen=True, slots=True)
class ReservedMacs:
    """MACs that no guest can rightly have."""

    own: Mapping[str, str] = field(default_factory=dict)
    """MAC → the link of this host that has it, or had it before it became a slave."""
    gateways: Mapping[str, str] = field(default_factory=dict)
    """MAC → the gateway's IP address, as far as ARP and neighbour discovery can be believed."""


def above(links: Iterable[Link], names: Collection[str]) -> frozenset[str]:
    """These links and every one that stands on them, directly or not.

    VLANs and macvlans over a link do, and the bridges and bonds it is a port of; other ports of a
    bridge that stands on them do not.
    """
    known, found = tuple(links), set(names)
    while True:
        more = {link.name for link in known if link.lower in found}
        more |= {link.master for link in known if link.name in found and link.master}
        if more <= found:
            return frozenset(found)
        found |= more
