"""What the bonding driver told the kernel log: events of the time before anybody looked.

Messages as in bond_main.c of Linux 2.6.18 to 7.x: `bond0: (slave eth0): link status definitely
down, disabling slave` since 5.1, `bonding: bond0: link status definitely down for interface eth0,
disabling it` before.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from xenbond_tui.health.event import Event, boot_id
from xenbond_tui.machine import Machine
from xenbond_tui.regex import regex

_LINE = regex(
    r"\[ *(?P<at>\d+\.\d+)\](?:\[[^\]]*\])? (?:bonding: )?(?P<bond>[^\s:(]+)"
    r"(?: \(unregistering\))?:(?: \(slave (?P<slave>\S+)\):)? (?P<text>.*)"
)
_SLAVE = "SLAVE"
_SAID: tuple[tuple[re.Pattern[str], str, str], ...] = tuple(
    (regex(expression), code, text)
    for expression, code, text in (
        (r"link status definitely down(?: for interface (\S+),)?", "link-down", "SLAVE link down"),
        (r"link status definitely up(?: for interface (\S+)[,.])?", "link-up", "SLAVE link up"),
        (r"making interface (?:(?!the )(\S+) )?the new active one", "active-slave", ""),
        (r"now running without any active interface", "no-active-slave", "no active slave"),
        (
            r"[Ee]nslaving (?:(?!as )(\S+) )?as an? (?:active|backup)",
            "slave-added",
            "SLAVE enslaved",
        ),
        (
            r"[Rr]eleasing (?:active|backup) interface(?: (\S+))?",
            "slave-removed",
            "SLAVE is no slave any more",
        ),
    )
)


def read_log(machine: Machine, bond: str) -> tuple[Event, ...]:
    """The bond's events in the kernel's log, oldest first.

    Nothing where the log may not be read, or has no times (printk.time=0): then nobody knows when.
    """
    return read_logs(machine).get(bond, ())


def read_logs(machine: Machine) -> Mapping[str, tuple[Event, ...]]:
    """Every bond's events, by its name: the log is read once, however many bonds there are."""
    if not machine.access.can_activate:
        return {}
    done = machine.runner.run(("dmesg",), timeout=5.0)
    if done.returncode != 0:
        return {}
    booted, boot = machine.clock.now() - machine.clock.monotonic(), boot_id(machine)
    lines = defaultdict[str, list[re.Match[str]]](list)
    for line in done.stdout.splitlines():
        if match := _LINE.match(line):
            lines[match["bond"]].append(match)
    return {name: tuple(_events(matches, booted, boot)) for name, matches in lines.items()}


def _events(lines: Sequence[re.Match[str]], booted: float, boot: str) -> Iterator[Event]:
    active: str | None = None
    for match in lines:
        at = float(match["at"])
        for pattern, code, words in _SAID:
            said = pattern.match(match["text"])
            if said is None:
                continue
            slave = match["slave"] or (said[1] if pattern.groups else None)
            if code == "active-slave":
                told, active = _active(active, slave or "?"), slave
            else:
                # A name is put into our words, and never taken for words itself.
                told = words.replace(_SLAVE, slave or "?")
            if code == "no-active-slave":
                active = None
            yield Event(booted + at, code, told, slave, at, boot)
            break


def _active(was: str | None, now: str) -> str:
    """Without a gap: the bond logs a link that went only when it has noticed, and acts at once."""
    return f"active slave {now}" if was is None or was == now else f"active slave {was} -> {now}"
