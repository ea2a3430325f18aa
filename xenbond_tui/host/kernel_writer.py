"""The running network, to be changed. Imported when something is changed: it loads pyroute2."""

from collections.abc import Callable, Sequence

from xenbond_tui.host import arp, learning, ndp, netlink_write, sysctl, sysfs_write
from xenbond_tui.host.kernel import LiveKernel
from xenbond_tui.host.rtaddr import dump_addresses
from xenbond_tui.host.socket_filter import Prepared


class LiveWriter(LiveKernel):
    """Changes the network of the host this runs on (effects.KernelWriter).

    Each opens its own event loop: inside a running one they are called from a thread.
    """

    add_address = staticmethod(netlink_write.add_address)
    del_address = staticmethod(netlink_write.del_address)
    flush_addresses = staticmethod(netlink_write.flush_addresses)
    add_route = staticmethod(netlink_write.add_route)
    del_route = staticmethod(netlink_write.del_route)
    add_policy = staticmethod(netlink_write.add_policy)
    set_sysctl = staticmethod(sysctl.write)
    add_bridge = staticmethod(netlink_write.add_bridge)
    add_bond = staticmethod(sysfs_write.add_bond)
    set_bond_option = staticmethod(sysfs_write.set_option)
    set_link = staticmethod(netlink_write.set_link)
    set_master = staticmethod(netlink_write.set_master)
    set_port_option = staticmethod(sysfs_write.set_port_option)
    set_mac = staticmethod(netlink_write.set_mac)
    set_mtu = staticmethod(netlink_write.set_mtu)
    delete_link = staticmethod(netlink_write.delete_link)

    def announcement(self, link: str) -> Callable[[], None]:
        """Of each address of a link that others use: not those of link scope."""
        index = self._sysfs.number(link, "ifindex") or 0
        own = dump_addresses().get(index, ())
        mac = self._sysfs.attribute(link, "address") or ""
        told = [address for address in own if address.scope == "global"]
        frames = [
            arp.announcement(mac, item.ip) if item.family == 4 else ndp.frame(mac, item.ip)
            for item in told
        ]
        return Prepared(link, frames, "announcing its address")

    def solicit_routers(self, link: str) -> None:
        """Ask the IPv6 routers beyond a link to announce themselves now."""
        ndp.solicit_routers(link, self._sysfs.attribute(link, "address") or "")

    def teaching(self, link: str, macs: Sequence[str]) -> Callable[[], None]:
        """What lets switches learn out of a link where those MACs are now."""
        return learning.teaching(link, macs)
