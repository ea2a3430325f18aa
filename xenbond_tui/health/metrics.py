"""Bonds as Prometheus metrics, in the text format that node_exporter's textfile collector reads.

Names and units by Prometheus' conventions (base units, `_total` for counters, seconds since the
epoch): https://prometheus.io/docs/practices/naming and the format of exposition_formats 0.0.4.
"""

from collections.abc import Iterator, Mapping, Sequence

from xenbond_tui.facts.bond import MODES_WITH_ACTIVE_SLAVE
from xenbond_tui.health.model import HealthState, Level, Verdict
from xenbond_tui.text import one_line
from xenbond_tui.value import dataclass, field

_BYTES_PER_MBIT = 125_000


@dataclass(frozen=True, slots=True)
class _Family:
    name: str
    kind: str
    """gauge or counter."""
    help: str
    samples: list[tuple[dict[str, str], float]] = field(default_factory=list)

    def add(self, value: float | None, **labels: str | None) -> None:
        """One more sample; a value that nobody knows is left out, not made 0."""
        if value is not None:
            known = {name: text for name, text in labels.items() if text is not None}
            self.samples.append((known, value))


def metrics_text(
    judged: Sequence[tuple[HealthState, Verdict]], last_change: Mapping[str, float]
) -> str:
    """Every bond's metrics.

    Args:
        judged: the bonds.
        last_change: bond → when something happened to it last (seconds since the epoch).
    """
    return "".join(line for family in _families(judged, last_change) for line in _lines(family))


def unread_text() -> str:
    """What stands for the bonds' metrics when they can't be read: nothing of them, and this."""
    return "".join(_lines(_read_family(False)))


def _read_family(ok: bool) -> _Family:
    family = _Family("xenbond_read_ok", "gauge", "1 when the bonds could be read, else 0.")
    family.add(ok)
    return family


def _families(
    judged: Sequence[tuple[HealthState, Verdict]], last_change: Mapping[str, float]
) -> tuple[_Family, ...]:
    info = _Family("xenbond_bond_info", "gauge", "What the bond is; always 1.")
    verdict = _Family("xenbond_bond_verdict", "gauge", "1 for the verdict that holds, else 0.")
    reason = _Family("xenbond_bond_reason", "gauge", "1 for each reason of the verdict.")
    up = _Family("xenbond_bond_up", "gauge", "1 when the bond itself has a link.")
    slaves = _Family("xenbond_bond_slaves", "gauge", "Slaves of the bond.")
    slaves_up = _Family("xenbond_bond_slaves_up", "gauge", "Slaves that are up.")
    active = _Family("xenbond_bond_active_slave", "gauge", "1 for the active slave, else 0.")
    changed = _Family(
        "xenbond_bond_last_change_timestamp_seconds",
        "gauge",
        "When something last happened to the bond, in seconds since the epoch.",
    )
    ports = _Family("xenbond_bond_lacp_ports", "gauge", "Ports of the active LACP aggregator.")
    partner = _Family("xenbond_bond_lacp_partner_info", "gauge", "The LACP partner; always 1.")
    slave_up = _Family("xenbond_slave_up", "gauge", "1 when the bond takes the slave for up.")
    failures = _Family(
        "xenbond_slave_link_failures_total",
        "counter",
        "How often the slave's link failed since it was enslaved.",
    )
    speed = _Family("xenbond_slave_speed_bytes", "gauge", "Speed of the slave in bytes a second.")
    aggregator = _Family(
        "xenbond_slave_lacp_aggregated", "gauge", "1 when the slave is in the active aggregator."
    )
    for state, judgement in judged:
        bond = state.bond
        name = bond.name
        bridge = None if state.bridge is None else state.bridge.name
        info.add(1, bond=name, mode=bond.mode, driver=bond.driver, bridge=bridge)
        for level in Level:
            verdict.add(level is judgement.level, bond=name, verdict=str(level))
        for item in judgement.reasons:
            reason.add(1, bond=name, code=item.code, slave=item.slave, verdict=str(item.level))
        up.add(bond.mii_status == "up" if bond.mii_status else None, bond=name)
        slaves.add(None if "slaves" in bond.unread else len(bond.slaves), bond=name)
        counted = "slaves" not in bond.unread and not state.not_known
        slaves_up.add(len(state.up) if counted else None, bond=name)
        changed.add(last_change.get(name), bond=name)
        if bond.lacp is not None:
            ports.add(bond.lacp.ports, bond=name)
            if bond.lacp.partner_mac is not None:
                partner.add(1, bond=name, partner_mac=bond.lacp.partner_mac)
        for slave in bond.slaves:
            if bond.mode in MODES_WITH_ACTIVE_SLAVE and "active_slave" not in bond.unread:
                active.add(slave.name == bond.active_slave, bond=name, slave=slave.name)
            known = slave.mii_status != "unknown"
            is_up = slave.mii_status == "up" if known else None
            slave_up.add(is_up, bond=name, slave=slave.name)
            failures.add(slave.link_failure_count, bond=name, slave=slave.name)
            rate = None if slave.speed is None else slave.speed * _BYTES_PER_MBIT
            speed.add(rate, bond=name, slave=slave.name)
            if bond.lacp is not None and None not in (slave.aggregator_id, bond.lacp.aggregator_id):
                same = slave.aggregator_id == bond.lacp.aggregator_id
                aggregator.add(same, bond=name, slave=slave.name)
    return (
        _read_family(True),
        *(info, verdict, reason, up, slaves, slaves_up, active, changed, ports, partner),
        *(slave_up, failures, speed, aggregator),
    )


def _lines(family: _Family) -> Iterator[str]:
    if not family.samples:
        return
    yield f"# HELP {family.name} {family.help}\n"
    yield f"# TYPE {family.name} {family.kind}\n"
    for labels, value in family.samples:
        said = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
        yield f"{family.name}{f'{{{said}}}' if said else ''} {value:.17g}\n"


def _escaped(text: str) -> str:
    """A label's value; controls and bytes that are no UTF-8 as they are shown anywhere else."""
    return one_line(text).replace("\\", "\\\\").replace('"', '\\"')
