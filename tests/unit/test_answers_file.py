"""Answers files: what is refused and how, what comes back, what is kept."""

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers
from xenbond_tui.answers_file.on_disk import load
from xenbond_tui.answers_file.reader import loads
from xenbond_tui.answers_file.writer import dump
from xenbond_tui.apply.durable import save
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.names import bad_link_name

DOCUMENTED = """\
version: 1
stack: auto                    # or ifcfg, networkmanager, netplan, ifupdown, networkd
bond:
  name: bond0
  slaves: [eth0, eth1]         # a name or a permanent MAC
  mode: active-backup          # name or number
  miimon: 100                  # ms
  use_carrier: true            # left out: the kernel's default
  options: {primary: eth0, updelay: 200}
bridge:
  name: xenbr0
  address: 192.168.0.222/24    # or dhcp, or none; a list is allowed
  gateway: 192.168.0.1
  dns: [192.168.0.1]
  mac: keep                    # keep (the address-bearing NIC's), or a MAC
  mtu: 1500
xen: {toolstack: auto}         # auto, xend, xl, none
"""

HOWTO = Answers(
    bond=BondAnswers(
        slaves=("eth0", "eth1"),
        use_carrier=True,
        options={"primary": "eth0", "updelay": "200"},
    ),
    bridge=BridgeAnswers(
        addresses=("192.168.0.222/24",),
        gateway="192.168.0.1",
        dns=("192.168.0.1",),
        mtu=1500,
    ),
)


def test_the_documented_file_is_read() -> None:
    assert loads(DOCUMENTED, "a.yaml") == HOWTO


def test_a_file_with_its_version_alone_leaves_everything_open() -> None:
    assert loads("version: 1\n", "a.yaml") == Answers()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bond: {mode: 1}", BondAnswers(mode="active-backup")),
        ('bond: {mode: "4"}', BondAnswers(mode="802.3ad")),
        ("bond: {mode: 802.3ad}", BondAnswers(mode="802.3ad")),
        ("bond: {use_carrier: false}", BondAnswers(use_carrier=False)),
        ("bond: {use_carrier: 0}", BondAnswers(use_carrier=False)),
        ("bond: {use_carrier: on}", BondAnswers(use_carrier=True)),
        ("bond: {miimon: '200'}", BondAnswers(miimon=200)),
        ("bond: {options: {use_carriers: 1}}", None),
        ("bond: {options: {lacp_rate: 1}}", BondAnswers(options={"lacp_rate": "fast"})),
        (
            "bond: {options: {all_slaves_active: true}}",
            BondAnswers(options={"all_slaves_active": "on"}),
        ),
        (
            "bond: {options: {arp_ip_target: [192.168.0.1, 192.168.0.2]}}",
            BondAnswers(options={"arp_ip_target": "192.168.0.1,192.168.0.2"}),
        ),
        # In YAML 1.1 this is a number to the base of 60, and the next one an octal number.
        ("bond: {slaves: [00:14:22:36:11:22]}", BondAnswers(slaves=("00:14:22:36:11:22",))),
        ("bond: {slaves: [00-50-DA-7A-51-45]}", BondAnswers(slaves=("00:50:da:7a:51:45",))),
        ("bond: {slaves: []}", BondAnswers()),
    ],
)
def test_a_bond_can_be_written_in_several_ways(text: str, expected: BondAnswers | None) -> None:
    if expected is None:
        with pytest.raises(XenbondError):
            loads(f"version: 1\n{text}\n", "a.yaml")
    else:
        assert loads(f"version: 1\n{text}\n", "a.yaml").bond == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{address: dhcp}", BridgeAnswers(method="dhcp")),
        ("{address: none}", BridgeAnswers(method="none")),
        ("{address: []}", BridgeAnswers()),
        (
            "{address: [192.168.0.2/24, '2001:db8::2/64']}",
            BridgeAnswers(addresses=("192.168.0.2/24", "2001:db8::2/64")),
        ),
        ("{mac: 00:14:22:36:11:22}", BridgeAnswers(mac="00:14:22:36:11:22")),
        ("{search: [example.com]}", BridgeAnswers(search=("example.com",))),
    ],
)
def test_a_bridge_can_be_written_in_several_ways(text: str, expected: BridgeAnswers) -> None:
    assert loads(f"version: 1\nbridge: {text}\n", "a.yaml").bridge == expected


def test_a_mac_survives_a_yaml_1_1_file() -> None:
    text = (
        "%YAML 1.1\n---\nversion: 1\nbridge:\n  mac: 00:14:22:36:11:22\nbond: {use_carrier: no}\n"
    )
    answers = loads(text, "a.yaml")
    assert answers.bridge.mac == "00:14:22:36:11:22"
    assert answers.bond.use_carrier is False


