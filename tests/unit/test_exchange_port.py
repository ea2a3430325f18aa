"""A bridge gets another port under running guests: every call of the kernel, in its order.

Each stack's steps are carried out on a kernel in memory that is asked after each call whether
frames circle between the bridge's two ways to the switch, and whether there is a way at all.
"""

from pathlib import Path
from typing import Any

import pytest
from fakes import FakeHost, FakeKernel
from proposing import plan_for
from test_active_slave_told import asked, host, under_a_guest

from xenbond_tui.apply.network import Target
from xenbond_tui.apply.steps import Steps
from xenbond_tui.apply.surroundings import Sysctls
from xenbond_tui.errors import XenbondError
from xenbond_tui.plan import actions
from xenbond_tui.plan.plan import Plan, Step
from xenbond_tui.stacks import STACKS, Stack

BOND, BRIDGE, VIF = "bond0", "xenbr0", "vif1.0"
GUEST, NEIGHBOUR = "00:16:3e:00:00:01", "52:54:00:00:00:09"
CONVERTS = [stack for stack in STACKS if stack.name != "networkmanager"]
"""All but it: that takes the NIC out of the bridge by profiles, with an outage, and says so."""
ON_EVERY_STACK = pytest.mark.parametrize("stack", CONVERTS, ids=lambda stack: stack.name)
FLOODED = ("unicast_flood", "multicast_flood", "broadcast_flood")
NEW = {"isolated": "0", "learning": "1", **dict.fromkeys(FLOODED, "1"), "flush": ""}
"""A port as it is plugged in, since Linux 4.18."""


class Bridging(FakeKernel):
    """eth0 and a guest in xenbr0; what is plugged in and up forwards."""

    def __init__(self, *, isolates: bool = True) -> None:
        super().__init__()
        self.isolates = isolates
        self.calls: list[str] = []
        self.amiss: list[str] = []
        self.fails_at = 0
        """The call by which something changes that fails, counted from 1; 0: none."""
        self.add_link(BRIDGE, "bridge")
        self.flush_addresses("eth0")
        self.add_link(VIF, "vif")
        for port in ("eth0", VIF):
            super().set_master(port, BRIDGE)
            self.port_options[port] = self.fresh()
        self.fdb = {GUEST: VIF, NEIGHBOUR: "eth0"}

    def fresh(self) -> dict[str, str]:
        return dict(NEW) if self.isolates else {}

    def forget(self, port: str) -> None:
        self.fdb = {mac: where for mac, where in self.fdb.items() if where != port}

    def uplinks(self) -> list[str]:
        found = (self.links.get(name) for name in ("eth0", BOND))
        return [it.name for it in found if it and it.master == BRIDGE and it.admin_up]

    def changed(self, call: str) -> None:
        self.calls.append(call)
        ways = self.uplinks()
        options = [self.port_options[name] for name in ways]
        if len(ways) > 1 and any(item.get("isolated") != "1" for item in options):
            self.amiss.append(f"{call}: frames circle")
        if self.isolates and not any(item["unicast_flood"] == "1" for item in options):
            self.amiss.append(f"{call}: nothing goes out")

    def refuse(self) -> None:
        self.fails_at -= 1
        if self.fails_at == 0:
            raise XenbondError("refused")

    def set_link(self, name: str, *, up: bool) -> None:
        self.refuse()
        super().set_link(name, up=up)
        self.changed(f"{name} {'up' if up else 'down'}")

    def set_master(self, name: str, master: str | None) -> None:
        self.refuse()
        if (was := self.links[name].master) != master and BRIDGE in (was, master):
            self.port_options[name] = self.fresh() if master == BRIDGE else {}
            self.forget(name)
        super().set_master(name, master)
        if was == BOND or master == BOND:
            # Out of the bond a NIC is down, in it up (bond_enslave, __bond_release_one).
            self._change(name, admin_up=master == BOND)
        self.changed(f"{name} -> {master}")

    def set_port_option(self, port: str, option: str, value: str) -> None:
        self.refuse()
        super().set_port_option(port, option, value)
        if option == "flush":
            self.forget(port)
        self.changed(f"{port} {option}={value}")

    def learned(self, bridge: str) -> dict[str, str]:
        self.calls.append("read")
        return self.fdb

    def announcement(self, link: str) -> Any:
        self.calls.append("read")
        return lambda: self.calls.append("host told")

    def teaching(self, link: str, macs: Any) -> Any:
        self.calls.append("read")
        told = super().teaching(link, macs)
        return lambda: (told(), self.calls.append(f"guests told by {link}"))

    def answers(self, link: str, ip: str) -> bool:
        self.calls.append(f"{ip} asked by {link}")
        return True


