"""systemd-networkd: golden trees byte for byte, what is read back, every check, the steps."""

from dataclasses import replace

import pytest
from facts_builder import (
    ADDRESS,
    ETH0_MAC,
    ETH1_MAC,
    XL_DOM0,
    address,
    bond,
    bridge,
    default_route,
    nic,
    virtual,
)
from hypothesis import given
from ini_files import files
from networkd_cases import (
    ANSWERS,
    BOND,
    CASES,
    DIRECTORY,
    ENABLED,
    GOLDEN,
    STATIC,
    facts_of,
    host,
    tree,
    veths,
)
from proposing import plan_for, removal_for, told_by
from steps_in_words import in_words

from xenbond_tui.answers import Answers, BridgeAnswers, Removal
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.routing import Route
from xenbond_tui.files.ini import IniFile
from xenbond_tui.files.ini_lines import SYSTEMD
from xenbond_tui.plan.actions import AddAddress, AddRoute
from xenbond_tui.plan.plan import Plan
from xenbond_tui.rules.findings import Severity
from xenbond_tui.stacks.networkd import Networkd
from xenbond_tui.stacks.networkd.bond import DIALECT
from xenbond_tui.stacks.networkd.carry import parts

STACK = Networkd()
ETH0 = "[Match]\nName=eth0\n\n[Network]\nAddress=192.168.0.222/24\nGateway=192.168.0.1\n"
DNS = "DNS=192.168.0.1\n"
WIRED = ETH0.replace("eth0", "en* eth*")
NO_DNS = replace(ANSWERS, bridge=replace(STATIC, dns=()))
RUNS = "/run/systemd/units/invocation:systemd-networkd.service"


def after(plan: Plan, before: dict[str, bytes]) -> dict[str, bytes]:
    """The tree when the plan's files are written."""
    files = {**before, **{c.path: c.after for c in plan.changes if c.after is not None}}
    return {path: data for path, data in files.items() if path not in _gone(plan)}


def _gone(plan: Plan) -> set[str]:
    return {change.path for change in plan.changes if change.after is None}


def written(facts: HostFacts, name: str, answers: Answers = ANSWERS) -> str:
    """One file under /etc/systemd/network afterwards."""
    changes = {change.path: change.after for change in plan_for(STACK, facts, answers).changes}
    text = changes[f"{DIRECTORY}/{name}"]
    assert text is not None
    return text.decode()


def codes(facts: HostFacts, answers: Answers = ANSWERS) -> dict[str, str]:
    """Code → where, of everything check() finds but how long the change takes."""
    return {item.code: item.where for item in told_by(STACK, facts, answers) if item.code != "gap"}


def gap(facts: HostFacts, answers: Answers = ANSWERS) -> str:
    return next((x.text for x in told_by(STACK, facts, answers) if x.code == "gap"), "")


# Files


@pytest.mark.parametrize("case", CASES)
def test_golden_tree(case: str) -> None:
    before = tree(GOLDEN / case / "before")
    assert after(plan_for(STACK, facts_of(case), CASES[case]), before) == tree(
        GOLDEN / case / "after"
    )


@pytest.mark.parametrize("case", CASES)
def test_a_golden_case_is_not_refused(case: str) -> None:
    found = told_by(STACK, facts_of(case), CASES[case])
    warned = [item.code for item in found if item.severity is not Severity.NOTE]
    # The vendor's file asks a DHCP server, and that host has no lease to see.
    assert warned == (["dhcp-client-changes"] if case == "vendor-file" else [])


@pytest.mark.parametrize("case", CASES)
def test_what_was_planned_is_read_back_and_planned_again_changes_nothing(case: str) -> None:
    facts, wanted = host(tree(GOLDEN / case / "after")), CASES[case]
    answers = STACK.read(facts)
    assert answers is not None
    assert answers.bond == replace(wanted.bond, options=dict(wanted.bond.options))
    assert answers.bridge == wanted.bridge
    assert plan_for(STACK, facts, wanted).changed == ()
    found = told_by(STACK, facts, wanted)
    assert [item for item in found if item.severity is not Severity.NOTE] == []


@pytest.mark.parametrize("case", CASES)
def test_removed_again_the_files_are_those_from_before(case: str) -> None:
    """Where a whole file was moved, every byte; where it was taken apart, every line."""
    now = tree(GOLDEN / case / "after")
    answers = STACK.read(host(now))
    assert answers is not None
    plan = removal_for(STACK, host(now), Removal(answers, "eth0"))
    wanted = GOLDEN / case / ("removed" if (GOLDEN / case / "removed").exists() else "before")
    assert after(plan, now) == tree(wanted)
    assert plan.expected is not None
    assert plan.expected.nic == "eth0"


