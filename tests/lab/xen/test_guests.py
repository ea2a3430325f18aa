"""What two silent guests of a dom0 and the host itself lose, event by event, by the switch's log.

Pulled cables with the announcement and without, on a switch that forgets a port whose link goes
down and on one that does not; a plain bridge that comes under a bond while guests are on it; a
removal that is refused. One dom0; the tests run in order.
"""

import contextlib
import time
from collections.abc import Iterator

import pytest

from tests.lab.evidence import ANSWERS, active_slave, network
from tests.lab.qemu.frames import RARP, arp, kind
from tests.lab.qemu.machine import PORTS
from tests.lab.xen import steps
from tests.lab.xen.dom0 import HOST, PATIENCE, Dom0
from tests.lab.xen.image import GUESTS, MACS
from tests.lab.xen.steps import (
    AWAY,
    PACE,
    as_installed,
    asking_everybody,
    back,
    everybody_answers,
    heard,
    kept,
    nobody_misses,
    running_guests,
    with_guests,
)
from tests.lab.xen.table import Table

pytestmark = pytest.mark.long

LISTENS = "awk '$2 == 0 && $4 != \"00000000\" { found = 1 } END { exit !found }' /proc/net/netlink"
"""Some process hears of links by netlink."""


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


def everybody_announced(dom0: Dom0, place: int, port: str) -> float:
    """When the last of host and guests was announced by that port, in the log from there on."""
    told: dict[str, float] = {}
    limit = dom0.limit(PATIENCE)
    while not limit.over:
        for passed in dom0.switch.log[place:]:
            if passed.port == port and (who := announces(passed.frame)):
                told.setdefault(who, passed.at)
        if told.keys() == {HOST, *MACS.values()}:
            return max(told.values())
        time.sleep(PACE)
    raise AssertionError(f"not all are announced by {port}: {told}")


def announces(frame: bytes) -> str:
    """The host's address, or a guest's MAC, that a frame says is here; empty for all others."""
    if (said := arp(frame)) and said.sender == said.target == HOST:
        return HOST
    source = frame[6:12].hex(":")
    return source if kind(frame) == RARP and source in MACS.values() else ""


@pytest.mark.parametrize("forgets", [True, False], ids=["forgets", "keeps"])
@pytest.mark.parametrize("announced", [False, True], ids=["silent", "announced"])
def test_a_cable_is_pulled_and_put_back(
    housing: Dom0, table: Table, announced: bool, forgets: bool
) -> None:
    """What is lost with the announcement was sent before it; by a failback, nothing is.

    Without one there is no bound. How long a failover takes is the kernel's, which looks each
    miimon, 100 ms, and a millisecond of the service's own. At a failback there is no more than
    that millisecond, in which one request may be in the air.
    """
    housing.plug(0, 1)
    housing.wait_until("[ $(cat /sys/class/net/bond0/bonding/active_slave) = eth0 ]", PATIENCE)
    housing.switch.forgets = forgets
    found_again(housing)
    with announcing(housing) if announced else contextlib.nullcontext():
        for event, do, active in (
            ("failover", housing.pull, "eth1"),
            ("failback", housing.plug, "eth0"),
        ):
            by, port = "no", PORTS[int(active[-1])]
            with asking_everybody(housing) as asked:
                place = len(housing.switch.log)
                moved = do(0)
                told = everybody_announced(housing, place, port) if announced else 0.0
                back(housing, asked, told or heard(housing, place, port))
            assert active_slave(housing) == active
            if announced:
                by = f"after {told - moved:.2f} s"
                assert not [at for it in asked.values() for at in it.lost() if at > told]
                assert all(it.longest_gap() < AWAY for it in asked.values())
                if event == "failback":
                    nobody_misses(asked)
            table.add(event, by, "forgets" if forgets else "keeps", asked)
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


def test_a_bridge_comes_under_a_bond_and_goes_back_by_itself(bridged: Dom0, table: Table) -> None:
    was = network(bridged)
    bridged.write("/root/answers.yaml", ANSWERS)
    with asking_everybody(bridged) as asked:
        done = bridged.xenbond(
            *("apply", "--answers", "/root/answers.yaml", "--yes", "--confirm-within", "30"),
            timeout=2 * PATIENCE,
        )
    assert done.rc != 0
    table.add("forward and back, unconfirmed", "by the change", "keeps", asked)
    nobody_misses(asked)
    assert network(bridged) == was
    assert running_guests(bridged) == set(GUESTS)
    everybody_answers(bridged)


def test_a_bridge_comes_under_a_bond_and_back(bridged: Dom0, table: Table) -> None:
    was = network(bridged)
    for what, command in {
        "forward": ("apply", "--answers", "/root/answers.yaml"),
        "back": ("undo",),
    }.items():
        with asking_everybody(bridged) as asked:
            kept(bridged, *command)
        table.add(f"{what}, kept", "by the change", "keeps", asked)
        nobody_misses(asked)
        everybody_answers(bridged)
        assert running_guests(bridged) == set(GUESTS)
    assert network(bridged) == was
