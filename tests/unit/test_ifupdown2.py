"""ifupdown2: ifupdown's files in its own words, ifreload, and what only it refuses."""

from dataclasses import replace
from pathlib import Path

import pytest
from facts_builder import (
    ADDRESS,
    ETH0_MAC,
    ETH1_MAC,
    address,
    bond,
    bridge,
    default_route,
    make_facts,
    nic,
    virtual,
)
from ifupdown2_cases import (
    AFTER,
    ETH0,
    IDLE,
    LO,
    MAIN,
    PRESENT,
    STACK,
    codes,
    commands,
    host,
    written,
)
from ifupdown_cases import ANSWERS, BOND, CASES as ALL, STATIC, facts_of as ifupdown_host
from proposing import plan_for, removal_for, reviewed, told_by
from steps_in_words import in_words

from xenbond_tui import planner
from xenbond_tui.answers import Removal
from xenbond_tui.facts.link import Address
from xenbond_tui.host.tree import RootedTree
from xenbond_tui.plan.actions import (
    AddAddress,
    AddRoute,
    DelAddress,
    FlushAddresses,
    RestoreFiles,
    RestoreNetwork,
    Run,
    WaitForAddress,
    WriteFiles,
)
from xenbond_tui.rules.findings import Severity
from xenbond_tui.stacks.ifupdown.activate import stop_client, take_along
from xenbond_tui.stacks.ifupdown2.places import ADDON


def test_it_owns_the_file_where_it_is_installed_and_ifupdown_does_not() -> None:
    (owner,) = planner.owners(host())
    assert owner.stack == "ifupdown2"
    assert owner.links == ("eth0",)


def test_the_file_in_its_own_words() -> None:
    assert written(host()) == AFTER


def test_what_was_written_is_read_again_and_planned_to_the_same_file() -> None:
    again = host(AFTER.removeprefix(LO))
    read = STACK.read(again)
    assert read is not None
    assert read.stack == "ifupdown2"
    assert read.bridge.mac == ETH0_MAC
    assert written(again, replace(ANSWERS, bond=read.bond)) == AFTER


@pytest.mark.parametrize("case", ALL)
def test_in_every_layout_its_words_are_there_and_ifupdowns_are_not(case: str) -> None:
    plan = plan_for(STACK, replace(ifupdown_host(case), present=frozenset(PRESENT)), ALL[case])
    text = "\n".join((c.after or b"").decode() for c in plan.changes)
    assert "hwaddress 00:50:da:7a:51:45" in text
    assert "bridge-ports-condone-regex" in text
    assert "bridge_hw" not in text
    assert "bridge-hw" not in text


def test_with_an_idle_nic_ifreload_comes_last_and_finds_all_done() -> None:
    plan = plan_for(STACK, host(), ANSWERS)
    assert "gap" not in codes(host())
    files = next(i for i, step in enumerate(plan.forward) if isinstance(step.action, WriteFiles))
    runs = [i for i, step in enumerate(plan.forward) if isinstance(step.action, Run)]
    assert files < runs[-1]
    assert commands(host())[-1] == ("/sbin/ifreload", "-a")


def test_without_one_the_gap_is_announced() -> None:
    facts = host(ETH0, IDLE[0], nic("eth1", ETH1_MAC, carrier=False))
    assert codes(facts)["gap"] is Severity.NOTE
    assert commands(facts) == [("/sbin/ifreload", "-a")]


def test_a_lease_is_given_back_by_the_old_file_before_the_new_one_is_written() -> None:
    facts = host("auto eth0\niface eth0 inet dhcp\n")
    answers = replace(ANSWERS, bridge=replace(STATIC, method="dhcp", addresses=(), gateway=None))
    plan = plan_for(STACK, facts, answers)
    assert isinstance(plan.forward[0].action, Run)
    assert plan.forward[0].action.argv == ("/sbin/ifdown", "eth0")
    assert commands(facts, answers)[-1] == ("/sbin/ifreload", "-a")