def test_what_is_removed_is_one_nic_with_the_address() -> None:
    for case in CASES:
        facts = host(tree(GOLDEN / case / "after"))
        answers = STACK.read(facts)
        assert answers is not None
        left = host(
            after(
                removal_for(STACK, facts, Removal(answers, "eth0")), tree(GOLDEN / case / "after")
            )
        )
        again = STACK.read(left)
        assert again is not None, case
        assert again.bridge == replace(answers.bridge, mac="keep", name="xenbr0"), case
        assert again.bond.slaves[:1] == ("eth0",), case


# Which file counts


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


# What moves


def test_ipv6_by_routers_goes_on_though_a_bridge_does_not_listen_by_itself() -> None:
    heard = [
        nic("eth0", ETH0_MAC, addresses=[ADDRESS, address("2001:db8::5/64", dynamic=True)]),
        nic("eth1", ETH1_MAC),
    ]
    facts = host({"10-eth0.network": ETH0 + DNS}, links=heard)
    assert "IgnoreCarrierLoss=yes\nIPv6AcceptRA=yes\n" in written(
        facts, "05-xenbond-xenbr0.network"
    )
    assert "IPv6AcceptRA" not in written(
        host({"10-eth0.network": ETH0 + DNS}), "05-xenbond-xenbr0.network"
    )


def test_names_of_the_nic_become_the_bridge_s_where_that_is_plain() -> None:
    text = ETH0 + "DNS=192.168.0.1%eth0\n[Route]\nMultiPathRoute=192.168.0.2@eth0 10\n"
    file = written(host({"10-eth0.network": text}), "05-xenbond-xenbr0.network")
    assert "DNS=192.168.0.1%xenbr0\n" in file
    assert "MultiPathRoute=192.168.0.2@xenbr0 10\n" in file
    odd = host({"10-eth0.network": ETH0 + DNS + "BindCarrier=eth0 eth1\n"})
    with pytest.raises(XenbondError, match="`BindCarrier=eth0 eth1` names eth0"):
        plan_for(STACK, odd, ANSWERS)


def test_answers_win_over_what_the_file_says() -> None:
    answers = replace(
        ANSWERS,
        bridge=BridgeAnswers(
            addresses=("192.168.0.223/24",),
            gateway="192.168.0.254",
            dns=("9.9.9.9", "149.112.112.112"),
            search=("example.org",),
            mac=ETH0_MAC,
        ),
    )
    file = written(host({"10-eth0.network": ETH0 + DNS}), "05-xenbond-xenbr0.network", answers)
    assert file.partition("IgnoreCarrierLoss=yes\n")[2] == (
        "DNS=9.9.9.9\nDNS=149.112.112.112\nAddress=192.168.0.223/24\n"
        "Gateway=192.168.0.254\nDomains=example.org\n"
    )
    assert codes(host({"10-eth0.network": ETH0 + DNS}), answers)["address-dropped"] == (
        f"{DIRECTORY}/10-eth0.network:5"
    )


def test_from_an_address_to_a_lease_and_back() -> None:
    leased = replace(ANSWERS, bridge=BridgeAnswers(method="dhcp", mac=ETH0_MAC))
    file = written(host({"10-eth0.network": ETH0}), "05-xenbond-xenbr0.network", leased)
    assert file.endswith("IgnoreCarrierLoss=yes\nDHCP=ipv4\n")
    facts = host({"10-eth0.network": "[Match]\nName=eth0\n[Network]\nDHCP=yes\n"})
    file = written(facts, "05-xenbond-xenbr0.network", NO_DNS)
    assert "DHCP=ipv6\nAddress=192.168.0.222/24\nGateway=192.168.0.1\n" in file


def test_a_bridge_without_address_gets_none_by_itself_either() -> None:
    facts = host({"10-eth0.network": ETH0 + DNS})
    none = replace(ANSWERS, bridge=BridgeAnswers(method="none", mac=ETH0_MAC))
    assert written(facts, "05-xenbond-xenbr0.network", none) == (
        "[Match]\nName=xenbr0\n\n[Network]\nConfigureWithoutCarrier=yes\nIgnoreCarrierLoss=yes\n"
        "LinkLocalAddressing=no\nIPv6AcceptRA=no\n"
    )


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


