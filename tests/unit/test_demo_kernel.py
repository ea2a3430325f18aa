"""The demo's bonding driver behaves as the real one where an operator would look."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from fakes import FakeClock

from xenbond_tui.commands.demo import DEFAULT
from xenbond_tui.demo import changes, simulate
from xenbond_tui.demo.host import open_demo
from xenbond_tui.demo.kernel import DemoKernel
from xenbond_tui.demo.recordings import recordings, unpack
from xenbond_tui.demo.state import (
    DemoBond,
    DemoBridge,
    DemoState,
    from_json,
    from_recording,
    to_json,
)
from xenbond_tui.errors import UsageError
from xenbond_tui.host.guest_names import guest_names
from xenbond_tui.machine import Machine
from xenbond_tui.shipped import asset


@pytest.fixture
def state() -> DemoState:
    text = asset("demo", "debian12-dom0", "machine.json").read_text(encoding="utf-8")
    return from_recording(text)


def bonded(state: DemoState, **options: str) -> DemoBond:
    bond = DemoBond("active-backup", 100, dict(options), ["eth0", "eth1"])
    simulate.create_bond(state, "bond0", bond)
    return bond


def test_a_pulled_cable_moves_the_active_slave_and_counts_one_failure(state: DemoState) -> None:
    bond = bonded(state)
    simulate.set_cable(state, "eth0", plugged=False)
    assert bond.active == "eth1"
    assert (state.links["eth0"].failures, state.links["eth1"].failures) == (1, 0)


def test_plugging_back_does_not_move_the_active_slave_without_a_primary(state: DemoState) -> None:
    bond = bonded(state)
    simulate.set_cable(state, "eth0", plugged=False)
    simulate.set_cable(state, "eth0", plugged=True)
    assert bond.active == "eth1"


def test_the_primary_takes_over_again(state: DemoState) -> None:
    bond = bonded(state, primary="eth0")
    simulate.set_cable(state, "eth0", plugged=False)
    simulate.set_cable(state, "eth0", plugged=True)
    assert bond.active == "eth0"


def test_without_miimon_a_pulled_cable_is_not_noticed(state: DemoState) -> None:
    bond = bonded(state)
    bond.miimon = 0
    simulate.set_cable(state, "eth0", plugged=False)
    assert bond.active == "eth0"
    assert state.links["eth0"].mii_up


def test_both_cables_out_leave_no_active_slave_and_no_carrier(state: DemoState) -> None:
    bond = bonded(state)
    for nic in ("eth0", "eth1"):
        simulate.set_cable(state, nic, plugged=False)
    assert bond.active is None
    assert not simulate.carrier(state, "bond0")


def test_slaves_share_the_bonds_mac_and_get_their_own_back(state: DemoState) -> None:
    own = state.links["eth1"].mac
    bonded(state)
    assert state.links["eth1"].mac == state.links["eth0"].permanent_mac
    simulate.delete(state, "bond0")
    assert state.links["eth1"].mac == own


def test_the_state_survives_its_file(state: DemoState) -> None:
    bonded(state, primary="eth0")
    assert from_json(to_json(state)) == state


@pytest.mark.parametrize("name", sorted(recordings()))
def test_every_recorded_host_is_read_through_the_real_readers(name: str, tmp_path: Path) -> None:
    unpack(name, str(tmp_path))
    machine = open_demo(str(tmp_path))
    links = {link.name: link for link in machine.kernel.snapshot().links}
    holders = [link for link in links.values() if link.addresses]
    assert len(holders) == 1
    assert holders[0].carrier is True
    nic = links["eth0"] if holders[0].kind == "bridge" else holders[0]
    assert nic.driver
    assert nic.bus.startswith("pci 0000:")
    assert nic.permanent_mac_source == "netlink"


def test_guests_have_the_names_that_xl_tells(tmp_path: Path) -> None:
    unpack("debian12-bridged", str(tmp_path))
    machine = open_demo(str(tmp_path))
    assert guest_names(machine, ("vif1.0", "eth0", "vif2.0")) == {"vif1.0": "web", "vif2.0": "db"}


def test_ifdown_and_ifup_of_a_bridge_lose_its_guests_but_not_its_nic(tmp_path: Path) -> None:
    unpack("debian12-bridged", str(tmp_path))
    machine = open_demo(str(tmp_path))
    before = machine.kernel.bridge("xenbr0")
    assert before is not None
    assert [port.name for port in before.ports] == ["eth0", "vif1.0", "vif2.0"]
    assert machine.runner.run(("/sbin/ifdown", "--force", "xenbr0")).returncode == 0
    assert machine.runner.run(("/sbin/ifup", "--force", "xenbr0")).returncode == 0
    after = machine.kernel.bridge("xenbr0")
    assert after is not None
    assert ([port.name for port in after.ports], after.addresses) == (["eth0"], before.addresses)


def test_the_bond_is_read_from_the_recorded_drivers_own_format(tmp_path: Path) -> None:
    unpack("rhel5-dom0", str(tmp_path))
    kernel = DemoKernel(str(tmp_path))
    with kernel.changing() as state:
        bonded(state)
    kernel.pull("eth0")
    bond = kernel.bond("bond0")
    assert bond is not None
    assert bond.driver == "v3.4.0 (October 7, 2008)"
    assert (bond.mode, bond.active_slave, bond.miimon) == ("active-backup", "eth1", 100)
    assert [(s.name, s.mii_status, s.link_failure_count) for s in bond.slaves] == [
        ("eth0", "down", 1),
        ("eth1", "up", 0),
    ]
    assert bond.not_understood == ()


@pytest.mark.parametrize("told", ["by the kernel", "by a look at the file"])
async def test_a_change_wakes_whoever_watches(
    told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if told != "by the kernel":
        # A user's inotify instances are counted: there may be none left.
        monkeypatch.setattr(changes, "_inotify", lambda directory: None)
    unpack("debian12-dom0", str(tmp_path))
    kernel = DemoKernel(str(tmp_path))
    events = kernel.events()
    assert await anext(events) == "", "from now on changes are told"
    waiting = asyncio.ensure_future(anext(events))
    await asyncio.sleep(0)
    kernel.pull("eth0")
    assert await asyncio.wait_for(waiting, 10) == ""
    await events.aclose()


async def test_what_is_no_change_wakes_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpack("debian12-dom0", str(tmp_path))
    kernel, looked = DemoKernel(str(tmp_path)), asyncio.Queue[int]()
    stamp = kernel.file.stamp

    def look() -> int:
        looked.put_nowait(found := stamp())
        return found

    monkeypatch.setattr(kernel.file, "stamp", look)
    events = kernel.events()
    await anext(events)
    _ = await looked.get()
    waiting = asyncio.ensure_future(anext(events))
    await asyncio.sleep(0)
    for name in ("one", "two"):
        # Beside the state, as what is rendered of it: looked at, and not told.
        (tmp_path / "new").touch()
        (tmp_path / "new").rename(tmp_path / name)
        _ = await asyncio.wait_for(looked.get(), 10)
    assert not waiting.done()
    kernel.pull("eth0")
    assert await asyncio.wait_for(waiting, 10) == ""
    await events.aclose()


def test_unpacking_never_overwrites(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("keep", encoding="utf-8")
    with pytest.raises(UsageError, match="not empty"):
        unpack("debian12-dom0", str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("name", ["nowhere", "../demo/debian12-dom0", ""])
def test_an_unknown_host_is_named_with_the_known_ones(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="debian12-dom0"):
        unpack(name, str(tmp_path / "x"))


def test_another_miimon_is_what_the_kernel_says_then(tmp_path: Path) -> None:
    unpack("debian12-dom0", str(tmp_path / "host"))
    kernel = open_demo(str(tmp_path / "host")).kernel
    assert isinstance(kernel, DemoKernel)
    with kernel.changing() as state:
        bonded(state)
    kernel.set_bond_option("bond0", "miimon", "200")
    found = kernel.bond("bond0")
    assert found is not None
    assert found.miimon == 200


CARRIER = "/sys/class/net/eth0/carrier"

READS: dict[str, Callable[[Machine], object]] = {
    "bond": lambda host: host.kernel.bond("bond0"),
    "bond_names": lambda host: host.kernel.bond_names(),
    "bridge": lambda host: host.kernel.bridge("xenbr0"),
    "snapshot": lambda host: host.kernel.snapshot(),
    "beside": lambda host: host.kernel.beside(["bond0"], ""),
    "counters": lambda host: host.kernel.counters(["eth0"]),
    "a file": lambda host: host.tree.read(CARRIER),
    "a file of the kernel's": lambda host: host.tree.kernels_own(CARRIER),
    "a file that stays open": lambda host: host.tree.held(CARRIER)(),
    "is it there": lambda host: host.tree.exists(CARRIER),
    "what is there": lambda host: host.tree.present([CARRIER]),
    "names": lambda host: host.tree.names("/sys/class/net"),
    "a pattern": lambda host: host.tree.glob("/sys/class/net/*/carrier"),
}


@pytest.mark.parametrize("read", READS)
def test_a_reader_waits_while_another_process_changes_the_host(
    read: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One self-test of many said "the bond is not degraded but no bond": read meanwhile."""
    unpack(DEFAULT, str(tmp_path))
    kernel = DemoKernel(str(tmp_path))
    with kernel.changing() as state:
        bonded(state)
        simulate.create_bridge(state, "xenbr0", DemoBridge(), "bond0")
    host = open_demo(str(tmp_path))
    whole, seen = READS[read](host), []
    assert whole
    reader = Thread(target=lambda: seen.append(READS[read](host)))

    def rename(old: Path, new: Path) -> None:
        os.rename(old, new)
        if new.name == ".net-old" and not reader.is_alive():
            reader.start()
            reader.join(0.2)
            assert not seen, "read while neither the old nor the new one was there"

    monkeypatch.setattr(Path, "rename", rename)
    kernel.plug("eth0")
    reader.join(10)
    assert seen == [whole]


def test_probes_of_long_ago_are_not_kept(tmp_path: Path) -> None:
    unpack(DEFAULT, str(tmp_path))
    clock = FakeClock()
    pinger = DemoKernel(str(tmp_path), clock).ping("192.168.0.1", "eth0", 1.0)
    for _ in range(3):
        clock.sleep(1000.0)
        probes = pinger.probes()
    assert 1000 <= len(probes) <= 1001
