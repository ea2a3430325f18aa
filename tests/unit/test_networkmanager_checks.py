"""NetworkManager: what it refuses or warns of, by file and line."""

from dataclasses import replace

import pytest
from facts_builder import ETH1_MAC, address, nic
from networkmanager_cases import ANSWERS, ETC, ETH0, LINKS, PLUGIN, PRESENT, host
from proposing import plan_for, told_by

from xenbond_tui import planner
from xenbond_tui.answers import Answers, SetUp
from xenbond_tui.facts.access import Access, HostKind
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.rules.findings import Finding, Severity
from xenbond_tui.stacks.ifcfg.places import IFUP
from xenbond_tui.stacks.networkmanager import NetworkManager

STACK = NetworkManager()
IFCFG = "/etc/sysconfig/network-scripts/ifcfg-eth1"
UNITS = "/run/systemd/units"


def found(facts: HostFacts, answers: Answers = ANSWERS) -> dict[str, Finding]:
    return {item.code: item for item in told_by(STACK, facts, answers)}


def with_options(**options: str) -> Answers:
    return replace(ANSWERS, bond=replace(ANSWERS.bond, options=options))


def test_the_usual_host_has_nothing_to_say() -> None:
    assert found(host({"eth0": ETH0})) == {}


@pytest.mark.parametrize(
    ("present", "code"),
    [
        (PRESENT[:2], "nmcli-missing"),
        (PRESENT[1:], "networkmanager-not-enabled"),
        ((*PRESENT, UNITS), "networkmanager-not-running"),
    ],
)
def test_a_daemon_that_will_not_act(present: tuple[str, ...], code: str) -> None:
    finding = found(host({"eth0": ETH0}, present=present))[code]
    assert finding.severity is Severity.REFUSE
    assert finding.remedy


def test_a_login_to_the_switch_port_is_refused_and_its_secret_not_shown() -> None:
    secret = "\n[802-1x]\neap=peap;\npassword=topsecret\n"
    finding = found(host({"eth0": ETH0 + secret}))["ieee8021x"]
    assert finding.severity is Severity.REFUSE
    assert finding.where == f"{ETC}/eth0.nmconnection:26"
    assert "topsecret" not in str(finding)


def test_other_profiles_secrets_are_in_no_diff() -> None:
    wifi = "[connection]\nid=w\nuuid=w\ntype=wifi\n[wifi-security]\npsk=topsecret\n"
    plan = plan_for(STACK, host({"eth0": ETH0, "wifi": wifi}), ANSWERS)
    assert not [change for change in plan.changes if "topsecret" in change.diff()]


@pytest.mark.parametrize("parent", ["eth0", "5f2a5b1c-7a0e-4d5e-9a5b-0d6d3c7f2a10"])
def test_a_vlan_on_a_slave_by_name_or_uuid(parent: str) -> None:
    vlan = f"[connection]\nid=v\nuuid=v\ntype=vlan\n\n[vlan]\nid=7\nparent={parent}\n"
    finding = found(host({"eth0": ETH0, "vlan7": vlan}))["on-a-slave"]
    assert finding.severity is Severity.REFUSE
    assert finding.where == f"{ETC}/vlan7.nmconnection:8"
    assert "on bond0 in its place" in finding.remedy


@pytest.mark.parametrize(
    ("scripts", "remedy"), [((), "nmcli connection migrate"), ((IFUP,), "--stack ifcfg")]
)
def test_a_profile_in_an_ifcfg_file_is_not_written_beside(
    scripts: tuple[str, ...], remedy: str
) -> None:
    more = {IFCFG: "DEVICE=eth1\nONBOOT=no\n", PLUGIN.format("1.42.2-1.el9"): "ELF"}
    facts = host({"eth0": ETH0}, more=more, present=(*PRESENT, *scripts))
    finding = found(facts)["profile-in-ifcfg-file"]
    assert finding.severity is Severity.REFUSE
    assert finding.where == IFCFG
    assert remedy in finding.remedy


