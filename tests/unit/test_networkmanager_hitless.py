"""NetworkManager without a gap: what moves along, what the bridge is left with, what can't move."""

from dataclasses import replace

import pytest
from facts_builder import (
    ADDRESS,
    ETH0_MAC,
    address,
    bond,
    bridge,
    default_route,
    make_facts,
    nic,
    virtual,
)
from netplan_cases import ANSWERS as NETPLAN_ANSWERS, PRESENT
from networkmanager_cases import ANSWERS, ETC, ETH0, LINKS, PLUGIN, after as written_by, host
from proposing import plan_for, removal_for, told_by
from steps_in_words import in_words

from xenbond_tui.answers import Answers, BridgeAnswers, Removal
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Address
from xenbond_tui.facts.routing import Route
from xenbond_tui.plan.actions import (
    AddRoute,
    ByItself,
    RestoreSysctls,
    Run,
    SetSysctls,
    WaitForAddress,
)
from xenbond_tui.stacks.netplan import Netplan
from xenbond_tui.stacks.networkmanager import NetworkManager

STACK = NetworkManager()
SYSCTLS = {
    "/proc/sys/net/ipv4/conf/default/rp_filter": "1\n",
    "/proc/sys/net/ipv4/conf/eth0/rp_filter": "2\n",
    "/proc/sys/net/ipv6/conf/default/accept_dad": "1\n",
}
BY_HAND = Route("10.1.0.0/16", "192.168.0.9", "eth0", metric=7, protocol="boot")
ROUTES = (replace(default_route(), metric=100), BY_HAND)
LEASED = ETH0.replace("address1=192.168.0.222/24,192.168.0.1\n", "").replace(
    "method=manual", "method=auto"
)
DHCP = replace(ANSWERS, bridge=BridgeAnswers(method="dhcp", mac=ETH0_MAC))


def having(*held: Address) -> tuple[object, ...]:
    return (nic("eth0", ETH0_MAC, addresses=held, index=2), LINKS[1])


def gaps(facts: HostFacts, answers: Answers = ANSWERS) -> list[str]:
    return [item.text for item in told_by(STACK, facts, answers) if item.code == "gap"]


def test_the_bridge_filters_as_the_nic_did_and_that_is_said_last() -> None:
    """NetworkManager has made eth0's loose, and would the bridge's at the next boot."""
    up = plan_for(STACK, host({"eth0": ETH0}, more=SYSCTLS), ANSWERS).forward
    sysctls = [step.action for step in up if isinstance(step.action, SetSysctls | RestoreSysctls)]
    assert sysctls[-2:] == [
        RestoreSysctls(),
        SetSysctls(
            {
                "net/ipv4/conf/xenbr0/rp_filter": "2",
                "net/ipv4/conf/bond0/rp_filter": "1",
                "net/ipv6/conf/xenbr0/accept_dad": "1",
            }
        ),
    ]


def test_a_bridge_that_is_just_made_takes_in_what_the_switch_sends_it() -> None:
    """It talks as soon as it has carrier, and the switch has the host behind it from then on."""
    up = plan_for(STACK, host({"eth0": ETH0}, more=SYSCTLS), ANSWERS).forward
    made = next(i for i, step in enumerate(up) if step.label.startswith("Load "))
    before = [step.action for step in up[:made] if isinstance(step.action, SetSysctls)]
    assert any(item.values.get("net/ipv4/conf/default/rp_filter") == "0" for item in before)


def test_the_idle_nic_that_networkmanager_enslaves_by_itself_is_left_in_the_bond() -> None:
    """Brought up again it would leave the bond, when the switch sends everything there."""
    up = [step.action for step in plan_for(STACK, host({"eth0": ETH0}), ANSWERS).forward]
    idle, carrying = [item for item in up if isinstance(item, Run) and "up" in item.argv]
    assert idle.unless == ByItself("eth1", "bond0", 15.0)
    assert carrying.unless is None, "it is in no bond, and runs with another profile"


