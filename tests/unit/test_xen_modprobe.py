"""Xen's files and the bonding module's: what is changed, what is refused."""

from dataclasses import replace

import pytest
from facts_builder import (
    NEW_USE_CARRIER,
    OLD_USE_CARRIER,
    RHEL5,
    XEND_DOM0,
    XL_DOM0,
    bridge,
    make_facts,
    nic,
    virtual,
)
from toy_stack import FILE, Toy

from xenbond_tui import modprobe, planner, xen
from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers, Removal, SetUp
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.guest_ports import guest_ports
from xenbond_tui.facts.host import BondingDriver, HostFacts
from xenbond_tui.rules.findings import Severity
from xenbond_tui.stacks import propose

XEND = Answers("ifcfg", BondAnswers(slaves=("eth0", "eth1")), BridgeAnswers(), "xend")
XL = replace(XEND, toolstack="xl")
OLD_DRIVER = BondingDriver(True, False, {"use_carrier": OLD_USE_CARRIER})
NEW_DRIVER = BondingDriver(True, False, {"use_carrier": NEW_USE_CARRIER})
SXP = "/etc/xen/xend-config.sxp"
MAX_BONDS = "options bonding max_bonds=0\n"


def named(answers: Answers, bridge_name: str) -> Answers:
    return replace(answers, bridge=BridgeAnswers(bridge_name))


def xen_after(facts: HostFacts, answers: Answers) -> dict[str, str]:
    return {
        c.path: (c.after or b"").decode() for c in xen.changes(facts, SetUp(answers)) if c.after
    }


def xen_codes(facts: HostFacts, answers: Answers) -> dict[str, str]:
    return {item.code: f"{item.severity} {item.where}" for item in xen.check(facts, SetUp(answers))}


@pytest.mark.parametrize("path", [SXP, "/etc/xen/xen-config.sxp"])
def test_xend_is_told_to_leave_the_network_alone(path: str) -> None:
    facts = make_facts(xen=XEND_DOM0, files={path: "(network-script a)\n(vif-script b)\n"})
    assert xen_after(facts, XEND) == {path: "#(network-script a)\n(vif-script b)\n"}
    assert xen_codes(facts, XEND) == {}


@pytest.mark.parametrize("answers", [XL, replace(XEND, toolstack="none")])
def test_xend_s_file_is_left_alone_for_another_toolstack(answers: Answers) -> None:
    facts = make_facts(xen=XL_DOM0, files={SXP: "(network-script a)\n"})
    assert SXP not in xen_after(facts, answers)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("xenbr0", None, None),
        ("br0", None, 'vif.default.bridge="br0"\n'),
        ("xenbr0", "# x\n", "# x\n"),
        ("br0", "a=1", 'a=1\nvif.default.bridge="br0"\n'),
        (
            "br0",
            '#vif.default.bridge="xenbr0"\nb=2\n',
            '#vif.default.bridge="xenbr0"\nb=2\nvif.default.bridge="br0"\n',
        ),
        ("br0", "vif.default.bridge = 'xenbr0' # x\n", 'vif.default.bridge = "br0" # x\n'),
        ("br0", "vif.default.bridge='br0'\n", "vif.default.bridge='br0'\n"),
        ("xenbr0", 'vif.default.bridge="old"\n', 'vif.default.bridge="xenbr0"\n'),
        ("br0", 'defaultbridge="old"\n', 'defaultbridge="br0"\n'),
    ],
)
def test_xl_is_told_which_bridge_is_the_default(
    name: str, before: str | None, after: str | None
) -> None:
    facts = make_facts(xen=XL_DOM0, files={} if before is None else {xen.XL_CONF: before})
    assert xen_after(facts, named(XL, name)) == ({} if after is None else {xen.XL_CONF: after})


@pytest.mark.parametrize(
    ("files", "answers", "where"),
    [
        ({SXP: b"\xff"}, XEND, f"{SXP}:1"),
        ({SXP: "a\n(network-script a) (x)\n"}, XEND, f"{SXP}:2"),
        ({xen.XL_CONF: b"\n\xff"}, XL, f"{xen.XL_CONF}:2"),
    ],
)
def test_a_file_that_can_not_be_edited_is_refused_by_line(files, answers, where) -> None:
    facts = make_facts(xen=XEND_DOM0, files={**files, FILE: ""}, present=("/sbin/ifup",))
    request = SetUp(answers)
    beside = (change for extra in (xen,) for change in extra.changes(facts, request))
    (refusal,) = propose(Toy(), facts, request, (), beside).refusals
    assert (refusal.code, refusal.where) == ("file-not-editable", where)