def test_without_the_plugin_an_ifcfg_file_means_nothing() -> None:
    assert "profile-in-ifcfg-file" not in found(host({"eth0": ETH0}, more={IFCFG: "DEVICE=eth1\n"}))


@pytest.mark.parametrize("name", ["eth1", "bond0", "xenbr0"])
@pytest.mark.parametrize(
    ("plugin", "usr", "said", "refused"),
    [
        (True, True, "", True),
        (False, True, "", False),
        (False, False, "", True),
        (False, False, "plugins=ifcfg-rh,keyfile", True),
        (False, False, "plugins=keyfile", False),
        (True, True, "plugins=keyfile", False),
        (True, True, "plugins=keyfile; ifcfg-rh", True),
    ],
)
def test_an_ifcfg_file_is_a_profile_where_it_is_read_or_nobody_could_look(
    name: str, *, plugin: bool, usr: bool, said: str, refused: bool
) -> None:
    path = IFCFG.replace("eth1", name)
    more = {path: f"DEVICE={name}\nONBOOT=yes\n", PLUGIN.format("1.42.2-1.el9"): "ELF"}
    if not plugin:
        del more[PLUGIN.format("1.42.2-1.el9")]
    settings = {"/etc/NetworkManager/NetworkManager.conf": f"[main]\n{said}\n"} if said else {}
    facts = host({"eth0": ETH0}, more={**more, **settings}, live=usr)
    facts = replace(facts, programs_known=usr)
    told = found(facts).get("profile-in-ifcfg-file")
    assert (told is not None) == refused
    if told is not None:
        assert told.severity is Severity.REFUSE
        assert told.where == path
        assert ("could not be looked for" in told.text) == (not usr)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/run/NetworkManager/system-connections/netplan-eth0.nmconnection", "written-by-netplan"),
        ("/run/NetworkManager/system-connections/eth0.nmconnection", "profile-made-at-boot"),
    ],
)
def test_a_profile_another_program_makes(path: str, code: str) -> None:
    finding = found(host({path: ETH0}))[code]
    assert (finding.severity, finding.where) == (Severity.REFUSE, path)


def test_networkmanagers_own_profile_of_a_free_nic_is_no_obstacle() -> None:
    path = "/run/NetworkManager/system-connections/Wired connection 1.nmconnection"
    own = (
        "[connection]\nid=Wired connection 1\nuuid=w\ntype=ethernet\ninterface-name=eth1\n"
        "\n[.nmmeta]\nnm-generated=true\n"
    )
    facts = host({"eth0": ETH0, path: own})
    assert found(facts) == {}
    assert path not in {change.path for change in plan_for(STACK, facts, ANSWERS).changes}


def test_a_profile_others_may_read_is_not_read() -> None:
    path = f"{ETC}/old.nmconnection"
    facts = host({"eth0": ETH0}, more={path: FileState(path, b"[connection]\n", 0o644)})
    finding = found(facts)["profile-not-read"]
    assert finding.severity is Severity.WARN
    assert finding.where == path


@pytest.mark.parametrize(
    ("version", "option", "refused"),
    [
        ("1.42.8", "arp_missed_max", True),
        ("1.44.0", "arp_missed_max", False),
        ("1.10.2-13.el7", "arp_missed_max", True),
        ("1.32.2", "peer_notif_delay", True),
        ("1.32.10-4.el8", "peer_notif_delay", False),
    ],
)
def test_an_option_this_version_does_not_have(version: str, option: str, refused: bool) -> None:
    facts = host({"eth0": ETH0}, more={PLUGIN.format(version): "ELF"})
    answers = with_options(**{option: "300"})
    assert ("option-needs-newer-networkmanager" in found(facts, answers)) is refused


def test_the_version_an_option_needs_is_named_in_full() -> None:
    facts = host({"eth0": ETH0}, more={PLUGIN.format("1.32.2"): "ELF"})
    finding = found(facts, with_options(peer_notif_delay="300"))
    text = finding["option-needs-newer-networkmanager"].text
    assert text == "peer_notif_delay came with NetworkManager 1.32.4; this host has 1.32.2."


