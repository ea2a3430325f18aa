"""The failover drill on a real bond: what it measures, what it refuses, and that it leaves nothing.

One guest; each test makes its bond anew, or leaves it as it was.
"""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import pytest

from tests.lab.bonds import make_bond, status, until_up
from tests.lab.evidence import active_slave, note
from tests.lab.guest import Guest, Pings
from tests.lab.test_lacp import PARTNER

DRILLS = "/var/lib/xenbond/drills"
NEWEST = f"{DRILLS}/$(ls {DRILLS} | grep ^2 | tail -n1)"


def report(guest: Guest) -> dict[str, Any]:
    """The newest report, as it was kept."""
    found: dict[str, Any] = json.loads(guest.sh(f"cat {NEWEST}/report.json"))
    return found


INTERVAL = 20.0
"""Milliseconds between two probes."""

Gaps = list[float]
"""Each time the switch missed probes: ms from the last one before to the first one after."""


@contextmanager
def logging(guest: Guest) -> Iterator[Gaps]:
    """What the switch writes down of the probes that reach it; there when the block has ended."""
    gaps: Gaps = []
    guest.sh("rm -f /run/arrivals")
    python = ("/opt/xenbond/bin/python", "-I", "/lab/inside/arrivals.py", "/run/arrivals")
    running = guest.start("ip", "netns", "exec", "switch", *python)
    guest.wait_until("[ -e /run/arrivals ]", every=0.05)
    try:
        yield gaps
    finally:
        running.signal(signal.SIGTERM)
        for at in json.loads(running.wait().ok()):
            for (before, one), (after, two) in pairwise(at):
                if (two - one) % 65536 > 1:
                    gaps.append((after - before) * 1000)


def drill(guest: Guest, how: str) -> tuple[dict[str, Any], Pings, Gaps]:
    """Drill bond0 to the end of it while the switch pings the host, and logs its probes."""
    with logging(guest) as gaps, guest.pinging() as pings:
        done = guest.xenbond("drill", "bond0", "--how", how, "--yes", timeout=180)
    assert_as_it_was(guest)
    found = report(guest)
    assert done.rc == (0 if found["result"] == "passed" else 2), done
    return found, pings[0], gaps


def assert_as_it_was(guest: Guest, active: str = "eth0") -> None:
    """Links up, nothing noted, and the active slave that was."""
    guest.sh(f"! [ -e {DRILLS}/restore.json ]")
    for nic in ("eth0", "eth1"):
        flags = int(guest.read(f"/sys/class/net/{nic}/flags"), 16)
        assert flags & 1, f"{nic} is down"
    if guest.read("/sys/class/net/bond0/bonding/mode").startswith("active-backup"):
        assert active_slave(guest) == active


def agrees(found: dict[str, Any], pings: Pings, gaps: Gaps) -> None:
    """Each outage is in the switch's log, within one probe; and the other way round.

    Both tell of the same probes, so that it makes no difference how steadily a busy machine has
    sent them. The switch's own ping loses about as many; each may be off by one a side.
    """
    outages = [turn[way] for turn in found["rounds"] for way in ("away", "back")]
    silences = [outage["at_most"] for outage in outages if outage["lost"]]
    for one, others in ((silences, gaps), (gaps, silences)):
        for ms in one:
            assert any(abs(ms - other) <= INTERVAL for other in others), (found, gaps)
    off = [min(abs(ms - gap) for gap in gaps) for ms in silences]
    paces = [outage["at_most"] - outage["ms"] for outage in outages if outage["lost"]]
    note(
        f"drill, {found['mode']} by {found['how']}: silent for at most "
        f"{', '.join(f'{ms:.1f}' for ms in silences) or 'nothing'} ms; the switch's log is off by "
        f"{max(off, default=0):.2f} ms at most; probes at most {max(paces, default=0):.0f} ms apart"
    )
    lost = sum(turn["away"]["lost"] + turn["back"]["lost"] for turn in found["rounds"])
    worst = max(turn[way]["ms"] for turn in found["rounds"] for way in ("away", "back"))
    note(
        f"drill, {found['mode']} by {found['how']}: longest {worst:.0f} ms, "
        f"{lost} probes lost; the switch's ping lost {pings.lost}"
    )
    assert abs(lost - pings.lost) <= 2 * len(found["rounds"]), (found, pings)
    assert worst < 1000


