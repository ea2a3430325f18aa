"""Red Hat network-scripts: what is refused and warned about, and what the files become."""

from dataclasses import replace

import pytest
from facts_builder import (
    ADDRESS,
    ETH0_MAC,
    ETH1_MAC,
    RHEL5,
    RHEL6,
    RHEL8,
    address,
    bond,
    default_route,
    make_facts,
    nic,
)
from ifcfg_cases import ANSWERS, ETH0, ETH1, FILES, NS, ONE_CABLE, TOOLS, codes, host
from proposing import plan_for, told_by

from xenbond_tui import planner
from xenbond_tui.answers import Answers, BridgeAnswers, SetUp
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.stacks.ifcfg import Ifcfg


def test_the_plain_host_has_nothing_to_say_against() -> None:
    assert codes(host()) == {}


def test_a_file_that_the_initramfs_makes_again_at_each_boot_is_refused() -> None:
    path = "/run/initramfs/state/etc/sysconfig/network-scripts/ifcfg-eth0"
    other = path.replace("eth0", "eth9")
    facts = host()
    files = {**facts.files, **{at: FileState(at, ETH0.encode(), 0o644) for at in (path, other)}}
    found = told_by(Ifcfg(), replace(facts, files=files), ANSWERS)
    (told,) = [item for item in found if item.code == "profile-made-at-boot"]
    assert told.where == path
    assert "ip= on the kernel's command line" in told.text


@pytest.mark.parametrize(("live", "told"), [(True, ["5 to 30 seconds"]), (False, [])])
def test_how_long_the_host_is_out_of_reach_is_told(live: bool, told: list[str]) -> None:
    found = told_by(Ifcfg(), host(links=ONE_CABLE, live=live), ANSWERS)
    texts = [item.text for item in found if item.code == "gap"]
    assert len(texts) == len(told)
    assert all(words in text for words, text in zip(told, texts, strict=True))


@pytest.mark.parametrize(
    ("files", "code", "where"),
    [
        (
            {"ifcfg-eth0:1": "DEVICE=eth0:1\nIPADDR=10.0.0.1\n"},
            "alias-on-slave",
            "ifcfg-eth0:1:1",
        ),
        ({"ifcfg-eth0-range0": "IPADDR_START=1\n"}, "alias-on-slave", "ifcfg-eth0-range0"),
        ({"ifcfg-eth0.10": "A=1\nDEVICE=eth0.10\n"}, "on-a-slave", "ifcfg-eth0.10:2"),
        ({"ifcfg-v10": "DEVICE=v10\nPHYSDEV=eth1\n"}, "on-a-slave", "ifcfg-v10:2"),
        ({"ifcfg-lan": "DEVICE=eth0\n"}, "several-files-for-a-link", "eth0"),
        ({"ifcfg-lan": "HWADDR=00:14:22:36:f1:fa\n"}, "several-files-for-a-link", "eth1"),
        (
            {"ifcfg-wan": "DEVICE=eth9\nHWADDR=00:50:DA:7A:51:45\n"},
            "hwaddr-twice",
            "ifcfg-wan:2",
        ),
        ({"ifcfg-eth0": ETH0 + "BRIDGE=br7\n"}, "slave-in-another-bridge", "ifcfg-eth0:8"),
        ({"ifcfg-eth1": ETH1 + "MASTER=bond7\n"}, "slave-of-another-bond", "ifcfg-eth1:4"),
        ({"ifcfg-eth1": ETH1 + "TEAM_MASTER=team0\n"}, "slave-has-master", "ifcfg-eth1:4"),
        ({"ifcfg-eth1": ETH1 + "OVS_BRIDGE=ovs\n"}, "slave-has-master", "ifcfg-eth1:4"),
        ({"ifcfg-eth0": ETH0.encode() + b"#\xff\n"}, "unreadable-file", "ifcfg-eth0:8"),
        ({"ifcfg-eth0": ETH0.replace("\n", "\r\n")}, "unreadable-file", "ifcfg-eth0:1"),
        ({"ifcfg-eth0": ETH0 + "DNS1=$(x)\n"}, "file-not-editable", "ifcfg-eth0:8"),
        ({"ifcfg-eth0": ETH0 + "if a; then\nMASTER=b\nfi\n"}, "file-not-editable", "ifcfg-eth0:9"),
        ({"ifcfg-bond0": "DEVICE=bond0\nBONDING_OPTS=$O\n"}, "file-not-editable", "ifcfg-bond0:2"),
        ({"ifcfg-bond0": "DEVICE=other\n"}, "file-not-editable", "ifcfg-bond0"),
        ({"ifcfg-eth0": ETH0.replace(".255.0", ".0.255")}, "file-not-editable", "ifcfg-eth0:6"),
        ({"route-eth0": "\n10.0.0.0/8 via eth0\n"}, "file-not-editable", "route-eth0:2"),
        ({"route-eth0": "ADDRESS0=10.0.0.0\nDEV=eth0\n"}, "file-not-editable", "route-eth0:2"),
        ({"route-eth0": b"\xff dev eth0\n"}, "file-not-editable", "route-eth0:1"),
        (
            {"route-eth0": "10.0.0.0/8 dev eth0\n", "route-xenbr0": "11.0.0.0/8 dev xenbr0\n"},
            "file-not-editable",
            "route-xenbr0",
        ),
    ],
)
def test_refuses_and_names_file_and_line(
    files: dict[str, str | bytes], code: str, where: str
) -> None:
    found = codes(host({f"{NS}/{name}": data for name, data in files.items()}))
    expected = where if where.startswith("eth") else f"{NS}/{where}"
    assert found.get(code) == f"refuse {expected}"


