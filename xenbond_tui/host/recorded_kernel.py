"""A network that is only recorded: it can be read, and not be changed."""

# As in `sysfs_kernel`: what a method takes is imported when it is called.
from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from xenbond_tui.errors import XenbondError
from xenbond_tui.host.sysfs_kernel import SysfsKernel

if TYPE_CHECKING:
    from xenbond_tui.effects import Pinger, SwitchListener
    from xenbond_tui.facts.bridge import BridgeState
    from xenbond_tui.facts.link import Address, ReservedMacs
    from xenbond_tui.facts.routing import Neighbour, Route, RoutingPolicy, Rule
    from xenbond_tui.facts.snapshot import KernelSnapshot


class RecordedKernel(SysfsKernel):
    """The network recorded in DIR/proc and DIR/sys of another system's tree (effects.Kernel).

    Where they are not there nothing is known and everything is empty. It cannot be changed.
    """

    def __init__(self, root: str) -> None:
        super().__init__(root)

    def snapshot(self) -> KernelSnapshot:
        """Everything the tree's proc and sys tell; no netlink."""
        from xenbond_tui.facts.snapshot import KernelSnapshot
        from xenbond_tui.host.recorded import recorded_links, recorded_routes

        links = recorded_links(self._sysfs)
        return KernelSnapshot(
            links=links,
            routes=recorded_routes(self._sysfs),
            bonds=self._bonds(self.bond_names()),
            bridges=self._bridges(links),
        )

    def policy(self) -> RoutingPolicy:
        """Not recorded."""
        from xenbond_tui.facts.routing import RoutingPolicy

        return RoutingPolicy()

    def add_policy(self, item: Rule | Neighbour) -> None:
        """Refused."""
        raise _not_running("rules")

    def bridge(self, name: str) -> BridgeState | None:
        """One bridge with those of its addresses that are known; None when there is none."""
        from xenbond_tui.host.recorded import recorded_addresses

        return self._sysfs.bridge(name, recorded_addresses(self._sysfs).get(name, ()))

    async def events(self) -> AsyncIterator[str]:
        """Nothing happens to a record: ends at once."""
        never: tuple[str, ...] = ()
        for name in never:
            yield name

    def add_address(self, link: str, address: Address) -> None:
        """Refused."""
        raise _not_running(link)

    def del_address(self, link: str, address: Address) -> None:
        """Refused."""
        raise _not_running(link)

    def flush_addresses(self, link: str) -> None:
        """Refused."""
        raise _not_running(link)

    def add_route(self, route: Route) -> None:
        """Refused."""
        raise _not_running(route.link or route.destination)

    def del_route(self, route: Route) -> None:
        """Refused."""
        raise _not_running(route.link or route.destination)

    def announce(self, link: str) -> None:
        """Refused."""
        raise _not_running(link)

    def answers(self, link: str, ip: str) -> bool:
        """Refused."""
        raise _not_running(link)

    def echoes(self, ip: str) -> bool:
        """Refused."""
        raise _not_running(ip)

    def reserved_macs(self, gateways: Collection[str]) -> ReservedMacs:
        """Refused: nothing is announced."""
        raise _not_running(", ".join(gateways))

    def listen_for_switches(self, links: Sequence[str]) -> SwitchListener:
        """Refused."""
        raise _not_running(", ".join(links))

    def teach(self, link: str, macs: Sequence[str]) -> None:
        """Refused."""
        raise _not_running(link)

    def ping(self, ip: str, link: str, interval: float) -> Pinger:
        """Refused."""
        raise _not_running(link)

    def sysctl(self, name: str) -> str | None:
        """Not known."""
        return None

    def set_sysctl(self, name: str, value: str) -> None:
        """Refused."""
        raise _not_running(name)

    def add_bridge(self, name: str, mac: str) -> None:
        """Refused."""
        raise _not_running(name)

    def add_bond(self, name: str, options: Mapping[str, str]) -> None:
        """Refused."""
        raise _not_running(name)

    def set_bond_option(self, name: str, option: str, value: str) -> None:
        """Refused."""
        raise _not_running(name)

    def set_link(self, name: str, *, up: bool) -> None:
        """Refused."""
        raise _not_running(name)

    def set_master(self, name: str, master: str | None) -> None:
        """Refused."""
        raise _not_running(name)

    def set_mac(self, name: str, mac: str) -> None:
        """Refused."""
        raise _not_running(name)

    def set_mtu(self, name: str, mtu: int) -> None:
        """Refused."""
        raise _not_running(name)

    def delete_link(self, name: str) -> None:
        """Refused."""
        raise _not_running(name)


def _not_running(link: str) -> XenbondError:
    return XenbondError(
        f"{link}: this is another system's tree (--root), its network does not run here; "
        "nothing was changed."
    )