def test_guests_ports_are_put_back_whatever_ifreload_did_to_their_bridge() -> None:
    links = (
        nic("eth0", ETH0_MAC, master="xenbr0"),
        nic("eth1", ETH1_MAC, carrier=False),
        nic("vif1.0", "fe:ff:ff:ff:ff:ff", master="xenbr0"),
        virtual("xenbr0", "bridge", ETH0_MAC, addresses=(ADDRESS,)),
    )
    text = LO + "auto xenbr0\niface xenbr0 inet static\n\taddress 192.168.0.222/24\n"
    facts = make_facts(
        files={MAIN: text + "\tbridge-ports eth0\n"},
        present=PRESENT,
        links=links,
        bridges=(bridge(ports=("eth0", "vif1.0")),),
    )
    labels = [step.label for step in plan_for(STACK, facts, ANSWERS).forward]
    assert "Put vif1.0 back on xenbr0" in labels


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("%for i in range(2):\nauto eth0\n%endfor\n", "template"),
        (ETH0 + "\nauto eth[0-3]\niface eth[0-3] inet manual\n", "iface-range"),
        (ETH0 + "\taddress 192.168.0.223/24\n\tscope link\n", "several-addresses"),
        (ETH0 + "\nauto eth1\niface eth1\n\tlink-down yes\n", "command-of-a-slave"),
        (
            ETH0 + "\nauto eth1\niface eth1\n\taddress-virtual 00:00:5e:00:01:01 10.0.0.1/24\n",
            "command-of-a-slave",
        ),
        (ETH0 + "\niface eth1 inet\n", "iface-incomplete"),
    ],
)
def test_what_it_reads_and_i_can_not_move_is_refused(text: str, code: str) -> None:
    assert codes(host(text))[code] is Severity.REFUSE


BARE = """\
auto eth0
iface eth0
	address 192.168.0.222/24
	# The old name's
	address 192.168.0.223/24
	address 2001:db8::222/64
	gateway 192.168.0.1
	gateway 2001:db8::1

iface eth1
"""
ALL_THREE = ("192.168.0.222/24", "192.168.0.223/24", "2001:db8::222/64")
SPELT_OUT = """\
	bridge-ports-condone-regex ^(vif|tap|veth|vnet)

iface xenbr0 inet static
	# The old name's
	address 192.168.0.223/24

iface xenbr0 inet6 static
	address 2001:db8::222/64
	gateway 2001:db8::1
"""


def test_a_stanza_without_method_and_with_many_addresses_moves_without_a_gap() -> None:
    facts = host(BARE, nic("eth0", ETH0_MAC, addresses=ALL_THREE), IDLE[1])
    read = STACK.read(facts)
    assert read is not None
    assert read.bridge.addresses == ALL_THREE
    answers = replace(ANSWERS, bridge=replace(STATIC, addresses=ALL_THREE))
    assert set(codes(facts, answers)) == {"ifreload-all"}
    text = written(facts, answers)
    assert text.endswith(SPELT_OUT)
    assert "iface eth0 inet manual\n" in text
    assert written(replace(facts, files=host(text.removeprefix(LO)).files), answers) == text


def test_its_own_default_route_goes_along_though_it_calls_it_the_kernel_s() -> None:
    own = replace(default_route(), protocol="kernel", onlink=True)
    facts = replace(host(), routes=(own,))
    there = [step.action for step in plan_for(STACK, facts, ANSWERS).forward]
    assert there.index(AddRoute(own.by("xenbr0"))) < there.index(FlushAddresses("eth0"))


def test_a_stanza_of_another_link_keeps_its_words() -> None:
    other = "\nauto eth2\niface eth2\n\taddress 10.0.0.1/8\n\taddress 10.0.0.2/8\n"
    facts = host(ETH0 + other)
    assert "iface-incomplete" not in codes(facts)
    assert other in written(facts)


DHCLIENT = {
    "/run/dhclient.eth0.pid": "810\n",
    "/var/lib/dhcp/dhclient.eth0.leases": 'default-duid "x";\n',
}


