"""What every kernel reads from sysfs and /proc alone, running or recorded."""

from collections.abc import Mapping, Sequence

from xenbond_tui.effects import Counters
from xenbond_tui.facts import BondState, BridgeState, Link
from xenbond_tui.host.sysfs import Sysfs


class SysfsKernel:
    """The reading half of a kernel (effects.Kernel) under a root; "" is the running host."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._sysfs = Sysfs(root)

    def bond_names(self) -> tuple[str, ...]:
        """Names of the bonds, from sysfs or /proc alone (cheap: no netlink library)."""
        return self._sysfs.bond_names()

    def bond(self, name: str) -> BondState | None:
        """One bond from sysfs and /proc alone (cheap); None when there is none of that name."""
        return self._sysfs.bond(name)

    def counters(self, names: Sequence[str]) -> Mapping[str, Counters]:
        """Byte counters by link; links that are gone are left out."""
        found: dict[str, Counters] = {}
        for name in names:
            rx = self._sysfs.number(name, "statistics/rx_bytes")
            tx = self._sysfs.number(name, "statistics/tx_bytes")
            if rx is not None and tx is not None:
                found[name] = Counters(rx, tx)
        return found

    def learned(self, bridge: str) -> Mapping[str, str]:
        """MAC → port of every address a bridge has learned; its ports' own are left out."""
        from xenbond_tui.host import learning

        return learning.learned(self._root, bridge)

    def _bonds(self, names: Sequence[str]) -> tuple[BondState, ...]:
        found = (self._sysfs.bond(name) for name in names)
        return tuple(bond for bond in found if bond is not None)

    def _bridges(self, links: Sequence[Link]) -> tuple[BridgeState, ...]:
        found = (
            self._sysfs.bridge(link.name, link.addresses) for link in links if link.kind == "bridge"
        )
        return tuple(bridge for bridge in found if bridge is not None)
