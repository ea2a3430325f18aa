"""What a host is, as immutable values. Read by `xenbond_tui.host`, used by everything above it.

Times are ms unless a name says otherwise, speeds Mbit/s, MACs lower-case `aa:bb:cc:dd:ee:ff`,
addresses plain strings (`192.168.0.222`) with the prefix length beside them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


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

    @property
    def cidr(self) -> str:
        """`192.168.0.222/24`."""
        return f"{self.ip}/{self.prefixlen}"


@dataclass(frozen=True, slots=True)
class Hop:
    """One next hop of a multipath route (struct rtnexthop)."""

    gateway: str | None
    link: str
    weight: int = 1
    """Its share of the packets, against the others'."""
    onlink: bool = False
    """As a route's."""


@dataclass(frozen=True, slots=True)
class Route:
    """One route of the main table (RTM_GETROUTE); of a multipath route, one for each hop."""

    destination: str
    """`default` or a prefix such as `10.0.0.0/8`."""
    gateway: str | None
    link: str
    """Name of the link it leaves by; "" for a route without one."""
    family: int = 4
    metric: int | None = None
    source: str | None = None
    """Preferred source address."""
    protocol: str = "static"
    """kernel, boot, static, dhcp, ra … as iproute2 names them."""
    scope: str = "global"
    table: int = 254
    onlink: bool = False
    """The gateway is reached although no prefix of the link holds it."""
    hops: tuple[Hop, ...] = ()
    """Of a multipath route all hops, this one's among them: it can only be made of all at once."""

    def by(self, link: str) -> "Route":
        """The same route by another link."""
        hops = (replace(hop, link=link) if hop.link == self.link else hop for hop in self.hops)
        return replace(self, link=link, hops=tuple(hops))


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule that chooses a routing table (RTM_GETRULE)."""

    priority: int
    family: int = 4
    table: int = 254
    source: str = ""
    """A prefix such as `10.0.0.0/8`; "" for all."""
    destination: str = ""
    in_link: str = ""
    out_link: str = ""
    fwmark: int | None = None
    fwmask: int | None = None
    action: int = 1
    """FR_ACT_TO_TBL … (linux/fib_rules.h)."""
    whole: bool = True
    """False when the kernel tells more of it than is held here: it can't be made again."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One permanent neighbour, as `ip neigh add … nud permanent` makes them (RTM_GETNEIGH)."""

    ip: str
    mac: str
    link: str
    family: int = 4


@dataclass(frozen=True, slots=True)
class RoutingPolicy:
    """What decides on a packet's way besides the main table."""

    rules: tuple[Rule, ...] = ()
    """Without the three the kernel makes by itself (local, main, default)."""
    routes: tuple[Route, ...] = ()
    """Unicast routes of all tables but main and local."""
    neighbours: tuple[Neighbour, ...] = ()


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
    """The MAC burnt in; equals `mac` when the source is "current"; "" when the link has none."""
    permanent_mac_source: str
    """Where it was read: "netlink" (IFLA_PERM_ADDRESS), "bond" (the bond's slave attribute, taken
    at enslave time) or "current" (nobody knows better: it may be borrowed from a bond)."""
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
    def mac_may_be_borrowed(self) -> bool:
        """True when the permanent MAC is only a port's current one, so perhaps its master's."""
        return self.permanent_mac_source == "current" and self.master is not None


@dataclass(frozen=True, slots=True)
class SlaveState:
    """One slave of a bond as the kernel sees it now. None means the kernel did not say."""

    name: str
    mii_status: str
    """up, going down, down, going back or unknown."""
    speed: int | None = None
    duplex: str | None = None
    link_failure_count: int | None = None
    permanent_mac: str | None = None
    """The slave's MAC at the time it was enslaved."""
    queue_id: int | None = None
    aggregator_id: int | None = None
    actor_churn: str | None = None
    partner_churn: str | None = None
    actor_port_state: int | None = None
    partner_port_state: int | None = None
    partner_mac: str | None = None
    bus: str = ""
    """Bus and address of the NIC, e.g. `pci 0000:03:00.1`; "" where there is none."""
    physfn: str | None = None
    """Bus address of the physical function when the NIC is an SR-IOV virtual function."""


