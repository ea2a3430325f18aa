"""A drill's report: text for people, JSON for machines, both kept under /var/lib/xenbond/drills."""

import os
import time
from collections.abc import Mapping
from dataclasses import asdict

from xenbond_tui.apply import durable
from xenbond_tui.apply.notes import read_json
from xenbond_tui.drill.directories import Drills
from xenbond_tui.drill.model import Report, Round
from xenbond_tui.drill.rounds import told
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.bond import MODES_WITH_ACTIVE_SLAVE
from xenbond_tui.facts.guest_ports import guest_ports
from xenbond_tui.health.model import HealthState
from xenbond_tui.host import door, keeping
from xenbond_tui.machine import Machine
from xenbond_tui.rules.announcing import LASTS
from xenbond_tui.text import clean, json_text


def report_document(report: Report) -> dict[str, object]:
    """`drill --json`, version 1; ms and seconds as the names say."""
    return {"version": 1, **asdict(report)}


def report_text(report: Report) -> str:
    """A page to keep, or to paste into a ticket."""
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(report.started))
    lines = [
        f"Failover drill of {report.bond} ({report.mode}) on {report.hostname}, {when}",
        f"{report.result.upper()}: {report.text}",
        "",
        f"How: {report.how}. Probed: {report.target} every {report.interval * 1000:.0f} ms.",
    ]
    for item in report.rounds:
        lines += ["", *_round(item)]
    if report.restored:
        lines += ["", f"Put back at the end: {report.restored}."]
    return "\n".join(lines) + "\n"


def _round(item: Round) -> list[str]:
    over = f"; {item.took_over} took over" if item.took_over else ""
    lines = [
        f"{item.slave}  {'FAILED' if item.problem else 'ok'}{over}",
        f"  failing:      {told(item.away)}",
        f"  coming back:  {told(item.back)}",
    ]
    lines += [f"  {moment.ms:8.0f} ms  {moment.what}" for moment in item.order]
    if item.problem:
        lines.append(f"  {item.problem}")
    return lines


def unseen(state: HealthState) -> str:
    """What the probes don't tell of guests, to follow what they do tell."""
    guests = guest_ports((state.bridge,)) if state.bridge is not None else ()
    if not guests or state.bond.mode not in MODES_WITH_ACTIVE_SLAVE:
        return ""
    text = (
        f" That is this host's: its probes teach switches by which slave it is reached. What the "
        f"guests behind {', '.join(guests)} missed can't be seen from here."
    )
    if state.announced is False:
        text += f" Nothing announces them when a cable fails: a silent one is cut off {LASTS}."
    return text


def keep(machine: Machine, report: Report) -> tuple[str, str]:
    """Write both; returns their paths (text, JSON).

    Raises:
        XenbondError: no room, or not permitted.
    """
    text, document = _paths(machine, report.id)
    try:
        durable.replace(text, clean(report_text(report)).encode())
        durable.replace(document, json_text(report_document(report)).encode() + b"\n")
    except OSError as error:
        raise XenbondError.at(
            os.path.dirname(text), f"the report can't be kept: {error.strerror}."
        ) from None
    return text, document


def kept(machine: Machine, id: str) -> tuple[str, Mapping[str, object]] | None:
    """A report as it was kept, as text and as a document; None when there is none."""
    text_path, document_path = _paths(machine, id)
    if not keeping.is_ours(machine):
        return None
    try:
        text, document = door.read(text_path).text, read_json(document_path)
    except (OSError, ValueError):
        return None
    return (text, document) if isinstance(document, dict) else None


def _paths(machine: Machine, id: str) -> tuple[str, str]:
    drills = Drills(machine)
    return drills.path(id, "report.txt"), drills.path(id, "report.json")


def latest(machine: Machine, bond: str) -> str | None:
    """The text of a bond's newest report; None when there is none."""
    try:
        ids = door.names(Drills(machine).directory)[::-1]
    except OSError:
        return None
    for id in ids:
        report = kept(machine, id)
        if report is not None and report[1].get("bond") == bond:
            return report[0]
    return None
