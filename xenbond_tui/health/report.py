"""What `xenbond status` says: the JSON document, the text, the exit code."""

from collections.abc import Sequence

from xenbond_tui.facts.bond import SlaveState
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
_OF_BOND = (
    *("name", "driver", "mode", "mii_status", "miimon", "updelay", "downdelay", "arp_interval"),
    *("primary", "active_slave"),
)
_OF_REASON = ("code", "slave", "text", "advice", "evidence")
_OF_SLAVE = (
    *("name", "mii_status", "speed", "duplex", "link_failure_count", "permanent_mac"),
    *("aggregator_id", "partner_mac", "actor_port_state", "partner_port_state"),
    *("actor_churn", "partner_churn"),
)
_OF_LACP = ("aggregator_id", "ports", "actor_key", "partner_key", "partner_mac", "rate")
"""What `status --json` has of each, in that order, named as here."""

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


def _as_named(told: object, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(told, name) for name in names}


def _bond(state: HealthState, verdict: Verdict) -> dict[str, Any]:
    bond, lacp, bridge = state.bond, state.bond.lacp, state.bridge
    return {
        **_as_named(bond, _OF_BOND),
        "mode": bond.mode or None,
        "mii_status": bond.mii_status or None,
        "verdict": None if verdict.level is Level.UNKNOWN else str(verdict.level),
        "headline": verdict.headline,
        "reasons": [_as_named(reason, _OF_REASON) for reason in verdict.reasons],
        "slaves": [
            {**_as_named(slave, _OF_SLAVE), "aggregator_id": slave.aggregator_id or None}
            for slave in bond.slaves
        ],
        "lacp": lacp and {**_as_named(lacp, _OF_LACP), "aggregator_id": lacp.aggregator_id or None},
        "bridge": bridge
        and {
            "name": bridge.name,
            "addresses": _addresses(bridge),
            "ports": [port.name for port in bridge.ports],
        },
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
