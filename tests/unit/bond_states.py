"""States of bonds, of which each has one thing that is right or wrong."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from facts_builder import bond, bridge

from xenbond_tui.facts.bond import BondState, LacpState, SlaveState
from xenbond_tui.facts.bridge import BridgePort
from xenbond_tui.health.model import HealthState, Level, Written
from xenbond_tui.host.procfs import parse_proc_bonding

CAPTURES = Path(__file__).parent.parent / "fixtures/captures"
HEALTHY, UNKNOWN, DEGRADED, MISCONFIGURED, DOWN = (
    Level.HEALTHY,
    Level.UNKNOWN,
    Level.DEGRADED,
    Level.MISCONFIGURED,
    Level.DOWN,
)
ETH0 = SlaveState("eth0", "up", 1000, "full", 0, "00:50:da:7a:51:45")
ETH1 = SlaveState("eth1", "up", 1000, "full", 0, "00:14:22:36:f1:fa")
TWO = replace(bond(), slaves=(ETH0, ETH1))
LACP = replace(
    TWO,
    mode="802.3ad",
    active_slave=None,
    slaves=(replace(ETH0, aggregator_id=1), replace(ETH1, aggregator_id=1)),
    lacp=LacpState("fast", 1, 2, 9, 1, "00:1b:21:00:00:01"),
)
GOOD = HealthState(TWO, bridge())


def of(state: BondState) -> HealthState:
    return HealthState(state, bridge())


def first(**changed: Any) -> HealthState:
    return of(replace(TWO, slaves=(replace(ETH0, **changed), ETH1)))


def port(state: str) -> HealthState:
    return HealthState(TWO, replace(bridge(), ports=(BridgePort("bond0", state),)))


def lacp_ports(other_mac: str | None = None, **changed: Any) -> BondState:
    """Both ports in the aggregator; with `other_mac` eth1 is in one of its own."""
    one = replace(LACP.slaves[0], **changed)
    two = LACP.slaves[1]
    if other_mac is not None:
        two = replace(two, aggregator_id=2, partner_mac=other_mac)
    return replace(LACP, slaves=(one, two))


def min_links(number: int, *slaves: SlaveState) -> BondState:
    """An 802.3ad bond without carrier that asks for so many links."""
    one = tuple(replace(slave, aggregator_id=1) for slave in slaves)
    ports = replace(LACP.lacp or LacpState(), ports=len(slaves))
    return replace(
        LACP, slaves=one, lacp=ports, mii_status="down", options={"min_links": str(number)}
    )


def on_cards(*addresses: str, physfn: str | None = None) -> BondState:
    """eth0 and eth1 at those addresses of the PCI bus."""
    slaves = zip((ETH0, ETH1), addresses, strict=True)
    return replace(
        TWO, slaves=tuple(replace(one, bus=f"pci {at}", physfn=physfn) for one, at in slaves)
    )


def written(*slaves: str, **options: str) -> Written:
    """What /etc/network/interfaces says, a line for each."""
    where = "/etc/network/interfaces:7"
    return Written(
        "ifupdown",
        {name: (value, where) for name, value in options.items()},
        dict.fromkeys(slaves, where),
    )


AT = "/etc/network/interfaces:9: iface bond0 inet manual"


def unsaid(**options: str) -> Written:
    """What the next boot takes, and nobody says."""
    where = "/etc/network/interfaces:3"
    return Written("ifupdown", unsaid={name: (value, where) for name, value in options.items()})


WRITTEN_IN = Written("ifupdown", bridge=("xenbr0", "/etc/network/interfaces:14"))


def with_guest(mode: str, **arp: str) -> HealthState:
    """That mode, a guest on the bridge; with `arp_validate` a bond that is watched by ARP."""
    options = {"arp_ip_target": "192.0.2.1", **arp} if arp else {}
    watched = {"miimon": 0, "arp_interval": 1000} if arp else {}
    state = replace(TWO, mode=mode, options=options, **watched)  # type: ignore[arg-type]
    return HealthState(state, bridge(ports=("bond0", "vif1.0")))


def lacp_ends(*ends: tuple[int, int]) -> BondState:
    """Both slaves in the active aggregator, each port's state at both ends."""
    slaves = zip(LACP.slaves, ends, strict=True)
    return replace(
        LACP,
        slaves=tuple(
            replace(slave, actor_port_state=actor, partner_port_state=partner)
            for slave, (actor, partner) in slaves
        ),
    )


def only_carrier_down(partner: str) -> BondState:
    """The one port of the active aggregator has lost its link; the other slave is in none."""
    slaves = (replace(LACP.slaves[0], mii_status="down"), replace(LACP.slaves[1], aggregator_id=2))
    return replace(LACP, slaves=slaves, lacp=replace(LACP.lacp, ports=1, partner_mac=partner))


def in_aggregators(*ids: int) -> BondState:
    """An 802.3ad bond that tells no more than each slave's aggregator."""
    slaves = zip(LACP.slaves, ids, strict=True)
    return replace(
        LACP,
        lacp=LacpState("fast"),
        slaves=tuple(replace(slave, aggregator_id=id) for slave, id in slaves),
    )


def on_vlans(*nics: str) -> BondState:
    """Slaves that are VLANs 1 and 2 of these NICs, with one MAC."""
    slaves = [
        replace(ETH0, name=f"vlan{number}", stands_on=nic) for number, nic in enumerate(nics, 1)
    ]
    return replace(TWO, active_slave="vlan1", slaves=tuple(slaves))


NO_PARTNER = "00:00:00:00:00:00"
CHURNED = {"actor_churn": "churned", "partner_churn": "churned"}
SETTLED = {"actor_port_state": 61, "partner_port_state": 63}
PRIMARY = replace(TWO, primary="eth0", active_slave="eth1")


def captured(path: Path) -> HealthState:
    return HealthState(parse_proc_bonding("bond0", path.read_text()), bridge())