def test_a_route_known_by_hand_is_the_bridges_too_before_the_nic_goes_and_comes_back() -> None:
    plan = plan_for(STACK, host({"eth0": ETH0}, routes=ROUTES), ANSWERS)
    up, down = in_words(plan.forward), in_words(plan.rollback)
    added = [word for word in up if word.startswith("+")]
    assert added == ["+ 192.168.0.1/32 eth0 None", "+ 10.1.0.0/16 xenbr0 7"]
    assert up.index("wait xenbr0 192.168.0.222") < up.index("+ 10.1.0.0/16 xenbr0 7")
    assert [word for word in down if word.startswith("+")] == ["+ 10.1.0.0/16 eth0 7"]
    assert down.index("+ 10.1.0.0/16 eth0 7") < down.index("delete xenbr0")
    assert [word for word in down if "route-metric" in word] == [
        "nmcli --wait 90 device modify eth0 ipv4.route-metric 100"
    ], "its own, not that of the route by hand"
    modified = next(i for i, word in enumerate(down) if "route-metric" in word)
    assert modified < down.index("+ 10.1.0.0/16 eth0 7"), "which it would take away"


KEPT = Route("192.168.0.1/32", None, "eth0", protocol="kernel", scope="link")
OLD, NEW = (PLUGIN.format(number) for number in ("1.44.2", "1.46.0"))


def kept(*plugins: str, profile: str = ETH0, routes: tuple[Route, ...] = ROUTES) -> list[Route]:
    """The routes that the NIC is given until the bridge has its address."""
    more = dict.fromkeys(plugins, "ELF")
    up = plan_for(STACK, host({"eth0": profile}, routes=routes, more=more), ANSWERS).forward
    added = [step.action.route for step in up if isinstance(step.action, AddRoute)]
    return [route for route in added if route.link == "eth0"]


def said(milliseconds: str) -> str:
    return ETH0.replace("method=manual", f"method=manual\ndad-timeout={milliseconds}")


def test_the_gateway_is_the_nics_while_networkmanager_looks_for_duplicates() -> None:
    """The bridge has its routes before its address then, one to the gateway alone among them."""
    plan = plan_for(STACK, host({"eth0": ETH0}, routes=ROUTES, more={NEW: "ELF"}), ANSWERS)
    up, down = in_words(plan.forward), in_words(plan.rollback)
    loaded = next(i for i, word in enumerate(up) if "connection load" in word)
    assert up.index("WriteFiles") < up.index("+ 192.168.0.1/32 eth0 None") < loaded
    assert kept(NEW) == [KEPT]
    gone = down.index("- 192.168.0.1/32 eth0 None")
    assert down.index("delete xenbr0") < gone, "should the NIC never have gone down"
    assert "dad-timeout" not in written_by(host({}), plan.changes)[f"{ETC}/xenbr0.nmconnection"]


@pytest.mark.parametrize(
    ("plugin", "profile", "waits"),
    [
        (OLD, ETH0, False),
        (NEW, ETH0, True),
        (NEW, said("-1"), True),
        (NEW, said("0"), False),
        (OLD, said("500"), True),
    ],
)
def test_only_where_it_looks_for_duplicates(plugin: str, profile: str, waits: bool) -> None:
    """By its version, or by the operator's word, which stays."""
    assert kept(plugin, profile=profile) == ([KEPT] if waits else [])
    if "dad-timeout" in profile:
        facts = host({"eth0": profile}, more={plugin: "ELF"})
        written = written_by(facts, plan_for(STACK, facts, ANSWERS).changes)
        line = next(x for x in profile.splitlines() if x.startswith("dad-timeout"))
        assert line in written[f"{ETC}/xenbr0.nmconnection"]


def test_a_version_that_is_not_known_is_taken_for_a_new_one() -> None:
    assert kept() == [KEPT]


def test_a_gateway_that_has_a_route_of_its_own_keeps_that() -> None:
    own = replace(KEPT, metric=100, protocol="static")
    assert kept(NEW, routes=(own, *ROUTES)) == []


def test_a_lease_comes_with_its_routes() -> None:
    facts = host(
        {"eth0": LEASED},
        having(address(ADDRESS, dynamic=True)),  # type: ignore[arg-type]
        more={NEW: "ELF"},
    )
    assert not [
        step for step in plan_for(STACK, facts, DHCP).forward if isinstance(step.action, AddRoute)
    ]


def test_through_netplan_the_gateway_is_the_nics_too() -> None:
    def added(plugin: str) -> list[str]:
        facts = rendered(RENDERED)
        state = FileState(plugin, b"ELF", 0o644)
        facts = replace(facts, files={**facts.files, plugin: state})
        words = in_words(plan_for(Netplan(), facts, NETPLAN_ANSWERS).forward)
        return [word for word in words if word.startswith("+")]

    assert added(NEW) == ["+ 192.168.0.1/32 eth0 None"]
    assert added(OLD) == []


