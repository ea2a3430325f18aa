"""Which links can be slaves of a bond that becomes a port of a bridge."""

from xenbond_tui.facts.guest_ports import is_guest_port
from xenbond_tui.facts.link import Link
from xenbond_tui.facts.network import NetworkFacts

KINDS = {
    "bond": "a bond itself",
    "bridge": "a bridge",
    "team": "a team (team driver)",
    "vlan": "a VLAN",
    "macvlan": "a macvlan",
    "macvtap": "a macvtap",
    "ipvlan": "an ipvlan",
    "vxlan": "a tunnel",
    "gre": "a tunnel",
    "gretap": "a tunnel",
    "ipip": "a tunnel",
    "sit": "a tunnel",
    "wireguard": "a VPN",
    "tun": "a guest's or a VPN's port",
    "dummy": "a dummy: no cable",
    "ifb": "an ifb: no cable",
    "openvswitch": "an Open vSwitch bridge",
}
"""Kernel kind → why it is no slave."""

NIC_KINDS = ("", "veth")
"""Kinds that can be slaves: real NICs have none, and see `unsuitable` for veth."""

BY_XEND = "in use by Xen's network-bridge script"

VIRTUAL_FUNCTION = "a VF: its card may drop guests' frames"
"""Shown and not proposed, but only warned of: it works where the VF is trusted by its PF."""


def cards(facts: NetworkFacts) -> tuple[Link, ...]:
    """The links that can be NICs, whatever they are used for."""
    return tuple(link for link in facts.links if link.kind in NIC_KINDS and link.name != "lo")


def renamed_by_xend(link: Link, facts: NetworkFacts) -> bool:
    """Did xend's network-bridge give the link's name away, to its bridge or to dom0's own port?

    eth0 is called peth0 then, bond0 pbond0, and is the port of the bridge (op_start there).
    """
    in_bridge = link.master is not None and facts.bridge(link.master) is not None
    given_away = link.name[:1] == "p" and facts.link(link.name[1:]) is not None
    return link.name.startswith("peth") or (in_bridge and given_away)


def unsuitable(
    link: Link, facts: NetworkFacts, bond: str | None = None, bridge: str | None = None
) -> str | None:
    """Why a link cannot be a slave, in words for a table's cell; None when it can.

    `bond` is the bond being edited: its slaves are suitable. `bridge` is the bridge it becomes a
    port of: a NIC that is a port of it today stays under it, with the bond between.

    A veth is judged by its name: `veth…` and `vnet…` are the host's ends of guests' NICs, but a
    container or a lab guest knows its only NICs as veths called eth0 or ens3, and there each is a
    NIC like any other: its carrier follows its far end and it takes any MAC.
    """
    if link.name == "lo":
        return "the loopback"
    if link.wireless:
        return "Wi-Fi can't be in a bridge"
    if link.name in facts.root_links:
        return "carries the root file system"
    above = facts.link(link.master) if link.master not in (None, bond, bridge) else None
    if any(it is not None and renamed_by_xend(it, facts) for it in (link, above)):
        return BY_XEND
    if link.name == "ovs-system":
        return KINDS["openvswitch"]
    if link.kind in KINDS:
        return KINDS[link.kind]
    if link.kind not in NIC_KINDS:
        return f"a {link.kind}"
    if is_guest_port(link):
        return "a guest's port"
    if link.master is not None and link.master not in (bond, bridge):
        return port_of(link.master, facts)
    if not link.mac:
        return "no MAC"
    if link.physfn is not None:
        return VIRTUAL_FUNCTION
    return None


def nic_ports(facts: NetworkFacts, bridge: str) -> tuple[Link, ...]:
    """The NICs that are ports of a bridge themselves, without a bond; guests' ports are not."""
    return tuple(
        link
        for link in facts.links
        if link.master == bridge
        and unsuitable(link, facts, bridge=bridge) in (None, VIRTUAL_FUNCTION)
    )


def bridge_of(link: Link, facts: NetworkFacts) -> str | None:
    """The bridge a link is a port of; None for a free link or a bond's slave."""
    return link.master if link.master and facts.bridge(link.master) is not None else None


def port_of(master: str, facts: NetworkFacts) -> str:
    """What a link with that master is, in words: `slave of bond0`, `port of xenbr0`."""
    if master == "ovs-system":
        return "a port of Open vSwitch"
    if facts.bridge(master) is not None:
        return f"port of {master}"
    above = facts.link(master)
    bond = facts.bond(master) is not None or (above is not None and above.kind == "bond")
    return f"slave of {master}" if bond else f"port of {master}"
