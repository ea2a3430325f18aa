"""Debian ifupdown: bond and bridge taken away again, to the byte, and what stops that."""

from dataclasses import replace

import pytest
from facts_builder import (
    ADDRESS,
    ETH0_MAC,
    ETH1_MAC,
    bond,
    bridge,
    default_route,
    make_facts,
    nic,
    virtual,
)
from hypothesis import given, strategies as st
from ifupdown_cases import ANSWERS, CASES, GOLDEN, PRESENT, facts_of, tree
from proposing import plan_for, propose_removal, removal_for

from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers, Removal
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.actions import (
    AddAddress,
    DeleteLink,
    FlushAddresses,
    Reach,
    RestoreFiles,
    RestoreNetwork,
    Run,
    SetMaster,
    WriteFiles,
)
from xenbond_tui.stacks.ifupdown import Ifupdown
from xenbond_tui.stacks.ifupdown.places import MAIN

SAME_AS_BEFORE = ("odd-layout", "sourced-files")
"""Cases where the set-up lost nothing; others lose `allow-hotplug` or a place in the stanza."""

BONDED = """\
auto lo
iface lo inet loopback

auto eth0
iface eth0 inet manual

auto eth1
iface eth1 inet manual

auto bond0
iface bond0 inet manual
    bond-slaves eth0 eth1
    bond-mode active-backup
    bond-miimon 100

auto xenbr0
iface xenbr0 inet static
    address 192.168.0.222/24
    gateway 192.168.0.1
    bridge_ports bond0
    bridge_stp off
    bridge_fd 0
    bridge_hw 00:50:da:7a:51:45
"""


def host(text: str = BONDED, **fields: object) -> HostFacts:
    """eth0 and eth1 in bond0 under xenbr0, running as the file says."""
    links = (
        nic("eth0", ETH0_MAC, master="bond0"),
        nic("eth1", ETH0_MAC, master="bond0", permanent_mac=ETH1_MAC),
        virtual("bond0", "bond", ETH0_MAC, master="xenbr0"),
        virtual("xenbr0", "bridge", ETH0_MAC, addresses=(ADDRESS,)),
    )
    values: dict[str, object] = {
        "files": {MAIN: text},
        "present": PRESENT,
        "links": links,
        "bonds": (bond(),),
        "bridges": (bridge(),),
    }
    return make_facts(**{**values, **fields})


def removed(facts: HostFacts, nic: str = "eth0") -> dict[str, str]:
    """Path → text after the removal."""
    answers = Ifupdown().read(facts)
    assert answers is not None
    plan = removal_for(Ifupdown(), facts, Removal(answers, nic))
    return {change.path: (change.after or b"").decode() for change in plan.changes}


def refusal(text: str) -> str:
    with pytest.raises(XenbondError) as found:
        removed(host(text))
    return str(found.value)


@pytest.mark.parametrize("case", CASES)
def test_golden_tree(case: str) -> None:
    facts = make_facts(files=tree(GOLDEN / case / "after"), present=PRESENT)
    wanted = {path: data.decode() for path, data in tree(GOLDEN / case / "removed").items()}
    assert {**{p: d.data.decode() for p, d in facts.files.items()}, **removed(facts)} == wanted


@pytest.mark.parametrize("case", SAME_AS_BEFORE)
def test_where_nothing_was_lost_the_files_are_those_from_before(case: str) -> None:
    before = tree(GOLDEN / case / "before")
    removed_tree = tree(GOLDEN / case / "removed")
    assert removed_tree == {path: before[path] for path in removed_tree}


@pytest.mark.parametrize("case", CASES)
def test_what_is_left_reads_as_one_nic_with_the_address(case: str) -> None:
    left = make_facts(files=tree(GOLDEN / case / "removed"), present=PRESENT)
    answers = Ifupdown().read(left)
    assert answers is not None
    assert (answers.bond.slaves, answers.bridge.name) == (("eth0",), "xenbr0")
    wanted = CASES[case].bridge
    assert (answers.bridge.method, answers.bridge.addresses) == (wanted.method, wanted.addresses)


