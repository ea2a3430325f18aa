"""The running network."""

# As in `sysfs_kernel`: what a method takes is imported when it is called.
from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence

from xenbond_tui.errors import XenbondError
from xenbond_tui.host import sysctl
from xenbond_tui.host.sysfs_kernel import SysfsKernel
from xenbond_tui.typed import TYPE_CHECKING
from xenbond_tui.value import replace

if TYPE_CHECKING:
    from xenbond_tui.effects import Pinger, SwitchListener
    from xenbond_tui.facts.bridge import BridgeState
    from xenbond_tui.facts.link import Link, ReservedMacs
    from xenbond_tui.facts.network import KernelSnapshot
    from xenbond_tui.facts.routing import RoutingPolicy


class LiveKernel(SysfsKernel):
    """The network of the host this runs on (effects.KernelReader).

    `events` is for the running event loop; the rest blocks.
    """

    def __init__(self) -> None:
        super().__init__("")

    def snapshot(self) -> KernelSnapshot:
        """Everything, read now.

        Raises:
            XenbondError: the kernel refused.
        """
        from xenbond_tui.facts.network import KernelSnapshot
        from xenbond_tui.host import rtdump

        dump = rtdump.dump()
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
        from xenbond_tui.host import rtdump

        return rtdump.dump_policy()

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
        """One bridge with its addresses; None when there is none.

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
            raise XenbondError.at(
                name, f"its addresses cannot be read: {error.strerror}."
            ) from error
        return replace(bridge, addresses=addresses.get(index, ()))

    def inet4(self, names: Sequence[str]) -> Mapping[str, str]:
        """Link → its first IPv4 address; links without one are left out."""
        from xenbond_tui.host.inet4 import first_addresses

        return first_addresses(tuple(names))

    def events(self) -> AsyncIterator[str]:
        """Names of links as they change; "" means "re-read everything" (effects.KernelReader)."""
        from xenbond_tui.host import rtevents

        return rtevents.events()

    def answers(self, link: str, ip: str) -> bool:
        """Does a neighbour answer an ARP probe sent out of that link?"""
        from xenbond_tui.host import arp

        mac = self._sysfs.attribute(link, "address") or ""
        return arp.answers(link, mac, ip, port=self.port_option(link, "isolated") == "1")

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