# Options


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("100ms", "100"),
        ("0.1", "100"),
        ("1", "1000"),
        ("1s 500ms", "1500"),
        ("1min", "60000"),
        ("500us", "0"),
        ("0", "0"),
        ("", ""),
        ("fast", "fast"),
    ],
)
def test_time_spans(text: str, ms: str) -> None:
    assert DIALECT.read("miimon", text) == ms


def test_every_time_has_its_unit() -> None:
    options = {"updelay": "200", "downdelay": "300", "peer_notif_delay": "400"}
    answers = replace(ANSWERS, bond=replace(BOND, options=options))
    file = written(host({"a.network": ETH0 + DNS}, systemd=256), "05-xenbond-bond0.netdev", answers)
    assert file.endswith(
        "Mode=active-backup\nMIIMonitorSec=100ms\nUpDelaySec=200ms\nDownDelaySec=300ms\n"
        "PeerNotifyDelaySec=400ms\n"
    )


def test_what_networkd_has_no_word_for() -> None:
    assert not any(map(STACK.dialect.spelling, ("use_carrier", "lp_interval", "active_slave")))
    assert all(map(STACK.dialect.spelling, ("mode", "miimon", "primary", "arp_ip_target")))


def test_an_option_this_systemd_is_too_old_for_is_refused() -> None:
    answers = replace(ANSWERS, bond=replace(BOND, options={"peer_notif_delay": "200"}))
    assert codes(host({}, systemd=255), answers)["option-needs-newer-systemd"]
    assert "option-needs-newer-systemd" not in codes(host({}, systemd=256), answers)


def test_a_value_networkd_does_not_know_is_refused() -> None:
    options = {"arp_validate": "filter"}
    answers = replace(ANSWERS, bond=replace(BOND, options=options))
    assert codes(host({}), answers)["value-not-expressible"] == "arp_validate"


# Checks


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


def test_a_daemon_that_is_not_there_at_boot_or_now_is_refused() -> None:
    assert "networkd-not-enabled" in codes(host({"10-eth0.network": ETH0}, enabled=False))
    assert "systemd-too-old" in codes(host({"10-eth0.network": ETH0}, systemd=241))
    stopped = host({"10-eth0.network": ETH0, "/run/systemd/units": ""})
    assert "networkd-not-running" in codes(stopped)
    running = host({"10-eth0.network": ETH0, "/run/systemd/units": "", RUNS: ""})
    assert "networkd-not-running" not in codes(running)


def test_a_mac_that_is_not_known_is_told() -> None:
    unknown = replace(NO_DNS, bridge=replace(NO_DNS.bridge, mac=""))
    facts = host({"10-eth0.network": ETH0})
    assert codes(facts, unknown)["mac-not-pinned"] == "xenbr0"
    bridge = "[NetDev]\nName=xenbr0\nKind=bridge\n"
    there = host({"10-eth0.network": ETH0, "br.netdev": bridge})
    assert "mac-not-pinned" not in codes(there, unknown)
    assert "MACAddress" not in written(facts, "05-xenbond-xenbr0.netdev", unknown)


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


# Who owns the network


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


# Steps


HOLD = "/run/systemd/network/{}.d/50-xenbond-hold.conf"
RESTART = "systemctl restart systemd-networkd.service"
ONLINE = "/usr/lib/systemd/systemd-networkd-wait-online --interface={} --timeout=60"


def test_without_a_gap_networkd_takes_charge_and_does_not_touch_the_slaves() -> None:
    facts = host({"10-eth0.network": ETH0 + DNS})
    assert gap(facts) == ""
    words = in_words(plan_for(STACK, facts, ANSWERS).forward)
    at = words.index("WriteFiles")
    holds = [HOLD.format(name) for name in ("10-eth0.network", "05-xenbond-eth1.network")]
    assert at < words.index("wait bond0 carrier")
    assert words[words.index(holds[0]) :] == [
        *holds,
        "networkctl reload",
        ONLINE.format("xenbr0"),
        "eth0 down",
        "eth0 -> bond0",
        "eth0 up",
        "flush bond0",
        "RestoreSysctls",
    ]