def test_a_directory_in_place_of_the_file_is_refused() -> None:
    facts = make_facts(xen=XEND_DOM0, unreadable={SXP: "is a directory"})
    assert xen_codes(facts, XEND)["unreadable-file"] == f"refuse {SXP}"


def test_xend_without_its_file_is_said() -> None:
    assert xen_codes(make_facts(xen=XEND_DOM0), XEND)["no-xend-config"] == f"warn {SXP}"


@pytest.mark.parametrize(("live", "said"), [(True, "refuse peth0"), (False, "note peth0")])
def test_xend_s_running_bridge_can_not_be_changed_under_it(live: bool, said: str) -> None:
    links = (nic("peth0", "00:50:da:7a:51:45"), virtual("eth0", "bridge", "00:50:da:7a:51:45"))
    facts = make_facts(xen=XEND_DOM0, links=links, files={SXP: ""}, live=live)
    assert xen_codes(facts, XEND)["xend-bridge-active"] == said


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize("toolstack", ["xend", "none"])
def test_xend_s_bridge_of_a_bond_is_known_by_the_name_it_gave_away(
    toolstack: str, live: bool
) -> None:
    """`network-bridge netdev=bond0` (RHEL 5): bond0 is pbond0 then, and bond0 the bridge."""
    mac = "00:50:da:7a:51:45"
    links = (
        *(nic(name, mac, master="pbond0") for name in ("eth0", "eth1")),
        replace(virtual("pbond0", "bond", mac), master="bond0"),
        virtual("bond0", "bridge", mac),
    )
    bridges = (bridge("bond0", ("pbond0", "vif3.0")),)
    facts = make_facts(links=links, bridges=bridges, files={SXP: ""}, live=live)
    told = planner.propose(facts, SetUp(replace(XEND, toolstack=toolstack))).findings
    found = {it.where: it for it in told if "xend" in it.code or it.severity == "refuse"}
    assert found["pbond0"].code == "xend-bridge-active"
    assert found["pbond0"].severity == ("refuse" if live else "note")
    assert "network-script" in found["bond.name"].remedy
    assert {found[name].remedy for name in ("eth0", "eth1")} == {"See what is said of xend."}


def test_a_bond_whose_name_begins_with_p_is_no_work_of_xend_s() -> None:
    mac = "00:50:da:7a:51:45"
    links = (replace(virtual("pbond0", "bond", mac), master="br0"), virtual("br0", "bridge", mac))
    facts = make_facts(links=links, bridges=(bridge("br0", ("pbond0",)),), files={SXP: ""})
    assert "xend-bridge-active" not in xen_codes(facts, XEND)
    nics = (nic("p1p1", mac, master="br0"), nic("p1p2", mac), virtual("br0", "bridge", mac))
    assert "xend-bridge-active" not in xen_codes(make_facts(links=nics, files={SXP: ""}), XEND)


def test_xend_s_own_port_is_no_guest_s_and_its_guests_are_told() -> None:
    bridges = (bridge("xenbr0", ("vif0.0", "peth0", "vif3.0")), bridge("virbr0", ("vif9.0",)))
    facts = make_facts(xen=XEND_DOM0, bridges=bridges, files={SXP: ""})
    found = {item.code: item for item in xen.check(facts, SetUp(XEND))}
    active = found["xend-bridge-active"]
    assert (active.severity, active.where) == ("refuse", "vif0.0")
    assert "under running guests (vif3.0)." in active.text
    assert "reboot" in active.remedy
    assert "vif0.0" not in found["guests-kept"].text