def test_a_lease_goes_on_under_the_bridge_and_ifreload_finds_no_client_to_stop() -> None:
    held = (address("192.168.0.222/24", dynamic=True),)
    facts = make_facts(
        files={MAIN: LO + "auto eth0\niface eth0 inet dhcp\n", **DHCLIENT},
        present=PRESENT,
        links=(nic("eth0", ETH0_MAC, addresses=held), IDLE[1]),
        routes=(default_route(),),
    )
    answers = replace(ANSWERS, bridge=replace(STATIC, method="dhcp", addresses=(), gateway=None))
    said = {item.code: item.text for item in reviewed(STACK, facts, answers)}
    assert said.keys() == {"ifreload-all", "lease-moves"}
    assert "same client to the DHCP server" in said["lease-moves"]
    plan = plan_for(STACK, facts, answers)
    there = [step.action for step in plan.forward]
    reload = Run(("/sbin/ifreload", "-a"), 120.0)
    assert there.index(stop_client("eth0").action) < there.index(reload)
    assert there.index(take_along("eth0", "xenbr0").action) < there.index(reload)
    stand_in = Address("192.168.0.222", 32)
    own = WaitForAddress("xenbr0", "192.168.0.222", 30.0, leased=True)
    assert there.index(AddAddress("xenbr0", stand_in)) < there.index(FlushAddresses("eth0"))
    assert there.index(reload) < there.index(own) < there.index(DelAddress("xenbr0", stand_in))
    back = [step.action for step in plan.rollback]
    pids = ("/run/dhclient.xenbr0.pid", "/run/dhclient.eth0.pid")
    assert there.index(Run(("rm", "-f", pids[0]))) < there.index(reload)
    forget = Run(("rm", "-f", "/var/lib/dhcp/dhclient.xenbr0.leases", *pids))
    assert back.index(stop_client("xenbr0").action) < back.index(forget) < back.index(reload)
    unleased = Run(("sed", "-i", "/^lease {/,/^}/d", "/var/lib/dhcp/dhclient.eth0.leases"))
    assert back.index(stop_client("eth0").action) < back.index(unleased) < back.index(reload)
    assert back.index(RestoreFiles()) < back.index(reload)
    assert back.index(reload) < back.index(DelAddress("eth0", stand_in))
    assert back.index(DelAddress("eth0", stand_in)) < back.index(RestoreNetwork())


@pytest.mark.parametrize(
    ("settings", "severity", "code"),
    [
        ("addon_syntax_check=0\n", Severity.NOTE, "value-beyond-syntax-check"),
        ("# addon_syntax_check=1\n", Severity.NOTE, "value-beyond-syntax-check"),
        ("addon_syntax_check=1\n", Severity.REFUSE, "value-not-expressible"),
    ],
)
def test_a_value_beyond_its_syntax_check(settings: str, severity: Severity, code: str) -> None:
    slow = replace(ANSWERS, bond=replace(BOND, miimon=500))
    assert codes(host(settings=settings), slow)[code] is severity


@pytest.mark.parametrize(
    ("addon", "said"),
    [
        ('"4", "encap3+4",\n"5", "vlan+srcmac"\n', None),
        ('"4", "encap3+4"\n', "This host's ifupdown2 does not know the policy"),
        (None, "can't be read, so whether"),
    ],
)
def test_the_policy_of_ifupdown2_3_2_is_taken_where_the_installed_addon_knows_it(
    tmp_path: Path, addon: str | None, said: str | None
) -> None:
    files = {MAIN: LO + ETH0, **({} if addon is None else {ADDON: addon})}
    facts = make_facts(files=files, present=PRESENT, links=IDLE, routes=(default_route(),))
    bond = replace(BOND, mode="802.3ad", options={"xmit_hash_policy": "vlan+srcmac"})
    answers = replace(ANSWERS, bond=bond)
    refused = [item for item in told_by(STACK, facts, answers) if item.severity is Severity.REFUSE]
    assert bool(refused) is (said is not None)
    if said is None:
        assert "\tbond-xmit-hash-policy vlan+srcmac\n" in written(facts, answers)
    else:
        assert said in refused[0].text
    assert ADDON in STACK.paths(RootedTree(str(tmp_path)))


