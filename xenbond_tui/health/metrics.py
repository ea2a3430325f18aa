"""Bonds as Prometheus metrics, in the text format that node_exporter's textfile collector reads.

Names and units by Prometheus' conventions (base units, `_total` for counters, seconds since the
epoch): https://prometheus.io/docs/practices/naming and the format of exposition_formats 0.0.4.
"""

from collections.abc import Mapping, Sequence

from xenbond_tui.facts.bond import MODES_WITH_ACTIVE_SLAVE
from xenbond_tui.health.model import HealthState, Level, Verdict
from xenbond_tui.text import one_line

_BYTES_PER_MBIT = 125_000


_FAMILIES = {
    "read_ok": "1 when the bonds could be read, else 0.",
    "bond_info": "What the bond is; always 1.",
    "bond_verdict": "1 for the verdict that holds, else 0.",
    "bond_reason": "1 for each reason of the verdict.",
    "bond_up": "1 when the bond itself has a link.",
    "bond_slaves": "Slaves of the bond.",
    "bond_slaves_up": "Slaves that are up.",
    "bond_active_slave": "1 for the active slave, else 0.",
    "bond_last_change_timestamp_seconds": "When something last happened to the bond, in seconds "
    "since the epoch.",
    "bond_lacp_ports": "Ports of the active LACP aggregator.",
    "bond_lacp_partner_info": "The LACP partner; always 1.",
    "slave_up": "1 when the bond takes the slave for up.",
    "slave_link_failures_total": "How often the slave's link failed since it was enslaved.",
    "slave_speed_bytes": "Speed of the slave in bytes a second.",
    "slave_lacp_aggregated": "1 when the slave is in the active aggregator.",
}
"""Name behind `xenbond_` → what it is, in the order in which they are printed."""


class _Samples(dict[str, list[str]]):
    """The lines of each family that has any."""

    def add(self, family: str, value: float | None, **labels: str | None) -> None:
        """One more sample; a value that nobody knows is left out, not made 0."""
        if value is not None:
            known = ((name, text) for name, text in labels.items() if text is not None)
            said = ",".join(f'{name}="{_escaped(text)}"' for name, text in known)
            line = f"xenbond_{family}{f'{{{said}}}' if said else ''} {value:.17g}\n"
            self.setdefault(family, []).append(line)

    def text(self) -> str:
        """All of them, each behind what it is."""
        found = []
        for family, help in _FAMILIES.items():
            if family in self:
                kind = "counter" if family.endswith("_total") else "gauge"
                found.append(f"# HELP xenbond_{family} {help}\n# TYPE xenbond_{family} {kind}\n")
                found += self[family]
        return "".join(found)


def metrics_text(
    judged: Sequence[tuple[HealthState, Verdict]], last_change: Mapping[str, float]
) -> str:
    """Every bond's metrics.

    Args:
        judged: the bonds.
        last_change: bond → when something happened to it last (seconds since the epoch).
    """
    samples = _Samples()
    add = samples.add
    add("read_ok", True)
    for state, judgement in judged:
        bond = state.bond
        name = bond.name
        bridge = None if state.bridge is None else state.bridge.name
        add("bond_info", 1, bond=name, mode=bond.mode, driver=bond.driver, bridge=bridge)
        for level in Level:
            add("bond_verdict", level is judgement.level, bond=name, verdict=str(level))
        for item in judgement.reasons:
            holds = str(item.level)
            add("bond_reason", 1, bond=name, code=item.code, slave=item.slave, verdict=holds)
        add("bond_up", bond.mii_status == "up" if bond.mii_status else None, bond=name)
        add("bond_slaves", None if "slaves" in bond.unread else len(bond.slaves), bond=name)
        counted = "slaves" not in bond.unread and not state.not_known
        add("bond_slaves_up", len(state.up) if counted else None, bond=name)
        add("bond_last_change_timestamp_seconds", last_change.get(name), bond=name)
        if bond.lacp is not None:
            add("bond_lacp_ports", bond.lacp.ports, bond=name)
            if bond.lacp.partner_mac is not None:
                add("bond_lacp_partner_info", 1, bond=name, partner_mac=bond.lacp.partner_mac)
        for slave in bond.slaves:
            if bond.mode in MODES_WITH_ACTIVE_SLAVE and "active_slave" not in bond.unread:
                is_active = slave.name == bond.active_slave
                add("bond_active_slave", is_active, bond=name, slave=slave.name)
            known = slave.mii_status != "unknown"
            is_up = slave.mii_status == "up" if known else None
            add("slave_up", is_up, bond=name, slave=slave.name)
            add("slave_link_failures_total", slave.link_failure_count, bond=name, slave=slave.name)
            rate = None if slave.speed is None else slave.speed * _BYTES_PER_MBIT
            add("slave_speed_bytes", rate, bond=name, slave=slave.name)
            if bond.lacp is not None and None not in (slave.aggregator_id, bond.lacp.aggregator_id):
                same = slave.aggregator_id == bond.lacp.aggregator_id
                add("slave_lacp_aggregated", same, bond=name, slave=slave.name)
    return samples.text()


def unread_text() -> str:
    """What stands for the bonds' metrics when they can't be read: nothing of them, and this."""
    samples = _Samples()
    samples.add("read_ok", False)
    return samples.text()


def _escaped(text: str) -> str:
    """A label's value; controls and bytes that are no UTF-8 as they are shown anywhere else."""
    return one_line(text).replace("\\", "\\\\").replace('"', '\\"')
