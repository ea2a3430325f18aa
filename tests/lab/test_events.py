"""What happened to a bond, told afterwards and as it happens, when it is pulled at and taken apart.

One guest; the tests run in order.
"""

import json
import re
from typing import Any

from tests.lab.bonds import make_bond, until_up
from tests.lab.evidence import note
from tests.lab.guest import Guest

JOURNEY = True

FOLLOW = """\
import asyncio, json
from xenbond_tui.compose import live
from xenbond_tui.health.timeline import Timeline
from xenbond_tui.health.watch import watch

async def main():
    timeline, last = Timeline(), None
    async for look in watch(live(), "bond0"):
        if last is None:
            print("began", flush=True)
        last = look.state
        for event in timeline.add(look.state, look.when):
            print(event.code, event.slave, flush=True)
        try:
            open("/root/enough").close()
            break
        except OSError:
            pass
    print(json.dumps({} if last is None else dict(last.carrier)))

asyncio.run(main())
"""


class Following:
    """A program that watches bond0 until it is told that it was enough."""

    def __init__(self, guest: Guest) -> None:
        self._guest = guest
        guest.write("/root/follow.py", FOLLOW)
        guest.sh("rm -f /root/enough /root/seen")
        script = "exec /opt/xenbond/bin/python -I /root/follow.py >/root/seen"
        self._running = guest.start("sh", "-c", script)
        self.until("^began")

    def until(self, pattern: str, timeout: float = 60.0) -> None:
        self._guest.wait_until(f"grep -qE '{pattern}' /root/seen", timeout)

    def end(self) -> dict[str, bool]:
        """Each slave's carrier at the last look."""
        self._guest.sh("touch /root/enough")
        self._running.wait().ok()
        found: dict[str, bool] = json.loads(self._guest.read("/root/seen").splitlines()[-1])
        return found


def events(guest: Guest) -> list[dict[str, Any]]:
    document = json.loads(guest.xenbond("events", "bond0", "--json").out)
    found: list[dict[str, Any]] = document["bonds"][0]["events"]
    return found


def links(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    kinds = ("link-down", "link-up", "active-slave")
    return [(event["code"], event["slave"]) for event in found if event["code"] in kinds]


NIC = "ip link add nic8 type veth peer name p8; ip link set p8 up; "
ONE_PULL = [("link-down", "eth1"), ("active-slave", "eth0"), ("link-up", "eth1")]


def test_what_nobody_watched_is_in_the_kernels_log(guest: Guest) -> None:
    make_bond(guest, "active-backup")
    guest.sh("echo eth1 >/sys/class/net/bond0/bonding/active_slave")
    before = len(events(guest))
    guest.pull(1)
    until_up(guest, 1)
    guest.plug(1)
    until_up(guest, 2)
    found = events(guest)[before:]
    assert links(found) == ONE_PULL
    assert [event["monotonic"] for event in found] == sorted(e["monotonic"] for e in found)


def test_what_was_watched_is_told_once_and_outlives_the_program(guest: Guest) -> None:
    # Slow enough for two looks: where one sees both changes, nobody knows what was between them.
    guest.sh("cd /sys/class/net/bond0/bonding; echo 1000 >miimon; echo eth1 >active_slave")
    before = len(events(guest))
    for _ in range(2):
        running = guest.on_console("xenbond", "watch")
        guest.console.wait_for(r"^ bond0  HEALTHY")
        if len(events(guest)) == before:
            guest.pull(1)
            guest.console.wait_for(r"^ bond0  DEGRADED")
            guest.plug(1)
            guest.console.wait_for(r"^ bond0  HEALTHY")
        guest.console.keys("q")
        assert running.wait().rc == 0, guest.console.everything[-2000:]
    found = events(guest)[before:]
    assert links(found) == ONE_PULL, "in the record and in the kernel's log, but told once"
    (change,) = [event["text"] for event in found if event["code"] == "active-slave"]
    gap = re.fullmatch(r"active slave eth1 -> eth0, (\d+) ms after the link", change)
    assert gap, change
    note(f"events: {change}")
    assert 0 < int(gap[1]) < 2000, "miimon, and a second for a busy machine"


def test_slaves_and_bond_that_go_and_come_back_are_followed(guest: Guest) -> None:
    following = Following(guest)
    slaves = "/sys/class/net/bond0/bonding/slaves"
    for script, seen in (
        (f"echo -eth1 >{slaves}", "^slave-removed eth1"),
        (f"ip link set eth1 down; echo +eth1 >{slaves}", "^slave-added eth1"),
        ("ip link set eth1 down; ip link set eth1 name nic9", "^slave-added nic9"),
        ("ip link set nic9 name eth1; ip link set eth1 up", "^slave-removed nic9"),
        (NIC + "ip link set nic8 master bond0; ip link set nic8 up", "^slave-added nic8"),
        # As when its driver is unloaded, or its card is taken out of the slot.
        ("ip link del nic8", "^slave-removed nic8"),
        ("ip link del bond0", "^bond-gone"),
    ):
        guest.sh(script)
        following.until(seen)
    make_bond(guest, "active-backup")
    following.until("^bond-found")
    until_up(guest, 2)
    assert following.end() == {"eth0": True, "eth1": True}


def test_an_option_is_told_however_it_was_set(guest: Guest) -> None:
    """By an event: who watches reads the options again only then."""
    for value, write in (
        (3, "echo 3 >/sys/class/net/bond0/bonding/resend_igmp"),
        (5, "ip link set bond0 type bond resend_igmp 5"),
    ):
        guest.sh(
            "timeout 2 ip -d monitor link >/run/told & sleep 0.7; "
            f"{write}; wait; grep -q 'resend_igmp {value} ' /run/told"
        )
