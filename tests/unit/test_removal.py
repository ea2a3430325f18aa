"""Taking bond and bridge away: which NIC gets the address, what is refused, which lines go."""

from dataclasses import replace

import pytest
from facts_builder import (
    ADDRESS,
    ETH0_MAC,
    ETH1_MAC,
    XEND_DOM0,
    XL_DOM0,
    address,
    bond,
    bridge,
    default_route,
    make_facts,
    nic,
    virtual,
)

from xenbond_tui import modprobe, xen
from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers, Removal, SetUp
from xenbond_tui.facts.host import HostFacts, Session
from xenbond_tui.facts.link import Link
from xenbond_tui.planner import EXTRAS
from xenbond_tui.rules.check_removal import check_removal
from xenbond_tui.stacks.to_remove import likely_nic

ANSWERS = Answers(
    "ifupdown",
    BondAnswers(slaves=("eth0", "eth1")),
    BridgeAnswers(addresses=(ADDRESS,), gateway="192.168.0.1", mac=ETH0_MAC),
    "none",
)
TO_ETH0 = Removal(ANSWERS, "eth0")
SXP = "/etc/xen/xend-config.sxp"


def bonded(
    *more: Link, mac: str = ETH0_MAC, ports: tuple[str, ...] = ("bond0",), **fields: object
) -> HostFacts:
    """eth0 and eth1 in bond0 under xenbr0, which has the address."""
    links = (
        nic("eth0", ETH0_MAC, master="bond0"),
        nic("eth1", ETH0_MAC, master="bond0", permanent_mac=ETH1_MAC),
        virtual("bond0", "bond", ETH0_MAC, master="xenbr0"),
        virtual("xenbr0", "bridge", mac, addresses=(ADDRESS,)),
        *more,
    )
    values: dict[str, object] = {
        "links": links,
        "bonds": (bond(),),
        "bridges": (bridge(ports=ports, mac=mac),),
        "routes": (default_route("xenbr0"),),
    }
    return make_facts(**{**values, **fields})


def without_link(facts: HostFacts, *names: str) -> HostFacts:
    links = tuple(
        replace(link, carrier=False) if link.name in names else link for link in facts.links
    )
    return replace(facts, links=links)


def codes(facts: HostFacts, removal: Removal = TO_ETH0) -> dict[str, str]:
    return {item.code: f"{item.severity} {item.where}" for item in check_removal(facts, removal)}


def test_the_address_keeps_its_mac() -> None:
    assert likely_nic(bonded(), ANSWERS) == "eth0"
    assert likely_nic(bonded(mac=ETH1_MAC), ANSWERS) == "eth1"


def test_a_nic_without_a_link_is_not_proposed() -> None:
    assert likely_nic(without_link(bonded(), "eth0"), ANSWERS) == "eth1"


def test_where_no_nic_has_that_mac_the_active_slave_is_proposed() -> None:
    facts = bonded(mac="52:54:00:12:34:56", bonds=(bond(active_slave="eth1"),))
    assert likely_nic(facts, ANSWERS) == "eth1"


def test_then_the_primary_one_and_then_the_first() -> None:
    facts = bonded(mac="52:54:00:12:34:56", bonds=(bond(active_slave=None),))
    primary = replace(ANSWERS, bond=replace(ANSWERS.bond, options={"primary": "eth1"}))
    assert likely_nic(facts, primary) == "eth1"
    assert likely_nic(facts, ANSWERS) == "eth0"


def test_of_a_tree_without_links_the_first_slave_is_proposed() -> None:
    assert likely_nic(make_facts(links=(), live=False), ANSWERS) == "eth0"


def test_a_healthy_bond_without_guests_may_go() -> None:
    assert codes(bonded()) == {"no-redundancy": "note eth0"}


def test_only_a_slave_can_get_the_address() -> None:
    removal = Removal(ANSWERS, "eth7")
    assert codes(bonded(), removal) == {"not-a-slave": "refuse eth7"}
    [finding] = check_removal(bonded(), removal)
    assert finding.remedy == "Name one of eth0, eth1."


def test_a_slave_that_only_the_files_know_gets_nothing() -> None:
    removal = Removal(replace(ANSWERS, bond=BondAnswers(slaves=("eth0", "eth7"))), "eth7")
    assert codes(bonded(), removal) == {"no-such-nic": "refuse eth7"}


