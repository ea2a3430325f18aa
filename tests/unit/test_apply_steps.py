"""Single actions on the running network: what each does, and how one that can't be done ends."""

from pathlib import Path

import pytest
from fakes import ADDRESS, DEFAULT_ROUTE, FakeHost

from xenbond_tui.apply.network import Target
from xenbond_tui.apply.steps import StepError, Steps
from xenbond_tui.apply.sysctls import Sysctls
from xenbond_tui.facts import Address
from xenbond_tui.plan import (
    AddAddress,
    AddBridge,
    AddRoute,
    Announce,
    DelAddress,
    DelRoute,
    Reach,
    RestoreSysctls,
    SetSysctls,
)


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    return FakeHost(str(tmp_path))


@pytest.fixture
def steps(host: FakeHost, tmp_path: Path) -> Steps:
    kernel = host.kernel
    return Steps(
        host.machine,
        write_files=lambda: "",
        restore_files=lambda: "",
        network=Target(kernel.snapshot()),
        pause=host.clock.sleep,
        sysctls=Sysctls(kernel, str(tmp_path / "sysctls.json")),
    )


def test_the_network_is_changed_piece_by_piece(host: FakeHost, steps: Steps) -> None:
    kernel, other = host.kernel, Address("192.168.0.222", 32)
    steps.carry_out(DelAddress("eth0", ADDRESS))
    steps.carry_out(AddAddress("eth1", other))
    steps.carry_out(DelRoute(DEFAULT_ROUTE))
    assert (kernel.links["eth0"].addresses, kernel.links["eth1"].addresses) == ((), (other,))
    assert kernel.routes == []
    steps.carry_out(AddRoute(DEFAULT_ROUTE))
    steps.carry_out(AddBridge("xenbr0", "52:54:00:00:00:01"))
    steps.carry_out(Announce("eth1"))
    assert kernel.routes == [DEFAULT_ROUTE]
    assert (kernel.links["xenbr0"].kind, kernel.links["xenbr0"].admin_up) == ("bridge", False)
    assert kernel.announced == ["eth1"]


def test_sysctls_are_put_back_by_the_last_step(host: FakeHost, steps: Steps) -> None:
    host.kernel.sysctls = {"net/ipv4/conf/all/arp_ignore": "0"}
    steps.carry_out(SetSysctls({"net/ipv4/conf/all/arp_ignore": "1"}))
    assert host.kernel.sysctls == {"net/ipv4/conf/all/arp_ignore": "1"}
    steps.carry_out(RestoreSysctls())
    assert host.kernel.sysctls == {"net/ipv4/conf/all/arp_ignore": "0"}


def test_a_neighbour_is_waited_for_until_its_switch_port_forwards(
    host: FakeHost, steps: Steps
) -> None:
    host.kernel.unreachable = {"192.168.0.1"}
    host.clock.after(30.0, host.kernel.unreachable.clear)
    began = host.clock.monotonic()
    steps.carry_out(Reach("eth1", "192.168.0.1"))
    assert 30.0 <= host.clock.monotonic() - began < 31.0


def test_a_neighbour_that_never_answers_ends_the_step_with_what_to_look_at(
    host: FakeHost, steps: Steps
) -> None:
    host.kernel.unreachable = {"192.168.0.1"}
    with pytest.raises(StepError, match=r"192.168.0.1 does not answer through eth1 .*VLAN"):
        steps.carry_out(Reach("eth1", "192.168.0.1", 5.0))