def test_a_pattern_that_gives_guests_up_is_warned_of() -> None:
    text = AFTER.removeprefix(LO).replace("^(vif|tap|veth|vnet)", "^tap")
    assert codes(host(text))["guests-not-condoned"] is Severity.WARN


def test_min_links_is_written_and_taken_out_again() -> None:
    answers = replace(ANSWERS, bond=replace(BOND, mode="802.3ad", options={"min_links": "1"}))
    text = written(host(), answers)
    assert "bond-min-links 1" in text
    again = host(text.removeprefix(LO))
    read = STACK.read(again)
    assert read is not None
    assert read.bond.options["min_links"] == "1"
    without = replace(answers, bond=replace(answers.bond, options={}))
    assert "min-links" not in written(again, without)


def test_the_way_back_out_is_ifupdowns_file_by_ifreload() -> None:
    before = host(AFTER.removeprefix(LO))
    plan = removal_for(STACK, before, Removal(ANSWERS, "eth0"))
    (change,) = (c for c in plan.changes if c.path == MAIN)
    assert change.after is not None
    text = change.after.decode()
    assert "xenbr0" not in text
    assert "bond0" not in text
    assert "address 192.168.0.222/24" in text
    assert "condone" not in text
    assert ("/sbin/ifreload", "-a") in [
        s.action.argv for s in plan.forward if isinstance(s.action, Run)
    ]


def test_a_removal_without_a_gap_is_handed_over_when_all_has_moved() -> None:
    links = (
        nic("eth0", ETH0_MAC, master="bond0"),
        nic("eth1", ETH0_MAC, master="bond0", permanent_mac=ETH1_MAC),
        virtual("bond0", "bond", ETH0_MAC, master="xenbr0"),
        virtual("xenbr0", "bridge", ETH0_MAC, addresses=(ADDRESS,)),
    )
    facts = replace(
        host(AFTER.removeprefix(LO), *links),
        bonds=(bond(),),
        bridges=(bridge(),),
        routes=(default_route("xenbr0"),),
    )
    plan = removal_for(STACK, facts, Removal(ANSWERS, "eth0"))
    assert plan.outage is not None
    assert not plan.outage.expected
    up, down = in_words(plan.forward), in_words(plan.rollback)
    assert up[0] == "WriteFiles"
    assert up[-1] == "ifreload -a"
    assert up.index("eth0 ? 192.168.0.1") < up.index("eth0 + 192.168.0.222/24")
    assert down.index("RestoreFiles") < down.index("eth0 -> bond0") < down.index("ifreload -a")
    assert down[-1] == "RestoreNetwork"


def test_out_of_stanzas_without_method_comes_one_that_has_it() -> None:
    text = (
        "auto bond0\niface bond0\n\tbond-slaves eth0 eth1\n\tbond-mode active-backup\n\n"
        "auto xenbr0\niface xenbr0\n\tbridge-ports bond0\n\taddress 192.168.0.222/24\n"
        "\tgateway 192.168.0.1\n"
    )
    plan = removal_for(STACK, host(text), Removal(ANSWERS, "eth0"))
    (change,) = (c for c in plan.changes if c.path == MAIN)
    assert change.after is not None
    wanted = "iface eth0 inet static\n\taddress 192.168.0.222/24\n\tgateway 192.168.0.1\n"
    assert wanted in change.after.decode()


def test_a_slave_that_is_not_kept_down_has_no_finding() -> None:
    """Only the word `yes` counts (addons/link.py)."""
    text = ETH0 + "\nauto eth1\niface eth1\n\tlink-down no\n"
    assert "command-of-a-slave" not in codes(host(text))
