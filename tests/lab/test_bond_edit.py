"""A bond that exists, under a bridge with two guests on it, is changed: the guests stay.

Other options there and rolled back are in each run for every stack, in `test_stack_journey.py`; of
the slaves that come and go the harder case is. One guest; the tests are the legs of one journey and
run in order.
"""

from collections.abc import Iterator

import pytest

from tests.lab.channel import Running
from tests.lab.evidence import (
    ANSWERS,
    Before,
    hitless,
    keep,
    network,
    note,
    until_status,
    until_waiting,
)
from tests.lab.guest import Guest
from tests.lab.layouts import BRIDGED_BOND, GUESTS

JOURNEY = True

GUEST_ADDRESSES = ("192.168.0.101", "192.168.0.102")
OPTIONS = ANSWERS.replace("miimon: 100\n", "miimon: 50\n  options:\n    primary: eth1\n")
OTHER = ANSWERS.replace("[eth0, eth1]", "[eth0, eth2]")
WITHOUT_ACTIVE = ANSWERS.replace("[eth0, eth1]", "[eth1, eth2]")
THIRD_NIC = """\
ip link add eth2 address 00:14:22:36:f1:fb type veth peer name p2 netns switch
ip -n switch link set p2 master br0 up
"""
MODE = ANSWERS.replace("active-backup", "802.3ad")


@pytest.fixture(scope="module")
def guest(lab: None) -> Iterator[Guest]:
    with Guest(files={"/etc/network/interfaces": BRIDGED_BOND}) as booted:
        booted.sh(GUESTS + THIRD_NIC)
        booted.write("/root/other.yaml", OTHER)
        booted.write("/root/active.yaml", WITHOUT_ACTIVE)
        booted.write("/root/options.yaml", OPTIONS)
        booted.write("/root/mode.yaml", MODE)
        yield booted


@pytest.fixture(scope="module")
def before(guest: Guest) -> Before:
    return Before.of(guest)


def apply(guest: Guest, answers: str) -> Running:
    return guest.start("xenbond", "apply", "--answers", f"/root/{answers}.yaml", "--yes")


def guests_answer(guest: Guest) -> None:
    """Both guests' ports are on the bridge and forward: they are reached from the switch."""
    masters = network(guest).masters
    assert {port: masters.get(port) for port in ("vif1.0", "vif2.0", "bond0")} == dict.fromkeys(
        ("vif1.0", "vif2.0", "bond0"), "xenbr0"
    )
    for address in GUEST_ADDRESSES:
        guest.sh(f"ip netns exec switch ping -qc5 -i0.1 -W1 {address}")


def option(guest: Guest, name: str) -> str:
    return guest.read(f"/sys/class/net/bond0/bonding/{name}").split()[0]


@pytest.mark.parametrize(
    ("answers", "name", "old", "new"),
    [
        pytest.param("options", "primary", "", "eth1", marks=pytest.mark.long),
        ("mode", "mode", "active-backup", "802.3ad"),
    ],
)
def test_there_and_rolled_back(
    guest: Guest, before: Before, answers: str, name: str, old: str, new: str
) -> None:
    with guest.pinging() as host, guest.pinging(GUEST_ADDRESSES[0]) as dom:
        applying = apply(guest, answers)
        until_waiting(guest, applying)
    note(f"bond under guests, {name} changed: host {host[0]}; guest {dom[0]}")
    live = answers == "options"
    if live:
        hitless(guest, host[0], dom[0])
    assert option(guest, name) == new
    guests_answer(guest)
    with guest.pinging() as host, guest.pinging(GUEST_ADDRESSES[0]) as dom:
        guest.run("xenbond", "undo", "--yes").ok()
        assert applying.wait().rc == 2
    note(f"bond under guests, {name} rolled back: host {host[0]}; guest {dom[0]}")
    if live:
        hitless(guest, host[0], dom[0])
    before.is_back(guest)
    guests_answer(guest)


@pytest.mark.parametrize(
    ("answers", "slaves"),
    [
        pytest.param("other", {"eth0", "eth2"}, marks=pytest.mark.long),
        ("active", {"eth1", "eth2"}),
    ],
)
def test_slaves_come_and_go_and_nobody_notices(
    guest: Guest, before: Before, answers: str, slaves: set[str]
) -> None:
    guest.sh("echo eth0 >/sys/class/net/bond0/bonding/active_slave")
    with guest.pinging() as host, guest.pinging(GUEST_ADDRESSES[0]) as dom:
        keep(guest, apply(guest, answers))
    note(
        f"bond under guests, slaves now {' '.join(sorted(slaves))}: host {host[0]}; guest {dom[0]}"
    )
    hitless(guest, host[0], dom[0])
    assert set(guest.read("/sys/class/net/bond0/bonding/slaves").split()) == slaves
    guests_answer(guest)
    with guest.pinging() as host, guest.pinging(GUEST_ADDRESSES[0]) as dom:
        keep(guest, guest.start("xenbond", "undo", "--yes"))
    note(f"bond under guests, slaves as before: host {host[0]}; guest {dom[0]}")
    hitless(guest, host[0], dom[0])
    before.is_back(guest)
    guests_answer(guest)


def test_kept_and_undone(guest: Guest, before: Before) -> None:
    keep(guest, apply(guest, "options"))
    guests_answer(guest)
    assert (option(guest, "miimon"), option(guest, "primary")) == ("50", "eth1")
    until_status(guest, "healthy")
    keep(guest, guest.start("xenbond", "undo", "--yes"))
    before.is_back(guest)
    guests_answer(guest)
    assert option(guest, "miimon") == "100"
