"""What two silent guests of a dom0 and the host itself lose, event by event, by the switch's log.

Pulled cables with the announcement and without, on a switch that forgets a port whose link goes
down and on one that does not; a plain bridge that comes under a bond while guests are on it; a
removal that is refused. One dom0; the tests run in order.
"""

import contextlib
import time
from collections.abc import Iterator

import pytest

from tests.lab.evidence import ANSWERS, active_slave, network, note
from tests.lab.qemu.machine import PORTS
from tests.lab.qemu.peer import Pinging
from tests.lab.xen import steps
from tests.lab.xen.dom0 import PATIENCE, Dom0
from tests.lab.xen.image import GUESTS
from tests.lab.xen.steps import (
    EVERYBODY,
    PACE,
    as_installed,
    everybody_answers,
    heard,
    kept,
    running_guests,
    told,
    with_guests,
)

pytestmark = pytest.mark.long

LISTENS = "awk '$2 == 0 && $4 != \"00000000\" { found = 1 } END { exit !found }' /proc/net/netlink"
"""Some process hears of links by netlink."""
AWAY = 5.0
"""Seconds that somebody who is cut off is seen to stay away. Who is not is back before."""


@contextlib.contextmanager
def asking_everybody(dom0: Dom0) -> Iterator[dict[str, Pinging]]:
    """Ask host and guests, who all answer when the block begins."""
    with contextlib.ExitStack() as stack:
        asked = {
            name: stack.enter_context(dom0.switch.pinging(ip, PACE))
            for name, ip in EVERYBODY.items()
        }
        back(dom0, asked, time.monotonic())
        yield asked
        for pinging in asked.values():
            pinging.over = True


@pytest.fixture(scope="module")
def housing(dom0: Dom0) -> Dom0:
    """The dom0 with a bond whose primary slave is eth0, and both guests."""
    dom0.write("/root/answers.yaml", ANSWERS)
    if {"eth0": "bond0", "eth1": "bond0"}.items() - network(dom0).masters.items():
        kept(as_installed(dom0), "apply", "--answers", "/root/answers.yaml")
    dom0.write("/sys/class/net/bond0/bonding/primary", "eth0")
    with_guests(dom0)
    return dom0


def found_again(dom0: Dom0) -> None:
    """The switch's host asks by ARP for all, where the active slave has moved and nobody told."""
    dom0.switch.peer.known.clear()
    everybody_answers(dom0)


@contextlib.contextmanager
def announcing(dom0: Dom0) -> Iterator[None]:
    running = dom0.start("xenbond", "announce", "bond0")
    try:
        dom0.wait_until(LISTENS, PATIENCE)
        yield
    finally:
        running.signal(15)
        print(running.wait(PATIENCE))


def back(dom0: Dom0, asked: dict[str, Pinging], since: float) -> None:
    """Wait until everybody answers, or has been away for long; who is, is asked for by ARP."""
    limit = time.monotonic() + AWAY
    while missing := [
        ip for name, ip in EVERYBODY.items() if not answered_since(asked[name], since)
    ]:
        if time.monotonic() > limit:
            for ip in missing:
                dom0.switch.peer.known.pop(ip, None)
            limit = time.monotonic() + PATIENCE
        time.sleep(PACE)


def nobody_misses(what: str, asked: dict[str, Pinging]) -> None:
    """No frame is lost, however slow the machine: late is not lost.

    None was, of 6 to 18 thousand in each of four changes with ten other programs for two
    processors. One may be, as in each journey: it was in the air as the switch learned.
    """
    for name, pinging in asked.items():
        note(f"xen: under guests {what}: {name} {told(pinging)}")
    assert all(len(pinging.lost()) <= 1 for pinging in asked.values())


def answered_since(pinging: Pinging, at: float) -> bool:
    newest = max(list(pinging.answered), default=-1)
    return newest >= 0 and pinging.sent[newest] >= at


