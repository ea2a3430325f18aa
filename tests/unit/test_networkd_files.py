"""systemd-networkd: which file is read for which link, and which of its lines can stay."""

import pytest
from facts_builder import (
    ADDRESS,
    ETH0_MAC,
    ETH1_MAC,
    XL_DOM0,
    nic,
)
from hypothesis import given
from ini_files import files
from networkd_cases import (
    ANSWERS,
    CASES,
    DIRECTORY,
    ENABLED,
    GOLDEN,
    host,
    tree,
    veths,
)
from networkd_plans import DNS, ETH0, NO_DNS, STACK, WIRED, after, codes, written
from proposing import plan_for, removal_for, told_by

from xenbond_tui.answers import Removal
from xenbond_tui.errors import XenbondError
from xenbond_tui.files.ini import IniFile
from xenbond_tui.files.ini_lines import SYSTEMD
from xenbond_tui.stacks.networkd.carry import parts


def test_veth_is_found_by_its_name_and_that_is_told() -> None:
    facts = host({"10-eth0.network": ETH0 + DNS}, links=veths())
    assert written(facts, "05-xenbond-eth1.network").startswith("[Match]\nName=eth1\n")
    assert codes(facts)["matched-by-name"] in ("eth0", "eth1")


def test_two_nics_of_one_mac_are_found_by_name() -> None:
    links = [nic("eth0", ETH0_MAC, addresses=[ADDRESS]), nic("eth1", ETH0_MAC)]
    facts = host({"10-eth0.network": ETH0 + DNS}, links=links)
    assert "Name=eth1" in written(facts, "05-xenbond-eth1.network")


def test_systemd_244_finds_nics_by_name() -> None:
    facts = host({"10-eth0.network": ETH0 + DNS}, systemd=244)
    assert "Name=eth1" in written(facts, "05-xenbond-eth1.network")
    assert "matched-by-name" in codes(facts)


@pytest.mark.parametrize("first", ["05-a.network", "00-all.network"])
def test_ours_comes_before_every_file_that_matches(first: str) -> None:
    facts = host({first: WIRED + DNS})
    names = {change.path.rpartition("/")[2] for change in plan_for(STACK, facts, ANSWERS).changed}
    networks = {name for name in names if "eth" in name}
    assert len(networks) == 2
    assert all(name < first for name in networks)
    assert codes(facts)["file-stays"] == f"{DIRECTORY}/{first}:2"


def test_a_file_no_name_comes_before_is_refused_by_name() -> None:
    facts = host({"!.network": WIRED})
    with pytest.raises(XenbondError, match=r"!\.network: matches .* before any name"):
        plan_for(STACK, facts, ANSWERS)
    assert codes(facts)["file-not-editable"]


def test_a_file_masked_or_replaced_does_not_count() -> None:
    facts = host(
        {
            "/usr/lib/systemd/network/10-eth0.network": ETH0.replace(".222", ".99"),
            "10-eth0.network": ETH0 + DNS,
            "05-wired.network": "",
            "/run/systemd/network/05-wired.network": WIRED.replace(".222", ".98"),
        }
    )
    answers = STACK.read(facts)
    assert answers is not None
    assert answers.bridge.addresses == ("192.168.0.222/24",)


def test_networkd_s_own_word_decides_where_a_match_is_not_known() -> None:
    files = {
        "05-rack.network": "[Match]\nProperty=ID_PATH=x\n" + ETH0.partition("\n\n")[2] + DNS,
        "10-eth0.network": ETH0.replace(".222", ".99"),
    }
    assert codes(host(files))["file-not-editable"] == f"{DIRECTORY}/05-rack.network:2"
    state = f"NETWORK_FILE={DIRECTORY}/05-rack.network\nADMIN_STATE=configured\n"
    facts = host({**files, "/run/systemd/netif/links/2": state})
    answers = STACK.read(facts)
    assert answers is not None
    assert answers.bridge.addresses == ("192.168.0.222/24",)


