"""Hosts whose every fact is fixed: the recorded demo machines, at a time that stands still."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from xenbond_tui import planner
from xenbond_tui.answers import SetUp
from xenbond_tui.demo import simulate
from xenbond_tui.demo.host import open_demo
from xenbond_tui.demo.kernel import DemoKernel
from xenbond_tui.demo.recordings import unpack
from xenbond_tui.demo.state import DemoBond, DemoBridge
from xenbond_tui.machine import Machine

NOW = 1795356151.0
"""2026-11-22 14:02:31 UTC."""


@dataclass
class FrozenClock:
    """Time moves only when a test says so."""

    passed: float = 0.0

    def now(self) -> float:
        return NOW + self.passed

    def monotonic(self) -> float:
        return 5000.0 + self.passed

    def sleep(self, seconds: float) -> None:
        self.passed += seconds


def running(directory: Path, name: str = "debian12-dom0") -> Machine:
    """A recorded host in an empty directory, its clock running: changes can be carried out."""
    unpack(name, str(directory))
    return open_demo(str(directory))


def machine(directory: Path, name: str = "debian12-dom0") -> Machine:
    """A recorded host in an empty directory, at a time that stands still."""
    return stopped(running(directory, name))


def stopped(host: Machine) -> Machine:
    """A host at a time that stands still, for itself and for its neighbours."""
    clock = kernel_of(host).clock = FrozenClock()
    return replace(host, clock=clock)


def kernel_of(host: Machine) -> DemoKernel:
    """The demo's kernel behind a machine."""
    assert isinstance(host.kernel, DemoKernel)
    return host.kernel


def remove(host: Machine, path: str) -> None:
    """Take a file of the host away."""
    Path(host.access.root, path).unlink()


def dom0(directory: Path) -> Machine:
    """Debian 12 dom0: eth0 with the session, eth1, eth2 without cable, eth3 in bond1, wlan0."""
    host = machine(directory)
    with kernel_of(host).changing() as state:
        bond = DemoBond("802.3ad", miimon=100, slaves=["eth3"])
        simulate.create_bond(state, "bond1", bond)
    return host


def bonded(directory: Path) -> Machine:
    """The same dom0 after the set-up: bond0 of eth0 and eth1 under xenbr0."""
    return stopped(running_bonded(directory))


def running_bonded(directory: Path) -> Machine:
    """The same, its clock running."""
    host = running(directory)
    with kernel_of(host).changing() as state:
        bond = DemoBond("active-backup", miimon=100, slaves=["eth0", "eth1"])
        simulate.create_bond(state, "bond0", bond)
        simulate.create_bridge(state, "xenbr0", DemoBridge(), "bond0")
        state.links["xenbr0"].addresses = ["192.168.0.222/24"]
        state.gateways["xenbr0"] = "192.168.0.1"
    return host


def rhel5(directory: Path) -> Machine:
    """The howto's host: RHEL 5.4 dom0 with xend, eth0 with the address, eth1 free."""
    return machine(directory, "rhel5-dom0")


def removable(directory: Path) -> Machine:
    """The same, with the files of the set-up as well."""
    host = bonded(directory)
    before = machine(directory.with_name("before"))
    facts = planner.read_host(before)
    plan = planner.propose(facts, SetUp(planner.prefill(facts))).plan
    assert plan is not None
    for change in plan.changed:
        assert change.after is not None
        Path(host.access.root + change.path).write_bytes(change.after)
    return host


def files(machine: Machine) -> Mapping[str, bytes]:
    """Every file under /etc of the demo host."""
    root = Path(machine.access.root)
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted((root / "etc").rglob("*"))
        if path.is_file()
    }
