"""The running network put back from a snapshot: only what differs, only what is ours to change."""

from dataclasses import replace
from pathlib import Path

import pytest
from fakes import ADDRESS, DEFAULT_ROUTE, EXPECTED, GATEWAY, FakeHost, FakeKernel, nic

from xenbond_tui.apply.network import (
    differences,
    of_long_ago,
    read_snapshot,
    restore_network,
    target_of,
)
from xenbond_tui.apply.probes import probes
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.link import Address
from xenbond_tui.facts.routing import Neighbour, Route, RoutingPolicy, Rule


def guest_host() -> FakeKernel:
    """eth0 and a guest's port on an old bridge."""
    kernel = FakeKernel()
    kernel.add_link("br0", "bridge", addresses=(Address("10.0.0.1", 8),))
    kernel.add_link("vif1.0", "", master="br0", mtu=9000)
    kernel.set_master("eth1", "br0")
    return kernel


def test_nothing_is_touched_when_nothing_differs() -> None:
    kernel = guest_host()
    target = target_of(kernel.snapshot(), EXPECTED)
    kernel.refuses |= set(kernel.links)
    assert restore_network(kernel, target) == ()


def test_everything_that_was_lost_comes_back() -> None:
    kernel = guest_host()
    before = kernel.snapshot()
    target = target_of(before, EXPECTED)
    kernel.flush_addresses("eth0")
    kernel.set_mac("eth0", "02:00:00:00:00:01")
    kernel.set_mtu("eth0", 1400)
    kernel.set_link("eth1", up=False)
    kernel.set_master("eth1", None)
    kernel.set_master("vif1.0", None)
    assert len(differences(target, kernel.snapshot())) == 4
    assert restore_network(kernel, target) == ()
    assert kernel.snapshot() == before


def with_vlans() -> FakeKernel:
    """bond0 runs; br10 has its VLAN, the address and a guest's port."""
    kernel = FakeKernel()
    kernel.add_link("bond0", "bond")
    kernel.add_link("vlan10", "vlan", lower="bond0", vlan_id=10, master="br10")
    kernel.add_link("vlan10.7", "vlan", lower="vlan10", vlan_id=7)
    kernel.add_link("vif1.0", "", master="br10")
    kernel.add_link("macvtap0", "macvtap", lower="bond0")
    kernel.add_link("br10", "bridge", addresses=(Address("10.0.0.1", 8),))
    kernel.add_link("docker0", "bridge")
    return kernel


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        ("vlan10", ["vlan10 is gone"]),
        ("vlan10.7", ["vlan10.7 is gone"]),
        ("br10", ["br10 is gone"]),
        ("vif1.0", []),
        ("macvtap0", []),
        ("docker0", []),
    ],
)
def test_what_stood_on_the_bond_and_is_gone_is_a_difference(lost: str, said: list[str]) -> None:
    kernel = with_vlans()
    target = target_of(kernel.snapshot(), EXPECTED)
    del kernel.links[lost]
    assert list(restore_network(kernel, target)) == said


@pytest.mark.parametrize(("port", "ends"), [("vlan10", False), ("vif1.0", True)])
def test_the_port_of_a_vlan_is_missed_and_that_of_a_guest_may_end(
    port: str, *, ends: bool, tmp_path: Path
) -> None:
    host = FakeHost(str(tmp_path))
    host.kernel.links = with_vlans().links
    kernel, machine = host.kernel, host.machine
    (tried,) = (
        item
        for item in probes(machine, kernel.snapshot(), EXPECTED)
        if item.label.startswith(f"{port} on ")
    )
    assert tried.works(machine)
    del kernel.links[port]
    assert tried.works(machine) is ends


def test_guests_on_other_bridges_are_tried_while_one_bridge_goes(tmp_path: Path) -> None:
    host = FakeHost(str(tmp_path))
    for number in (1, 2, 3):
        host.kernel.add_link(f"br{number}", "bridge")
        host.kernel.add_link(f"vif{number}.0", "", master=f"br{number}")
    found = probes(host.machine, host.kernel.snapshot(), EXPECTED, leaving=("br1",))
    tried = [it.label for it in found if not it.reach]
    assert tried == ["vif2.0 on br2 or xenbr0", "vif3.0 on br3 or xenbr0"]