@pytest.mark.parametrize(("systemd", "stays"), [(250, True), (252, True), (253, False)])
def test_where_networkd_sets_slaves_down_it_is_kept_from_it_until_the_next_boot(
    systemd: int, stays: bool
) -> None:
    facts = host({"10-eth0.network": ETH0 + DNS}, systemd=systemd)
    words = in_words(plan_for(STACK, facts, ANSWERS).forward)
    for name in ("10-eth0.network", "05-xenbond-eth1.network"):
        assert words.index(HOLD.format(name)) < words.index("networkctl reload")
        assert (f"no {HOLD.format(name)}" in words) is not stays


def test_where_it_cannot_be_kept_from_it_the_gap_is_told() -> None:
    """systemd 249 has no KeepMaster=; before it, and since 253, slaves are left alone."""
    facts = host({"10-eth0.network": ETH0 + DNS}, systemd=249)
    assert "systemd 249 sets every slave down" in gap(facts)
    words = in_words(plan_for(STACK, facts, ANSWERS).forward)
    assert not [word for word in words if "hold.conf" in word]
    for number in (248, 250, 253):
        assert gap(host({"10-eth0.network": ETH0 + DNS}, systemd=number)) == ""


def test_what_routers_announced_is_kept_by_the_link_that_has_it_until_the_next_boot() -> None:
    """And by that one alone: the drop-in of the other goes, whoever left it."""
    announced = address("2001:db8:1::250:daff:fe7a:5145/64", dynamic=True)
    held = nic("eth0", ETH0_MAC, addresses=[address(ADDRESS), announced])
    facts = host({"10-eth0.network": ETH0 + DNS}, links=[held, nic("eth1", ETH1_MAC)])
    plan = plan_for(STACK, facts, ANSWERS)
    keeps = {
        link: f"/run/systemd/network/{file}.network.d/50-xenbond-keep.conf"
        for link, file in (("xenbr0", "05-xenbond-xenbr0"), ("eth0", "10-eth0"))
    }
    for steps, link, other in ((plan.forward, "xenbr0", "eth0"), (plan.rollback, "eth0", "xenbr0")):
        words = in_words(steps)
        reload = words.index("networkctl reload")
        assert max(words.index(keeps[link]), words.index(f"no {keeps[other]}")) < reload
        assert f"no {keeps[link]}" not in words


def test_networkd_is_free_to_act_before_it_makes_slaves_or_lets_them_go() -> None:
    """An earlier change had kept it from touching them."""
    text = "[Network]\nKeepMaster=yes\n"
    kept = {HOLD.format(f"{name}.network"): text for name in ("eth0", "eth1")}
    facts = running(primary="eth0")
    facts = replace(facts, files={**facts.files, **host(kept).files})
    answers = STACK.read(facts)
    assert answers is not None
    assert answers == STACK.read(running(primary="eth0")), "no file that says how it is to be"
    anew = replace(ANSWERS, bond=replace(BOND, mode="802.3ad"))
    seamless = replace(answers, bridge=replace(answers.bridge, mac=ETH0_MAC))
    stp = replace(facts, bridges=(replace(bridge(), stp=True),))
    for steps, read in (
        (plan_for(STACK, facts, anew).forward, RESTART),
        (plan_for(STACK, facts, anew).rollback, RESTART),
        (removal_for(STACK, facts, Removal(seamless, "eth0")).forward, "networkctl reload"),
        (removal_for(STACK, stp, Removal(answers, "eth0")).forward, "networkctl reload"),
        (removal_for(STACK, stp, Removal(answers, "eth0")).rollback, RESTART),
    ):
        words = in_words(steps)
        assert all(words.index(f"no {path}") < words.index(read) for path in kept)


def test_back_without_a_gap_the_files_come_last() -> None:
    words = in_words(plan_for(STACK, host({"10-eth0.network": ETH0 + DNS}), ANSWERS).rollback)
    assert words[:2] == [
        f"no {HOLD.format(name)}" for name in ("10-eth0.network", "05-xenbond-eth1.network")
    ]
    at = words.index("RestoreFiles")
    assert words.index("delete bond0") < at
    assert words[at + 1] == "networkctl reload"
    assert words[-1] == "RestoreNetwork"


