"""What a real dom0 shows, and that the demo shows the same where it stands in for one.

The captures are the lab's dom0 (tests/lab/xen): Debian 12's Xen 4.17 and Linux 6.1.192, two guests
on a bridge that has a bond.
"""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from facts_builder import XL_DOM0, bond, bridge, make_facts
from fakes import FakeHost
from recorded_sys import write
from test_around import Xen
from test_kernel_log import Dmesg

from xenbond_tui import xen
from xenbond_tui.answers import Answers, BridgeAnswers, SetUp
from xenbond_tui.demo.host import open_demo
from xenbond_tui.demo.recordings import unpack
from xenbond_tui.facts.bridge import BridgePort
from xenbond_tui.facts.guest_ports import is_guest_port
from xenbond_tui.facts.link import Link
from xenbond_tui.health.guest_macs import ToolstackGuests
from xenbond_tui.health.kernel_log import read_logs
from xenbond_tui.health.model import HealthState
from xenbond_tui.host.guest_names import guest_names
from xenbond_tui.host.recorded_kernel import RecordedKernel
from xenbond_tui.machine import Machine
from xenbond_tui.shipped import asset

CAPTURES = Path(__file__).parents[1] / "fixtures/captures/xen"
LIST = (CAPTURES / "xl_list.txt").read_text()
NICS = (CAPTURES / "xl_network_list.txt").read_text()
CONF = (CAPTURES / "xl.conf").read_text()
DEMOS = ("debian12-bridged", "debian12-dom0")
"""The demo's hosts that are such a dom0."""


@pytest.fixture
def demo(tmp_path: Path) -> Machine:
    unpack("debian12-bridged", str(tmp_path / "demo"))
    return open_demo(str(tmp_path / "demo"))


def captured_sys() -> dict[str, str]:
    """Files and links of the capture; what the kernel refuses to read stands there as a comment."""
    lines = (CAPTURES / "sys_vif.txt").read_text().splitlines()
    found = {}
    for line in lines:
        path, arrow, target = line.partition(" -> ")
        name, _, text = line.partition(": ")
        if arrow:
            found[path] = f"-> {target}"
        elif not line.startswith("#"):
            found[name] = f"{text}\n"
    return found


def as_pattern(text: str) -> list[str]:
    """The lines with their figures as wide as they are, and no more said of them."""
    return [re.sub(r"\d", "9", line) for line in text.splitlines()]


def vif(kernel: RecordedKernel) -> Link:
    return next(link for link in kernel.snapshot().links if link.name == "vif1.0")


def test_a_vif_is_read_as_what_it_is(tmp_path: Path, demo: Machine) -> None:
    write(tmp_path, captured_sys())
    found = vif(RecordedKernel(str(tmp_path)))
    assert (found.driver, found.bus) == ("vif", "xen-backend vif-1-0")
    assert (found.mac, found.speed, found.duplex) == ("fe:ff:ff:ff:ff:ff", None, None)
    assert is_guest_port(replace(found, name="uplink9")), "by its bus, whatever its name"
    shown = next(link for link in demo.kernel.snapshot().links if link.name == "vif1.0")
    told = ("driver", "bus", "mac", "mtu", "speed", "duplex", "carrier", "admin_up", "master")
    assert {key: getattr(shown, key) for key in told} == {key: getattr(found, key) for key in told}


def test_who_is_behind_a_vif_is_what_xl_tells(tmp_path: Path) -> None:
    machine = replace(FakeHost(str(tmp_path)).machine, runner=Xen({"xl": LIST}))
    assert guest_names(machine, ("bond0", "vif1.0", "vif2.0")) == {"vif1.0": "db", "vif2.0": "web"}
    machine = replace(machine, runner=Xen({"xl": NICS}))
    ports = tuple(BridgePort(name) for name in ("bond0", "vif1.0", "vif2.0"))
    state = HealthState(bond(), replace(bridge(), ports=ports))
    assert ToolstackGuests(machine).macs(state) == {
        "vif1.0": {"00:16:3e:00:00:51"},
        "vif2.0": {"00:16:3e:00:00:50"},
    }


def test_the_demos_xl_prints_what_the_real_one_does(demo: Machine) -> None:
    said = demo.runner.run(("xl", "list")).stdout
    assert said.splitlines()[0] == LIST.splitlines()[0]
    for row, real in zip(said.splitlines()[2:], LIST.splitlines()[2:], strict=True):
        columns = [match.end() for match in re.finditer(r"\S+", row)][1:]
        assert columns == [match.end() for match in re.finditer(r"\S+", real)][1:]
    nics = "".join(demo.runner.run(("xl", "network-list", n)).stdout for n in ("1", "2"))
    assert as_pattern(nics) == as_pattern(NICS)
    assert demo.runner.run(("xl", "network-list", "3")).returncode != 0


def test_the_demos_guests_are_known_by_their_macs(demo: Machine) -> None:
    ports = tuple(BridgePort(name) for name in ("eth0", "vif1.0", "vif2.0"))
    state = HealthState(bond(), replace(bridge(), ports=ports))
    assert ToolstackGuests(demo).macs(state) == {
        "vif1.0": {"00:16:3e:00:00:50"},
        "vif2.0": {"00:16:3e:00:00:51"},
    }


def test_the_kernels_log_tells_of_the_bond_among_bridge_and_vifs(tmp_path: Path) -> None:
    host = FakeHost(str(tmp_path))
    object.__setattr__(host.machine, "runner", Dmesg((CAPTURES / "dmesg.txt").read_text()))
    logs = read_logs(host.machine)
    assert [(event.code, event.slave) for event in logs.pop("bond0")] == [
        ("active-slave", "eth1"),
        ("slave-added", "eth1"),
        ("slave-added", "eth0"),
        ("active-slave", "eth0"),
    ]
    assert not any(logs.values()), "nobody else is a bond"


@pytest.mark.parametrize("name", DEMOS)
def test_the_demos_hypervisor_and_its_file_are_genuine(name: str) -> None:
    lines = (CAPTURES / "sys_hypervisor.txt").read_text().splitlines()
    real = dict(line.split(":", 1) for line in lines)
    tree = asset("demo", name, "tree")
    for path in ("properties/features", "type"):
        text = tree.joinpath(f"sys/hypervisor/{path}").read_text(encoding="utf-8")
        assert text.strip() == real[path]
    assert tree.joinpath("etc/xen/xl.conf").read_text(encoding="utf-8") == CONF


def test_debians_own_file_gets_one_line_for_another_bridge() -> None:
    """Where it has the key as a comment; all else stays."""
    facts = make_facts(xen=XL_DOM0, files={xen.XL_CONF: CONF})
    request = SetUp(Answers(bridge=BridgeAnswers("br-lan"), toolstack="xl"))
    (change,) = xen.changes(facts, request)
    before, after = CONF.splitlines(), (change.after or b"").decode().splitlines()
    assert set(after) - set(before) == {'vif.default.bridge="br-lan"'}
    assert [line for line in after if line in before] == before
