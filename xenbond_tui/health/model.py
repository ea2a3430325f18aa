"""The values of health: what a look at a bond shows, and what is made of it."""

from collections.abc import Mapping
from enum import StrEnum

from xenbond_tui.facts.bond import BondState, SlaveState
from xenbond_tui.facts.bridge import BridgeState
from xenbond_tui.facts.link import Link, SwitchPort
from xenbond_tui.rules.findings import Finding
from xenbond_tui.value import dataclass, field


@dataclass(frozen=True, slots=True)
class Written:
    """What the network's files say of a bond, each with the line that says it."""

    stack: str
    options: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Bonding option (kernel name) → its value's name and `path:line`."""
    slaves: Mapping[str, str] = field(default_factory=dict)
    """Slave → `path:line`."""
    bridge: tuple[str, str] | None = None
    """The bridge the bond is a port of, and `path:line`; None where no line says that it is one."""
    unsaid: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Option that no line says → what the next boot takes, and where the bond is."""
    mtu: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Bond or bridge → its MTU in bytes and `path:line`, of those that only their files give one.
    """
    unjoined: Mapping[str, str] = field(default_factory=dict)
    """Bridge that the files know → a line about it, where none makes the bond a bridge's port."""
    stays_down: Mapping[str, str] = field(default_factory=dict)
    """Bond, bridge or slave that a boot does not bring up → `path:line: text` that says so."""
    addressed: Mapping[str, str] = field(default_factory=dict)
    """Slave to which a boot gives an address → `path:line: text`."""
    without_mtu: Mapping[str, str] = field(default_factory=dict)
    """Bond or bridge of which nothing says an MTU, nor may bring one → where it is."""
    findings: tuple[Finding, ...] = ()
    """What the planner's rules have against files and programs, where it counts for a bond that is
    there (`health.findings`)."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """The gateway behind the bond, as probes of the last minutes found it."""

    ip: str
    sent: int
    lost: int
    silent: int
    """The newest probes in a row that were not answered."""
    rtt: float | None
    """Of half of the answers at most, ms (the median); None when it never answered."""
    seconds: float = 0.0
    """How long it has been asked; `sent` and `lost` are of these."""
    silent_since: float | None = None
    """When the first of the `silent` probes was sent (monotonic); None when there is none."""
    port: str | None = None
    """The bridge's port the gateway's MAC is behind, where that is not the bond: its answers say
    nothing of the bond then, and perhaps they are not its own."""
    moved: bool = False
    """It was behind the bond before."""
    worst: Mapping[int, float] = field(default_factory=dict)
    """Share of time (`around.SHARE_S`, by the monotonic clock) → the longest round trip of it, ms;
    infinite where a probe of it was lost."""


@dataclass(frozen=True, slots=True)
class HealthState:
    """What one look at a bond, and what is around it, has shown."""

    bond: BondState
    bridge: BridgeState | None = None
    """The bridge the bond is a port of."""
    vlan_bridges: tuple[BridgeState, ...] = ()
    """The other bridges that a VLAN of it, or of its bridge, is a port of."""
    announced: bool | None = None
    """Does something start `xenbond announce` for it at boot? None where nobody asked, or there is
    no systemd."""
    master_known: bool = True
    """False where only /proc is there: then "no bridge" means "nobody knows"."""
    addresses_known: bool = True
    """False for another system's tree: its addresses are not on record."""
    carrier: Mapping[str, bool] = field(default_factory=dict)
    """Slave → carrier of the NIC itself, which changes before the bond notices; left out where
    the NIC does not say."""
    set_down: bool = False
    """Was the bond itself set down (no IFF_UP)? Its carrier stays then (bond_close in bond_main.c).
    """
    mtu: Mapping[str, int] = field(default_factory=dict)
    """Slave, bond or bridge → its MTU in bytes, where it is known."""
    routes: tuple[tuple[str, str], ...] = ()
    """(link, destination) of each IPv4 route, `default` for the default route."""
    written: Written | None = None
    """What the files say; None where that was not asked for, or can't be known."""
    recent_failures: Mapping[str, int] = field(default_factory=dict)
    """Slave → failures of its link within `reasons.slaves.RECENT_S`, where somebody has counted."""

    gateways: tuple[tuple[str, str], ...] = ()
    """(address, link) of each IPv4 default route's gateway."""
    gateway: Gateway | None = None
    """How the gateway answers; None where nobody asked it."""
    switch_ports: Mapping[str, SwitchPort] = field(default_factory=dict)
    """Slave → the switch port it is plugged into, where switches told."""
    lldp_noise: Mapping[str, int] = field(default_factory=dict)
    """Slave → LLDP frames of the last minute that were passed over: more than a switch sends."""
    guests: Mapping[str, str] = field(default_factory=dict)
    """Port of the bridge → name of the guest behind it."""
    beside: tuple[Link, ...] = ()
    """The links that stand on bond, bridge or slaves, are ports of one, or have the bridge's MAC;
    guests' ports left out."""
    inet6: tuple[str, ...] = ()
    """Links with a global IPv6 address."""
    inet4: Mapping[str, str] = field(default_factory=dict)
    """Bond or slave → its IPv4 address, for which ARP is answered; with or without a route."""

    @property
    def up(self) -> tuple[SlaveState, ...]:
        """The slaves the bond takes for up."""
        return tuple(slave for slave in self.bond.slaves if slave.mii_status == "up")

    @property
    def vlans(self) -> Mapping[str, int]:
        """VLAN on the bond, the bridge or a slave → its number."""
        return {it.name: it.vlan_id for it in self.beside if it.vlan_id is not None}

    @property
    def bridges(self) -> tuple[BridgeState, ...]:
        """Every bridge that the bond carries."""
        own = () if self.bridge is None else (self.bridge,)
        return (*own, *self.vlan_bridges)

    @property
    def not_known(self) -> int:
        """How many slaves nobody knows the state of."""
        return sum(slave.mii_status == "unknown" for slave in self.bond.slaves)

    @property
    def behind(self) -> str:
        """What is cut off when the bond is: the bridge, else the bond itself."""
        return self.bridge.name if self.bridge is not None else self.bond.name


class Level(StrEnum):
    """The verdict in one word, from good to bad."""

    HEALTHY = "healthy"
    UNKNOWN = "unknown"
    """Nothing wrong is seen, and something that counts can't be read."""
    DEGRADED = "degraded"
    MISCONFIGURED = "misconfigured"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that is not as it should be; at level healthy, one to know of."""

    code: str
    """Stable, for machines: "slave-down"."""
    slave: str | None
    text: str
    """What is wrong, one sentence."""
    advice: str
    """What to do, one sentence."""
    level: Level
    evidence: str = ""
    """Where it can be seen: "/proc/net/bonding/bond0: Slave Interface eth0, MII Status down"."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement; reasons come worst first."""

    level: Level
    reasons: tuple[Reason, ...]
    headline: str
    """One line for people: "1 of 2 slaves up. If eth1 fails too, xenbr0 is cut off."."""
