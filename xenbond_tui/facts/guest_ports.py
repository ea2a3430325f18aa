"""The host's ends of guests' NICs: by which names programs plug them into a bridge.

A guest's port is no NIC: it is never a slave, it stays where its toolstack has put it, and it is
put back where a bridge had to be made again.
"""

from collections.abc import Iterable

from xenbond_tui.facts.bridge import BridgeState
from xenbond_tui.facts.link import Link

PLUGGED = ("vif", "tap", "veth", "vnet")
"""How the names of ports begin that are plugged into any bridge, as files of stacks name them.

vif: Xen's netback, `vif1.0`, and `vif1.0-emu` for an emulated NIC (xl-network-configuration(5)).
tap: QEMU (`tap%d` in its net/tap-linux.c), `tap1.0` of older Xen, `tap100i0` of Proxmox.
veth: Docker and Podman, and LXC (lxc.container.conf(5), lxc.net.[i].veth.pair).
vnet: libvirt (VIR_NET_GENERATED_VNET_PREFIX in its src/conf/domain_conf.h).
"""
_ELSEWHERE = ("virbr", "docker", "cali")
"""As well, on networks that their program makes for itself: libvirt's `virbr0-nic`, Docker's,
Calico's (InterfacePrefix of its Felix)."""
_BACKEND = "xen-backend"
"""The bus of every port of Xen's netback, whatever its name (drivers/xen/xenbus)."""


def named_as_guest_port(name: str) -> bool:
    """Is that the name of a guest's port?"""
    return name.startswith((*PLUGGED, *_ELSEWHERE))


def is_guest_port(link: Link) -> bool:
    """Is this the host's end of a guest's NIC? By its name, or by Xen's own bus."""
    return named_as_guest_port(link.name) or link.bus.startswith(_BACKEND)


def guest_ports(bridges: Iterable[BridgeState]) -> tuple[str, ...]:
    """The guests' ports on these bridges."""
    ports = (port.name for bridge in bridges for port in bridge.ports)
    return tuple(name for name in ports if named_as_guest_port(name))