def test_by_switching(guest: Guest) -> None:
    make_bond(guest, "active-backup")
    found, pings, gaps = drill(guest, "switch")
    assert found["result"] == "passed", found
    assert [(turn["slave"], turn["took_over"]) for turn in found["rounds"]] == [
        ("eth0", "eth1"),
        ("eth1", "eth0"),
    ]
    assert (found["target"], found["mode"], found["hostname"]) == (
        *("192.168.0.1", "active-backup", "lab"),
    )
    agrees(found, pings, gaps)


def test_by_pulling_cables(guest: Guest) -> None:
    make_bond(guest, "active-backup")
    guest.sh(f"rm -rf {DRILLS}/2*")
    with logging(guest) as gaps, guest.pinging() as pings:
        running = guest.start("xenbond", "drill", "bond0", "--how", "pull", "--yes")
        for nic in (0, 1):
            for asked, act in (("Pull the", guest.pull), ("Put the", guest.plug)):
                said = f"grep -q '{asked} cable of eth{nic}' {NEWEST}/progress.jsonl"
                try:
                    guest.wait_until(f"{said} 2>/dev/null", every=0.05)
                except AssertionError:
                    running.signal(signal.SIGINT)
                    print(running.wait())
                    raise
                act(nic)
        done = running.wait()
    assert done.rc == 0, done
    assert_as_it_was(guest)
    found = report(guest)
    for turn in found["rounds"]:
        order = [moment["what"] for moment in turn["order"]]
        other = "eth1" if turn["slave"] == "eth0" else "eth0"
        assert order[0] == f"carrier of {turn['slave']} lost"
        assert {f"active slave {other}", "first answer"} <= {*order}
        times = [moment["ms"] for moment in turn["order"]]
        assert all(one <= two for one, two in pairwise(times))
    agrees(found, pings[0], gaps)


def test_by_setting_links_down(guest: Guest) -> None:
    """eth0 is the primary, and comes back; eth1 stays active until it fails itself."""
    make_bond(guest, "active-backup")
    guest.sh("ip link set bond0 type bond primary eth0 primary_reselect failure")
    found, pings, gaps = drill(guest, "link-down")
    assert found["result"] == "passed", found
    agrees(found, pings, gaps)


def test_with_lacp(guest: Guest) -> None:
    make_bond(guest, "802.3ad", "lacp_rate", "fast")
    try:
        refused = guest.xenbond("drill", "bond0", "--how", "link-down", "--yes")
        assert refused.rc == 2
        assert "The switch does not answer LACP" in refused.err
        guest.sh(PARTNER.format(n=0, ports="p0 p1"))
        guest.wait_until("xenbond status >/dev/null", timeout=180)
        # Who pings from outside may have been sent to the other leg.
        found, pings, _ = drill(guest, "link-down")
        assert found["result"] == "passed", found
        assert {turn["took_over"] for turn in found["rounds"]} == {None}
        worst = max(turn["away"]["ms"] for turn in found["rounds"])
        note(f"drill, 802.3ad by link-down: longest {worst:.0f} ms; the switch: {pings}")
        assert worst < 1500
    finally:
        guest.sh("ip -n switch link del lag0 2>/dev/null || true")
        guest.sh("for p in p0 p1; do ip -n switch link set $p master br0 up; done")