def test_a_gateway_is_tried_whatever_route_stands_before_it(tmp_path: Path) -> None:
    host = FakeHost(str(tmp_path))
    before = (
        Route("10.0.0.0/8", "192.168.0.9", "eth0"),
        Route("default", None, "eth1"),
        Route("default", "fe80::1", "eth0", 6),
    )
    host.kernel.routes = [*before, *host.kernel.routes]
    found = probes(host.machine, host.kernel.snapshot(), None)
    gateways = [it.label for it in found if it.label.startswith("gateway")]
    assert gateways == [f"gateway {GATEWAY}"]


def test_new_bond_and_bridge_go_and_other_new_links_stay() -> None:
    kernel = FakeKernel()
    target = target_of(kernel.snapshot(), EXPECTED)
    kernel.add_link("bond0", "bond", master="xenbr0")
    kernel.add_link("xenbr0", "bridge")
    kernel.add_link("docker0", "bridge")
    assert restore_network(kernel, target) == ()
    assert set(kernel.links) == {"eth0", "eth1", "docker0"}


def test_guest_that_was_moved_elsewhere_stays_there() -> None:
    kernel = guest_host()
    target = target_of(kernel.snapshot(), EXPECTED)
    kernel.add_link("br1", "bridge")
    kernel.set_master("vif1.0", "br1")
    restore_network(kernel, target)
    assert kernel.links["vif1.0"].master == "br1"


def test_address_that_the_change_added_goes() -> None:
    kernel = FakeKernel()
    target = target_of(kernel.snapshot(), EXPECTED)
    kernel.add_address("eth0", Address("172.16.0.9", 16))
    assert restore_network(kernel, target) == ()
    assert kernel.links["eth0"].addresses == (ADDRESS,)
    assert kernel.routes == [DEFAULT_ROUTE]


def test_slave_is_down_before_it_joins_its_bond_again() -> None:
    kernel = FakeKernel()
    kernel.add_link("bond0", "bond")
    kernel.set_master("eth1", "bond0")
    target = target_of(kernel.snapshot(), EXPECTED)
    kernel.set_master("eth1", None)
    seen = []
    join = kernel.set_master

    def watched(name: str, master: str | None) -> None:
        seen.append((name, master, kernel.links[name].admin_up))
        join(name, master)

    kernel.set_master = watched  # type: ignore[method-assign]
    assert restore_network(kernel, target) == ()
    assert seen == [("eth1", "bond0", False)]
    assert kernel.links["eth1"].admin_up


def test_new_lease_is_as_good_as_the_old_one() -> None:
    kernel = FakeKernel()
    kernel.links["eth0"] = nic("eth0", 1, addresses=(replace(ADDRESS, dynamic=True),))
    target = target_of(kernel.snapshot(), EXPECTED)
    kernel.flush_addresses("eth0")
    new = Address("192.168.0.77", 24, dynamic=True)
    kernel.add_address("eth0", new)
    kernel.add_route(DEFAULT_ROUTE)
    assert restore_network(kernel, target) == ()
    assert kernel.links["eth0"].addresses == (new,)


@pytest.mark.parametrize("leased", [True, False])
@pytest.mark.parametrize("address", ["192.168.0.50/24", "2001:db8::5/64"])
def test_what_routers_announce_is_left_to_them_and_nothing_else_is(
    address: str, *, leased: bool
) -> None:
    """Put back by hand an announced address would never end; a lease is better than none."""
    ip, _, length = address.partition("/")
    family = 6 if ":" in ip else 4
    kernel = FakeKernel()
    lost = Address(ip, int(length), family, dynamic=leased)
    kernel.links["eth0"] = nic("eth0", 1, addresses=(lost,))
    target = target_of(kernel.snapshot(), EXPECTED)
    kernel.flush_addresses("eth0")
    assert restore_network(kernel, target) == ()
    by_router = leased and family == 6
    assert kernel.links["eth0"].addresses == (() if by_router else (lost,))


