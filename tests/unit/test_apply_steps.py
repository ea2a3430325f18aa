"""Single actions on the running network: what each does, and how one that can't be done ends."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NoReturn, get_args

import pytest
from fakes import ADDRESS, DEFAULT_ROUTE, FakeHost, FakeKernel

from xenbond_tui.apply.network import Target
from xenbond_tui.apply.steps import CARRIED_OUT, StepError, Steps
from xenbond_tui.apply.surroundings import Sysctls
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.link import Address
from xenbond_tui.facts.routing import Route
from xenbond_tui.plan.actions import (
    Action,
    AddAddress,
    AddBond,
    AddBridge,
    AddRoute,
    Announce,
    ByItself,
    DelAddress,
    DelRoute,
    FlushAddresses,
    LendAddresses,
    Reach,
    RestoreSysctls,
    ReturnLent,
    Run,
    SetBondOption,
    SetLink,
    SetMaster,
    SetMtu,
    SetRuntimeFile,
    SetSysctls,
    WaitFor,
    WaitForAddress,
    WaitForRouter,
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
        sysctls=Sysctls(lambda: kernel, str(tmp_path / "sysctls.json")),
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


def test_a_file_below_run_comes_and_goes(host: FakeHost, steps: Steps, tmp_path: Path) -> None:
    path = "/run/systemd/network/10-eth0.network.d/hold.conf"
    steps.carry_out(SetRuntimeFile(path, "[Network]\n"))
    made = Path(f"{host.machine.access.root}{path}")
    assert (made.read_text(), made.stat().st_mode & 0o777) == ("[Network]\n", 0o644)
    for _ in range(2):
        steps.carry_out(SetRuntimeFile(path, None))
        assert not made.parent.exists()
        assert made.parent.parent.is_dir()
    for elsewhere in ("/etc/hold.conf", "/run/../etc/hold.conf", "/run"):
        with pytest.raises(XenbondError, match="not below /run"):
            steps.carry_out(SetRuntimeFile(elsewhere, ""))
    host.put(str(Path(path).parent), b"in the way\n")
    with pytest.raises(XenbondError) as told:
        steps.carry_out(SetRuntimeFile(path, "[Network]\n"))
    assert told.value.where == path


def test_a_bond_is_made_without_slaves_and_set(host: FakeHost, steps: Steps) -> None:
    kernel = host.kernel
    steps.carry_out(AddBond("bond0", {"mode": "active-backup", "miimon": "50"}))
    steps.carry_out(SetBondOption("bond0", "primary", "eth1"))
    steps.carry_out(SetMtu("bond0", 9000))
    assert (kernel.links["bond0"].kind, kernel.links["bond0"].admin_up) == ("bond", False)
    assert kernel.links["bond0"].mtu == 9000
    assert kernel.options == {"mode": "active-backup", "miimon": "50", "primary": "eth1"}


def bonded(host: FakeHost) -> FakeKernel:
    """eth0 in bond0, which is a port of xenbr0."""
    host.kernel.add_link("xenbr0", "bridge")
    host.kernel.add_link("bond0", "bond", master="xenbr0")
    host.kernel.set_master("eth0", "bond0")
    return host.kernel


def test_who_is_behind_the_bridge_is_told_at_once_when_another_slave_becomes_active(
    host: FakeHost, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel, order = bonded(host), list[str]()
    kernel.fdb = {"00:16:3e:00:00:01": "vif1.0", "52:54:00:00:00:09": "bond0"}
    for name in (
        "snapshot",
        "learned",
        "reserved_macs",
        "announcement",
        "set_bond_option",
        "teaching",
    ):
        real = getattr(kernel, name)

        def noted(*args: object, name: str = name, real: Callable[..., object] = real) -> object:
            order.append(name)
            return real(*args)

        monkeypatch.setattr(kernel, name, noted)
    steps.carry_out(SetBondOption("bond0", "active_slave", "eth1"))
    assert order[-3:] == ["teaching", "announcement", "set_bond_option"], "all is ready before"
    assert kernel.options["active_slave"] == "eth1"
    assert (kernel.taught, kernel.announced) == ([("bond0", ("00:16:3e:00:00:01",))], ["xenbr0"])


@pytest.mark.parametrize(
    ("action", "told"),
    [
        (SetMaster("eth1", "bond0"), True),
        (SetMaster("eth0", None), True),
        (SetBondOption("bond0", "primary_reselect", "always"), True),
        (SetBondOption("bond0", "miimon", "50"), False),
        (SetMaster("eth1", "xenbr0"), False),
        (SetMaster("eth1", None), False),
        (SetMaster("bond0", None), False),
    ],
    ids=str,
)
def test_host_and_guests_are_told_by_whatever_may_move_the_active_slave(
    host: FakeHost, steps: Steps, action: Action, *, told: bool
) -> None:
    """A slave that the kernel knows as the primary takes over as soon as it is one again."""
    kernel = bonded(host)
    kernel.fdb = {"00:16:3e:00:00:01": "vif1.0"}
    steps.carry_out(action)
    assert (kernel.announced == ["xenbr0"]) is told
    assert (kernel.taught == [("bond0", ("00:16:3e:00:00:01",))]) is told


def test_a_slave_becomes_active_though_nobody_can_be_told(
    host: FakeHost, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> NoReturn:
        raise XenbondError("xenbr0 is gone.")

    bonded(host)
    for name in ("learned", "teaching", "announcement"):
        monkeypatch.setattr(host.kernel, name, refuse)
    steps.carry_out(SetBondOption("bond0", "active_slave", "eth1"))
    assert host.kernel.options["active_slave"] == "eth1"


def test_the_host_is_told_of_though_the_guests_can_not_be(
    host: FakeHost, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> NoReturn:
        raise XenbondError("bond0 takes no frames.")

    bonded(host)
    monkeypatch.setattr(host.kernel, "teaching", refuse)
    steps.carry_out(SetBondOption("bond0", "active_slave", "eth1"))
    assert host.kernel.announced == ["xenbr0"]


def test_an_address_a_router_announces_is_waited_for(host: FakeHost, steps: Steps) -> None:
    announced = Address("2001:db8::1", 64, 6, dynamic=True)
    host.clock.after(0.4, lambda: host.kernel.add_address("eth1", announced))
    began = host.clock.monotonic()
    steps.carry_out(WaitForAddress("eth1", "2001:db8::1"))
    assert 0.4 <= host.clock.monotonic() - began < 1.0
    with pytest.raises(StepError, match="eth1 has not got 2001:db8::2 in 15 s"):
        steps.carry_out(WaitForAddress("eth1", "2001:db8::2"))


def test_a_router_that_announces_itself_is_waited_for(host: FakeHost, steps: Steps) -> None:
    """A default route that somebody else gave the link is none."""
    ours = Route("default", "fe80::1", "eth1", 6, 4242)
    host.kernel.add_route(ours)
    heard = replace(ours, metric=1024, protocol="ra")
    host.clock.after(0.4, lambda: host.kernel.add_route(heard))
    began = host.clock.monotonic()
    steps.carry_out(WaitForRouter("eth1"))
    assert 0.4 <= host.clock.monotonic() - began < 1.0
    assert host.kernel.solicited == ["eth1"]
    with pytest.raises(StepError, match="no router has announced itself on eth0 in 15 s"):
        steps.carry_out(WaitForRouter("eth0"))
    # Each 4 s, for the link itself asks only when it comes up, and a bond stays up.
    assert host.kernel.solicited[1:] == ["eth0"] * 4


def test_a_link_that_lets_go_keeps_no_route_of_either_family(host: FakeHost, steps: Steps) -> None:
    """Of IPv6 they stay: what leaves would go on by a link that is about to lose its carrier."""
    own = Route("fe80::/64", None, "eth0", 6, 256, protocol="kernel")
    others = Route("2001:db8::/64", None, "eth1", 6, 256, protocol="kernel")
    for route in (
        own,
        others,
        Route("2001:db8::/64", None, "eth0", 6, 256, protocol="ra"),
        Route("default", "fe80::1", "eth0", 6, 1024, protocol="ra"),
    ):
        host.kernel.add_route(route)
    steps.carry_out(FlushAddresses("eth0"))
    assert [route for route in host.kernel.routes if route.family == 6] == [own, others]
    assert not [route for route in host.kernel.routes if (route.link, route.family) == ("eth0", 4)]


def test_an_address_without_end_is_no_leased_one(host: FakeHost, steps: Steps) -> None:
    steps.carry_out(WaitForAddress("eth0", ADDRESS.ip))
    with pytest.raises(StepError, match=f"eth0 has not got {ADDRESS.ip} in 2 s"):
        steps.carry_out(WaitForAddress("eth0", ADDRESS.ip, 2.0, leased=True))
    leased = replace(ADDRESS, dynamic=True)
    host.kernel.links["eth0"] = replace(host.kernel.links["eth0"], addresses=(leased,))
    steps.carry_out(WaitForAddress("eth0", ADDRESS.ip, 2.0, leased=True))


def test_a_leased_address_is_lent_as_a_hosts_and_returned_when_there_is_an_own_one(
    host: FakeHost, steps: Steps
) -> None:
    steps.carry_out(LendAddresses("eth0", "eth1"))
    assert host.kernel.links["eth1"].addresses == (Address(ADDRESS.ip, 32),)
    steps.carry_out(ReturnLent("eth1"))
    assert host.kernel.links["eth1"].addresses == (Address(ADDRESS.ip, 32),), "the only one stays"
    both = (Address(ADDRESS.ip, 32), ADDRESS)
    host.kernel.links["eth1"] = replace(host.kernel.links["eth1"], addresses=both)
    steps.carry_out(ReturnLent("eth1"))
    assert host.kernel.links["eth1"].addresses == (ADDRESS,)


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


def test_a_port_of_a_bridge_is_in_use_and_need_not_answer(host: FakeHost, steps: Steps) -> None:
    """The bridge takes what comes in, so nobody would hear the answer on the port itself."""
    host.kernel.add_link("xenbr0", "bridge")
    host.kernel.add_link("bond0", "bond", master="xenbr0")
    host.kernel.unreachable = {"192.168.0.1"}
    assert steps.carry_out(Reach("bond0", "192.168.0.1")) == "bond0 is in xenbr0"


def test_a_link_is_set_down_unless_it_is_where_it_shall_be(host: FakeHost, steps: Steps) -> None:
    host.kernel.add_link("bond0", "bond")
    host.kernel.set_master("eth0", "bond0")
    for name in ("eth0", "eth1"):
        steps.carry_out(SetLink(name, up=False, unless_in="bond0"))
    assert host.kernel.links["eth0"].admin_up
    assert not host.kernel.links["eth1"].admin_up


def test_a_slave_gets_no_route_of_its_own_in_the_bond(host: FakeHost, steps: Steps) -> None:
    """Answers would leave by the slave, whose frames the bond takes."""
    host.kernel.add_link("bond0", "bond")
    host.kernel.set_master("eth0", "bond0")
    routes = [Route("192.168.0.1/32", None, name) for name in ("eth0", "eth1")]
    said = [steps.carry_out(AddRoute(route, unless_in="bond0")) for route in routes]
    assert said == ["eth0 is in bond0", ""]
    assert [x.link for x in host.kernel.snapshot().routes if x.destination.endswith("/32")] == [
        "eth1"
    ]


def test_a_nic_that_is_enslaved_by_itself_is_not_brought_up_again(
    host: FakeHost, steps: Steps
) -> None:
    host.kernel.add_link("bond0", "bond")
    up = Run(
        ("nmcli", "--wait", "90", "connection", "up", "id", "eth1"),
        unless=ByItself("eth1", "bond0", 15.0),
    )
    began = host.clock.monotonic()
    assert steps.carry_out(up) == ""
    assert host.runner.ran == [up.argv]
    assert host.clock.monotonic() - began >= 15.0, "it had its time"
    host.clock.after(3.0, lambda: host.kernel.set_master("eth1", "bond0"))
    assert steps.carry_out(up) == "eth1 is in bond0"
    assert host.runner.ran == [up.argv]


@pytest.mark.parametrize(
    "action", [WaitFor("eth1", "carrier", 30.0), Reach("eth1", "192.168.0.1", 45.0)]
)
def test_a_nic_that_is_gone_is_not_waited_for(
    host: FakeHost, steps: Steps, action: WaitFor | Reach
) -> None:
    host.kernel.delete_link("eth1")
    host.kernel.unreachable.add("192.168.0.1")
    began = host.clock.monotonic()
    with pytest.raises(StepError, match="eth1 is not there any more"):
        steps.carry_out(action)
    assert host.clock.monotonic() == began


def test_a_link_that_tools_make_is_waited_for(host: FakeHost, steps: Steps) -> None:
    host.clock.after(3.0, lambda: host.kernel.add_bond("bond0", {"mode": "active-backup"}))
    steps.carry_out(WaitFor("bond0", "exists", 10.0))
    with pytest.raises(StepError, match="bond1 is not there after 10 s"):
        steps.carry_out(WaitFor("bond1", "exists", 10.0))


def test_every_kind_of_action_is_carried_out() -> None:
    assert set(CARRIED_OUT) == set(get_args(Action))