def test_a_greedy_file_does_not_get_the_guests_ports_of_a_dom0() -> None:
    facts = host({"20-all.network": ETH0.replace("eth0", "*") + DNS}, xen=XL_DOM0)
    assert written(facts, "05-xenbond-guests.network") == (
        "[Match]\nName=vif* tap* veth* vnet*\n\n[Link]\nUnmanaged=yes\n"
    )
    assert codes(facts)["guests-ports-kept"] == f"{DIRECTORY}/20-all.network:2"
    plain = host({"20-all.network": WIRED + DNS}, xen=XL_DOM0)
    assert not any("guests" in change.path for change in plan_for(STACK, plain, ANSWERS).changes)


def test_a_second_nic_s_lines_are_named_and_its_file_stays() -> None:
    second = "[Match]\nName=eth1\n\n[Network]\nDHCP=yes\n"
    facts = host({"10-eth0.network": ETH0 + DNS, "20-eth1.network": second})
    assert codes(facts)["line-goes"] == f"{DIRECTORY}/20-eth1.network:5"
    changes = {change.path for change in plan_for(STACK, facts, ANSWERS).changed}
    assert f"{DIRECTORY}/05-xenbond-eth1.network" in changes
    assert f"{DIRECTORY}/20-eth1.network" not in changes


def test_a_slave_given_up_is_free_and_its_file_for_nothing_else_goes() -> None:
    links = [nic("eth0", ETH0_MAC), nic("eth1", ETH1_MAC), nic("eth2", "00:16:3e:00:00:02")]
    files = tree(GOLDEN / "bond-under-bridge" / "after")
    files[f"{DIRECTORY}/eth2.network"] = b"[Match]\nName=eth2\n\n[Network]\nBond=bond0\n"
    plan = plan_for(STACK, host(files, links=links), CASES["bond-under-bridge"])
    (change,) = plan.changed
    assert (change.path, change.status) == (f"{DIRECTORY}/eth2.network", "removed")
    kept = b"# the spare one\n[Match]\nName=eth2\n\n[Network]\nBond=bond0\n"
    files[f"{DIRECTORY}/eth2.network"] = kept
    (change,) = plan_for(STACK, host(files, links=links), CASES["bond-under-bridge"]).changed
    assert change.after == (
        b"# the spare one\n[Match]\nName=eth2\n\n[Network]\nLinkLocalAddressing=no\n"
    )


def test_a_netdev_under_run_is_replaced_by_one_of_its_name() -> None:
    files = tree(GOLDEN / "bond-under-bridge" / "before")
    text = files.pop(f"{DIRECTORY}/bond0.netdev")
    files["/run/systemd/network/bond0.netdev"] = text
    file = written(host(files), "bond0.netdev", CASES["bond-under-bridge"])
    assert "DownDelaySec=200ms" in file


def test_a_file_of_our_name_about_something_else_is_not_overwritten() -> None:
    mine = "[NetDev]\nName=bond7\nKind=bond\n"
    files = {"05-xenbond-bond0.netdev": mine, "05-xenbond-eth1.network": "", "a.network": ETH0}
    names = {
        change.path.rpartition("/")[2] for change in plan_for(STACK, host(files), NO_DNS).changed
    }
    assert {"00-xenbond-bond0.netdev", "00-xenbond-eth1.network"} <= names
    assert not names & {"05-xenbond-bond0.netdev", "05-xenbond-eth1.network"}


@given(files(SYSTEMD))
def test_every_line_of_any_file_goes_one_way_or_the_other(text: str) -> None:
    file = IniFile.parse("/etc/systemd/network/a.network", text, SYSTEMD)
    taken = parts((file,))
    for line in file.lines:
        ways = sum(any(line is other for other in way) for way in (taken.own, taken.moved))
        both = line.key == "MTUBytes" or line.header is not None
        assert ways == 1 or (both and ways == 2), line.raw


@pytest.mark.parametrize(
    ("lines", "code", "line"),
    [
        ("VLAN=lan10\n", "on-a-slave", 7),
        ("MACVLAN=mac0\n", "on-a-slave", 7),
        ("Bond=bond7\n", "slave-of-another-bond", 7),
        ("Bridge=br7\n", "slave-in-another-bridge", 7),
        ("VRF=blue\n", "slave-has-master", 7),
        ("[Link]\nUnmanaged=yes\n", "slave-unmanaged", 8),
        ("[Route\n", "broken-section", 7),
        ("nonsense\n", "line-without-effect", 7),
    ],
)
def test_lines_that_cannot_stay_are_named(lines: str, code: str, line: int) -> None:
    found = codes(host({"10-eth0.network": ETH0 + lines}))
    assert found[code] == f"{DIRECTORY}/10-eth0.network:{line}"