WORDS = st.text("abcdefgh", min_size=1, max_size=8)
OPTIONS = st.lists(
    st.sampled_from(
        (
            "gateway 192.168.0.1",
            "netmask 255.255.255.0",
            "dns-nameservers 192.168.0.1 192.168.0.2",
            "# the office\n{indent}up ip route add 10.0.0.0/8 via 192.168.0.2",
            "metric 7",
        )
    ),
    unique=True,
)


@st.composite
def single_nics(draw: st.DrawFn) -> str:
    """An /etc/network/interfaces with one address on eth0, as people write it."""
    indent = draw(st.sampled_from(("\t", "  ", "    ", "")))
    address = "address 192.168.0.222" + draw(st.sampled_from(("/24", "  # ours", "/24")))
    address = address if "#" not in address else "address   192.168.0.222/24"
    options = [text.format(indent=indent) for text in draw(OPTIONS)]
    lines = [f"# {draw(WORDS)}", "auto lo", "iface lo inet loopback", ""]
    lines += [f"# {word}" for word in draw(st.lists(WORDS, max_size=2))]
    if draw(st.booleans()):
        lines += ["auto eth0", "iface eth0 inet static"]
        lines += [indent + item for item in (address, *options)]
    else:
        lines += ["auto eth0", "iface eth0 inet dhcp", f"{indent}hostname dom0"]
    if draw(st.booleans()):
        lines += ["", "auto eth2", "iface eth2 inet static", "\taddress 10.0.0.7/8"]
    if draw(st.booleans()):
        lines += ["", "auto eth1", "iface eth1 inet manual", "\tup ethtool -K eth1 gro off"]
    return "\n".join(lines) + "\n"


@given(single_nics())
def test_set_up_and_removal_give_the_file_back(text: str) -> None:
    before = make_facts(files={MAIN: text}, present=PRESENT)
    read = Ifupdown().read(before)
    assert read is not None
    answers = replace(
        read, bond=BondAnswers(slaves=("eth0", "eth1")), bridge=replace(read.bridge, mac=ETH0_MAC)
    )
    plan = plan_for(Ifupdown(), before, answers)
    after = {change.path: (change.after or b"").decode() for change in plan.changes}
    assert removed(make_facts(files=after, present=PRESENT)) == {MAIN: text}


def test_the_address_may_go_to_the_other_nic() -> None:
    text = removed(host(), "eth1")[MAIN]
    assert text == (
        "auto lo\niface lo inet loopback\n\nauto eth0\niface eth0 inet manual\n\n"
        "auto eth1\niface eth1 inet static\n"
        "    address 192.168.0.222/24\n    gateway 192.168.0.1\n"
    )


def test_a_slave_that_has_lines_of_its_own_keeps_its_stanza() -> None:
    text = BONDED.replace(
        "iface eth1 inet manual\n", "iface eth1 inet manual\n    up ethtool -s eth1 wol d\n"
    )
    assert (
        "auto eth1\niface eth1 inet manual\n    up ethtool -s eth1 wol d\n"
        in (removed(host(text))[MAIN])
    )


def test_a_bond_without_bridge_gives_its_address_back() -> None:
    text = BONDED.replace(
        "iface bond0 inet manual", "iface bond0 inet static\n    address 10.0.0.7/8"
    )
    text = text.partition("\nauto xenbr0")[0]
    assert removed(host(text))[MAIN] == (
        "auto lo\niface lo inet loopback\n\nauto eth0\niface eth0 inet static\n"
        "    address 10.0.0.7/8\n"
    )