BAD: list[tuple[str, str, str]] = [
    ("", "", "a.yaml is empty"),
    ("# nothing\n", "", "a.yaml is empty"),
    ("- eth0\n", "a.yaml:1", "is a map of keys"),
    ("eth0\n", "a.yaml:1", "is a map of keys"),
    ("stack: auto\n", "a.yaml:1", "version is missing"),
    ("version: 2\n", "a.yaml:1", "version must be 1"),
    ("version: [1]\n", "a.yaml:1", "version must be 1"),
    ("version: 1\nbonds: {}\n", "a.yaml:2", "unknown key 'bonds'"),
    ("version: 1\nbond:\n  slave: [eth0]\n", "a.yaml:3", "unknown key 'bond.slave'"),
    ("version: 1\nbond:\n  options:\n    updealy: 2\n", "a.yaml:4", "'bond.options.updealy'"),
    ("version: 1\nbond:\n  options: {mode: 1}\n", "a.yaml:3", "write it as bond.mode"),
    ("version: 1\nxen: {tools: xl}\n", "a.yaml:2", "unknown key 'xen.tools'"),
    ("version: 1\n<<: {stack: auto}\n", "a.yaml:2", "unknown key '<<'"),
    ("version: 1\n[a]: 1\n", "a.yaml:2", "a key must be a word"),
    ("version: 1\nversion: 1\n", "a.yaml:2", "version is there twice, first in line 1"),
    ("version: 1\nbond:\n  name: a\n  name: b\n", "a.yaml:4", "bond.name is there twice"),
    ("version: 1\nstack: wicked\n", "a.yaml:2", "stack must be one of auto"),
    ("version: 1\nbond: bond0\n", "a.yaml:2", "bond must be a map of keys, not 'bond0'"),
    ("version: 1\nbond:\n", "a.yaml:2", "bond is empty"),
    ("version: 1\nbond:\n  name: 5\n", "a.yaml:3", "bond.name must be text"),
    ("version: 1\nbond:\n  name: [bond0]\n", "a.yaml:3", "bond.name must be text"),
    ("version: 1\nbond:\n  name: a-very-long-bond0\n", "a.yaml:3", "17 characters"),
    ("version: 1\nbond:\n  name: bond/0\n", "a.yaml:3", "a / in it"),
    ("version: 1\nbond:\n  slaves: eth0\n", "a.yaml:3", "bond.slaves must be a list of NICs"),
    ("version: 1\nbond:\n  slaves: {a: eth0}\n", "a.yaml:3", "not a map of keys"),
    ("version: 1\nbond:\n  slaves:\n  - eth0\n  - a/b\n", "a.yaml:5", "bond.slaves[2] 'a/b'"),
    ("version: 1\nbond:\n  slaves: [eth0, [eth1]]\n", "a.yaml:3", "bond.slaves[2] must be"),
    ("version: 1\nbond:\n  mode: 7\n", "a.yaml:3", "bond.mode must be balance-rr (0)"),
    ("version: 1\nbond:\n  mode: [1]\n", "a.yaml:3", "bond.mode must be"),
    ("version: 1\nbond:\n  miimon: fast\n", "a.yaml:3", "takes 0 or more ms, not 'fast'"),
    ("version: 1\nbond:\n  miimon: -1\n", "a.yaml:3", "takes 0 or more ms"),
    ("version: 1\nbond:\n  miimon: 1.5\n", "a.yaml:3", "takes 0 or more ms"),
    ("version: 1\nbond:\n  miimon: true\n", "a.yaml:3", "takes 0 or more ms"),
    ("version: 1\nbond:\n  miimon: ~\n", "a.yaml:3", "bond.miimon is empty"),
    ("version: 1\nbond:\n  use_carrier: maybe\n", "a.yaml:3", "must be true or false"),
    ("version: 1\nbond:\n  use_carrier: 2\n", "a.yaml:3", "must be true or false"),
    ("version: 1\nbond:\n  options: [primary]\n", "a.yaml:3", "a map of bonding options"),
    ("version: 1\nbond:\n  options: {updelay: {}}\n", "a.yaml:3", "bond.options.updelay must be"),
    ("version: 1\nbond:\n  options: {updelay: soon}\n", "a.yaml:3", "takes 0 or more ms"),
    ("version: 1\nbridge:\n  address: 192.168.0.222\n", "a.yaml:3", "has no prefix length"),
    ("version: 1\nbridge:\n  address: static\n", "a.yaml:3", "not an IP address"),
    ("version: 1\nbridge:\n  address:\n  - dhcp\n", "a.yaml:4", "bridge.address[1] 'dhcp'"),
    ("version: 1\nbridge:\n  address: 5\n", "a.yaml:3", "bridge.address must be"),
    ("version: 1\nbridge:\n  gateway: router\n", "a.yaml:3", "not an IP address"),
    ("version: 1\nbridge:\n  dns: 192.168.0.1\n", "a.yaml:3", "a list of addresses"),
    ("version: 1\nbridge:\n  dns: [ns1]\n", "a.yaml:3", "bridge.dns[1] 'ns1'"),
    ("version: 1\nbridge:\n  mac: lose\n", "a.yaml:3", "bridge.mac 'lose' is not a MAC"),
    ("version: 1\nbridge:\n  mac: 01:00:5e:00:00:01\n", "a.yaml:3", "multicast"),
    ("version: 1\nbridge:\n  mtu: big\n", "a.yaml:3", "a number of bytes"),
    ("version: 1\nxen: {toolstack: libvirt}\n", "a.yaml:2", "xen.toolstack must be one of"),
    ("a: b: c\n", "a.yaml:1", "not YAML: mapping values are not allowed here"),
    ("version: 1\nbond: {name: x\n", "a.yaml:", "not YAML"),
    ("version: 1\n\tbond: x\n", "a.yaml:", "not YAML"),
    ("version: 1\n---\nversion: 1\n", "a.yaml:2", "another document"),
    ("version: 1\nstack: \0\n", "a.yaml:2", "not YAML: special characters"),
    ("version: 1\nstack: *x\n", "a.yaml:2", "undefined alias"),
    ("version: 1\nbonds:\n  name: a\n", "a.yaml:2", "unknown key 'bonds'"),
    ("version: 1\nbond: &b {name: a}\nbridge: *b\n", "a.yaml:3", "written"),
    ("version: 1\nbond: &b {options: *b}\n", "a.yaml:2", "written"),
    ("[" * 5000, "a.yaml", "nested too deeply"),
]