def test_a_bond_without_a_spare_is_left_alone(guest: Guest) -> None:
    make_bond(guest, "active-backup")
    guest.pull(1)
    until_up(guest, 1)
    before = guest.sh(f"ls {DRILLS}")
    done = guest.xenbond("drill", "bond0", "--how", "switch", "--yes")
    guest.plug(1)
    until_up(guest, 2)
    assert done.rc == 2
    assert "bond0 is degraded" in done.err
    assert "Nothing was done." in done.err
    assert guest.sh(f"ls {DRILLS}") == before
    assert active_slave(guest) == "eth0"


def test_a_leg_that_leads_nowhere_fails_the_drill_and_is_left_at_once(guest: Guest) -> None:
    """eth1 has a link, but in a VLAN of its own: no other tool but a drill shows that."""
    make_bond(guest, "active-backup")
    guest.sh("ip -n switch link set p1 nomaster arp off")
    try:
        assert status(guest)[1]["verdict"] == "healthy", "which is why there are drills"
        found, pings, _ = drill(guest, "switch")
    finally:
        guest.sh("ip -n switch link set p1 master br0 arp on")
    assert found["result"] == "failed"
    problem = found["rounds"][0]["problem"]
    assert "s through eth1. Put back at once: active slave eth0." in problem
    note(f"drill, a leg that leads nowhere: {problem} The switch: {pings}")
    assert 4.5 < pings.longest_gap < 7


# However it ends

PLAYER, GUARD = "player", "guard"
"""The process that plays and the one that waits for it, the player's parent."""


def kill(guest: Guest, *which: str) -> None:
    """SIGKILL those processes of the drill at once."""
    guest.sh(
        "guard=$(pgrep -o -f '[x]enbond(_tui)? drillworker')"
        " player=$(pgrep -P $guard -f drillworker)"
        f"; kill -9 {' '.join(f'${name}' for name in which)}"
    )


MOMENTS = {
    "before anything is done": f"ls {DRILLS}/2*/progress.jsonl >/dev/null 2>&1 && pgrep -P "
    "$(pgrep -o -f '[x]enbond(_tui)? drillworker') >/dev/null",
    "eth0 is down": "! grep -q 1 /sys/class/net/eth0/carrier 2>/dev/null",
    "eth0 comes back": "grep -q 'set eth0 up again' /var/lib/xenbond/drills/2*/progress.jsonl",
    "eth1 is down": "grep -q 'set eth1 down.*ok' /var/lib/xenbond/drills/2*/progress.jsonl",
}


@pytest.mark.parametrize(
    ("moment", "which"),
    [
        ("before anything is done", (PLAYER,)),
        ("eth0 is down", (PLAYER,)),
        ("eth0 is down", (GUARD,)),
        ("eth0 comes back", (GUARD, PLAYER)),
        ("eth1 is down", (GUARD, PLAYER)),
    ],
)
def test_killed_at_any_moment(guest: Guest, moment: str, which: tuple[str, ...]) -> None:
    make_bond(guest, "active-backup")
    guest.sh(f"rm -rf {DRILLS}/2*")
    running = guest.start("xenbond", "drill", "bond0", "--how", "link-down", "--yes")
    guest.wait_until(MOMENTS[moment], timeout=180, every=0.05)
    kill(guest, *which)
    done = running.wait()
    print(done)
    assert done.rc == 2
    assert "was killed" in done.out + done.err
    until_up(guest, 2)
    assert_as_it_was(guest)
    guest.sh("ping -qc2 -i0.1 -w5 192.168.0.1")


def test_killed_with_everything_that_was_left(guest: Guest) -> None:
    """With who follows it too: the next `xenbond recover` finds what is to be put back."""
    make_bond(guest, "active-backup")
    running = guest.start("xenbond", "drill", "bond0", "--how", "link-down", "--yes")
    guest.wait_until(MOMENTS["eth0 is down"], timeout=180, every=0.05)
    running.signal(signal.SIGKILL)
    kill(guest, GUARD, PLAYER)
    guest.sh(f"[ -e {DRILLS}/restore.json ]")
    done = guest.xenbond("recover")
    assert done.rc == 0
    until_up(guest, 2)
    assert_as_it_was(guest)