def test_ipv6_is_on_both_links_before_either_goes() -> None:
    announced = address("2001:db8:1::250:daff:fe7a:5145/64", dynamic=True)
    held = (address(ADDRESS), address("2001:db8::222/64"), announced)
    profile = ETH0.replace("method=auto", "address1=2001:db8::222/64\nmethod=auto")
    answers = replace(
        ANSWERS, bridge=replace(ANSWERS.bridge, addresses=(ADDRESS, "2001:db8::222/64"))
    )
    facts = host({"eth0": profile}, having(*held))  # type: ignore[arg-type]
    assert not gaps(facts, answers)
    plan = plan_for(STACK, facts, answers)
    for link, steps, end in (
        ("xenbr0", plan.forward, "flush bond0"),
        ("eth0", plan.rollback, "delete xen"),
    ):
        words = in_words(steps)
        last = next(i for i, word in enumerate(words) if word.startswith(end))
        waits = {f"wait {link} {item.ip}" for item in held}
        assert waits <= set(words[:last])


def test_a_lease_is_the_bridges_too_before_the_nic_lets_go() -> None:
    facts = host({"eth0": LEASED}, having(address(ADDRESS, dynamic=True)))  # type: ignore[arg-type]
    assert not gaps(facts, DHCP)
    up = plan_for(STACK, facts, DHCP).forward
    words = in_words(up)
    wait = next(i for i, step in enumerate(up) if isinstance(step.action, WaitForAddress))
    assert up[wait].action == WaitForAddress("xenbr0", "192.168.0.222", 100.0)
    assert not up[wait].best_effort, "another lease ends it while nothing has moved"
    ups = [i for i, word in enumerate(words) if "connection up" in word]
    assert ups[0] < wait < ups[1]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("dhcp-client-id=stable", "another client"),
        ("dhcp-client-id=ipv6-duid", "another client"),
        ("dhcp-send-release=true", "given back"),
        ("route-metric=50", "sets a metric"),
    ],
)
def test_a_lease_that_would_be_another_ones_has_its_gap_told(line: str, told: str) -> None:
    profile = LEASED.replace("method=auto", f"method=auto\n{line}", 1)
    facts = host({"eth0": profile}, having(address(ADDRESS, dynamic=True)))  # type: ignore[arg-type]
    (text,) = gaps(facts, DHCP)
    assert told in text
    assert "eth0.nmconnection" in text


@pytest.mark.parametrize(
    "line", ["dhcp-client-id=mac", "dhcp-client-id=01:00:50:da", "dhcp-send-release=0"]
)
def test_a_client_id_that_is_the_bridges_too_has_none(line: str) -> None:
    profile = LEASED.replace("method=auto", f"method=auto\n{line}", 1)
    facts = host({"eth0": profile}, having(address(ADDRESS, dynamic=True)))  # type: ignore[arg-type]
    assert not gaps(facts, DHCP)


RENDERED = """\
[connection]
id=netplan-eth0
type=ethernet
interface-name=eth0

[ipv4]
method=manual
address1=192.168.0.222/24
route1=0.0.0.0/0,192.168.0.1
"""
YAML = """\
network:
  version: 2
  renderer: NetworkManager
  ethernets:
    eth0:
      addresses: [192.168.0.222/24]
      nameservers: {addresses: [192.168.0.1]}
      routes: [{to: default, via: 192.168.0.1}]
"""


def rendered(profile: str) -> HostFacts:
    path = "/run/NetworkManager/system-connections/netplan-eth0.nmconnection"
    return host({path: profile, "/etc/netplan/01.yaml": YAML}, present=PRESENT)


def test_through_netplan_it_is_the_same_way_with_netplan_writing_the_profiles() -> None:
    facts = rendered(RENDERED)
    plan = plan_for(Netplan(), facts, NETPLAN_ANSWERS)
    words = in_words(plan.forward)
    for before, after in (
        ("WriteFiles", "netplan generate"),
        ("netplan generate", "nmcli --wait 90 connection up id netplan-eth1"),
        ("nmcli --wait 90 connection up id netplan-eth1", "wait xenbr0 192.168.0.222"),
        ("xenbr0 ? 192.168.0.1", "nmcli --wait 90 connection up id netplan-eth0"),
    ):
        assert words.index(before) < words.index(after)
    down = in_words(plan.rollback)
    assert down[down.index("RestoreFiles") + 1] == "netplan generate"
    assert down.index("nmcli --wait 90 connection up id netplan-eth0") < down.index("delete xenbr0")
    assert "gap" not in {item.code for item in told_by(Netplan(), facts, NETPLAN_ANSWERS)}