@dataclass(frozen=True, slots=True)
class SwitchPort:
    """The port of a switch that a NIC is plugged into, as the switch says by LLDP."""

    chassis: str
    """What tells one switch from another: mostly a MAC."""
    port: str
    """The port's name there, e.g. `Gi1/0/12`."""
    system: str = ""
    """The switch's own name; "" when it does not tell."""

    @property
    def switch(self) -> str:
        """How to call the switch."""
        return self.system or self.chassis


@dataclass(frozen=True, slots=True)
class LacpState:
    """The active aggregator of an 802.3ad bond. None where the kernel did not say (needs root)."""

    rate: str | None = None
    aggregator_id: int | None = None
    ports: int | None = None
    actor_key: int | None = None
    partner_key: int | None = None
    partner_mac: str | None = None


@dataclass(frozen=True, slots=True)
class BondState:
    """One bond as the kernel sees it now (/proc/net/bonding/NAME, sysfs)."""

    name: str
    driver: str | None
    """The banner's version, e.g. `v3.7.1 (April 27, 2011)` or `v6.1.176`."""
    mode: str
    """The option's name, balance-rr … balance-alb; "" when the text was not understood."""
    mii_status: str
    """Carrier of the bond itself: up or down."""
    miimon: int | None = None
    updelay: int | None = None
    downdelay: int | None = None
    arp_interval: int | None = None
    use_carrier: int | None = None
    primary: str | None = None
    primary_reselect: str | None = None
    active_slave: str | None = None
    xmit_hash_policy: str | None = None
    fail_over_mac: str | None = None
    slaves: tuple[SlaveState, ...] = ()
    lacp: LacpState | None = None
    master: str | None = None
    """The bridge this bond is a port of, where known."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Every option the kernel reports, by its name, as sysfs prints it: a value with a name has
    its code behind it (`active-backup 1`). Empty where only /proc could be read."""
    not_understood: tuple[str, ...] = ()
    """Lines of /proc/net/bonding that no rule of the parser took."""

    def slave(self, name: str) -> SlaveState | None:
        """The slave of that name, or None."""
        return next((s for s in self.slaves if s.name == name), None)


@dataclass(frozen=True, slots=True)
class BridgePort:
    """One port of a bridge (sysfs brport/)."""

    name: str
    state: str = ""
    """disabled, listening, learning, forwarding, blocking; "" when unknown."""


@dataclass(frozen=True, slots=True)
class BridgeState:
    """One bridge as the kernel sees it now (sysfs bridge/)."""

    name: str
    mac: str
    stp: bool
    forward_delay: float
    """Seconds."""
    ports: tuple[BridgePort, ...] = ()
    addresses: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class Session:
    """The operator's own way in (SSH_CONNECTION → local address → NIC)."""

    peer: str
    """The operator's address."""
    local: str
    """The host's address the operator talks to."""
    link: str | None
    """The link that holds the local address, e.g. eth0 or xenbr0."""
    nic: str | None
    """The physical NIC under it, when there is just one: what must not be cut."""


@dataclass(frozen=True, slots=True)
class XenRole:
    """What this host is to Xen."""

    role: str
    """dom0, domU or none."""
    toolstack: str
    """xend, xl or none."""
    evidence: str
    """Which file said so."""


@dataclass(frozen=True, slots=True)
class System:
    """The operating system underneath."""

    hostname: str
    distribution: str
    """In words: "Debian 12", "Red Hat Enterprise Linux 5.4"."""
    distribution_id: str
    """os-release's ID, or "rhel", "centos" … derived from the release file of older systems."""
    version: str
    """"12", "5.4"; "" when unknown."""
    kernel: str
    """uname -r."""
    init: str = ""
    """systemd or sysv."""


