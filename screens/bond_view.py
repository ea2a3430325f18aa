"""A bond's state as the health screen prints it. Pure: values in, lines out."""

from collections.abc import Mapping

from screens.traffic import Traffic, bars
from screens.wrapping import wrap
from xenbond_tui.facts.bond import MODES_WITH_ACTIVE_SLAVE, BondState, SlaveState
from xenbond_tui.health.model import HealthState, Verdict
from xenbond_tui.health.watch import Snapshot
from xenbond_tui.text import align, cells, one_line, shortened

HEADER = ("SLAVE", "ROLE", "LINK", "SPEED", "FAILURES", "RX Mb/s", "TX Mb/s")
SWITCH_PORT, MINUTE = "SWITCH PORT", "LAST MINUTE (rx)"
WIDE = 98
"""Columns from which on there is room for the switch ports: a screen of 100."""
LEAST = 74
"""Columns that the table takes with its bars."""
LONGEST_PORT = 24
MOST_PORTS, MOST_PORTS_TALL = 3, 8
"""Lines of ports of the bridge: a host full of guests must not push the events away."""


def verdict_lines(
    state: HealthState, verdict: Verdict, since: Mapping[tuple[str, str | None], str], width: int
) -> list[str]:
    """The verdict with its headline, then each reason with its advice."""
    pad = " " * (cells(one_line(state.bond.name)) + 2)
    headline = f"{state.bond.name}  {verdict.level.upper()}   {verdict.headline}"
    lines = wrap(headline, width, rest=pad)
    for reason in verdict.reasons:
        text = "" if reason.text in verdict.headline else reason.text
        began = since.get((reason.code, reason.slave))
        if text and began is not None:
            text = f"{text.rstrip('.')} since {began}."
        text = f"{text} {reason.advice}".strip()
        lines += wrap(text, width, pad, pad)
    return lines


def settings_line(bond: BondState, active_since: str | None, width: int) -> str:
    """Mode, active slave, miimon, primary: what the bond is set to; closer where room is short."""
    parts = [bond.mode or "mode not understood"]
    if bond.mode in MODES_WITH_ACTIVE_SLAVE:
        since = f" since {active_since}" if active_since else ""
        parts.append(f"active {bond.active_slave or 'none'}{since}")
    if bond.miimon:
        parts.append(f"miimon {bond.miimon} ms")
    elif bond.arp_interval:
        parts.append(f"ARP every {bond.arp_interval} ms")
    else:
        parts.append("links not checked")
    if bond.mode in MODES_WITH_ACTIVE_SLAVE:
        parts.append(f"primary {bond.primary}" if bond.primary else "no primary")
    if bond.lacp is not None and bond.lacp.partner_mac is not None:
        parts.append(f"LACP partner {bond.lacp.partner_mac}")
    lines = [(" " * apart).join(parts) for apart in (4, 3, 2)]
    return next((line for line in lines if len(line) <= width), lines[-1])


def slave_lines(
    state: HealthState, look: Snapshot, traffic: Traffic, width: int, ascii_only: bool
) -> list[str]:
    """The slaves as a table, header first, in the bond's order: a key and a row keep their slave.

    Where there is room, with the switch port of each, if any is known.
    """
    bond = state.bond
    ports = state.switch_ports if width >= WIDE else {}
    columns = 30 if width >= WIDE + (20 if ports else 0) else 15
    rows = [(*HEADER, *([SWITCH_PORT] if ports else []), MINUTE)]
    for slave in bond.slaves:
        rate = look.rates.get(slave.name)
        minute = traffic.last_minute(slave.name, look.when.monotonic, columns)
        rows.append(
            (
                slave.name,
                _role(bond, slave),
                _link(slave),
                str(slave.speed) if slave.speed else "-",
                "-" if slave.link_failure_count is None else str(slave.link_failure_count),
                f"{rate.rx:.1f}" if rate is not None else "-",
                f"{rate.tx:.1f}" if rate is not None else "-",
                *([_port(slave.name, state)] if ports else []),
                bars(minute, ascii_only),
            )
        )
    # A window that is too narrow does without the bars, not without a table.
    return align([row if width >= LEAST else row[:-1] for row in rows], right={3, 4, 5, 6})


def _port(slave: str, state: HealthState) -> str:
    port = state.switch_ports.get(slave)
    return "-" if port is None else shortened(one_line(f"{port.switch} {port.port}"), LONGEST_PORT)


def _role(bond: BondState, slave: SlaveState) -> str:
    if bond.mode in MODES_WITH_ACTIVE_SLAVE:
        return "ACTIVE" if slave.name == bond.active_slave else "backup"
    if bond.lacp is not None and slave.aggregator_id is not None:
        same = slave.aggregator_id == bond.lacp.aggregator_id
        return "carries" if same and slave.mii_status == "up" else "apart"
    return "carries" if slave.mii_status == "up" else "-"


def _link(slave: SlaveState) -> str:
    return "DOWN" if slave.mii_status == "down" else slave.mii_status


def bridge_lines(state: HealthState, width: int, most: int = MOST_PORTS) -> list[str]:
    """The bridge in `most` lines: addresses and ports, with the names of the guests behind them."""
    bridge = state.bridge
    if bridge is None:
        return ["No bridge over this bond." if state.master_known else "Bridge not known."]
    addresses = " ".join(address.cidr for address in bridge.addresses if address.scope != "link")
    ports = [
        port.name
        + (f" {state.guests[port.name]}" if port.name in state.guests else "")
        + (f" {port.state.upper()}" if port.state not in ("", "forwarding") else "")
        for port in bridge.ports
    ]
    head = one_line(f"{bridge.name}   {addresses or 'no address'}   ")
    lines = _ports(head, ports, len(ports), width)
    shown = len(ports)
    while len(lines) > most and shown:
        shown -= 1
        lines = _ports(head, ports, shown, width)
    return lines


def vlan_lines(state: HealthState, width: int) -> list[str]:
    """The VLANs on the bond and on the bridge, with their numbers; none where there is none."""
    told = ", ".join(f"{name} (VLAN {number})" for name, number in state.vlans.items())
    return wrap(one_line(f"VLANs    {told}"), width, rest=" " * 9) if told else []


def _ports(head: str, ports: list[str], shown: int, width: int) -> list[str]:
    rest = [f"and {len(ports) - shown} more"] if shown < len(ports) else []
    text = head + (", ".join([*ports[:shown], *rest]) or "no ports")
    return wrap(text, width, rest=" " * cells(head))