def test_the_address_does_not_go_to_a_dead_cable_while_another_one_lives() -> None:
    assert codes(without_link(bonded(), "eth0"))["no-link"] == "refuse eth0"
    assert codes(without_link(bonded(), "eth0", "eth1"))["no-link"] == "warn eth0"


@pytest.mark.parametrize("port", ["vif1.0", "tap1.0", "vnet0", "veth12ab"])
def test_guests_must_leave_the_bridge_first(port: str) -> None:
    found = check_removal(bonded(ports=("bond0", port)), TO_ETH0)
    [finding] = [item for item in found if item.code == "guests-on-bridge"]
    assert (finding.severity, finding.where) == ("refuse", "xenbr0")
    assert port in finding.text
    assert "Shut those guests down" in finding.remedy


def test_guests_are_named_as_the_toolstack_names_them() -> None:
    facts = replace(bonded(ports=("bond0", "vif1.0", "vif2.0")), guests={"vif1.0": "web"})
    found = check_removal(facts, TO_ETH0)
    [text] = [item.text for item in found if item.code == "guests-on-bridge"]
    assert text == "vif1.0 (web), vif2.0 of running guests are on xenbr0 and would be cut off."


def test_another_port_of_the_bridge_is_named() -> None:
    found = codes(bonded(nic("eth2", "00:14:22:36:f1:fb"), ports=("bond0", "eth2")))
    assert found["ports-on-bridge"] == "refuse xenbr0"


@pytest.mark.parametrize("lower", ["bond0", "xenbr0"])
def test_a_vlan_above_is_not_taken_away(lower: str) -> None:
    vlan = virtual(f"{lower}.5", "vlan", ETH0_MAC, lower=lower, vlan_id=5)
    [finding] = [item for item in check_removal(bonded(vlan), TO_ETH0) if item.code == "link-above"]
    assert (finding.severity, finding.where) == ("refuse", f"{lower}.5")
    assert "VLAN 5" in finding.text


def test_a_bridge_that_the_bond_is_not_in_stays() -> None:
    facts = bonded(ports=("eth2",))
    assert codes(facts)["other-bridge"] == "refuse xenbr0"


def test_a_second_bond_is_said_to_stay() -> None:
    facts = bonded(bonds=(bond(), bond("bond1", ("eth2", "eth3"))))
    assert codes(facts)["other-bonds"] == "warn bond0"


def test_an_address_that_no_file_knows_is_named() -> None:
    facts = bonded()
    links = tuple(
        replace(link, addresses=(*link.addresses, address("10.0.0.7/8")))
        if link.name == "xenbr0"
        else link
        for link in facts.links
    )
    found = check_removal(replace(facts, links=links), TO_ETH0)
    [finding] = [item for item in found if item.code == "address-dropped"]
    assert "10.0.0.7/8" in finding.text


@pytest.mark.parametrize(("live", "severity"), [(True, "note"), (False, "warn")])
def test_that_the_nic_gets_no_address_is_said(*, live: bool, severity: str) -> None:
    """Of a copy nobody sees what runs: its files may be read as they are not meant."""
    nothing = Removal(replace(ANSWERS, bridge=BridgeAnswers(method="none")), "eth0")
    assert codes(bonded(live=live), nothing)["gets-no-address"] == f"{severity} eth0"
    assert "gets-no-address" not in codes(bonded(live=live))


def test_a_lease_may_become_another() -> None:
    answers = replace(ANSWERS, bridge=BridgeAnswers(method="dhcp"))
    links = (
        nic("eth0", ETH0_MAC, master="bond0"),
        virtual("xenbr0", "bridge", ETH0_MAC, addresses=(address(ADDRESS, dynamic=True),)),
    )
    assert codes(bonded(links=links), Removal(answers, "eth0"))["lease-moves"] == "note eth0"


def test_another_mac_is_said_beforehand() -> None:
    assert codes(bonded(), Removal(ANSWERS, "eth1"))["mac-changes"] == "note eth1"


def test_the_operators_session_is_named() -> None:
    over = Session("192.168.0.9", "192.168.0.222", "xenbr0", "eth0")
    assert codes(bonded(session=over))["session-moves"] == "warn eth0"
    elsewhere = replace(over, local="10.0.0.7")
    assert codes(bonded(session=elsewhere))["session-cut"] == "warn eth0"