@dataclass(frozen=True, slots=True)
class BondingDriver:
    """The bonding module of the running kernel."""

    available: bool | None
    """None when it cannot be known (another system's tree)."""
    loaded: bool
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Module parameter → its description, as `modinfo -p bonding` prints it."""

    @property
    def refuses_use_carrier_0(self) -> bool | None:
        """True where use_carrier=0 keeps the module from loading (Linux 6.18 on, 23a6037ce76c).

        Decided by the parameter's description, never by the release: distributions back-port.
        None when the description is not known.
        """
        text = self.parameters.get("use_carrier")
        return None if text is None else "obsolete" in text


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a network stack is believed to own this host's network."""

    stack: str
    text: str
    """In words: "/etc/network/interfaces configures eth0; networking.service is enabled"."""
    weight: int
    """More is stronger; compared between stacks."""
    links: tuple[str, ...] = ()
    """NICs it configures in its files or holds now. Two stacks with one NIC are two owners."""
    settle: str = ""
    """How to take a NIC away from this stack, `{nic}` standing for its name: one sentence without
    its full stop, "take {nic} out of /etc/network/interfaces"."""
    renders_for: str = ""
    """Name of the stack that writes this one's files, as netplan does: then both hold the same
    NICs, and the other one is the owner."""


@dataclass(frozen=True, slots=True)
class FileState:
    """One file of the host as it was read. A path that does not exist has no FileState."""

    path: str
    """As the host names it, without any --root prefix."""
    data: bytes
    mode: int
    """Permission bits, e.g. 0o644."""
    uid: int = 0
    gid: int = 0
    symlink: str | None = None
    """What the path itself points to when it is a symbolic link; `data` is the target's."""


@dataclass(frozen=True, slots=True)
class UnreadableFile:
    """A path that is there but cannot be used as a file; whoever needs it must refuse."""

    path: str
    reason: str
    """In words: "is a directory", "is a symbolic link to /x, which does not exist"."""


@dataclass(frozen=True, slots=True)
class HostFacts:
    """Everything read from one host at one time; the input of every decision."""

    system: System
    links: tuple[Link, ...]
    routes: tuple[Route, ...]
    bonds: tuple[BondState, ...]
    bridges: tuple[BridgeState, ...]
    dns: tuple[str, ...]
    search: tuple[str, ...]
    session: Session | None
    xen: XenRole
    driver: BondingDriver
    files: Mapping[str, FileState]
    """The configuration files any stack reads, by path."""
    unreadable: Mapping[str, UnreadableFile] = field(default_factory=dict)
    present: frozenset[str] = frozenset()
    """Paths of interest that exist (programs such as /sbin/ifup, directories, unit links):
    evidence for who owns the network, without reading them."""
    root_links: frozenset[str] = frozenset()
    """Links that carry the root file system (NFS root, iSCSI): never to be touched."""
    live: bool = True
    """False for another system's tree (--root): what runs there is not known."""

    @property
    def links_known(self) -> bool:
        """True when a link that is not listed is not there: also of a tree that has its sys."""
        return self.live or any(link.name != "lo" for link in self.links)

    def link(self, name: str) -> Link | None:
        """The link of that name, or None."""
        return next((item for item in self.links if item.name == name), None)

    def bond(self, name: str) -> BondState | None:
        """The bond of that name, or None."""
        return next((item for item in self.bonds if item.name == name), None)

    def bridge(self, name: str) -> BridgeState | None:
        """The bridge of that name, or None."""
        return next((item for item in self.bridges if item.name == name), None)

    def text(self, path: str) -> str | None:
        """A file's text, or None when it is not there.

        Raises:
            UnicodeDecodeError: the file is not UTF-8; callers that edit refuse it by name.
        """
        state = self.files.get(path)
        return None if state is None else state.data.decode("utf-8")