def test_with_a_gap_networkd_does_it_all() -> None:
    leased = replace(ANSWERS, bridge=BridgeAnswers(method="dhcp", mac=ETH0_MAC))
    facts = host({"10-eth0.network": "[Match]\nName=eth0\n[Network]\nDHCP=yes\n"})
    assert "1 to 10 seconds" in gap(facts, leased)
    plan = plan_for(STACK, facts, leased)
    assert in_words(plan.forward) == [
        "WriteFiles",
        "networkctl reload",
        "wait bond0 exists",
        "wait bond0 forwarding",
        ONLINE.format("xenbr0"),
    ]
    assert in_words(plan.rollback) == [
        "RestoreFiles",
        "delete xenbr0",
        "delete bond0",
        "networkctl reload",
        "networkctl reconfigure eth0 eth1",
        "RestoreNetwork",
    ]


def running(mode: str = "active-backup 1", systemd: int = 252, **more: str) -> HostFacts:
    options = {"mode": mode, "miimon": "100", "updelay": "200", "downdelay": "0", **more}
    return host(
        tree(GOLDEN / "bond-under-bridge" / "before"),
        links=[
            nic("eth0", ETH0_MAC, master="bond0"),
            nic("eth1", ETH0_MAC, master="bond0", permanent_mac=ETH1_MAC),
            virtual("bond0", "bond", ETH0_MAC, master="xenbr0"),
            virtual("xenbr0", "bridge", ETH0_MAC, addresses=[ADDRESS]),
        ],
        routes=[default_route("xenbr0")],
        bonds=[bond(options=options, primary="eth0", master="xenbr0")],
        bridges=[bridge()],
        dns=["192.168.0.1"],
        systemd=systemd,
    )


def test_a_running_bond_is_changed_while_it_runs() -> None:
    facts = running(primary="eth0")
    answers = CASES["bond-under-bridge"]
    assert gap(facts, answers) == ""
    words = in_words(plan_for(STACK, facts, answers).forward)
    assert "bond0 downdelay=200" in words
    assert "bond0 primary=eth1" in words
    assert "delete bond0" not in words
    assert words.index(HOLD.format("eth1.network")) < words.index("networkctl reload")


def test_a_running_bond_of_another_mode_is_made_anew_and_the_gap_told() -> None:
    answers = replace(ANSWERS, bond=replace(BOND, mode="802.3ad"))
    facts = running(primary="eth0")
    assert "mode can't be changed" in gap(facts, answers)
    plan = plan_for(STACK, facts, answers)
    words = in_words(plan.forward)
    assert words[:4] == ["WriteFiles", "delete bond0", RESTART, "wait bond0 exists"]
    assert "delete xenbr0" not in words
    assert in_words(plan.rollback)[:3] == ["RestoreFiles", "delete bond0", RESTART]


def test_removal_with_a_gap_ends_with_the_nic_configured_and_goes_back_by_networkd() -> None:
    facts = replace(running(primary="eth0"), bridges=(replace(bridge(), stp=True),))
    answers = STACK.read(facts)
    assert answers is not None
    plan = removal_for(STACK, facts, Removal(answers, "eth0"))
    assert in_words(plan.forward) == [
        "WriteFiles",
        "delete xenbr0",
        "delete bond0",
        "networkctl reload",
        "networkctl reconfigure eth0",
        ONLINE.format("eth0"),
    ]
    assert in_words(plan.rollback)[:3] == ["RestoreFiles", RESTART, "wait bond0 exists"]
    assert plan.outage


@pytest.mark.parametrize(
    ("systemd", "metric", "broadcast"),
    [(252, 0, ""), (253, 4242, "192.168.0.255"), (257, 4242, "192.168.0.255")],
)
def test_an_address_that_moves_is_one_that_networkd_takes_over_as_it_is(
    systemd: int, metric: int, broadcast: str
) -> None:
    """With the broadcast it would give it, and a route that is not taken for the other link's."""
    facts = host({"10-eth0.network": ETH0 + DNS}, systemd=systemd)
    set_up = plan_for(STACK, facts, ANSWERS)
    there = running(primary="eth0", systemd=systemd)
    read = STACK.read(there)
    assert read is not None
    answers = replace(read, bridge=replace(read.bridge, mac=ETH0_MAC))
    removal = removal_for(STACK, there, Removal(answers, "eth0"))
    for steps in (set_up.forward, set_up.rollback, removal.forward, removal.rollback):
        given = [step.action for step in steps if isinstance(step.action, AddAddress)]
        addresses = [item.address for item in given]
        assert [(item.cidr, item.metric, item.broadcast) for item in addresses] == [
            ("192.168.0.222/24", metric, broadcast)
        ]