def test_guests_ports_are_known_and_their_bridge_is_compared() -> None:
    bridges = (
        bridge("xenbr0", ("eth0", "vif1.0", "tap1.0", "vif1.0-emu", "viffoo")),
        bridge("br9", ("vif2.1", "dummy0")),
    )
    facts = make_facts(xen=XL_DOM0, bridges=bridges)
    ports = ("vif1.0", "tap1.0", "vif1.0-emu", "viffoo", "vif2.1")
    assert guest_ports(facts.bridges) == ports
    assert xen_codes(facts, XL) == {
        "guests-kept": "note xenbr0",
        "guests-on-other-bridge": "warn br9",
    }


def test_what_guests_lose_is_what_the_plan_tells_of_the_bridge() -> None:
    """A port plugged in beside the old one cuts nobody off: no time is told but the plan's."""
    facts = make_facts(xen=XL_DOM0, bridges=(bridge("xenbr0", ("eth0", "vif1.0")),))
    (kept,) = xen.check(facts, SetUp(XL))
    assert "vif1.0" in kept.text
    assert "no longer than it is" in kept.text
    assert "second" not in kept.text


def test_xend_s_guests_may_name_the_bridge() -> None:
    facts = make_facts(xen=XEND_DOM0, files={SXP: ""})
    assert xen_codes(facts, named(XEND, "br0")) == {"guests-name-a-bridge": "note br0"}


def module_after(files: dict[str, str | bytes], answers: Answers = XL, **more) -> dict[str, str]:
    changes = modprobe.changes(make_facts(files=files, **more), SetUp(answers))
    return {c.path: (c.after or b"").decode() for c in changes}


def module_codes(files: dict[str, str | bytes], answers: Answers = XL, **more) -> dict[str, str]:
    found = modprobe.check(make_facts(files=files, **more), SetUp(answers))
    return {item.code: f"{item.severity} {item.where}" for item in found}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "alias bond0 bonding\n"),
        ("alias eth0 e1000", "alias eth0 e1000\nalias bond0 bonding\n"),
        ("alias bond0 bonding\n", None),
        ("alias bond1 bonding\n", "alias bond1 bonding\nalias bond0 bonding\n"),
    ],
)
def test_rhel5_gets_its_alias_once(before: str, after: str | None) -> None:
    found = module_after({"/etc/modprobe.conf": before}, system=RHEL5)
    assert found == ({} if after is None else {"/etc/modprobe.conf": after})


@pytest.mark.parametrize(
    ("files", "needed"),
    [
        ({}, True),
        ({"/usr/lib/modprobe.d/systemd.conf": MAX_BONDS}, False),
        ({"/lib/modprobe.d/systemd.conf": MAX_BONDS}, False),
        ({"/etc/modprobe.d/x.conf": "options bonding mode=1 max_bonds=2\n"}, False),
        ({"/etc/modprobe.d/x": MAX_BONDS}, True),
        ({"/etc/modprobe.d/x.conf": "#" + MAX_BONDS}, True),
        (
            {"/etc/modprobe.d/systemd.conf": "", "/usr/lib/modprobe.d/systemd.conf": MAX_BONDS},
            True,
        ),
    ],
)
def test_no_stray_bond_is_made_and_nothing_said_twice(files, needed: bool) -> None:
    after = module_after(files)
    assert (modprobe.OURS in after) is needed
    assert not needed or after[modprobe.OURS].endswith(MAX_BONDS)
    assert module_after({**files, **after}) == {}


def test_our_own_file_is_added_to() -> None:
    assert module_after({modprobe.OURS: "# mine"})[modprobe.OURS].startswith("# mine\n# Loading")


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("options bonding mode=4 miimon=100\n", "options bonding miimon=100\n"),
        ("options bond0 miimon=80 mode=1\n", "options bond0 mode=1\n"),
        ("options bond0 mode=balance-rr\n", "#options bond0 mode=balance-rr\n"),
        ("options bond0 mode=1 miimon=100\n", None),
        ("options bond1 mode=4\n", None),
        ("options bonding lacp_rate=1 # x\n", None),
        ("options bonding use_carrier=0\n", None),
    ],
)
def test_module_options_that_contradict_the_plan_are_taken_out(line: str, left: str | None) -> None:
    path = "/etc/modprobe.d/bonding.conf"
    files = {path: line, "/lib/modprobe.d/s.conf": MAX_BONDS}
    assert module_after(files) == ({} if left is None else {path: left})
    said = module_codes(files).get("module-options-contradict")
    assert said == (None if left is None else f"warn {path}:1")


