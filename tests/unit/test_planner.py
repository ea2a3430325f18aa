"""From facts and answers to a plan: what is decided, and refused."""

from dataclasses import replace
from pathlib import Path

import pytest
from facts_builder import (
    ETH0_MAC,
    ETH1_MAC,
    XL_DOM0,
    bond,
    bridge,
    default_route,
    make_facts,
    nic,
    session_over,
    virtual,
)
from fakes import FakeHost
from planner_hosts import BRIDGED, INTERFACES, debian, dom0, two

from xenbond_tui import planner
from xenbond_tui.answers import BondAnswers, Removal, SetUp
from xenbond_tui.answers_file.reader import loads
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.access import Access, AtBoot, HostKind
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import Evidence, HostFacts
from xenbond_tui.rules.findings import refuse


def test_slaves_may_be_named_by_permanent_mac() -> None:
    answers = two()
    by_mac = replace(answers, bond=replace(answers.bond, slaves=(ETH0_MAC.upper(), ETH1_MAC)))
    assert planner.resolve(debian(), SetUp(by_mac)).answers.bond.slaves == ("eth0", "eth1")


def test_a_permanent_mac_nobody_has_is_refused() -> None:
    answers = replace(two(), bond=BondAnswers(slaves=("02:00:00:00:00:99", "eth1")))
    with pytest.raises(XenbondError, match=r"bond.slaves: no NIC has .*02:00:00:00:00:99"):
        planner.resolve(debian(), SetUp(answers))


def test_a_permanent_mac_of_several_nics_names_none_of_them() -> None:
    """The first of them is as wrong as the next: it may be the other port of the card."""
    facts = make_facts(links=(nic("eth0", ETH0_MAC), nic("eth1", ETH0_MAC), nic("eth2", ETH1_MAC)))
    assert planner.slave_name(facts, ETH1_MAC) == "eth2"
    with pytest.raises(XenbondError, match=f"eth0, eth1 all have the permanent MAC {ETH0_MAC}"):
        planner.slave_name(facts, ETH0_MAC)


def test_a_vlan_with_the_nics_mac_is_no_second_nic() -> None:
    vlan = virtual("eth0.5", "vlan", ETH0_MAC, permanent_mac=ETH0_MAC)
    facts = make_facts(links=(nic("eth0", ETH0_MAC), vlan))
    assert planner.slave_name(facts, ETH0_MAC) == "eth0"


def test_keep_pins_the_mac_of_the_nic_with_the_address() -> None:
    answers = replace(two(), bond=BondAnswers(slaves=("eth1", "eth0")))
    assert planner.resolve(debian(), SetUp(answers)).answers.bridge.mac == ETH0_MAC


def test_the_address_on_a_bridge_already_keeps_that_bridges_mac() -> None:
    facts = debian(
        links=(
            nic("eth0", ETH0_MAC, master="xenbr0", index=2),
            nic("eth1", ETH1_MAC, index=3),
            virtual("xenbr0", "bridge", "52:54:00:00:00:01", addresses=("192.168.0.222/24",)),
        ),
        routes=(default_route("xenbr0"),),
        session=session_over("eth0", "xenbr0"),
    )
    assert planner.resolve(facts, SetUp(two())).answers.bridge.mac == "52:54:00:00:00:01"


def test_a_bridged_dom0_gets_a_bond_between_its_bridge_and_its_nic() -> None:
    facts = dom0(nic("eth1", ETH1_MAC, index=3))
    proposal = planner.propose(facts, SetUp(two(miimon=100)))
    assert proposal.refusals == ()
    assert proposal.plan is not None
    (change,) = (item for item in proposal.plan.changed if item.path == "/etc/network/interfaces")
    assert b"bridge_ports bond0\n" in (change.after or b"")
    assert b"bond-slaves eth0 eth1\n" in (change.after or b"")


def test_dns_an_answers_file_does_not_name_stays_as_it_is() -> None:
    named = INTERFACES + "    dns-nameservers 10.9.9.9\n    dns-search example.com\n"
    facts = debian(files={"/etc/network/interfaces": named})
    text = "version: 1\nbond: {slaves: [eth0, eth1]}\nbridge: {address: 192.168.0.222/24%s}\n"
    kept = planner.resolve(facts, SetUp(loads(text % "", "a.yaml"))).answers.bridge
    assert (kept.dns, kept.search) == (("10.9.9.9",), ("example.com",))
    given_up = planner.resolve(
        facts, SetUp(loads(text % ", dns: [], search: []", "a.yaml"))
    ).answers.bridge
    assert (given_up.dns, given_up.search) == ((), ())


def test_a_host_with_no_known_stack_is_refused_without_a_guess() -> None:
    with pytest.raises(XenbondError, match="No network stack"):
        planner.resolve(make_facts(), SetUp(two()))