def test_an_announced_address_made_of_the_links_name_changes() -> None:
    announced = address("2001:db8::dead:beef:1:2/64", dynamic=True)
    links = (replace(LINKS[0], addresses=(*LINKS[0].addresses, announced)), LINKS[1])
    finding = found(host({"eth0": ETH0}, links))["address-changes"]
    assert finding.severity is Severity.NOTE
    assert "2001:db8::dead:beef:1:2" in finding.text


def test_a_line_that_is_no_utf_8_is_refused_by_name() -> None:
    path = f"{ETC}/eth1.nmconnection"
    facts = host({"eth0": ETH0}, more={path: FileState(path, b"[connection]\nid=\xff\n", 0o600)})
    finding = found(facts)["unreadable-file"]
    assert finding.where.startswith(path)


def test_a_profile_by_permanent_mac_is_that_nics() -> None:
    by_mac = f"[connection]\nid=m\nuuid=m\ntype=ethernet\n\n[ethernet]\nmac-address={ETH1_MAC}\n"
    facts = host({"eth0": ETH0, "m": by_mac}, (*LINKS, nic("eth2", "00:14:22:36:f1:fb", index=4)))
    changed = {change.path for change in plan_for(STACK, facts, ANSWERS).changed}
    assert f"{ETC}/m.nmconnection" in changed
    assert f"{ETC}/bond0-eth1.nmconnection" not in changed


def test_a_profile_with_a_line_networkmanager_cannot_read_counts_for_nothing() -> None:
    broken = "[connection]\nid=b\nuuid=b\ntype=ethernet\ninterface-name=eth1\n; no comment here\n"
    facts = host({"eth0": ETH0, "broken": broken})
    finding = found(facts)["profile-not-read"]
    assert (finding.severity, finding.where) == (Severity.WARN, f"{ETC}/broken.nmconnection:6")
    assert f"{ETC}/broken.nmconnection" not in {
        c.path for c in plan_for(STACK, facts, ANSWERS).changes
    }


def test_the_gateway_of_a_profile_for_any_nic_is_not_the_bridge_s() -> None:
    """In another system's tree nobody knows whose it is, before the change and after it."""
    anys = ETH0.replace("interface-name=eth0\n", "").replace("192.168.0.", "198.51.100.")
    assert "interface-name=eth0" in ETH0
    tree = replace(host({"any": anys}), links=(), routes=(), access=Access(HostKind.TREE, "/mnt"))
    left_out = frozenset({"gateway", "dns", "search"})
    bridge = replace(ANSWERS.bridge, gateway=None, left_out=left_out)
    asked = SetUp(replace(ANSWERS, bridge=bridge))
    first = planner.propose(tree, asked)
    assert first.plan is not None, first.findings
    files = {
        item.path: FileState(item.path, item.after, 0o600)
        for item in first.plan.changes
        if item.after is not None
    }
    again = planner.propose(replace(tree, files={**tree.files, **files}), asked)
    assert again.plan is not None, again.findings
    assert again.plan.changed == ()


@pytest.mark.parametrize(("method", "told"), [("disabled", True), ("auto", False)])
def test_a_name_server_of_a_family_that_is_off_is_told(method: str, told: bool) -> None:
    """NetworkManager refuses a whole profile with dns in such a section."""
    text = ETH0.replace("addr-gen-mode=eui64\nmethod=auto", f"method={method}")
    asked = replace(ANSWERS, bridge=replace(ANSWERS.bridge, dns=("192.168.0.1", "2001:db8::53")))
    found = [x for x in told_by(STACK, host({"eth0": text}), asked) if "2001:db8::53" in x.text]
    assert [(it.code, it.severity, it.where) for it in found] == told * [
        ("name-server-not-written", "warn", "xenbr0")
    ]