def test_removal_without_a_gap_has_networkd_read_its_files_when_all_has_moved() -> None:
    facts = running(primary="eth0")
    read = STACK.read(facts)
    assert read is not None
    answers = replace(read, bridge=replace(read.bridge, mac=ETH0_MAC))
    plan = removal_for(STACK, facts, Removal(answers, "eth0"))
    assert plan.outage is not None
    assert not plan.outage.expected
    up, down = in_words(plan.forward), in_words(plan.rollback)
    assert up[0] == "WriteFiles"
    assert up[-3:] == ["networkctl reload", ONLINE.format("eth0"), "RestoreSysctls"]
    assert (
        up.index("eth0 + 192.168.0.222/24") < up.index("delete xenbr0") < up.index("delete bond0")
    )
    # It would set the slaves' links down to make them slaves, which they are already.
    reload = down.index("networkctl reload")
    for name in ("eth0", "eth1"):
        assert down.index(HOLD.format(f"{name}.network")) < reload
        assert f"no {HOLD.format(f'{name}.network')}" not in down, "nor the next time it reads them"
    assert down.index("flush eth0") < reload < down.index("eth0 -> bond0")


def test_no_bond_in_the_files_cannot_be_removed() -> None:
    with pytest.raises(XenbondError, match="makes bond0"):
        removal_for(STACK, host({"10-eth0.network": ETH0}), Removal(ANSWERS, "eth0"))


@pytest.mark.parametrize("slaves", [("eth0 eth1",), ("eth0", "eth1")])
def test_a_bond_in_no_bridge_leaves_its_address_to_the_nic(slaves: tuple[str, ...]) -> None:
    lines = "[Network]\nAddress=192.168.0.222/24\nGateway=192.168.0.1\nDNS=192.168.0.1\n"
    facts = host(
        {
            "bond0.netdev": "[NetDev]\nName=bond0\nKind=bond\n\n[Bond]\nMode=active-backup\n",
            "bond0.network": f"[Match]\nName=bond0\n\n{lines}",
            **{
                f"1{at}-slaves.network": f"[Match]\nName={names}\n\n[Network]\nBond=bond0\n"
                for at, names in enumerate(slaves)
            },
        }
    )
    answers = STACK.read(facts)
    assert answers is not None
    plan = removal_for(STACK, facts, Removal(answers, "eth0"))
    [own] = [it.after for it in plan.changes if it.after and b"Address=192." in it.after]
    assert own.decode().endswith(lines)


def test_the_mac_in_the_file_with_the_address_is_the_bridge_s_from_the_first_plan_on() -> None:
    text = ETH0.replace("\n[Network]", "\n[Link]\nMACAddress=02:00:00:00:00:aa\n\n[Network]")
    found = STACK.read(host({"10-eth0.network": text}))
    assert found is not None
    assert found.bridge.mac == "02:00:00:00:00:aa"


def test_a_route_by_a_slave_is_not_lost_on_the_way() -> None:
    """The file's [Route] goes along as it stands; the running one moves by netlink."""
    text = ETH0 + DNS + "\n[Route]\nDestination=10.0.0.0/8\nGateway=192.168.0.254\n"
    facts = replace(
        host({"10-eth0.network": text}),
        routes=(default_route(), Route("10.0.0.0/8", "192.168.0.254", "eth0")),
    )
    plan = plan_for(STACK, facts, ANSWERS)
    assert "+ 10.0.0.0/8 xenbr0 None" in in_words(plan.forward)
    assert written(facts, "05-xenbond-xenbr0.network").endswith(text.partition(DNS)[2])


def test_a_route_in_no_file_is_there_all_the_time() -> None:
    """networkd drops it when it reads its files; one that the kernel made it would leave alone."""
    by_hand = Route("10.1.0.0/16", "192.168.0.9", "eth0", metric=7, protocol="boot")
    facts = replace(host({"10-eth0.network": ETH0 + DNS}), routes=(default_route(), by_hand))
    up = plan_for(STACK, facts, ANSWERS).forward
    words = in_words(up)
    reload = words.index("networkctl reload")
    assert words.index("+ 10.1.0.0/16 xenbr0 4242") < reload
    assert words[reload:].index("+ 10.1.0.0/16 xenbr0 7") < words[reload:].index(
        "- 10.1.0.0/16 xenbr0 4242"
    )
    (stand_in,) = [
        step.action.route
        for step in up
        if isinstance(step.action, AddRoute) and step.action.route.metric == 4242
    ]
    assert stand_in.protocol == "kernel"


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


# What keeps networkd from bringing a link up

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