@pytest.mark.parametrize(
    ("text", "where", "problem"), BAD, ids=[f"{i}-{case[2]}" for i, case in enumerate(BAD)]
)
def test_bad_input_is_refused_with_file_and_line(text: str, where: str, problem: str) -> None:
    with pytest.raises(XenbondError) as caught:
        loads(text, "a.yaml")
    message = str(caught.value)
    assert where in message
    assert problem.replace("written", "write it out") in message
    assert "nothing was changed" in message
    assert message.count("\n") == 0


def test_a_bomb_of_aliases_is_refused_before_it_grows() -> None:
    lines = ["version: 1", "a0: &a0 [x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30)]
    with pytest.raises(XenbondError, match="write it out"):
        loads("\n".join(lines), "a.yaml")


# What can be said in a file: names that the rules allow, methods with what belongs to them.
link_names = st.from_regex(r"[a-z][a-z0-9._-]{0,13}[a-z0-9]", fullmatch=True).filter(
    lambda name: bad_link_name(name) is None
)
macs = st.from_regex(r"[0-9a-f][02468ace](:[0-9a-f]{2}){4}:0[1-9]", fullmatch=True)
hosts = st.integers(1, 254).map(lambda last: f"192.168.0.{last}")
options = st.fixed_dictionaries(
    {},
    optional={
        "primary": link_names,
        "updelay": st.integers(0, 60_000).map(str),
        "lacp_rate": st.sampled_from(["slow", "fast"]),
        "all_slaves_active": st.sampled_from(["on", "off"]),
        "arp_ip_target": st.lists(hosts, min_size=1, max_size=3, unique=True).map(",".join),
    },
)
bonds = st.builds(
    BondAnswers,
    name=link_names,
    slaves=st.lists(link_names | macs, max_size=3).map(tuple),
    mode=st.sampled_from(["active-backup", "802.3ad", "balance-xor"]),
    miimon=st.integers(0, 10_000),
    use_carrier=st.none() | st.booleans(),
    options=options,
)
common = {
    "name": link_names,
    "gateway": st.none() | hosts,
    "dns": st.lists(hosts, max_size=2).map(tuple),
    "search": st.lists(st.sampled_from(["example.com", "lan", "1e3", "null"]), max_size=2).map(
        tuple
    ),
    "mac": st.just("keep") | macs,
    "mtu": st.none() | st.integers(68, 9000),
}
cidrs = st.lists(hosts.map("{}/24".format), max_size=3, unique=True).map(tuple)
bridges = st.builds(BridgeAnswers, addresses=cidrs, **common) | st.builds(
    BridgeAnswers, method=st.sampled_from(["dhcp", "none"]), **common
)
all_answers = st.builds(
    Answers,
    stack=st.sampled_from(["auto", "ifcfg", "ifupdown"]),
    bond=bonds,
    bridge=bridges,
    toolstack=st.sampled_from(["auto", "xend", "xl", "none"]),
)


@settings(max_examples=60)
@given(all_answers)
def test_what_is_written_is_what_is_read(answers: Answers) -> None:
    assert loads(dump(answers), "a.yaml") == answers


@settings(max_examples=40)
@given(all_answers, all_answers)
def test_an_existing_file_is_changed_to_say_the_new_answers(old: Answers, new: Answers) -> None:
    assert loads(dump(new, dump(old)), "a.yaml") == new


def test_saving_unchanged_answers_changes_nothing() -> None:
    text = DOCUMENTED.replace("active-backup  ", "1  ").replace("[eth0, eth1]", "[eth0,   'eth1']")
    assert dump(loads(text, "a.yaml"), DOCUMENTED) == DOCUMENTED


def test_comments_and_order_survive_a_change() -> None:
    changed = replace(HOWTO, bond=replace(HOWTO.bond, miimon=200, use_carrier=None))
    text = dump(changed, DOCUMENTED)
    assert loads(text, "a.yaml") == changed
    before, after = DOCUMENTED.splitlines(), text.splitlines()
    gone = [line for line in before if line not in after]
    assert [line.split(":")[0].strip() for line in gone] == ["miimon", "use_carrier"]
    assert "miimon: 200                  # ms" in text


def test_an_option_is_changed_in_its_place() -> None:
    text = (
        "version: 1\nbond:\n  options:\n    updelay: 200  # portfast\n    primary: eth0  # fast\n"
    )
    old = loads(text, "a.yaml")
    new = replace(old, bond=replace(old.bond, options={"updelay": "400"}))
    # A primary that is left out would stay as it is.
    assert dump(new, text) == text.replace("200", "400").replace("eth0", "none")


def test_a_file_that_is_no_answers_file_is_not_written_over() -> None:
    with pytest.raises(XenbondError, match="unknown key 'hosts'"):
        dump(HOWTO, "version: 1\nhosts: all\n")


def test_a_file_is_loaded_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "answers.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + DOCUMENTED.encode())
    assert load(str(path)) == HOWTO


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin1").write_bytes(b"version: 1\n# caf\xe9\n")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "large").write_bytes(b"#" * (1 << 20) + b"\n")
    (tmp_path / "dangling").symlink_to("nowhere")
    for name, problem in {
        "latin1": "latin1:2: the answers file is not UTF-8",
        "folder": "is a directory",
        "fifo": "is not a file",
        "large": "larger than 1 MiB",
        "dangling": "does not exist",
        "missing": "does not exist",
        "latin1/below": "cannot be read: Not a directory",
    }.items():
        with pytest.raises(XenbondError) as caught:
            load(str(tmp_path / name))
        assert problem in str(caught.value)
        assert str(tmp_path / name) in str(caught.value)


def test_saving_is_private_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "answers.yaml"
    path.write_text("old")
    path.chmod(0o644)
    save(str(path), "new\n")
    assert path.read_text() == "new\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [item.name for item in tmp_path.iterdir()] == ["answers.yaml"]


def test_saving_follows_a_symbolic_link(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_text("old")
    (tmp_path / "link.yaml").symlink_to("real.yaml")
    save(str(tmp_path / "link.yaml"), "new\n")
    assert (tmp_path / "link.yaml").is_symlink()
    assert (tmp_path / "real.yaml").read_text() == "new\n"


@pytest.mark.parametrize("name", ["folder", "missing/answers.yaml"])
def test_saving_where_it_cannot_be(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(XenbondError, match="not saved"):
        save(str(tmp_path / name), "new\n")
    assert [item.name for item in tmp_path.iterdir()] == ["folder"]


def test_the_announcement_is_on_off_or_as_it_is() -> None:
    for text, wanted in (("true", True), ("no", False)):
        assert loads(f"version: 1\nbridge:\n  announce: {text}\n", "a").bridge.announce is wanted
    as_it_is = loads("version: 1\nbridge:\n  name: br0\n", "a")
    assert as_it_is.bridge.announce is None
    assert "announce" not in dump(as_it_is)
    on = replace(as_it_is, bridge=replace(as_it_is.bridge, announce=True))
    assert loads(dump(on), "a") == on


@pytest.mark.parametrize(
    "option", ["primary", "arp_ip_target", "ns_ip6_target", "updelay", "prio", "queue_id"]
)
def test_none_takes_an_option_away_also_where_it_could_be_a_name(
    option: str, tmp_path: Path
) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(f"version: 1\nbond: {{slaves: [a, b], options: {{{option}: none}}}}\n")
    bond = load(str(file)).bond
    assert option not in bond.options
    assert option not in bond.left_out
