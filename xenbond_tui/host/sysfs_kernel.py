"""What every kernel reads from sysfs and /proc alone, running or recorded."""

# Every command opens a kernel and many never read it: what reading takes is imported then.
from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

from xenbond_tui.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from xenbond_tui.facts.bond import BondState
    from xenbond_tui.facts.bridge import BridgeState
    from xenbond_tui.facts.link import Counters, Link
    from xenbond_tui.host.sysfs import Sysfs


class SysfsKernel:
    """What both kernels read alike (effects.KernelReader) under a root; "" is the running host."""

    def __init__(self, root: str) -> None:
        self._root = root

    @cached_property
    def _sysfs(self) -> Sysfs:
        from xenbond_tui.host.sysfs import Sysfs

        return Sysfs(self._root)

    def bond_names(self) -> tuple[str, ...]:
        """Names of the bonds, from sysfs or /proc alone (cheap: no netlink)."""
        return self._sysfs.bond_names()

    def bond(self, name: str) -> BondState | None:
        """One bond from sysfs and /proc alone (cheap); None when there is none of that name."""
        return self._sysfs.bond(name)

    def beside(self, own: Collection[str], mac: str) -> tuple[Link, ...]:
        """The links that stand on these, are their ports, or have that MAC (cheap)."""
        from xenbond_tui.host.beside import beside

        return beside(self._sysfs, own, mac)

    def counters(self, names: Sequence[str]) -> Mapping[str, Counters]:
        """Byte counters by link; links that are gone are left out."""
        from xenbond_tui.facts.link import Counters

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

    def port_option(self, port: str, option: str) -> str | None:
        """An option of a bridge's port; None where it is no port, or has none of that name."""
        return self._sysfs.attribute(port, f"brport/{option}")

    def _bonds(self, names: Sequence[str]) -> tuple[BondState, ...]:
        found = (self._sysfs.bond(name) for name in names)
        return tuple(bond for bond in found if bond is not None)

    def _bridges(self, links: Sequence[Link]) -> tuple[BridgeState, ...]:
        found = (
            self._sysfs.bridge(link.name, link.addresses) for link in links if link.kind == "bridge"
        )
        return tuple(bridge for bridge in found if bridge is not None)
