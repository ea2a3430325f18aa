"""A network that is only recorded: it can be read; nothing can be asked of it, or changed."""

# As in `sysfs_kernel`: what a method takes is imported when it is called.
from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence

from xenbond_tui.errors import XenbondError
from xenbond_tui.host.sysfs_kernel import SysfsKernel
from xenbond_tui.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from xenbond_tui.effects import Pinger, SwitchListener
    from xenbond_tui.facts.bridge import BridgeState
    from xenbond_tui.facts.link import ReservedMacs
    from xenbond_tui.facts.network import KernelSnapshot
    from xenbond_tui.facts.routing import RoutingPolicy


class RecordedKernel(SysfsKernel):
    """The network recorded in DIR/proc and DIR/sys of another system's tree (effects.KernelReader).

    Where they are not there nothing is known and everything is empty.
    """

    def snapshot(self) -> KernelSnapshot:
        """Everything the tree's proc and sys tell; no netlink."""
        from xenbond_tui.facts.network import KernelSnapshot
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

    def inet4(self, names: Sequence[str]) -> Mapping[str, str]:
        """Nothing: /proc ties no IPv4 address to its link."""
        return {}

    def bridge(self, name: str) -> BridgeState | None:
        """One bridge with those of its addresses that are known; None when there is none."""
        from xenbond_tui.host.recorded import recorded_addresses

        return self._sysfs.bridge(name, recorded_addresses(self._sysfs).get(name, ()))

    async def events(self) -> AsyncIterator[str]:
        """Nothing happens to a record: ends at once."""
        never: tuple[str, ...] = ()
        for name in never:
            yield name

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

    def ping(self, ip: str, link: str, interval: float) -> Pinger:
        """Refused."""
        raise _not_running(link)

    def sysctl(self, name: str) -> str | None:
        """Not known."""
        return None


def _not_running(link: str) -> XenbondError:
    return XenbondError.at(
        link,
        "this is another system's tree (--root), its network does not run here; "
        "nothing was changed.",
    )