def test_the_bond_s_mtu_stays_with_the_nic() -> None:
    text = BONDED.replace("bond-miimon 100", "bond-miimon 100\n    mtu 9000")
    assert "    gateway 192.168.0.1\n    mtu 9000\n" in removed(host(text))[MAIN]


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ("    up brctl setageing xenbr0 0", 24),
        ("    post-up ip link set xenbr0 promisc on", 24),
        ("    up ip route add 10.0.0.0/8 dev bond0", 24),
        ("    some-local-tag uplink", 24),
        ("\nauto xenbr0.5\niface xenbr0.5 inet static\n    address 10.5.0.1/16", 26),
        ("\nauto vlan5\niface vlan5 inet manual\n    vlan-raw-device bond0", 27),
        ("\nauto eth2\niface eth2 inet manual\n    up ip rule add iif xenbr0 table 7", 27),
    ],
)
def test_a_line_that_needs_bond_or_bridge_is_named_and_not_lost(line: str, where: int) -> None:
    text = refusal(f"{BONDED}{line}\n")
    assert text.startswith(f"{MAIN}:{where}: ")
    assert "Nothing was changed" in text


def test_all_such_lines_are_named_at_once() -> None:
    text = refusal(f"{BONDED}    up brctl stp xenbr0 on\n    up brctl setageing xenbr0 0\n")
    assert text.count(MAIN) == 2


def test_a_bond_that_no_file_makes_is_not_taken_away() -> None:
    answers = replace(ANSWERS, bond=BondAnswers(slaves=("eth0", "eth1")))
    facts = facts_of("installer")
    with pytest.raises(XenbondError, match=r"make no bond0, so there is nothing to take away"):
        removal_for(Ifupdown(), facts, Removal(answers, "eth0"))


def test_the_bridge_goes_before_the_files_and_the_nic_comes_up_after() -> None:
    proposal = propose_removal(host())
    assert proposal.plan is not None
    actions = [step.action for step in proposal.plan.forward]
    written = actions.index(WriteFiles())
    assert actions.index(DeleteLink("xenbr0")) < actions.index(DeleteLink("bond0")) < written
    assert Run(("/sbin/ifup", "--force", "eth0")) in actions[written:]
    down = [step.action for step in proposal.plan.rollback]
    restored = down.index(RestoreFiles())
    again = [item.argv[-1] for item in down[restored:] if isinstance(item, Run)]
    assert again == ["eth0", "eth1", "bond0", "xenbr0"]


def test_the_operator_reads_what_will_be() -> None:
    proposal = propose_removal(host())
    assert proposal.plan is not None
    assert proposal.plan.summary == "eth0 192.168.0.222/24, without bond0 and xenbr0"
    expected = proposal.plan.expected
    assert expected is not None
    assert (expected.nic, expected.holder, expected.bond, expected.bridge) == (
        "eth0",
        "eth0",
        "bond0",
        "xenbr0",
    )
    assert [item.link for item in expected.routes] == ["eth0"]


def test_a_host_without_bond_says_so() -> None:
    facts = make_facts(files={MAIN: BONDED.partition("\nauto eth0")[0]}, present=PRESENT)
    with pytest.raises(XenbondError, match="nothing was changed"):
        propose_removal(facts)


def test_a_bond_made_by_hand_is_told_apart() -> None:
    text = "auto lo\niface lo inet loopback\n\nauto eth2\niface eth2 inet dhcp\n"
    with pytest.raises(XenbondError, match=r"bond0 runs, but no file makes it\."):
        propose_removal(host(text))


def test_answers_of_a_removal_are_what_stands_today() -> None:
    assert propose_removal(host()).request.answers == Answers(
        "ifupdown",
        BondAnswers(slaves=("eth0", "eth1")),
        BridgeAnswers(addresses=(ADDRESS,), gateway="192.168.0.1", mac=ETH0_MAC),
        "none",
    )


def running(**fields: object) -> HostFacts:
    """The same host with the default route by the bridge: nothing keeps it from moving live."""
    return host(**{"routes": (default_route("xenbr0"),), **fields})