def test_an_unknown_stack_is_named_with_the_known_ones() -> None:
    with pytest.raises(XenbondError, match=r"'wicked'.*ifcfg"):
        planner.resolve(debian(), SetUp(replace(two(), stack="wicked")))


def test_a_refusal_leaves_no_plan() -> None:
    proposal = planner.propose(debian(), SetUp(two(miimon=0)))
    assert proposal.plan is None
    assert "no-link-monitoring" in {finding.code for finding in proposal.refusals}


def test_what_the_stack_cannot_say_is_refused_by_name() -> None:
    proposal = planner.propose(debian(), SetUp(two(mode="802.3ad", options={"min_links": "1"})))
    assert ("option-not-expressible", "min_links") in {(f.code, f.where) for f in proposal.refusals}


def test_worst_findings_come_first() -> None:
    order = ["refuse", "warn", "note"]
    ranks = [
        order.index(f.severity) for f in planner.propose(debian(), SetUp(two(miimon=0))).findings
    ]
    assert ranks == sorted(ranks)


def test_a_good_answer_gives_a_plan_for_this_stack() -> None:
    proposal = planner.propose(debian(), SetUp(two()))
    assert proposal.refusals == ()
    assert proposal.plan is not None
    assert proposal.plan.stack == "ifupdown"
    assert "/etc/network/interfaces" in {change.path for change in proposal.plan.changed}


def test_a_dom0_whose_bridge_is_not_xls_default_gets_xl_conf_changed() -> None:
    facts = debian(
        xen=XL_DOM0,
        files={
            "/etc/network/interfaces": INTERFACES,
            "/etc/xen/xl.conf": '#vif.default.bridge="xenbr0"\n',
        },
    )
    answers = replace(two(), bridge=replace(two().bridge, name="br0"))
    plan = planner.propose(facts, SetUp(answers)).plan
    assert plan is not None
    changed = {change.path: change.after for change in plan.changed}
    assert b'vif.default.bridge="br0"' in (changed["/etc/xen/xl.conf"] or b"")


@pytest.mark.parametrize("name", ["-f", "eth0=evil", "$(id)", "eth1;id", "*"])
def test_a_nic_whose_name_would_be_an_option_is_refused_beforehand(name: str) -> None:
    """The kernel takes all of these (dev_valid_name)."""
    links = (nic("eth0", ETH0_MAC, addresses=("192.168.0.222/24",)), nic(name, ETH1_MAC))
    answers = two(miimon=100)
    answers = replace(answers, bond=replace(answers.bond, slaves=("eth0", name)))
    proposal = planner.propose(debian(links=links), SetUp(answers))
    assert proposal.plan is None
    assert any(name in item.text for item in proposal.refusals)


def bonded(options: dict[str, str]) -> HostFacts:
    """The host with the files of a bond that has these options."""
    plan = planner.propose(debian(), SetUp(two(options=options))).plan
    assert plan is not None
    facts = debian()
    after = {
        item.path: FileState(item.path, item.after, item.mode)
        for item in plan.changes
        if item.after is not None
    }
    return replace(facts, files={**facts.files, **after})


def test_a_proposal_tells_an_option_that_it_takes_out() -> None:
    def told(request: Removal | SetUp) -> list[str]:
        found = planner.propose(bonded({"updelay": "200"}), request).findings
        return [item.where for item in found if item.code == "option-left-out"]

    assert told(SetUp(two(options={"downdelay": "200"}))) == ["updelay"]
    assert told(SetUp(two(options={"updelay": "300"}))) == []
    # The whole bond goes: nothing of it is left out, and nothing of it is edited.
    assert told(Removal(two(), "eth0")) == []
    plan = planner.propose(bonded({"updelay": "200"}), Removal(two(), "eth0")).plan
    assert plan is not None
    assert plan.summary == "eth0 192.168.0.222/24, without bond0 and xenbr0"


def test_a_proposal_tells_whose_host_it_is_and_what_it_is_to_xen() -> None:
    plain = planner.propose(debian(), SetUp(two()))
    assert plain.owner is not None
    assert (plain.owner.stack, plain.xen) == ("ifupdown", None)
    assert planner.propose(debian(xen=XL_DOM0), SetUp(two())).xen == XL_DOM0


def test_a_plan_with_a_command_that_is_not_known_to_be_safe_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = refuse("command-unknown", "rm", "It is none of those.", "Report it.")
    monkeypatch.setattr(planner, "check_commands", lambda plan: [found])
    proposal = planner.propose(debian(), SetUp(two()))
    assert proposal.plan is None
    assert proposal.findings[0] == found