def test_netplan_s_files_are_netplan_s() -> None:
    path = "/run/systemd/network/10-netplan-eth0.network"
    facts = host({path: ETH0})
    assert codes(facts)["written-by-netplan"] == path
    evidence = STACK.owns(facts)
    assert evidence is not None
    assert evidence.renders_for == "netplan"


def test_a_file_of_another_link_that_names_a_slave_is_named() -> None:
    other = "[Match]\nName=tun0\n[Network]\nBindCarrier=eth0\n"
    facts = host({"10-eth0.network": ETH0 + DNS, "50-tun.network": other})
    assert codes(facts)["names-a-slave"] == f"{DIRECTORY}/50-tun.network:4"


def test_what_is_not_known_of_a_spare_nic_does_not_matter() -> None:
    """Another system's tree: no links are known there, and a vendor's file may match any."""
    vendor = "[Match]\nType=ether\n[Network]\nDHCP=yes\n"
    facts = host(
        {"10-eth0.network": ETH0 + DNS, "/usr/lib/systemd/network/89-ethernet.network": vendor},
        links=[],
        live=False,
    )
    assert STACK.owns(facts) is not None
    assert codes(facts)["file-may-match"] == "/usr/lib/systemd/network/89-ethernet.network:2"
    assert written(facts, "05-xenbond-eth1.network").startswith("[Match]\nName=eth1\n")
    answers = STACK.read(facts)
    assert answers is not None
    assert answers.bond.slaves == ("eth0",)
    leased = host({"/usr/lib/systemd/network/89-ethernet.network": vendor}, links=[], live=False)
    assert codes(leased)["file-not-editable"]


def test_files_that_match_besides_are_shown() -> None:
    facts = host({"10-eth0.network": ETH0 + DNS, "80-wired.network": "[Match]\nType=ether\n"})
    assert codes(facts)["file-matches-too"] == f"{DIRECTORY}/80-wired.network:2"


def test_text_that_is_no_utf8_is_refused_by_line() -> None:
    facts = host({"10-eth0.network": ETH0.encode() + b"# \xff\n"})
    assert codes(facts)["unreadable-file"].startswith(f"{DIRECTORY}/10-eth0.network:7")
    assert STACK.read(facts) is None


def test_evidence_names_file_unit_and_nics() -> None:
    evidence = STACK.owns(host({"10-eth0.network": ETH0}))
    assert evidence is not None
    assert (evidence.links, evidence.weight, evidence.renders_for) == (("eth0",), 85, "")
    assert f"{DIRECTORY}/10-eth0.network configures eth0" in evidence.text
    assert ENABLED in evidence.text
    weak = STACK.owns(host({"10-eth0.network": ETH0}, enabled=False))
    assert weak is not None
    assert weak.weight < 40


def test_files_that_match_no_nic_are_no_evidence() -> None:
    shipped = {"/usr/lib/systemd/network/80-ve.network": "[Match]\nName=ve-*\n[Network]\nDHCP=no\n"}
    assert STACK.owns(host(shipped)) is None


def test_a_bridge_s_file_that_only_matches_gets_what_it_lacks() -> None:
    """An address that is none, in the NIC's own file, does not stop it either."""
    facts = host(
        {
            "10-xenbr0.network": "[Match]\nName=xenbr0",
            "20-eth0.network": "[Match]\nName=eth0\n\n[Network]\nAddress=192.168.0.222/24\n"
            "Address=192.168.0.256/24\nGateway=192.168.0.1\n",
        }
    )
    text = written(facts, "10-xenbr0.network")
    assert text.startswith("[Match]\nName=xenbr0\n\n[Network]\n")
    assert "\nAddress=192.168.0.222/24\n" in text


ALL_BONDS = "[Match]\nName=bond* br* xen*\n\n[Link]\n"