@pytest.mark.parametrize(
    ("files", "code", "where"),
    [
        (
            {f"{NS}/ifcfg-eth1": "DEVICE=eth1\nHWADDR=00:50:DA:7A:51:45\n"},
            "hwaddr-wrong",
            f"{NS}/ifcfg-eth1:2",
        ),
        (
            {f"{NS}/ifcfg-eth1": ETH1 + "IPADDR=10.0.0.1\nPREFIX=8\n"},
            "several-files-with-address",
            f"{NS}/ifcfg-eth0, {NS}/ifcfg-eth1",
        ),
        (
            {"/etc/sysconfig/static-routes": "#eth0\neth0 net 10.0.0.0 gw 192.168.0.9\n"},
            "names-a-slave",
            "/etc/sysconfig/static-routes:2",
        ),
        (
            {"/etc/sysconfig/network": "NETWORKING=yes\nGATEWAYDEV=eth7\n"},
            "gateway-device",
            "/etc/sysconfig/network",
        ),
        ({f"{NS}/ifcfg-wlan0": b"\xff\n"}, "unreadable-file", f"{NS}/ifcfg-wlan0:1"),
    ],
)
def test_warns_and_goes_on(files: dict[str, str | bytes], code: str, where: str) -> None:
    assert codes(host(files)).get(code) == f"warn {where}"


@pytest.mark.parametrize(
    "files",
    [
        {f"{NS}/ifcfg-eth0.bak": ETH0},
        {f"{NS}/ifcfg-eth0.rpmsave": "\xff"},
        {f"{NS}/ifcfg-eth2": "DEVICE=eth2\nIPADDR=10.0.0.1\nHWADDR=00:00:00:00:00:09\n"},
        {f"{NS}/ifcfg-eth2.10": "DEVICE=eth2.10\n"},
        {f"{NS}/ifcfg-eth1": ETH1 + "BOOTPROTO=dhcp\n"},
        {f"{NS}/ifcfg-xenbr0": "DEVICE=xenbr0\nTYPE=Bridge\n"},
    ],
)
def test_what_is_none_of_its_business_is_not_mentioned(files: dict[str, str]) -> None:
    assert codes(host(files)) == {}


@pytest.mark.parametrize(
    ("release", "severity"), [(RHEL5, "refuse"), (RHEL6, "refuse"), (RHEL8, None)]
)
def test_without_bridge_utils_the_bond_would_silently_not_be_bridged(release, severity) -> None:
    present = [path for path in TOOLS if path != "/usr/sbin/brctl"]
    found = codes(host(system=release, present=present)).get("no-bridge-utils")
    assert found == (severity and f"{severity} /usr/sbin/brctl")


