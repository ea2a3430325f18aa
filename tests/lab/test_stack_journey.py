"""Each stack: from two NICs to a bridged bond that survives a pulled cable and a boot, and back.

Without a screen. One host; the tests are the legs of one journey and run in order.
"""

import json
import time

import pytest

from tests.lab.evidence import (
    ANSWERS,
    WAITING,
    Before,
    active_slave,
    etc,
    keep,
    network,
    note,
    until_status,
    without_times,
)
from tests.lab.guest import Guest
from tests.lab.own_way import KEPT_FILES, keep_files
from tests.lab.stacks import LabStack

JOURNEY = True

WANTED = ANSWERS.replace("miimon: 100\n", "miimon: 100\n  options:\n    updelay: 200\n")
KERNEL_SAYS = {"mode": "active-backup 1", "miimon": "100", "updelay": "200", "primary": ""}


@pytest.fixture(scope="module")
def before(host: Guest) -> Before:
    host.write("/root/answers.yaml", WANTED)
    return Before.of(host)


def as_planned(host: Guest, before: Before) -> None:
    """The kernel has it all: who is in what, the address, the way out, the options."""
    now = network(host)
    assert now.masters == {"eth0": "bond0", "eth1": "bond0", "bond0": "xenbr0"}
    assert now.addresses["xenbr0"] == ("192.168.0.222/24",)
    assert now.addresses["eth0"] == now.addresses["eth1"] == now.addresses["bond0"] == ()
    assert now.macs["xenbr0"] == before.network.macs["eth0"]
    assert [" ".join(r.split()[:5]) for r in now.routes] == ["default via 192.168.0.1 dev xenbr0"]
    says = {name: host.read(f"/sys/class/net/bond0/bonding/{name}").strip() for name in KERNEL_SAYS}
    assert says == KERNEL_SAYS
    assert host.read("/sys/class/net/xenbr0/bridge/stp_state").strip() == "0"


def test_two_nics_are_found(host: Guest, before: Before) -> None:
    document = json.loads(host.xenbond("nics", "--json").ok())
    nics = {nic["name"]: nic for nic in document["nics"] if nic["unsuitable"] is None}
    assert {name: nic["mac"] for name, nic in nics.items()} == {
        "eth0": "00:50:da:7a:51:45",
        "eth1": "00:14:22:36:f1:fa",
    }
    assert "192.168.0.222/24" in nics["eth0"]["addresses"]


def test_the_plan_writes_nothing(row: LabStack, host: Guest, before: Before) -> None:
    done = host.xenbond("plan", "--answers", "/root/answers.yaml", "--json")
    assert done.rc == 1, "changes are planned"
    document = json.loads(done.out)
    assert document["stack"] == row.stack, "by the evidence of this host alone"
    assert document["files"]
    before.is_back(host)


def test_apply_and_undo_leaves_no_trace(row: LabStack, host: Guest, before: Before) -> None:
    keep(host, host.start("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes"))
    as_planned(host, before)
    with host.pinging() as pings:
        keep(host, host.start("xenbond", "undo", "--yes"))
    note(f"{row}: undo; meanwhile {pings[0]}")
    assert not {"bond0", "xenbr0"} & set(network(host).macs)
    before.is_back(host)


def test_apply_and_confirm(row: LabStack, host: Guest, before: Before) -> None:
    with host.pinging() as pings:
        began = time.monotonic()
        keep(host, host.start("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes"))
        took = time.monotonic() - began
    note(f"{row}: up and confirmed after {took:.1f} s; meanwhile {pings[0]}")
    as_planned(host, before)


def test_healthy(host: Guest) -> None:
    bond = until_status(host, "healthy")
    host.xenbond("status")
    assert (bond["mode"], bond["miimon"]) == ("active-backup", 100)
    bridge = bond["bridge"]
    assert isinstance(bridge, dict)
    assert bridge["name"] == "xenbr0"
    assert bridge["addresses"] == ["192.168.0.222/24"]
    assert bridge["ports"] == ["bond0"]


def test_the_stack_s_own_judge_has_nothing_against_it(row: LabStack, host: Guest) -> None:
    """What was written, by a program that we did not write; and it would see a mistake in it."""
    host.run("sh", "-c", row.judge).ok()
    if row.mistake:
        keep_files(host)
        host.sh(row.mistake)
        assert host.run("sh", "-c", row.judge).rc != 0
        host.sh(KEPT_FILES)


