"""What a failover means to a guest that is silent, without `xenbond announce` and with it.

The switch keeps what it learned of a port whose link goes down: what is meant for the guest goes on
to the pulled cable, until a frame of the guest's comes in by the other port.
"""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.lab import turns
from tests.lab.channel import Running
from tests.lab.evidence import active_slave, note
from tests.lab.qemu.conftest import GUEST, GUEST_MAC, HOST, HOST6, MAKE_GUEST, make_bond
from tests.lab.qemu.frames import RARP, advertised, arp, kind, mac
from tests.lab.qemu.machine import PORTS, Machine
from tests.lab.qemu.peer import Pinging
from tests.lab.qemu.switch import Passed

LONG = 10.0 if turns.level() == "whole" else 5.0
"""Seconds that a guest is seen to stay away; it would for as long as it is silent."""
MINE = mac(GUEST_MAC)
SPEAK = "ip netns exec guest ping -c1 -W5 192.168.0.1"
LISTENS = "awk '$2 == 0 && $4 != \"00000000\" { found = 1 } END { exit !found }' /proc/net/netlink"
"""Some process hears of links by netlink."""
KNOWN = f"bridge fdb show br xenbr0 dynamic | grep -q {GUEST_MAC}"


@pytest.fixture(scope="module")
def housing(bonded: Machine) -> Machine:
    """The host with one guest on its bridge, which has spoken."""
    bonded.sh(MAKE_GUEST)
    return bonded


def away(pinging: Pinging, since: float) -> float | None:
    """Seconds until the first answer to what was asked since then."""
    answers = [
        pinging.answered[number]
        for number, sent in list(pinging.sent.items())
        if sent >= since and number in pinging.answered
    ]
    return min(answers) - since if answers else None


def until_answered(pinging: Pinging, since: float, timeout: float) -> float | None:
    deadline = time.monotonic() + timeout
    while (seconds := away(pinging, since)) is None and time.monotonic() < deadline:
        time.sleep(0.02)
    return seconds


def until(condition: Callable[[], bool], timeout: float = 30.0) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"not so in {timeout:.0f} s"
        time.sleep(0.05)


def taught(frames: list[Passed]) -> list[Passed]:
    """The learning frames for the guest that came in from the host."""
    return [p for p in frames if kind(p.frame) == RARP and p.frame[6:12] == MINE]


@contextmanager
def announcing(machine: Machine) -> Iterator[Running]:
    running = machine.start("xenbond", "announce", "bond0")
    try:
        machine.wait_until(LISTENS, 60)
        yield running
    finally:
        running.signal(signal.SIGTERM)
        done = running.wait()
        print(done)
    assert done.rc == 0


def begin(machine: Machine) -> None:
    """Both cables in, eth0 active, and the guest heard by the switch behind it."""
    machine.plug(0, 1)
    machine.wait_until("[ $(grep -c 'MII Status: up' /proc/net/bonding/bond0) = 3 ]", 60)
    machine.write("/sys/class/net/bond0/bonding/active_slave", "eth0")
    machine.sh(SPEAK)
    assert machine.switch.learned[MINE] == PORTS[0]


def test_without_it_a_silent_guest_stays_away_until_it_speaks(housing: Machine) -> None:
    begin(housing)
    with housing.switch.pinging(GUEST) as pinging:
        assert until_answered(pinging, 0.0, 30) is not None
        pulled = housing.pull(0)
        assert until_answered(pinging, pulled + 0.1, LONG) is None
        assert active_slave(housing) == "eth1"
        said = [passed.frame for passed in housing.switch.since(pulled) if passed.port == PORTS[1]]
        spoke = time.monotonic()
        housing.sh(SPEAK)
        again = until_answered(pinging, spoke, 30)
    assert not [f for f in said if (a := arp(f)) and a.sender == a.target == HOST]
    assert not [f for f in said if f[6:12] == MINE]
    assert HOST6 not in [advertised(f) for f in said]
    assert again is not None
    note(
        f"qemu: without announce a silent guest is away for {spoke - pulled:.1f} s after the pull, "
        f"which is until it speaks; then answers after {again:.2f} s"
    )


def test_with_it_a_guest_that_the_bridge_forgot_is_back_at_once(housing: Machine) -> None:
    begin(housing)
    with announcing(housing):
        housing.sh("ip link set xenbr0 type bridge ageing_time 100")
        housing.wait_until(f"! {KNOWN}", 60)
        housing.sh("ip link set xenbr0 type bridge ageing_time 30000")
        pulled = housing.pull(0)
        with housing.switch.pinging(GUEST) as pinging:
            seconds = until_answered(pinging, pulled, 30)
        assert seconds is not None
        # Once more after a second: the new port may not have forwarded yet.
        until(lambda: len(taught(housing.switch.since(pulled))) == 2)
        said = housing.switch.since(pulled)
    assert [p.port for p in taught(said)] == [PORTS[1]] * 2
    claims = [a for p in said if (a := arp(p.frame)) and a.sender == a.target == HOST]
    assert claims
    assert HOST6 in [advertised(p.frame) for p in said if p.port == PORTS[1]]
    note(f"qemu: with announce a silent guest answers {seconds:.2f} s after the pull")
    assert seconds < LONG


@pytest.mark.long
def test_a_flapping_bond_is_no_flood(housing: Machine) -> None:
    begin(housing)
    flaps = "for n in $(seq 20); do for s in eth1 eth0; do echo $s; sleep 0.05; done; done"
    option = "/sys/class/net/bond0/bonding/active_slave"
    with announcing(housing):
        began = time.monotonic()
        script = f"{flaps} | while read -r s; do echo $s >{option}; done; echo eth1 >{option}"
        housing.sh(script)
        ended = time.monotonic()
        until(lambda: housing.switch.learned[MINE] == PORTS[1])
        time.sleep(3.0)
        said = taught(housing.switch.since(began))
    assert 2 <= len(said) <= (said[-1].at - began) + 2
    assert said[-1].port == PORTS[1]
    assert housing.switch.learned[MINE] == PORTS[1]
    note(f"qemu: 41 changes of the active slave in {ended - began:.1f} s: {len(said)} announced")


@pytest.mark.long
@pytest.mark.parametrize("mode", ["balance-tlb", "balance-alb"])
def test_other_modes_with_an_active_slave(housing: Machine, mode: str) -> None:
    """The guest's MAC arrives as it is, by the active slave, which others of these modes' don't."""
    make_bond(housing, mode)
    housing.sh(MAKE_GUEST)
    housing.sh(SPEAK)
    began = time.monotonic()
    housing.xenbond("announce", "bond0", "--once").ok()
    active = PORTS[int(active_slave(housing)[-1])]
    assert [p.port for p in taught(housing.switch.since(began))] == [active]


@pytest.mark.long
@pytest.mark.parametrize("mode", ["balance-rr", "balance-xor", "broadcast", "802.3ad"])
def test_modes_without_an_active_slave_are_refused(housing: Machine, mode: str) -> None:
    housing.sh(f"ip link add bond9 type bond mode {mode}")
    refused = housing.xenbond("announce", "bond9")
    housing.sh("ip link del bond9")
    assert refused.rc == 2
    assert "has no active slave" in refused.err