def removed(module: object, files: dict[str, str], **fields: object) -> dict[str, str | None]:
    facts = bonded(files=files, **fields)
    toolstack = facts.xen.toolstack
    removal = replace(TO_ETH0, answers=replace(ANSWERS, toolstack=toolstack))
    changes = module.changes(facts, removal)  # type: ignore[attr-defined]
    return {item.path: None if item.after is None else item.after.decode() for item in changes}


def test_the_module_s_own_file_goes() -> None:
    after = modprobe.changes(make_facts(), SetUp(ANSWERS))
    files = {item.path: (item.after or b"").decode() for item in after}
    assert removed(modprobe, files) == {modprobe.OURS: None}


def test_what_others_wrote_into_it_stays() -> None:
    [change] = modprobe.changes(make_facts(), SetUp(ANSWERS))
    files = {modprobe.OURS: "options dummy numdummies=0\n" + (change.after or b"").decode()}
    assert removed(modprobe, files) == {modprobe.OURS: "options dummy numdummies=0\n"}


def test_it_stays_for_another_bond() -> None:
    [change] = modprobe.changes(make_facts(), SetUp(ANSWERS))
    files = {modprobe.OURS: (change.after or b"").decode()}
    assert removed(modprobe, files, bonds=(bond(), bond("bond1", ("eth2",)))) == {}


def test_aliases_and_options_of_the_bond_go_and_nothing_else() -> None:
    before = (
        "# NICs\nalias eth0 e1000\nalias bond0 bonding\noptions bond0 mode=1 \\\n  miimon=100\n"
        "alias bond1 bonding\noptions bonding debug=1\ninstall bond0 /sbin/x"
    )
    after = (
        "# NICs\nalias eth0 e1000\nalias bond1 bonding\noptions bonding debug=1\n"
        "install bond0 /sbin/x"
    )
    assert removed(modprobe, {modprobe.OLD: before}) == {modprobe.OLD: after}


def test_a_file_that_is_not_text_is_left_and_named() -> None:
    facts = bonded(files={"/etc/modprobe.d/a.conf": b"alias bond0 bonding # \xff\n"})
    assert modprobe.changes(facts, TO_ETH0) == ()
    [finding] = modprobe.check(facts, TO_ETH0)
    assert finding.where == "/etc/modprobe.d/a.conf:1"


def test_xl_forgets_the_bridge() -> None:
    ours = 'vif.default.bridge="xenbr0"\n'
    assert removed(xen, {xen.XL_CONF: f"# xl\n{ours}autoballoon=0\n"}, xen=XL_DOM0) == {
        xen.XL_CONF: "# xl\nautoballoon=0\n"
    }
    assert removed(xen, {xen.XL_CONF: ours}, xen=XL_DOM0) == {xen.XL_CONF: None}
    assert removed(xen, {xen.XL_CONF: ours.replace("xenbr0", "br7")}, xen=XL_DOM0) == {}


def test_a_line_of_another_spelling_is_somebody_s_and_named() -> None:
    facts = bonded(files={xen.XL_CONF: "defaultbridge = 'xenbr0'\n"}, xen=XL_DOM0)
    removal = replace(TO_ETH0, answers=replace(ANSWERS, toolstack="xl"))
    assert xen.changes(facts, removal) == ()
    [finding] = xen.check(facts, removal)
    assert (finding.severity, finding.code) == ("warn", "guests-name-a-bridge")


def test_xend_s_network_script_stays_off_and_that_is_said() -> None:
    sxp = "(vif-script vif-bridge)\n#(network-script network-bridge)\n"
    facts = bonded(files={SXP: sxp}, xen=XEND_DOM0)
    removal = replace(TO_ETH0, answers=replace(ANSWERS, toolstack="xend"))
    assert xen.changes(facts, removal) == ()
    [finding] = xen.check(facts, removal)
    assert (finding.code, finding.where) == ("network-script-off", f"{SXP}:2")


def test_everything_in_a_plan_says_what_a_removal_does_with_it() -> None:
    for module in EXTRAS:
        assert module.changes(make_facts(), TO_ETH0) == ()
        assert module.check(make_facts(), TO_ETH0) == ()