def test_without_a_gap_the_nic_has_the_address_before_the_bridge_loses_it() -> None:
    plan = propose_removal(running()).plan
    assert plan is not None
    assert plan.outage is not None
    assert not plan.outage.expected
    actions = [step.action for step in plan.forward]
    proven = actions.index(Reach("eth0", "192.168.0.1"))
    given = next(i for i, item in enumerate(actions) if isinstance(item, AddAddress))
    lost = actions.index(FlushAddresses("xenbr0"))
    gone = actions.index(DeleteLink("bond0"))
    assert actions.index(SetMaster("eth0", None, "bond0")) < proven < given < lost < gone
    assert (
        gone < actions.index(WriteFiles()) < actions.index(Run(("/sbin/ifup", "--force", "eth0")))
    )
    assert not any(isinstance(item, RestoreFiles | RestoreNetwork) for item in actions)


def test_what_the_address_can_not_do_without_must_succeed() -> None:
    plan = propose_removal(running()).plan
    assert plan is not None
    must = {type(step.action).__name__ for step in plan.forward if not step.best_effort}
    assert {"SetMaster", "WaitFor", "Reach", "AddAddress", "WriteFiles", "Run"} <= must


def test_without_a_gap_the_way_back_has_the_bond_on_the_other_slave_first() -> None:
    plan = propose_removal(running()).plan
    assert plan is not None
    actions = [step.action for step in plan.rollback]
    first = actions.index(Run(("/sbin/ifup", "--force", "-o", "bond-slaves=eth1", "bond0")))
    bridge_up = actions.index(Run(("/sbin/ifup", "--force", "xenbr0")))
    silent = actions.index(FlushAddresses("eth0"))
    assert actions.index(RestoreFiles()) < first < actions.index(Reach("bond0", "192.168.0.1"))
    assert first < bridge_up < silent < actions.index(SetMaster("eth0", "bond0"))
    assert actions[-1] == RestoreNetwork()


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"bonds": (bond(slaves=("eth0",)),)}, id="another slave than written"),
        pytest.param({"bridges": (replace(bridge(), stp=True),)}, id="spanning tree"),
        pytest.param({"text": BONDED.replace("inet static", "inet dhcp")}, id="a lease"),
        pytest.param({"text": BONDED.replace("active-backup", "802.3ad")}, id="another mode"),
        pytest.param(
            {"text": BONDED.replace("gateway 192.168.0.1", "gateway 192.168.0.1\n    up true")},
            id="a command",
        ),
    ],
)
def test_with_a_gap_how_long_is_said(fields: dict[str, object]) -> None:
    proposal = propose_removal(running(**fields), "eth0")
    assert proposal.plan is not None
    assert "5 to 15 seconds" in next(i.text for i in proposal.findings if i.code == "gap")


def test_another_mac_means_a_gap() -> None:
    proposal = propose_removal(running(), "eth1")
    assert {item.code for item in proposal.findings} == {"mac-changes", "no-redundancy", "gap"}


@pytest.mark.parametrize(
    "line",
    [
        "post-up echo 100 > /sys/class/net/$IFACE/bonding/miimon",
        "up ifenslave bond0 eth0 eth1 && sleep 1",
    ],
)
def test_a_command_about_the_bond_alone_goes_with_it_and_is_said(line: str) -> None:
    text = BONDED.replace("    bridge_ports", f"    {line}\n    bridge_ports")
    for spoilt in (text, BONDED.replace("bond-mode", f"{line}\n    bond-mode", 1)):
        assert line in spoilt
        proposal = propose_removal(host(spoilt))
        assert proposal.plan is not None, proposal.refusals
        assert all(line.encode() not in (it.after or b"") for it in proposal.plan.changes)
        [told] = [it for it in proposal.findings if line in it.text]
        assert (told.code, told.severity) == ("line-goes", "note")
        assert "it is about bond0, which goes" in told.text


def test_a_command_that_does_more_than_that_is_still_named() -> None:
    line = "    post-up echo 1 > /sys/class/net/bond0/bonding/miimon; /opt/tell bond0"
    assert "can't stay" in refusal(f"{BONDED}{line}\n")