@pytest.mark.parametrize("forgets", [True, False], ids=["forgets", "keeps"])
@pytest.mark.parametrize("announced", [False, True], ids=["silent", "announced"])
def test_a_cable_is_pulled_and_put_back(housing: Dom0, announced: bool, forgets: bool) -> None:
    housing.plug(0, 1)
    housing.wait_until("[ $(cat /sys/class/net/bond0/bonding/active_slave) = eth0 ]", PATIENCE)
    housing.switch.forgets = forgets
    found_again(housing)
    how = f"{'' if announced else 'not '}announced, switch {'forgets' if forgets else 'keeps'}"
    with announcing(housing) if announced else contextlib.nullcontext():
        for event, do, active in (
            ("failover", housing.pull, "eth1"),
            ("failback", housing.plug, "eth0"),
        ):
            with asking_everybody(housing) as asked:
                place = len(housing.switch.log)
                do(0)
                back(housing, asked, heard(housing, place, PORTS[int(active[-1])]))
            assert active_slave(housing) == active
            for name, pinging in asked.items():
                note(f"xen: {event}, {how}: {name} {told(pinging)}")
            # Without it there is no bound; but an answer to what came in before a move may leave
            # after it, and then the switch has learned.
            assert not announced or all(it.longest_gap() < AWAY for it in asked.values())
    housing.switch.forgets = False


def test_remove_under_guests_is_refused_and_names_them(housing: Dom0) -> None:
    was = network(housing)
    domains = dict(
        line.split() for line in housing.sh("xl list | awk 'NR > 2 { print $1, $2 }'").splitlines()
    )
    done = housing.xenbond("remove", "--yes", timeout=PATIENCE)
    assert done.rc == 2
    assert all(f"vif{domains[name]}.0 ({name})" in done.err for name in GUESTS)
    assert network(housing) == was
    assert running_guests(housing) == set(GUESTS)


@pytest.fixture(scope="module")
def bridged(dom0: Dom0) -> Dom0:
    """eth0 alone in xenbr0, and both guests."""
    with_guests(steps.bridged(dom0))
    return dom0


def test_guests_on_another_bridge_are_listed(bridged: Dom0) -> None:
    """They would not get the new uplink."""
    bridged.sh("ip link add xenbr1 type bridge; ip link set xenbr1 up")
    config = bridged.read("/root/web.cfg").replace('"web"', '"other"').replace("xenbr0", "xenbr1")
    bridged.write("/root/other.cfg", config)
    try:
        bridged.run("xl", "create", "/root/other.cfg", timeout=PATIENCE).ok()
        port = bridged.sh("cd /sys/class/net/xenbr1/brif; ls").strip()
        bridged.write("/root/answers.yaml", ANSWERS)
        done = bridged.xenbond("plan", "--answers", "/root/answers.yaml", timeout=PATIENCE)
        assert f"{port} (other) of running guests are on xenbr1 and stay there" in done.err
    finally:
        bridged.sh("xl destroy other; ip link del xenbr1", timeout=PATIENCE)


def test_a_bridge_comes_under_a_bond_and_goes_back_by_itself(bridged: Dom0) -> None:
    was = network(bridged)
    bridged.write("/root/answers.yaml", ANSWERS)
    with asking_everybody(bridged) as asked:
        done = bridged.xenbond(
            *("apply", "--answers", "/root/answers.yaml", "--yes", "--confirm-within", "30"),
            timeout=2 * PATIENCE,
        )
    assert done.rc != 0
    nobody_misses("there and back, unconfirmed", asked)
    assert network(bridged) == was
    assert running_guests(bridged) == set(GUESTS)
    everybody_answers(bridged)


def test_a_bridge_comes_under_a_bond_and_back(bridged: Dom0) -> None:
    was = network(bridged)
    for what, command in {
        "there": ("apply", "--answers", "/root/answers.yaml"),
        "back": ("undo",),
    }.items():
        with asking_everybody(bridged) as asked:
            kept(bridged, *command)
        nobody_misses(f"{what}, kept", asked)
        everybody_answers(bridged)
        assert running_guests(bridged) == set(GUESTS)
    assert network(bridged) == was