@pytest.mark.parametrize(
    ("weights", "writes_for", "chosen"),
    [((5, 4), "", True), ((5, 5), "", False), ((5, 5), "networkd", True), ((5, 5, 5), "", False)],
)
def test_of_two_stacks_with_equal_claims_none_is_guessed(
    monkeypatch: pytest.MonkeyPatch, weights: tuple[int, ...], writes_for: str, chosen: bool
) -> None:
    names = ("networkd", "ifupdown", "ifcfg")
    found = [
        Evidence(
            name, f"files of {name}", weight, renders_for=writes_for if name != names[0] else ""
        )
        for name, weight in zip(names, weights, strict=False)
    ]
    monkeypatch.setattr(planner, "owners", lambda facts: found)
    if chosen:
        assert planner.choose_stack(debian(), two()).name == "networkd"
    else:
        with pytest.raises(XenbondError, match=r"files of networkd; files of ifupdown\. Disable"):
            planner.choose_stack(debian(), two())


def test_links_that_are_not_there_yet_are_known_by_what_they_will_be() -> None:
    facts = debian()
    answers = replace(two(), bond=BondAnswers(slaves=("eth0", "eth9")))
    links = planner.links_of(facts, SetUp(answers))
    assert [(link.name, link.kind) for link in links] == [
        ("eth0", ""),
        ("eth9", ""),
        (answers.bond.name, "bond"),
        (answers.bridge.name, "bridge"),
    ]
    assert links[0] == facts.link("eth0")
    assert [it.name for it in planner.links_of(facts, Removal(answers))] == ["eth0", "eth9"]


def test_a_mac_for_the_bridge_is_taken_in_every_spelling_and_kept_in_one() -> None:
    answers = replace(two(), bridge=replace(two().bridge, mac="52-54-00-AB-CD-EF"))
    assert planner.resolve(debian(), SetUp(answers)).answers.bridge.mac == "52:54:00:ab:cd:ef"
    odd = replace(two(), bridge=replace(two().bridge, mac="rubbish"))
    assert planner.resolve(debian(), SetUp(odd)).answers.bridge.mac == "rubbish"


def test_the_other_bonds_of_the_files_are_known_to_the_rules() -> None:
    other = "\nauto bond7\niface bond7 inet manual\n\tbond-slaves eth5 eth6\n"
    facts = debian(files={"/etc/network/interfaces": INTERFACES + other})
    assert planner.resolve(facts, SetUp(two())).answers.bond.others == ("bond7",)
    assert planner.resolve(debian(), SetUp(two())).answers.bond.others == ()


RUNS_UNPINNED = f"""\
auto bond0
iface bond0 inet manual
\tbond-slaves eth0 eth1
\tbond-mode active-backup
\tbond-miimon 100

{BRIDGED.replace("bridge_ports eth0", "bridge_ports bond0")}"""


def test_a_bridge_that_runs_without_a_mac_of_its_own_gets_none_while_its_slaves_stay() -> None:
    facts = debian(
        files={"/etc/network/interfaces": RUNS_UNPINNED},
        links=(
            nic("eth0", ETH0_MAC, master="bond0", index=2),
            nic("eth1", ETH0_MAC, master="bond0", index=3, permanent_mac=ETH1_MAC),
            nic("eth2", "00:14:22:36:f1:fb", index=4),
            virtual("bond0", "bond", ETH0_MAC, master="xenbr0"),
            virtual("xenbr0", "bridge", ETH0_MAC, addresses=("192.168.0.222/24",)),
        ),
        bonds=(bond(),),
        bridges=(bridge(),),
        routes=(default_route("xenbr0"),),
        session=session_over("eth0", "xenbr0"),
    )
    stays = planner.resolve(facts, SetUp(two(miimon=200))).answers
    assert (stays.bond.slaves, stays.bridge.mac) == (("eth0", "eth1"), "")
    other = replace(two(), bond=BondAnswers(slaves=("eth0", "eth2")))
    assert planner.resolve(facts, SetUp(other)).answers.bridge.mac == ETH0_MAC


def test_the_address_of_a_nic_that_boots_up_goes_before_the_lease_of_one_that_does_not() -> None:
    """Installers write a lease for each NIC, also for those that stay down."""
    text = "iface eth0 inet dhcp\n\nauto eth1\niface eth1 inet static\n\taddress 192.0.2.7/24\n"
    today = planner.written_of(debian(files={"/etc/network/interfaces": text}), two())
    assert today is not None
    assert (today.bridge.method, today.bridge.addresses) == ("static", ("192.0.2.7/24",))


@pytest.mark.parametrize(("kind", "asked"), [(HostKind.DEMO, True), (HostKind.TREE, False)])
def test_whether_this_program_may_run_at_boot_is_asked_on_a_host_of_its_own_alone(
    kind: HostKind, asked: bool, tmp_path: Path
) -> None:
    """Another system's tree boots another program: nothing is said of ours in its plans."""
    machine = FakeHost(str(tmp_path)).machine
    here = AtBoot(unfit="/home/x is joe's")
    machine = replace(machine, access=Access(kind, str(tmp_path)), at_boot=lambda: here)
    assert planner.read_host(machine).at_boot == (here if asked else AtBoot())
