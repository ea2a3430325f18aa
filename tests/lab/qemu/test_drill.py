"""A drill's outages against the switch's own log, and the bond after a drill that is killed."""

import json
import time
from dataclasses import dataclass

import pytest

from tests.lab.evidence import active_slave, note
from tests.lab.qemu.answered import Seen, Span, seen
from tests.lab.qemu.conftest import HOST
from tests.lab.qemu.machine import Machine
from xenbond_tui.drill.worker import PROBE_EVERY_S

REPORT = "/var/lib/xenbond/drills/[0-9]*/report.json"
PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Change:
    """One change-over of a drill: a slave goes, or comes back."""

    slave: str
    when: str
    """As the report calls it: away or back."""
    began: float
    ended: float


def drill(machine: Machine, how: str) -> list[Change]:
    """A drill on the console to its end, which must be a good one; hands pull what it asks for."""
    changes: list[Change] = []
    first = active_slave(machine)
    console = machine.console
    running = machine.on_console("xenbond", "drill", "bond0", "--how", how, "--yes")
    console.wait_for(rf"{first}'s turn", timeout=PATIENCE)
    at = time.monotonic()

    def over(slave: str, when: str, line: str) -> None:
        nonlocal at
        console.wait_for(rf"{slave}'s turn\.[\s\S]*ok  {line}", timeout=PATIENCE)
        changes.append(Change(slave, when, at, time.monotonic()))
        at = changes[-1].ended

    for nic in sorted((0, 1), key=lambda nic: f"eth{nic}" != first):
        slave = f"eth{nic}"
        if how == "pull":
            console.wait_for(rf"Pull the cable of {slave} now", timeout=PATIENCE)
            machine.pull(nic)
        over(slave, "away", "see who takes over")
        if how == "pull":
            console.wait_for(rf"Put the cable of {slave} back", timeout=PATIENCE)
            machine.plug(nic)
        over(slave, "back", f"see {slave} come back")
    assert running.wait(PATIENCE).rc == 0
    assert active_slave(machine) == first
    return changes


def silence(saw: Seen) -> float:
    """The longest that the switch saw, ms."""
    return saw.longest.at_most.came if saw.longest is not None else 0.0


@pytest.mark.parametrize("how", ["pull", pytest.param("link-down", marks=pytest.mark.long)])
def test_outages_are_those_the_switch_saw(bonded: Machine, how: str) -> None:
    """To one probe's interval, whatever the machine's other work made of the probes' pace."""
    changes = drill(bonded, how)
    report = json.loads(bonded.sh(f"cat $(ls -t {REPORT} | head -n1)"))
    assert report["result"] == "passed"
    turns = [turn for turn in report["rounds"] for _ in ("away", "back")]
    pairs: list[tuple[dict[str, float], Seen]] = []
    for change, turn in zip(changes, turns, strict=True):
        told = turn[change.when]
        saw = seen(bonded.switch.log[:], HOST, PROBE_EVERY_S, change.began, change.ended)
        pairs.append((told, saw))
        if saw.lost or told["lost"]:
            note(
                f"qemu: drill {how}, {change.slave} {change.when}: the report says "
                f"{told['at_most']:.0f} ms at most ({told['lost']} lost), the switch "
                f"{silence(saw):.0f} ms ({saw.lost} lost); probes came up to {saw.unsteady:.0f} ms "
                f"off their pace"
            )
    for told, saw in pairs:
        # An answer that the switch had passed on may be on its way when the link goes.
        on_its_way = told["lost"] - saw.lost
        assert abs(on_its_way) <= 1, pairs
        gap = saw.longest
        silent = Span(0, 0, 0) if gap is None else gap.for_host if on_its_way > 0 else gap.at_most
        assert silent.off(told["at_most"]) <= PROBE_EVERY_S * 1000, pairs
        assert told["ms"] <= told["at_most"], pairs


@pytest.mark.long
def test_killed_with_all_of_its_processes(bonded: Machine) -> None:
    """Where no systemd is, the next xenbond puts back what nobody is left to."""
    before = active_slave(bonded)
    flags = f"/sys/class/net/{before}/flags"
    up = bonded.read(flags).strip()
    running = bonded.start("xenbond", "drill", "bond0", "--how", "link-down", "--yes")
    bonded.wait_until(f"[ $(cat {flags}) != {up} ]", PATIENCE)
    bonded.sh("pkill -9 -f '[x]enbond.* drill'")
    running.wait(PATIENCE)
    assert bonded.read(flags).strip() != up
    print(bonded.xenbond("recover").ok())
    assert bonded.read(flags).strip() == up
    assert active_slave(bonded) == before
    bonded.wait_until("[ $(grep -c 'MII Status: up' /proc/net/bonding/bond0) = 3 ]", 60)
