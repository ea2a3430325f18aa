"""What `xenbond status` says: the JSON document, the text, the exit code."""

from collections.abc import Sequence

from xenbond_tui.facts.bond import LacpState, SlaveState
from xenbond_tui.facts.bridge import BridgeState
from xenbond_tui.health.model import HealthState, Level, Verdict
from xenbond_tui.text import align, one_line
from xenbond_tui.typed import Any

EXIT_NO_BOND = 3
EXIT_CODES = {
    Level.HEALTHY: 0,
    Level.UNKNOWN: EXIT_NO_BOND,
    Level.DEGRADED: 1,
    Level.MISCONFIGURED: 2,
    Level.DOWN: 2,
}
_ORDER = tuple(Level)

Judged = Sequence[tuple[HealthState, Verdict]]


def exit_code(judged: Judged) -> int:
    """0 healthy, 1 degraded, 2 down or misconfigured, 3 not known; the worst of several.

    3 too where there is no bond. What is seen to be wrong is worse than what can't be seen.
    """
    worst = max((verdict.level for _, verdict in judged), key=_ORDER.index, default=Level.UNKNOWN)
    return EXIT_CODES[worst]


def status_document(judged: Judged) -> dict[str, Any]:
    """`status --json`, version 1: names as the kernel's, null where the host cannot tell."""
    return {"version": 1, "bonds": [_bond(state, verdict) for state, verdict in judged]}


def _bond(state: HealthState, verdict: Verdict) -> dict[str, Any]:
    bond = state.bond
    return {
        "name": bond.name,
        "driver": bond.driver,
        "mode": bond.mode or None,
        "mii_status": bond.mii_status or None,
        "miimon": bond.miimon,
        "updelay": bond.updelay,
        "downdelay": bond.downdelay,
        "arp_interval": bond.arp_interval,
        "primary": bond.primary,
        "active_slave": bond.active_slave,
        "verdict": None if verdict.level is Level.UNKNOWN else str(verdict.level),
        "headline": verdict.headline,
        "reasons": [
            {
                "code": reason.code,
                "slave": reason.slave,
                "text": reason.text,
                "advice": reason.advice,
                "evidence": reason.evidence,
            }
            for reason in verdict.reasons
        ],
        "slaves": [_slave(slave) for slave in bond.slaves],
        "lacp": _lacp(bond.lacp),
        "bridge": _bridge(state.bridge),
    }


def _slave(slave: SlaveState) -> dict[str, Any]:
    return {
        "name": slave.name,
        "mii_status": slave.mii_status,
        "speed": slave.speed,
        "duplex": slave.duplex,
        "link_failure_count": slave.link_failure_count,
        "permanent_mac": slave.permanent_mac,
        "aggregator_id": slave.aggregator_id or None,
        "partner_mac": slave.partner_mac,
        "actor_port_state": slave.actor_port_state,
        "partner_port_state": slave.partner_port_state,
        "actor_churn": slave.actor_churn,
        "partner_churn": slave.partner_churn,
    }


def _lacp(lacp: LacpState | None) -> dict[str, Any] | None:
    if lacp is None:
        return None
    return {
        "aggregator_id": lacp.aggregator_id or None,
        "ports": lacp.ports,
        "actor_key": lacp.actor_key,
        "partner_key": lacp.partner_key,
        "partner_mac": lacp.partner_mac,
        "rate": lacp.rate,
    }


def _bridge(bridge: BridgeState | None) -> dict[str, Any] | None:
    if bridge is None:
        return None
    return {
        "name": bridge.name,
        "addresses": _addresses(bridge),
        "ports": [port.name for port in bridge.ports],
    }


def _addresses(bridge: BridgeState) -> list[str]:
    return [address.cidr for address in bridge.addresses if address.scope == "global"]


def status_text(judged: Judged) -> str:
    """The same for people; bonds are separated by an empty line."""
    return "\n".join(_text(state, verdict) for state, verdict in judged)


def _text(state: HealthState, verdict: Verdict) -> str:
    bond = state.bond
    lines = [one_line(f"{bond.name}  {verdict.level.upper()}   {verdict.headline}")]
    for reason in verdict.reasons:
        shown = [] if reason.text in verdict.headline else [reason.text]
        lines.append("  " + one_line(" ".join([*shown, reason.advice])))
    lines += ["", "  " + one_line("   ".join(_settings(state)))]
    rows = [("SLAVE", "ROLE", "LINK", "SPEED", "FAILURES", "PERMANENT MAC")]
    rows += [_row(slave, bond.active_slave) for slave in bond.slaves]
    lines += [f"  {line}" for line in align(rows, right=(3, 4))]
    if state.bridge is not None:
        ports = ", ".join(port.name for port in state.bridge.ports)
        addresses = " ".join(_addresses(state.bridge)) or "no address known"
        where = one_line(f"{state.bridge.name}   {addresses}   ports {ports or 'none'}")
        lines += ["", f"  {where}"]
    return "\n".join(lines) + "\n"


def _settings(state: HealthState) -> list[str]:
    bond = state.bond
    said = [bond.mode or "mode not known"]
    if bond.miimon is not None:
        said.append(f"miimon {bond.miimon} ms")
    if bond.arp_interval:
        said.append(f"arp_interval {bond.arp_interval} ms")
    said += [f"{name} {ms} ms" for name in ("updelay", "downdelay") if (ms := getattr(bond, name))]
    if bond.primary is not None:
        said.append(f"primary {bond.primary}")
    if bond.lacp is not None and bond.lacp.partner_mac is not None:
        said.append(f"LACP partner {bond.lacp.partner_mac}")
    return said


def _row(slave: SlaveState, active: str | None) -> tuple[str, str, str, str, str, str]:
    role = "" if active is None else "ACTIVE" if slave.name == active else "backup"
    return (
        slave.name,
        role,
        slave.mii_status if slave.mii_status == "up" else slave.mii_status.upper(),
        "-" if slave.speed is None else str(slave.speed),
        "-" if slave.link_failure_count is None else str(slave.link_failure_count),
        slave.permanent_mac or "-",
    )
