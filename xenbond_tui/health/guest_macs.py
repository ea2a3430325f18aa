"""Which MACs guests were given: asked of Xen's toolstack, where there is one."""

import re
from collections.abc import Collection, Iterator, Mapping

from xenbond_tui.health.model import HealthState
from xenbond_tui.host.guest_names import domain_of, vif_of
from xenbond_tui.machine import Machine
from xenbond_tui.regex import regex
from xenbond_tui.value import dataclass, field

_ROW = regex(
    r"\s*\d+\s+\d+\s+(?P<mac>(?:[0-9a-f]{2}:){5}[0-9a-f]{2})\s.*/backend/vif/(?P<vif>\d+/\d+)\s*",
    re.IGNORECASE,
)
"""Index, backend's domain, MAC … path of the backend: `xl network-list`, and `xm` before it."""


@dataclass(slots=True)
class ToolstackGuests:
    """Asks once for each guest, when its port comes to the bridge: a process each time."""

    machine: Machine
    _ports: frozenset[str] = frozenset()
    _macs: dict[str, set[str]] = field(default_factory=dict)
    """Vif → the MACs it was given."""

    def macs(self, state: HealthState) -> Mapping[str, Collection[str]]:
        """Port on the bridge → the MACs its guest was given; ports of nobody known are left out.

        May take its time: not for a loop that must not wait.
        """
        bridge = state.bridge
        ports = frozenset(port.name for port in bridge.ports) if bridge is not None else frozenset()
        new, self._ports = ports - self._ports, ports
        there = {vif for port in ports if (vif := vif_of(port))}
        self._macs = {vif: macs for vif, macs in self._macs.items() if vif in there}
        for mac, vif in self._told(new):
            if vif in there:
                self._macs.setdefault(vif, set()).add(mac)
        # An emulated NIC has the MAC of the vif that its guest's drivers take later.
        return {
            port: self._macs[vif]
            for port in sorted(ports)
            if (vif := vif_of(port)) is not None and vif in self._macs
        }

    def _told(self, ports: frozenset[str]) -> Iterator[tuple[str, str]]:
        domains = sorted({number for port in ports if (number := domain_of(port))})
        for tool in ("xl", "xm") if domains else ():
            for number in domains:
                done = self.machine.runner.run((tool, "network-list", str(number)), timeout=5.0)
                if done.returncode != 0:
                    # The other tool's host, or a toolstack in trouble: the rest would wait as long.
                    break
                for line in done.stdout.splitlines():
                    if row := _ROW.fullmatch(line):
                        yield row["mac"].lower(), "vif" + row["vif"].replace("/", ".")