def test_through_netplan_a_metric_of_the_nics_has_its_gap_told() -> None:
    facts = rendered(RENDERED.replace("method=manual", "method=manual\nroute-metric=50"))
    (text,) = (x.text for x in told_by(Netplan(), facts, NETPLAN_ANSWERS) if x.code == "gap")
    assert "sets a metric" in text


def bonded(bridge_s: str, *held: Address) -> HostFacts:
    """As netplan's plan has left it and NetworkManager runs it.

    Args:
        bridge_s: the bridge's profile, as netplan has made it.
        held: the bridge's addresses.
    """
    written = plan_for(Netplan(), rendered(RENDERED), NETPLAN_ANSWERS).changes
    files = {item.path: (item.after or b"").decode() for item in written}
    made = "/run/NetworkManager/system-connections/netplan-{}.nmconnection"
    files[made.format("eth0")] = "[connection]\nid=netplan-eth0\ntype=ethernet\nmaster=bond0\n"
    files[made.format("xenbr0")] = bridge_s
    return make_facts(
        files={path: FileState(path, text.encode(), 0o600) for path, text in files.items()},
        present=PRESENT,
        links=(
            nic("eth0", ETH0_MAC, master="bond0", index=2),
            nic("eth1", LINKS[1].mac, master="bond0", index=3),
            replace(virtual("bond0", "bond", ETH0_MAC), master="xenbr0", carrier=True),
            replace(virtual("xenbr0", "bridge", ETH0_MAC), addresses=held),
        ),
        routes=(default_route("xenbr0"),),
        bonds=(bond(options={"mode": "active-backup 1", "miimon": "100"}),),
        bridges=(bridge(),),
    )


BRIDGE = RENDERED.replace("eth0", "xenbr0").replace("ethernet", "bridge")
REMOVAL = Removal(NETPLAN_ANSWERS, "eth0")


def test_through_netplan_the_nic_has_it_all_before_the_bond_goes_and_the_bond_before_the_nic() -> (
    None
):
    plan = removal_for(Netplan(), bonded(BRIDGE, address(ADDRESS)), REMOVAL)
    assert plan.outage is not None
    assert not plan.outage.expected
    up, down = in_words(plan.forward), in_words(plan.rollback)
    for before, after in (
        ("WriteFiles", "netplan generate"),
        ("netplan generate", "nmcli --wait 90 connection up id netplan-eth0"),
        ("nmcli --wait 90 connection up id netplan-eth0", "wait eth0 192.168.0.222"),
        ("wait eth0 192.168.0.222", "eth0 ? 192.168.0.1"),
        ("eth0 ? 192.168.0.1", "delete bond0"),
        ("delete bond0", "delete xenbr0"),
    ):
        assert up.index(before) < up.index(after)
    for before, after in (
        ("RestoreFiles", "netplan generate"),
        ("netplan generate", "nmcli --wait 90 connection up id netplan-eth1"),
        ("wait xenbr0 192.168.0.222", "xenbr0 ? 192.168.0.1"),
        ("xenbr0 ? 192.168.0.1", "nmcli --wait 90 connection up id netplan-eth0"),
    ):
        assert down.index(before) < down.index(after)
    assert all(step.best_effort for step in plan.rollback if step.label.startswith("Bring up"))


@pytest.mark.parametrize(
    "bridge_s", [BRIDGE.replace("method=manual", "method=manual\nroute-metric=50"), ""]
)
def test_a_removal_through_netplan_says_its_gap_where_both_would_have_one_metric(
    bridge_s: str,
) -> None:
    facts = bonded(bridge_s, address(ADDRESS))
    if not bridge_s:
        facts = replace(facts, files={p: x for p, x in facts.files.items() if "xenbr0" not in p})
    plan = removal_for(Netplan(), facts, REMOVAL)
    assert plan.outage is not None
    assert (plan.outage.least, plan.outage.most) == (1, 5)
    assert "delete xenbr0" in in_words(plan.forward)