def test_warns_when_nothing_starts_the_scripts_at_boot() -> None:
    assert codes(host(present=TOOLS[:3]))["network-service-off"] == "warn network"


@pytest.mark.parametrize(
    ("release", "ours", "theirs", "refused"),
    [
        (RHEL5, "bond0", "bond01", True),
        (RHEL5, "bond01", "bond0", True),
        (RHEL5, "bond0", "bond1", False),
        (RHEL6, "bond0", "bond01", False),
    ],
)
def test_rhel5_takes_the_slaves_of_bond01_for_those_of_bond0(
    release, ours, theirs, refused
) -> None:
    facts = host({f"{NS}/ifcfg-eth2": f"DEVICE=eth2\nMASTER={theirs}\nSLAVE=yes\n"}, system=release)
    found = codes(facts, replace(ANSWERS, bond=replace(ANSWERS.bond, name=ours)))
    assert ("bond-name-is-a-prefix" in found) is refused


@pytest.mark.parametrize(("release", "refused"), [(RHEL5, True), (RHEL6, False)])
def test_rhel5_reads_a_dash_in_a_file_name_as_a_profile(release, refused) -> None:
    answers = replace(ANSWERS, bridge=replace(ANSWERS.bridge, name="br-lan"))
    assert ("name-not-expressible" in codes(host(system=release), answers)) is refused


@pytest.mark.parametrize(("release", "refused"), [(RHEL5, True), (RHEL6, False)])
def test_rhel5_knows_one_address_per_file(release, refused) -> None:
    bridge_answers = replace(ANSWERS.bridge, addresses=(ADDRESS, "192.168.0.223/24"))
    found = codes(host(system=release), replace(ANSWERS, bridge=bridge_answers))
    assert ("one-address-only" in found) is refused


@pytest.mark.parametrize(
    "reason",
    ["is a directory", "is a symbolic link to /x, which does not exist", "Permission denied"],
)
@pytest.mark.parametrize(
    "path", [f"{NS}/ifcfg-eth1", f"{NS}/ifcfg-bond0", "/etc/sysconfig/network"]
)
def test_a_path_that_is_no_file_is_refused_by_name(path: str, reason: str) -> None:
    files = {name: data for name, data in FILES.items() if name != path}
    facts = make_facts(system=RHEL6, present=TOOLS, files=files, unreadable={path: reason})
    (finding,) = (item for item in told_by(Ifcfg(), facts, ANSWERS) if item.severity == "refuse")
    assert finding.where == path
    assert reason in finding.text
    with pytest.raises(XenbondError, match=path):
        plan_for(Ifcfg(), facts, ANSWERS)


def test_an_existing_symbolic_link_and_the_mode_are_kept() -> None:
    path = f"{NS}/ifcfg-eth0"
    state = FileState(path, ETH0.encode(), 0o600, symlink="../devices/ifcfg-eth0")
    (change,) = (
        c for c in plan_for(Ifcfg(), host({path: state}), ANSWERS).changes if c.path == path
    )
    assert (change.before_mode, change.mode) == (0o600, 0o600)


@pytest.mark.parametrize("name", ["bond 0", "a/b", "", "x" * 16, "bond0.bak", "$(id)"])
def test_no_odd_name_reaches_a_file(name: str) -> None:
    with pytest.raises(XenbondError, match=r"nothing was changed|Choose another name"):
        plan_for(Ifcfg(), host(), replace(ANSWERS, bond=replace(ANSWERS.bond, name=name)))


def test_an_option_with_a_blank_would_become_two() -> None:
    odd = replace(ANSWERS.bond, options={"primary": "eth0 mode=0"})
    with pytest.raises(XenbondError, match="has a blank"):
        plan_for(Ifcfg(), host(), replace(ANSWERS, bond=odd))


def _files_after(facts: HostFacts, answers: Answers = ANSWERS) -> dict[str, str]:
    changes = plan_for(Ifcfg(), facts, answers).changes
    return {c.path.removeprefix(f"{NS}/"): (c.after or b"").decode() for c in changes}


