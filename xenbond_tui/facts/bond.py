"""A bond and its slaves as the kernel sees them now."""

from collections.abc import Mapping

from xenbond_tui.value import dataclass, field

MODES_WITH_ACTIVE_SLAVE = ("active-backup", "balance-tlb", "balance-alb")
"""Where one slave alone is active (bond_uses_primary() in bonding.h)."""


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
    """0: in none (`Aggregator ID: N/A`)."""
    actor_churn: str | None = None
    partner_churn: str | None = None
    actor_port_state: int | None = None
    partner_port_state: int | None = None
    partner_mac: str | None = None
    bus: str = ""
    """Bus and address of the NIC, e.g. `pci 0000:03:00.1`; "" where there is none."""
    physfn: str | None = None
    """Bus address of the physical function when the NIC is an SR-IOV virtual function."""
    stands_on: str | None = None
    """The NIC below a slave that is a VLAN or the like; None where it is a NIC, or not known."""


@dataclass(frozen=True, slots=True)
class LacpState:
    """The active aggregator of an 802.3ad bond. None where the kernel did not say (needs root)."""

    rate: str | None = None
    aggregator_id: int | None = None
    """0: none is active, as sysfs has it."""
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
    its code behind it (`active-backup 1`). Where only /proc could be read, what its text tells of
    options without a field of their own."""
    unread: tuple[str, ...] = ()
    """`mode`, `miimon`, `mii_status`, `slaves`, `active_slave`: those that neither /proc nor sysfs
    tells; and in words what of /proc's text no kernel prints so: `slave eth1`. No slave is another
    answer than no answer."""
    not_understood: tuple[str, ...] = ()
    """Lines of /proc/net/bonding that no rule of the parser took."""

    def slave(self, name: str) -> SlaveState | None:
        """The slave of that name, or None."""
        return next((s for s in self.slaves if s.name == name), None)