def test_what_the_kernel_refuses_is_said_and_the_rest_goes_on() -> None:
    kernel = guest_host()
    target = target_of(kernel.snapshot(), EXPECTED)
    kernel.flush_addresses("eth0")
    kernel.set_master("vif1.0", None)
    kernel.refuses.add("eth0")
    said = restore_network(kernel, target)
    assert any("192.168.0.222/24 on eth0: [Errno 16]" in item for item in said)
    assert "eth0 lacks 192.168.0.222/24" in said
    assert kernel.links["vif1.0"].master == "br0"


RULE = Rule(1000, table=100, source="192.168.0.0/24")
POLICY = RoutingPolicy(
    rules=(RULE, Rule(1001, table=100, in_link="eth0")),
    routes=(
        Route("default", GATEWAY, "eth0", table=100),
        Route("10.9.0.0/16", None, "eth0", table=100),
        Route("10.8.0.0/16", None, "tun7", table=100),
    ),
    neighbours=(
        Neighbour("192.168.0.9", "02:00:00:00:00:09", "eth0"),
        Neighbour("10.0.0.9", "02:00:00:00:00:0a", "br0"),
    ),
)


def test_rules_their_tables_and_permanent_neighbours_come_back() -> None:
    kernel = guest_host()
    target = target_of(replace(kernel.snapshot(), policy=POLICY), EXPECTED)
    added: list[Route] = []
    add = kernel.add_route

    def watched(route: Route) -> None:
        added.append(route)
        add(route)

    kernel.add_route = watched  # type: ignore[method-assign]
    kernel.routing = RoutingPolicy(rules=(RULE,))
    assert restore_network(kernel, target) == ()
    assert kernel.routing.rules == POLICY.rules
    assert kernel.routing.neighbours == POLICY.neighbours
    # tun7 is gone, and nobody can put a route on it; a gateway comes after the way to it.
    assert [route.destination for route in added] == ["10.9.0.0/16", "default"]


def test_rule_the_kernel_refuses_is_named() -> None:
    kernel = guest_host()
    target = target_of(replace(kernel.snapshot(), policy=RoutingPolicy((RULE,))), EXPECTED)

    def refuse(item: object) -> None:
        raise OSError(22, "Invalid argument")

    kernel.add_policy = refuse  # type: ignore[method-assign]
    said = restore_network(kernel, target)
    assert said == (
        "rule 1000 for table 100: [Errno 22] Invalid argument",
        "the rule 1000 for table 100 is missing",
    )


def test_rules_others_made_meanwhile_stay() -> None:
    kernel = guest_host()
    target = target_of(kernel.snapshot(), EXPECTED)
    kernel.routing = RoutingPolicy((Rule(5210, table=52, fwmark=0x80000),))
    assert restore_network(kernel, target) == ()
    assert len(kernel.routing.rules) == 1


def test_old_policy_is_brought_back_on_the_plans_links_alone() -> None:
    kernel = guest_host()
    old = of_long_ago(target_of(replace(kernel.snapshot(), policy=POLICY), EXPECTED))
    assert [item.priority for item in old.before.policy.rules] == [1001]
    assert {item.link for item in old.before.policy.routes} == {"eth0"}
    assert {item.link for item in old.before.policy.neighbours} == {"eth0", "br0"}


def test_snapshot_of_long_ago_does_not_bring_old_leases_or_others_links_back() -> None:
    kernel = guest_host()
    kernel.add_address("eth0", Address("192.168.0.50", 24, dynamic=True))
    kernel.add_route(Route("10.0.0.0/8", None, "eth2"))
    kernel.add_route(Route("10.0.0.0/8", None, "eth0", protocol="dhcp"))
    kernel.add_route(Route("default", "fe80::1", "eth0", 6, protocol="ra"))
    old = of_long_ago(target_of(kernel.snapshot(), EXPECTED))
    assert {link.name for link in old.before.links} == {"eth0", "eth1", "br0"}
    assert old.before.links[0].addresses == (ADDRESS,)
    assert old.before.routes == (DEFAULT_ROUTE,)


@pytest.mark.parametrize(
    ("data", "why"),
    [(b"\0", "damaged; the network can't be"), (None, "No such file or directory; ")],
)
def test_a_snapshot_that_can_not_be_read_is_named(
    data: bytes | None, why: str, tmp_path: Path
) -> None:
    path = tmp_path / "network.json"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(XenbondError) as told:
        read_snapshot(str(path))
    assert str(told.value).startswith(f"{path}: {why}")