@pytest.mark.parametrize(
    ("release", "keeper", "bond_mac", "bridge_mac"),
    [
        (RHEL5, ETH0_MAC, False, False),
        (RHEL5, ETH1_MAC, True, False),
        (RHEL6, ETH0_MAC, False, True),
        (RHEL6, ETH1_MAC, False, True),
    ],
)
def test_the_bridge_keeps_the_mac_the_host_has_now(release, keeper, bond_mac, bridge_mac) -> None:
    answers = replace(ANSWERS, bridge=replace(ANSWERS.bridge, mac=keeper))
    after = _files_after(host(system=release), answers)
    line = f"MACADDR={keeper.upper()}\n"
    assert (line in after["ifcfg-bond0"]) is bond_mac
    assert (line in after["ifcfg-xenbr0"]) is bridge_mac


def test_a_borrowed_mac_is_never_written_as_hwaddr() -> None:
    links = (
        nic("eth0", ETH0_MAC, addresses=(ADDRESS,)),
        nic("eth1", ETH0_MAC, master="bond0", permanent_mac_source="current"),
    )
    facts = host(links=links, routes=(default_route(),))
    assert "HWADDR=00:14:22:36:F1:FA\n" in _files_after(facts)["ifcfg-eth1"]


def test_a_slave_that_leaves_the_bond_is_set_free() -> None:
    files = {f"{NS}/ifcfg-eth2": "DEVICE=eth2\nMASTER=bond0\nSLAVE=yes\nONBOOT=yes\n"}
    assert _files_after(host(files))["ifcfg-eth2"] == "DEVICE=eth2\nONBOOT=yes\n"


def test_a_bridge_of_the_howto_s_spelling_is_put_right() -> None:
    files = {f"{NS}/ifcfg-xenbr0": "DEVICE=xenbr0\nTYPE=bridge\nSTP=on\n# mine\n"}
    after = _files_after(host(files))["ifcfg-xenbr0"]
    assert after.startswith("DEVICE=xenbr0\nTYPE=Bridge\nSTP=on\n")
    assert after.endswith("# mine\n")


def test_a_new_address_takes_the_stale_network_and_broadcast_away() -> None:
    files = {f"{NS}/ifcfg-eth0": ETH0 + "NETWORK=192.168.0.0\nBROADCAST=192.168.0.255\n"}
    moved = replace(ANSWERS.bridge, addresses=("10.1.0.5/16",), gateway="10.1.0.1")
    after = _files_after(host(files), replace(ANSWERS, bridge=moved))["ifcfg-xenbr0"]
    assert "IPADDR=10.1.0.5\nNETMASK=255.255.0.0\nGATEWAY=10.1.0.1\n" in after
    assert "192.168" not in after


@pytest.mark.parametrize(
    ("release", "line"), [(RHEL5, "NETMASK=255.255.255.0"), (RHEL8, "PREFIX=24")]
)
def test_a_first_address_is_written_as_the_release_likes_it(release, line) -> None:
    files = {f"{NS}/ifcfg-eth0": "DEVICE=eth0\n"}
    after = _files_after(host(files, system=release))["ifcfg-xenbr0"]
    assert f"IPADDR=192.168.0.222\n{line}\nGATEWAY=192.168.0.1\n" in after


def test_ipv6_addresses_and_servers_are_written() -> None:
    wanted = replace(
        ANSWERS.bridge,
        addresses=(ADDRESS, "2001:db8::5/64", "2001:db8::6/64"),
        dns=("192.168.0.1", "192.168.0.2"),
        search=("a.example", "b.example"),
    )
    after = _files_after(host(), replace(ANSWERS, bridge=wanted))["ifcfg-xenbr0"]
    for line in (
        "IPV6INIT=yes",
        "IPV6ADDR=2001:db8::5/64",
        "IPV6ADDR_SECONDARIES=2001:db8::6/64",
        "DNS1=192.168.0.1",
        "DNS2=192.168.0.2",
        'DOMAIN="a.example b.example"',
    ):
        assert f"{line}\n" in after


def test_no_address_at_all_is_left_when_none_is_wanted() -> None:
    wanted = BridgeAnswers(method="none", mac=ETH0_MAC)
    after = _files_after(host(), replace(ANSWERS, bridge=wanted))
    assert "IPADDR" not in after["ifcfg-xenbr0"] + after["ifcfg-eth0"]
    assert "GATEWAY" not in after["ifcfg-xenbr0"]


