"""The running network."""

# As in `sysfs_kernel`: what a method takes is imported when it is called.
from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from xenbond_tui.errors import XenbondError
from xenbond_tui.host import sysctl
from xenbond_tui.host.sysfs_kernel import SysfsKernel

if TYPE_CHECKING:
    from xenbond_tui.effects import Pinger, SwitchListener
    from xenbond_tui.facts.bridge import BridgeState
    from xenbond_tui.facts.link import Address, Link, ReservedMacs
    from xenbond_tui.facts.routing import Neighbour, Route, RoutingPolicy, Rule
    from xenbond_tui.facts.snapshot import KernelSnapshot


class LiveKernel(SysfsKernel):
    """The network of the host this runs on (effects.Kernel).

    `snapshot` and the changes open their own event loop: inside a running one they are called from
    a thread. `events` is for the running loop.
    """

    def __init__(self) -> None:
        super().__init__("")

    def snapshot(self) -> KernelSnapshot:
        """Everything, read now. Imports pyroute2.

        Raises:
            XenbondError: the kernel refused.
        """
        from xenbond_tui.facts.snapshot import KernelSnapshot
        from xenbond_tui.host import netlink

        dump = netlink.dump()
        links = tuple(self._with_device(link) for link in dump.links)
        bonds = self._bonds([link.name for link in links if link.kind == "bond"])
        return KernelSnapshot(
            links=links,
            routes=dump.routes,
            bonds=tuple(
                replace(bond, options={**bond.options, **dump.bond_options.get(bond.name, {})})
                for bond in bonds
            ),
            bridges=self._bridges(links),
        )

    def policy(self) -> RoutingPolicy:
        """Rules, the routes of their tables and permanent neighbours, read now.

        Raises:
            XenbondError: the kernel refused.
        """
        from xenbond_tui.host import routing_policy

        return routing_policy.dump()

    def _with_device(self, link: Link) -> Link:
        """Add what only sysfs knows. A link of a known kind is virtual: nothing to read."""
        if link.kind:
            return link
        sysfs, name = self._sysfs, link.name
        kind = sysfs.kind(name)
        if kind:
            return replace(link, kind=kind)
        return replace(
            link,
            driver=sysfs.driver(name),
            bus=sysfs.bus(name),
            speed=sysfs.speed(name),
            duplex=sysfs.duplex(name),
            wireless=sysfs.wireless(name),
            physfn=sysfs.physfn(name),
        )

    def bridge(self, name: str) -> BridgeState | None:
        """One bridge with its addresses, without the netlink library; None when there is none.

        Raises:
            XenbondError: the kernel refused to list addresses.
        """
        bridge = self._sysfs.bridge(name, ())
        index = self._sysfs.number(name, "ifindex") if bridge is not None else None
        if bridge is None or index is None:
            return bridge
        from xenbond_tui.host.rtaddr import dump_addresses

        try:
            addresses = dump_addresses()
        except OSError as error:
            raise XenbondError(
                f"{name}: its addresses cannot be read: {error.strerror}."
            ) from error
        return replace(bridge, addresses=addresses.get(index, ()))

    def events(self) -> AsyncIterator[str]:
        """Names of links as they change; "" means "re-read everything" (effects.Kernel)."""
        from xenbond_tui.host import netlink

        return netlink.events()

    def add_address(self, link: str, address: Address) -> None:
        """Add an address; adding one that is there is no error."""
        from xenbond_tui.host import netlink_write

        netlink_write.add_address(link, address)

    def del_address(self, link: str, address: Address) -> None:
        """Remove one address; one that is gone is no error."""
        from xenbond_tui.host import netlink_write

        netlink_write.del_address(link, address)

    def flush_addresses(self, link: str) -> None:
        """Remove every global address of a link; a link that is gone is no error."""
        from xenbond_tui.host import netlink_write

        netlink_write.flush_addresses(link)

    def add_route(self, route: Route) -> None:
        """Add or replace a route."""
        from xenbond_tui.host import netlink_write

        netlink_write.add_route(route)

    def add_policy(self, item: Rule | Neighbour) -> None:
        """Add a rule or a permanent neighbour; adding one that is there is no error."""
        from xenbond_tui.host import routing_policy

        routing_policy.add(item)

    def del_route(self, route: Route) -> None:
        """Remove a route; one that is gone is no error."""
        from xenbond_tui.host import netlink_write

        netlink_write.del_route(route)

    def announce(self, link: str) -> None:
        """Tell the segment each address of a link that others use: not those of link scope."""
        from xenbond_tui.host import arp, ndp
        from xenbond_tui.host.rtaddr import dump_addresses

        index = self._sysfs.number(link, "ifindex") or 0
        own = dump_addresses().get(index, ())
        mac = self._sysfs.attribute(link, "address") or ""
        told = [address for address in own if address.scope == "global"]
        arp.announce(link, mac, [address.ip for address in told if address.family == 4])
        ndp.announce(link, mac, [address.ip for address in told if address.family == 6])

    def answers(self, link: str, ip: str) -> bool:
        """Does a neighbour answer an ARP probe sent out of that link?"""
        from xenbond_tui.host import arp

        return arp.answers(link, self._sysfs.attribute(link, "address") or "", ip)

    def echoes(self, ip: str) -> bool:
        """Does an address answer an echo request, whichever way it is routed?"""
        from xenbond_tui.host import ping

        return ping.answers(ip)

    def listen_for_switches(self, links: Sequence[str]) -> SwitchListener:
        """Hear, on these links, which switch ports they are plugged into (LLDP)."""
        from xenbond_tui.host.clock import SystemClock
        from xenbond_tui.host.lldp import LldpListener

        return LldpListener(links, SystemClock().monotonic)

    def reserved_macs(self, gateways: Collection[str]) -> ReservedMacs:
        """MACs of this host's links, and those it takes these gateways (IPv4) to have."""
        from xenbond_tui.facts.link import ReservedMacs
        from xenbond_tui.host.reserved_macs import gateway_macs, own_macs

        return ReservedMacs(own_macs(""), gateway_macs(gateways))

    def teach(self, link: str, macs: Sequence[str]) -> None:
        """Let switches learn out of a link where those MACs are now."""
        from xenbond_tui.host import learning

        learning.teach(link, macs)

    def ping(self, ip: str, link: str, interval: float) -> Pinger:
        """Ask an address every `interval` seconds through a link, until told to stop.

        Raises:
            XenbondError: not permitted, or there is no such link.
        """
        from xenbond_tui.host.clock import SystemClock
        from xenbond_tui.host.ping import EchoPinger

        return EchoPinger(ip, link, interval, SystemClock().monotonic)

    def sysctl(self, name: str) -> str | None:
        """A value of /proc/sys by its path below it; None where this kernel has none."""
        return sysctl.read(name)

    def set_sysctl(self, name: str, value: str) -> None:
        """Set a value of /proc/sys; one that is gone is no error."""
        sysctl.write(name, value)

    def add_bridge(self, name: str, mac: str) -> None:
        """Make a bridge that is down; one that is there is no error."""
        from xenbond_tui.host import netlink_write

        netlink_write.add_bridge(name, mac)

    def add_bond(self, name: str, options: Mapping[str, str]) -> None:
        """Make a bond, down and without slaves, with these options; one that is there gets them."""
        from xenbond_tui.host import bonding_write

        bonding_write.add_bond(name, options)

    def set_bond_option(self, name: str, option: str, value: str) -> None:
        """Set one option of a bond."""
        from xenbond_tui.host import bonding_write

        bonding_write.set_option(name, option, value)

    def set_link(self, name: str, *, up: bool) -> None:
        """Set a link administratively up or down; a link that is gone is no error."""
        from xenbond_tui.host import netlink_write

        netlink_write.set_link(name, up=up)

    def set_master(self, name: str, master: str | None) -> None:
        """Make a link a port of a bond or bridge, or of nothing."""
        from xenbond_tui.host import netlink_write

        netlink_write.set_master(name, master)

    def set_mac(self, name: str, mac: str) -> None:
        """Set a link's current MAC."""
        from xenbond_tui.host import netlink_write

        netlink_write.set_mac(name, mac)

    def set_mtu(self, name: str, mtu: int) -> None:
        """Set a link's MTU, in bytes."""
        from xenbond_tui.host import netlink_write

        netlink_write.set_mtu(name, mtu)

    def delete_link(self, name: str) -> None:
        """Delete a bond or bridge; one that is gone is no error."""
        from xenbond_tui.host import netlink_write

        netlink_write.delete_link(name)