@pytest.mark.parametrize(
    "line", ["Unmanaged=yes", "ActivationPolicy=manual", "ActivationPolicy=down", "MTUBytes=1300"]
)
def test_what_a_pattern_says_of_any_bond_is_not_the_new_bond_s(line: str) -> None:
    """networkd would leave bond0 out of its bridge, or down, or beside the bridge's MTU."""
    before = {"00-z.network": ALL_BONDS + f"Multicast=no\n{line}\n", "10-eth0.network": ETH0}
    facts = host(before)
    plan = plan_for(STACK, facts, ANSWERS)
    text = written(facts, "00-xenbond-bond0.network")
    assert line not in text
    assert "Multicast=no" in text
    said = {it.where for it in told_by(STACK, facts, ANSWERS) if line in it.text}
    assert said == {f"{DIRECTORY}/00-z.network:6"}
    laid = {path: state.data for path, state in facts.files.items()}
    assert plan_for(STACK, host(after(plan, laid)), ANSWERS).changed == ()


@pytest.mark.parametrize("name", ["bond0", "xenbr0"])
def test_a_bond_or_bridge_left_to_another_program_by_its_name_is_refused(name: str) -> None:
    own = f"[Match]\nName={name}\n\n[Link]\nUnmanaged=yes\n"
    found = codes(host({"10-eth0.network": ETH0, "10-own.network": own}))
    assert found["slave-unmanaged"] == f"{DIRECTORY}/10-own.network:5"


@pytest.mark.parametrize("policy", ["manual", "down", "always-down", "bound"])
@pytest.mark.parametrize("match", ["eth1", "eth1*"])
def test_a_nic_that_is_kept_down_comes_up_as_a_slave(policy: str, match: str) -> None:
    spare = f"[Match]\nName={match}\n\n[Link]\nActivationPolicy={policy}\nPromiscuous=no\n"
    facts = host({"10-eth0.network": ETH0, "20-eth1.network": spare})
    name = "20-eth1.network" if match == "eth1" else "05-xenbond-eth1.network"
    text = written(facts, name)
    assert "ActivationPolicy" not in text
    assert "Promiscuous=no" in text
    told = [it for it in told_by(STACK, facts, ANSWERS) if f"ActivationPolicy={policy}" in it.text]
    assert [(it.code, it.where) for it in told] == [("line-goes", f"{DIRECTORY}/20-eth1.network:5")]


def test_a_nic_that_is_brought_up_anyway_keeps_its_line() -> None:
    spare = "[Match]\nName=eth1\n\n[Link]\nActivationPolicy=always-up\n"
    facts = host({"10-eth0.network": ETH0, "20-eth1.network": spare})
    assert "ActivationPolicy=always-up\n" in written(facts, "20-eth1.network")


def test_a_slave_of_a_pattern_that_keeps_it_down_gets_a_file_of_its_own() -> None:
    ports = "[Match]\nName=eth0 eth1\n\n[Link]\nActivationPolicy=down\n\n[Network]\nBond=bond0\n"
    facts = host({"20-ports.network": ports, "10-bond.netdev": "[NetDev]\nName=bond0\nKind=bond\n"})
    text = written(facts, "05-xenbond-eth1.network")
    assert "Bond=bond0" in text
    assert "ActivationPolicy" not in text


@pytest.mark.parametrize(
    ("line", "at"),
    [
        ("ConfigureWithoutCarrier=yes", "Address="),
        ("ConfigureWithoutCarrier=yes", "Gateway="),
        ("IgnoreCarrierLoss=yes", "Gateway="),
        ("IgnoreCarrierLoss=5s", "Address="),
    ],
)
def test_what_the_operator_said_of_the_carrier_comes_back_to_the_nic(line: str, at: str) -> None:
    """The bridge gets the other one of the two, which goes with it."""
    before = ETH0.replace(at, f"{line}\n{at}", 1)
    facts = host({"10-eth0.network": before})
    laid = {path: state.data for path, state in facts.files.items()}
    there = host(after(plan_for(STACK, facts, NO_DNS), laid))
    removal = Removal(NO_DNS, "eth0")
    changes = {change.path: change.after for change in removal_for(STACK, there, removal).changes}
    assert changes[f"{DIRECTORY}/10-eth0.network"] == before.encode()