def test_a_leased_address_is_not_taken_for_a_static_one() -> None:
    files = {f"{NS}/ifcfg-eth0": "DEVICE=eth0\nBOOTPROTO=dhcp\nIPADDR=192.168.0.9\nPREFIX=24\n"}
    links = (
        nic("eth0", ETH0_MAC, addresses=(address(ADDRESS, dynamic=True),)),
        nic("eth1", ETH1_MAC),
    )
    read = Ifcfg().read(host(files, links=links, bonds=(bond(),), routes=(default_route(),)))
    assert read is not None
    assert read.bridge.method == "dhcp"


@pytest.mark.parametrize("protocol", ["ibft", "autoip", "shared"])
def test_a_way_to_an_address_that_the_scripts_do_not_know_is_told_by_line(protocol: str) -> None:
    """`ibft` is the firmware's address, which the disk may be reached by."""
    text = ETH0.replace("BOOTPROTO=none", f"BOOTPROTO={protocol}")
    found = told_by(Ifcfg(), host({f"{NS}/ifcfg-eth0": text}), ANSWERS)
    (told,) = [item for item in found if f"BOOTPROTO={protocol}" in item.text]
    assert (told.code, told.where) == ("line-dropped", f"{NS}/ifcfg-eth0:2")


def test_who_may_take_a_slave_down_stays_as_its_file_says() -> None:
    text = ETH0 + "USERCTL=yes\n"
    plan = plan_for(Ifcfg(), host({f"{NS}/ifcfg-eth0": text}), ANSWERS)
    after = {item.path: item.after for item in plan.changes}
    assert b"\nUSERCTL=yes\n" in (after[f"{NS}/ifcfg-eth0"] or b"")
    assert b"\nUSERCTL=no\n" in (after[f"{NS}/ifcfg-eth1"] or b"")


def test_an_address_beside_a_lease_that_nobody_gave_is_not_called_given() -> None:
    text = ETH0.replace("BOOTPROTO=none", "BOOTPROTO=dhcp")
    nobody = BridgeAnswers(left_out=frozenset({"address", "gateway", "dns", "search"}))
    asked = replace(ANSWERS, bridge=nobody)
    links = (nic("eth0", ETH0_MAC), nic("eth1", ETH1_MAC))
    found = planner.propose(host({f"{NS}/ifcfg-eth0": text}, links=links), SetUp(asked)).findings
    assert "address-ignored" not in {item.code for item in found}
    assert any(item.where == f"{NS}/ifcfg-eth0:5" for item in found)


def test_the_slave_is_no_port_by_a_uuid_either() -> None:
    # NetworkManager goes by the UUID before the name (nm-settings-ifcfg-rh(5)).
    port = "DEVICE=eth0\nONBOOT=yes\nBRIDGE=xenbr0\nBRIDGE_UUID=b1\nMASTER_UUID=old\n"
    bridge = "DEVICE=xenbr0\nTYPE=Bridge\nONBOOT=yes\nUUID=b1\nIPADDR=192.168.0.222\nPREFIX=24\n"
    files = {f"{NS}/ifcfg-eth0": port, f"{NS}/ifcfg-xenbr0": bridge}
    plan = plan_for(Ifcfg(), host(files), ANSWERS)
    (slave,) = [it.after for it in plan.changes if it.path == f"{NS}/ifcfg-eth0"]
    assert slave is not None
    assert b"_UUID" not in slave
    assert b"MASTER=bond0\n" in slave


@pytest.mark.parametrize(
    ("method", "gets"), [("static", f"gets {ADDRESS}"), ("dhcp", "gets a lease")]
)
def test_which_of_two_addresses_the_bridge_gets_is_said(method: str, gets: str) -> None:
    addresses = (ADDRESS,) if method == "static" else ()
    asked = replace(ANSWERS, bridge=BridgeAnswers(method=method, addresses=addresses))
    facts = host({f"{NS}/ifcfg-eth1": ETH1 + "IPADDR=10.0.0.1\nPREFIX=8\n"})
    told = told_by(Ifcfg(), facts, asked)
    (text,) = [it.text for it in told if it.code == "several-files-with-address"]
    assert f"xenbr0 {gets}; the others are removed." in text