class Change:
    """Steps carried out on it, and what ifup and ifdown do to the bond done for them."""

    def __init__(self, root: Path, *, isolates: bool = True) -> None:
        self.kernel = Bridging(isolates=isolates)
        self.host = FakeHost(str(root), kernel=self.kernel)
        self.steps = Steps(
            self.host.machine,
            write_files=lambda: "",
            restore_files=lambda: "",
            network=Target(self.kernel.snapshot()),
            pause=self.host.clock.sleep,
            sysctls=Sysctls(lambda: self.kernel, str(root / "sysctls.json")),
        )

    def does(self, steps: tuple[Step, ...]) -> None:
        for step in steps:
            match step.action:
                case actions.RestoreNetwork():
                    continue
                case actions.Run(argv) if argv[-1] == BOND and "ifup" in argv[0]:
                    self.kernel.add_link(BOND, "bond")
                    self.kernel.set_master("eth1", BOND)
            try:
                self.steps.carry_out(step.action)
            except XenbondError:
                if not step.best_effort:
                    raise

    def port(self, name: str) -> dict[str, str]:
        return {**self.kernel.port_options[name], "flush": ""}


def converts(stack: Stack) -> Plan:
    return plan_for(stack, under_a_guest(host(stack)), asked(stack))


@ON_EVERY_STACK
def test_there_and_back_nothing_circles_and_a_way_is_always_open(
    stack: Stack, tmp_path: Path
) -> None:
    change, plan = Change(tmp_path), converts(stack)
    for steps, port, other in ((plan.forward, BOND, "eth0"), (plan.rollback, "eth0", BOND)):
        change.kernel.taught.clear()
        change.does(steps)
        assert change.kernel.amiss == []
        assert change.kernel.uplinks() == [port]
        assert change.port(port) == NEW, "as any port that is plugged in"
        assert other not in change.kernel.links or change.kernel.links[other].master != BRIDGE
        taught = {mac for where, macs in change.kernel.taught if where == port for mac in macs}
        assert taught == {GUEST}, "a neighbour behind the port that leaves is no guest"
        change.kernel.fdb = {GUEST: VIF, NEIGHBOUR: port}


@ON_EVERY_STACK
def test_it_goes_back_from_wherever_it_ended(stack: Stack, tmp_path: Path) -> None:
    """Each call that changes something fails once; none of them cuts anybody off."""
    plan, failed = converts(stack), 0
    while True:
        change = Change(tmp_path)
        change.kernel.fails_at = failed + 1
        try:
            change.does(plan.forward)
        except XenbondError:
            pass
        else:
            if change.kernel.fails_at > 0:
                break
        failed += 1
        change.kernel.fails_at = 0
        change.does(plan.rollback)
        assert change.kernel.amiss == [], f"call {failed}"
        assert change.kernel.uplinks() == ["eth0"], f"call {failed}"
        assert change.port("eth0") == NEW, f"call {failed}"
    assert failed > 15


@ON_EVERY_STACK
@pytest.mark.parametrize("isolates", [True, False], ids=["both", "one at a time"])
def test_nothing_is_read_between_the_move_and_its_announcement(
    stack: Stack, tmp_path: Path, *, isolates: bool
) -> None:
    change, plan = Change(tmp_path, isolates=isolates), converts(stack)
    for steps, port, left in ((plan.forward, BOND, "eth0"), (plan.rollback, "eth0", BOND)):
        change.kernel.calls.clear()
        change.does(steps)
        calls = change.kernel.calls
        begins = calls.index(f"{left} learning=0" if isolates else f"{left} down")
        told = calls.index(f"guests told by {port}", begins)
        assert "read" in calls[:begins]
        assert "read" not in calls[begins:told]
        assert calls[told - 1] == "host told"
        if isolates:
            assert told < calls.index(f"{left} down"), "what is on its way still comes in"
        else:
            assert calls[told - 2] == f"{port} -> {BRIDGE}"
            assert "frames circle" not in "".join(change.kernel.amiss)
            assert change.kernel.uplinks() == [port]
        change.kernel.fdb = {GUEST: VIF, NEIGHBOUR: port}


def test_the_way_back_is_proven_before_the_port_changes(tmp_path: Path) -> None:
    """The gateway is asked through a port that only hears, as through a NIC beside the bridge."""
    stack = CONVERTS[0]
    change, plan = Change(tmp_path), converts(stack)
    change.does(plan.forward)
    change.kernel.calls.clear()
    change.does(plan.rollback)
    calls = change.kernel.calls
    asked_at = calls.index("192.168.0.1 asked by eth0")
    assert calls.index(f"eth0 -> {BRIDGE}") < asked_at < calls.index(f"{BOND} learning=0")


def test_beside_a_guest_that_is_isolated_it_is_one_at_a_time(tmp_path: Path) -> None:
    """An isolated uplink would cut it off (libvirt's <port isolated='yes'/>)."""
    change, plan = Change(tmp_path), converts(CONVERTS[0])
    change.kernel.port_options[VIF]["isolated"] = "1"
    change.does(plan.forward)
    assert not any("isolated=1" in call for call in change.kernel.calls)
    assert change.kernel.uplinks() == [BOND]


def test_what_can_not_be_announced_stops_no_exchange(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> Any:
        def tell() -> None:
            raise XenbondError("no buffer space")

        return tell

    change, plan = Change(tmp_path), converts(CONVERTS[0])
    monkeypatch.setattr(change.kernel, "announcement", fails)
    monkeypatch.setattr(change.kernel, "teaching", fails)
    change.does(plan.forward)
    assert change.kernel.amiss == []
    assert change.kernel.uplinks() == [BOND]
    assert change.port(BOND) == NEW
