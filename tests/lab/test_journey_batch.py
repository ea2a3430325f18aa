"""From two NICs to a bridged bond that survives a pulled cable, and back: without a screen.

One guest; the tests are the legs of one journey and run in order.
"""

import json
import time

import pytest

from tests.lab.evidence import ANSWERS, Before, active_slave, etc, keep, network, note, until_status
from tests.lab.guest import Guest

JOURNEY = True


@pytest.fixture(scope="module")
def before(guest: Guest) -> Before:
    return Before.of(guest)


@pytest.mark.usefixtures("before")
def test_two_nics_are_found(guest: Guest) -> None:
    document = json.loads(guest.xenbond("nics", "--json").ok())
    nics = {nic["name"]: nic for nic in document["nics"] if nic["unsuitable"] is None}
    assert {name: nic["mac"] for name, nic in nics.items()} == {
        "eth0": "00:50:da:7a:51:45",
        "eth1": "00:14:22:36:f1:fa",
    }
    assert "192.168.0.222/24" in nics["eth0"]["addresses"]
    guest.write("/root/answers.yaml", ANSWERS)


def test_the_plan_writes_nothing(guest: Guest, before: Before) -> None:
    done = guest.xenbond("plan", "--answers", "/root/answers.yaml")
    assert done.rc == 1, "changes are planned"
    assert "+++ /etc/network/interfaces" in done.out
    assert etc(guest) == before.etc
    assert network(guest) == before.network


def test_apply_and_confirm(guest: Guest, before: Before) -> None:
    with guest.pinging() as pings:
        began = time.monotonic()
        keep(guest, guest.start("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes"))
        took = time.monotonic() - began
    note(f"batch: up and confirmed after {took:.1f} s; meanwhile {pings[0]}")
    now = network(guest)
    assert now.masters == {"eth0": "bond0", "eth1": "bond0", "bond0": "xenbr0"}
    assert now.addresses["xenbr0"] == ("192.168.0.222/24",)
    assert now.addresses["eth0"] == ()
    assert now.macs["xenbr0"] == before.network.macs["eth0"]
    assert [route.split(" onlink")[0] for route in now.routes] == [
        "default via 192.168.0.1 dev xenbr0"
    ]


def test_healthy(guest: Guest) -> None:
    bond = until_status(guest, "healthy")
    guest.xenbond("status")
    assert bond["mode"] == "active-backup"
    assert bond["miimon"] == 100
    bridge = bond["bridge"]
    assert isinstance(bridge, dict)
    assert bridge["name"] == "xenbr0"
    assert bridge["addresses"] == ["192.168.0.222/24"]
    assert bridge["ports"] == ["bond0"]


@pytest.mark.parametrize(("nic", "other"), [(0, 1), (1, 0)])
def test_a_pulled_cable(guest: Guest, nic: int, other: int) -> None:
    """The ping goes on over the other cable; the status says what is wrong, then that it is well.

    The guest's kernel looks at the links every 100 ms (miimon): the gap is that and a few ticks.
    """
    with guest.pinging() as pings:
        # Which slave is active is history's choice; this leg is about pulling the active one.
        guest.write("/sys/class/net/bond0/bonding/active_slave", f"eth{nic}")
        guest.pull(nic)
        waited = guest.wait_until(
            f'[ "$(cat /sys/class/net/bond0/bonding/active_slave)" = eth{other} ]', every=0.02
        )
        bond = until_status(guest, "degraded")
    note(f"batch: eth{nic} pulled, eth{other} active after {waited:.2f} s; {pings[0]}")
    guest.xenbond("status")
    assert bond["active_slave"] == f"eth{other}"
    slaves = bond["slaves"]
    assert isinstance(slaves, list)
    assert {s["name"]: s["mii_status"] for s in slaves} == {
        f"eth{nic}": "down",
        f"eth{other}": "up",
    }
    assert pings[0].longest_gap < 2.0
    assert pings[0].received > 0
    guest.plug(nic)
    until_status(guest, "healthy")
    assert active_slave(guest) == f"eth{other}"


def test_both_cables_pulled(guest: Guest) -> None:
    guest.pull(0)
    guest.pull(1)
    bond = until_status(guest, "down")
    assert bond["active_slave"] is None
    guest.plug(0)
    guest.plug(1)
    until_status(guest, "healthy")


def test_the_next_boot_makes_the_same(guest: Guest) -> None:
    """What was written brings the network up by ifupdown alone, on a machine that just booted."""
    names = guest.sh("find /etc/network /etc/modprobe.d -type f").split()
    with Guest(files={name: guest.read(name) for name in names}) as booted:
        now, was = network(booted), network(guest)
        assert (now.masters, now.addresses, now.routes) == (was.masters, was.addresses, was.routes)
        assert now.macs["xenbr0"] == was.macs["xenbr0"]
        until_status(booted, "healthy")


def test_undo_leaves_no_trace(guest: Guest, before: Before) -> None:
    with guest.pinging() as pings:
        keep(guest, guest.start("xenbond", "undo", "--yes"))
    note(f"batch: undo; meanwhile {pings[0]}")
    assert not {"bond0", "xenbr0"} & set(network(guest).macs)
    before.is_back(guest)


def test_history_tells_it(guest: Guest) -> None:
    document = json.loads(guest.xenbond("history", "--json").ok())
    print(document)
    assert [change["kind"] for change in document["changes"]] == ["undo", "apply"]