@pytest.mark.parametrize(("nic", "other"), [(0, 1), (1, 0)])
def test_a_pulled_cable(row: LabStack, host: Guest, nic: int, other: int) -> None:
    """The ping goes on over the other cable; the status says what is wrong, then that it is well.

    The guest's kernel looks at the links every 100 ms (miimon): the gap is that and a few ticks.
    """
    with host.pinging() as pings:
        # Which slave is active is history's choice; this leg is about pulling the active one.
        host.write("/sys/class/net/bond0/bonding/active_slave", f"eth{nic}")
        host.pull(nic)
        waited = host.wait_until(
            f'[ "$(cat /sys/class/net/bond0/bonding/active_slave)" = eth{other} ]', every=0.02
        )
        bond = until_status(host, "degraded")
    note(f"{row}: eth{nic} pulled, eth{other} active after {waited:.2f} s; {pings[0]}")
    host.xenbond("status")
    assert bond["active_slave"] == f"eth{other}"
    slaves = bond["slaves"]
    assert isinstance(slaves, list)
    assert {s["name"]: s["mii_status"] for s in slaves} == {
        f"eth{nic}": "down",
        f"eth{other}": "up",
    }
    assert pings[0].longest_gap < 2.0
    assert pings[0].received > 0
    host.plug(nic)
    until_status(host, "healthy")
    assert active_slave(host) == f"eth{other}"


def test_both_cables_pulled(host: Guest, before: Before) -> None:
    """For longer than a daemon may take to give the address up for it."""
    host.pull(0)
    host.pull(1)
    bond = until_status(host, "down")
    assert bond["active_slave"] is None
    host.run("sleep", "5")
    host.plug(0)
    host.plug(1)
    until_status(host, "healthy")
    as_planned(host, before)
    host.run("ping", "-qc3", "-i0.2", "192.168.0.1").ok()


def test_the_next_boot_makes_the_same(row: LabStack, host: Guest, before: Before) -> None:
    """What was written brings the network up by the stack alone, on a machine that just booted."""
    host.reboot()
    note(f"{row}: up again after {host.boot_seconds:.1f} s, with bond and bridge")
    until_status(host, "healthy", timeout=60)
    as_planned(host, before)
    host.run("sh", "-c", f"{row.judge} && {row.judge_of_boot}").ok()
    host.run("ping", "-qc3", "-i0.2", "192.168.0.1").ok()


@pytest.mark.parametrize(
    "kept",
    [
        pytest.param(False, id="nobody keeps it", marks=pytest.mark.long),
        pytest.param(True, id="kept"),
    ],
)
def test_a_removal_taken_back(row: LabStack, host: Guest, kept: bool) -> None:
    """The mirror image of a set-up, and no gap either way where none is told of.

    What nobody keeps goes back by the same steps as what is undone.
    """
    there = Before.of(host)
    plan = json.loads(host.run("xenbond", "remove", "--json").out)
    told = [item["text"] for item in plan["findings"] if item["code"] == "gap"]
    with host.pinging() as away:
        running = host.start("xenbond", "remove", "--yes")
        if kept:
            keep(host, running)
        else:
            host.wait_until(WAITING, 100)
    assert not {"bond0", "xenbr0"} & set(network(host).macs)
    with host.pinging() as back:
        if kept:
            keep(host, host.start("xenbond", "undo", "--yes"))
        else:
            print(host.run("xenbond", "undo", "--yes"))
            print(running.wait())
    how = "undone" if kept else "nobody keeps it"
    note(f"{row}: removed, {away[0]}; {how}, {back[0]}; {' '.join(told) or 'no gap told of'}")
    there.is_back(host)
    if not told:
        assert away[0].lost <= 1, "one may be on its way when the ping is ended"
        assert back[0].lost <= 1
    until_status(host, "healthy")


def test_remove_and_the_next_boot(row: LabStack, host: Guest, before: Before) -> None:
    with host.pinging() as pings:
        keep(host, host.start("xenbond", "remove", "--yes"))
    note(f"{row}: removed; meanwhile {pings[0]}")
    for booted in (False, True):
        if booted:
            host.reboot()
        now = network(host)
        assert not {"bond0", "xenbr0"} & set(now.macs)
        assert now.addresses == before.network.addresses
        assert now.macs == before.network.macs
        assert [r.split()[:5] for r in now.routes] == [r.split()[:5] for r in before.network.routes]
        host.run("ping", "-qc3", "-i0.2", "192.168.0.1").ok()
    was, now_is = without_times(before.etc), without_times(etc(host))
    other = sorted(name for name in was | now_is if was.get(name) != now_is.get(name))
    note(f"{row}: removed; under /etc other than before: {', '.join(other) or 'nothing'}")
    assert was.keys() <= now_is.keys()


def test_history_tells_it(host: Guest) -> None:
    document = json.loads(host.xenbond("history", "--json").ok())
    print(document)
    kept = [change["kind"] for change in document["changes"] if change["state"] == "confirmed"]
    removals = ["apply", "undo", "apply"]
    assert kept == [*removals, "apply", "undo", "apply"]