@pytest.mark.parametrize("wanted", [None, True])
def test_use_carrier_0_goes_where_it_would_keep_the_module_from_loading(wanted) -> None:
    files = {"/etc/modprobe.conf": "alias bond0 bonding\noptions bond0 mode=1 use_carrier=0\n"}
    answers = replace(XL, bond=replace(XL.bond, use_carrier=wanted))
    after = module_after(files, answers, driver=NEW_DRIVER)
    assert after["/etc/modprobe.conf"].endswith("\noptions bond0 mode=1\n")
    said = module_codes(files, answers, driver=NEW_DRIVER)
    assert said["module-use-carrier-0"] == "warn /etc/modprobe.conf:2"


def test_use_carrier_0_stays_where_it_is_wanted_and_works() -> None:
    files = {"/etc/modprobe.conf": "alias bond0 bonding\noptions bond0 mode=1 use_carrier=0\n"}
    answers = replace(XL, bond=replace(XL.bond, use_carrier=False))
    assert module_after(files, answers, driver=OLD_DRIVER) == {}
    said = module_codes(files, answers, driver=OLD_DRIVER)
    assert said == {"module-use-carrier-0": "note /etc/modprobe.conf:2"}


def test_a_vendor_s_file_is_not_ours_to_change() -> None:
    path = "/usr/lib/modprobe.d/vendor.conf"
    files = {path: "options bonding mode=0 max_bonds=0\n"}
    assert module_after(files) == {}
    assert module_codes(files) == {"module-options-contradict": f"refuse {path}:1"}


@pytest.mark.parametrize(
    ("line", "code", "severity"),
    [
        ("install bonding /bin/true", "bonding-disabled", "refuse"),
        ("install bonding /usr/bin/false", "bonding-disabled", "refuse"),
        ("alias bond0 off", "bonding-disabled", "refuse"),
        ("install bonding modprobe -i bonding; x", "bonding-install-command", "warn"),
        ("blacklist bonding", "bonding-blacklisted", "note"),
    ],
)
def test_what_keeps_the_module_from_loading_is_found(line: str, code: str, severity: str) -> None:
    files = {"/etc/modprobe.d/x.conf": f"# x\n{line}\n"}
    assert module_codes(files)[code] == f"{severity} /etc/modprobe.d/x.conf:2"


def test_lines_about_other_modules_are_not_mentioned() -> None:
    files = {
        "/etc/modprobe.d/x.conf": "install floppy /bin/true\nblacklist pcspkr\noptions e1000 x=1\n"
    }
    assert module_codes(files) == {}


def test_module_files_that_are_no_text_are_refused_by_line() -> None:
    files = {"/etc/modprobe.d/x.conf": b"a\n\xff\n"}
    assert module_codes(files)["unreadable-file"] == "refuse /etc/modprobe.d/x.conf:2"
    with pytest.raises(XenbondError, match=r"x\.conf:2: is not UTF-8"):
        module_after(files)


def test_a_directory_in_place_of_our_file_is_refused() -> None:
    found = module_codes({}, unreadable={modprobe.OURS: "is a directory"})
    assert found == {"unreadable-file": f"refuse {modprobe.OURS}"}


def test_a_removal_names_the_lines_of_xend_that_name_what_goes() -> None:
    """At the next start of xend no guest would have a network."""
    text = (
        "# (vif-script 'vif-bridge bridge=xenbr0')\n"
        "(network-script 'network-bridge netdev=bond0')\n"
        "(vif-script 'vif-bridge bridge=xenbr0')\n"
        "(xend-domains-path /var/lib/xenbr01)\n"
    )
    facts = make_facts(xen=XEND_DOM0, files={SXP: text})
    found = [it for it in xen.check(facts, Removal(XEND)) if it.code == "guests-name-a-bridge"]
    assert [(it.severity, it.where) for it in found] == [
        (Severity.WARN, f"{SXP}:2"),
        (Severity.WARN, f"{SXP}:3"),
    ]
    alone = xen.check(facts, Removal(XEND, bridged=False))
    assert [it.where for it in alone if it.code == "guests-name-a-bridge"] == [f"{SXP}:2"]
