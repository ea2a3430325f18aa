"""NetworkManager: profiles before and after to the byte, what is read of them, whose they are."""

from dataclasses import replace
from pathlib import Path

import pytest
from facts_builder import nic
from networkmanager_cases import ANSWERS, ETC, ETH0, ETH0_UUID, GUESTS, LINKS, after, host
from proposing import plan_for, told_by

from xenbond_tui import planner
from xenbond_tui.answers import Answers
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.stacks.networkmanager import NetworkManager

STACK = NetworkManager()
GOLDEN = Path(__file__).parent.parent / "golden" / "networkmanager" / "installer"

SLAVE0 = f"""\
[connection]
id=eth0
uuid={ETH0_UUID}
type=ethernet
interface-name=eth0
master=bond0
slave-type=bond

[ethernet]
wake-on-lan=1
"""
SLAVE1 = """\
[connection]
id=bond0-eth1
uuid=64dd6ca5-9e9f-5a3c-b7a4-4ec9c4ae9a3f
type=ethernet
master=bond0
slave-type=bond

[ethernet]
mac-address=00:14:22:36:F1:FA
"""
BOND = """\
[connection]
id=bond0
uuid={}
type=bond
interface-name=bond0
autoconnect-slaves=1
master=xenbr0
slave-type=bridge

[bond]
mode=active-backup
miimon=100
"""
BRIDGE = """\
[connection]
id=xenbr0
uuid={}
type=bridge
interface-name=xenbr0
autoconnect-slaves=1
zone=trusted

[ethernet]
cloned-mac-address=00:50:DA:7A:51:45

[bridge]
stp=false
forward-delay=0

# by the network team
[ipv4]
address1=192.168.0.222/24,192.168.0.1
dns=192.168.0.1;
dns-search=example.com
method=manual
route1=10.9.0.0/16,192.168.0.9
route1_options=mtu=1400

[ipv6]
addr-gen-mode=eui64
method=auto

[proxy]
"""


def test_golden_tree() -> None:
    """What Debian's installer leaves, and what it becomes."""
    facts = host({f"/{path}": text for path, text in _golden("before").items()})
    changed = {
        change.path.lstrip("/"): change.after.decode()
        for change in plan_for(STACK, facts, ANSWERS).changes
        if change.after is not None
    }
    assert changed == _golden("after")


def _golden(side: str) -> dict[str, str]:
    root = GOLDEN / side
    return {
        str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()
    }


def texts(facts: HostFacts, answers: Answers = ANSWERS) -> dict[str, str]:
    """Profile name → text after the plan."""
    found = after(facts, plan_for(STACK, facts, answers).changes)
    return {
        path.removeprefix(f"{ETC}/").removesuffix(".nmconnection"): found[path] for path in found
    }


def without_uuid(text: str) -> str:
    return "".join(line for line in text.splitlines(True) if not line.startswith("uuid="))


def test_the_profiles_to_the_byte() -> None:
    written = texts(host({"eth0": ETH0}))
    assert written.keys() == {"eth0", "bond0-eth1", "bond0", "xenbr0"}
    assert written["eth0"] == SLAVE0
    assert without_uuid(written["bond0-eth1"]) == without_uuid(SLAVE1)
    assert without_uuid(written["bond0"]) == without_uuid(BOND)
    assert without_uuid(written["xenbr0"]) == without_uuid(BRIDGE)


def test_profiles_are_roots_alone_and_guests_are_left_unmanaged() -> None:
    changes = {
        change.path: change for change in plan_for(STACK, host({"eth0": ETH0}), ANSWERS).changes
    }
    modes = {path: change.mode for path, change in changes.items()}
    assert modes.pop(GUESTS) == 0o644
    assert set(modes.values()) == {0o600}
    assert b"interface-name:vif*" in (changes[GUESTS].after or b"")


def test_a_plan_is_the_same_every_time_and_another_on_another_host() -> None:
    facts = host({"eth0": ETH0})
    assert texts(facts) == texts(facts)
    other = host({"eth0": ETH0}, more={"/etc/machine-id": "fedcba9876543210\n"})
    assert texts(other)["bond0"] != texts(facts)["bond0"]


def test_a_mac_nobody_vouches_for_is_not_matched_by() -> None:
    links = (LINKS[0], replace(LINKS[1], permanent_mac_source="current"))
    assert "interface-name=eth1" in texts(host({"eth0": ETH0}, links))["bond0-eth1"]


def test_what_was_written_is_read_again_and_planned_to_the_same() -> None:
    written = texts(host({"eth0": ETH0}))
    again = host(written)
    read = STACK.read(again)
    assert read == replace(ANSWERS, bond=replace(ANSWERS.bond, options={}))
    assert texts(again, ANSWERS) == written
    assert not [c.path for c in plan_for(STACK, again, ANSWERS).changed if c.path != GUESTS]


def test_a_nic_with_its_address_is_read() -> None:
    read = STACK.read(host({"eth0": ETH0}))
    assert read is not None
    assert read.bond.slaves == ("eth0",)
    assert read.bridge == replace(ANSWERS.bridge, mac="keep")


def test_a_bond_without_bridge_and_a_bridge_without_bond_are_read() -> None:
    bond = BOND.format("b").replace("master=xenbr0\nslave-type=bridge\n", "")
    address_lines = ETH0[ETH0.index("[ipv4]") :]
    read = STACK.read(host({"bond0": bond + "\n" + address_lines, "eth0": SLAVE0}))
    assert read is not None
    assert (read.bond.slaves, read.bridge.addresses) == (("eth0",), ("192.168.0.222/24",))
    port = SLAVE0.replace("master=bond0\nslave-type=bond", "master=br0\nslave-type=bridge")
    read = STACK.read(host({"br0": BRIDGE.format("c").replace("xenbr0", "br0"), "eth0": port}))
    assert read is not None
    assert (read.bridge.name, read.bond.slaves) == ("br0", ("eth0",))


def test_a_bridge_keeps_its_own_profile_when_its_nic_goes_under_a_bond() -> None:
    port = SLAVE0.replace("master=bond0\nslave-type=bond", "master=xenbr0\nslave-type=bridge")
    facts = host({"xenbr0": BRIDGE.format("c"), "eth0": port})
    written = texts(facts)
    assert written["eth0"] == SLAVE0
    assert written["xenbr0"] == BRIDGE.format("c")


@pytest.mark.parametrize("said", ["", "path-cost=10\n"])
def test_a_bridge_port_that_becomes_a_slave_says_nothing_of_a_bridge_any_more(said: str) -> None:
    port = SLAVE0.replace("master=bond0\nslave-type=bond", "master=xenbr0\nslave-type=bridge")
    port += f"\n[bridge-port]\n{said}"
    facts = host({"xenbr0": BRIDGE.format("c"), "eth0": port})
    assert texts(facts)["eth0"] == SLAVE0
    named = [finding.where for finding in told_by(STACK, facts, ANSWERS)]
    line = 1 + port[: port.index("path-cost")].count("\n") if said else 0
    assert any(where.endswith(f"eth0.nmconnection:{line}") for where in named) == bool(said)


@pytest.mark.parametrize("stp", ["stp=true\n", "stp=true\nforward-delay=15\n", ""])
def test_spanning_tree_of_a_bridge_that_is_there_stays_as_it_is(stp: str) -> None:
    bridge = BRIDGE.format("c").replace("stp=false\nforward-delay=0\n", stp)
    port = SLAVE0.replace("master=bond0\nslave-type=bond", "master=xenbr0\nslave-type=bridge")
    assert texts(host({"xenbr0": bridge, "eth0": port}))["xenbr0"] == bridge


def test_new_words_of_new_versions_are_kept() -> None:
    port = SLAVE0.replace("master=bond0\nslave-type=bond", "controller=xenbr0\nport-type=bridge")
    written = texts(host({"eth0": port, "bond0": BOND.format("b"), "xenbr0": BRIDGE.format("c")}))
    assert "controller=bond0\nport-type=bond\n" in written["eth0"]
    assert "master=" not in written["eth0"]


def test_a_profile_for_any_nic_stays_and_is_outranked() -> None:
    any_nic = "[connection]\nid=any\nuuid=a\ntype=ethernet\nautoconnect-priority=5\n"
    facts = host({"any": any_nic, "eth0": ETH0})
    written = texts(facts)
    assert written["any"] == any_nic
    assert "autoconnect-priority=6" in written["bond0-eth1"]
    assert "autoconnect-priority=6" in written["eth0"]
    with pytest.raises(XenbondError, match="autoconnect-priority=999"):
        texts(host({"any": any_nic.replace("=5", "=999"), "eth0": ETH0}))


def test_what_an_unnamed_profile_says_of_the_address_is_copied() -> None:
    any_nic = ETH0.replace("interface-name=eth0\n", "").replace("id=eth0", "id=any")
    written = texts(host({"any": any_nic}))
    assert written["any"] == any_nic
    assert without_uuid(written["xenbr0"]) == without_uuid(BRIDGE)


def test_what_one_users_session_brings_up_comes_up_at_boot() -> None:
    """nm-settings-nmcli(5), connection.permissions: only while one of these is logged in."""
    joes = {
        name: text.replace("[connection]\n", "[connection]\npermissions=user:joe:;\n", 1)
        for name, text in (
            ("eth0", SLAVE0),
            ("bond0", BOND.format("b")),
            ("xenbr0", BRIDGE.format("c")),
        )
    }
    written = texts(host(joes))
    assert not [name for name in joes if "permissions" in written[name]]


def test_another_profile_of_the_same_nic_does_not_come_up_by_itself() -> None:
    other = "[connection]\nid=other\nuuid=o\ntype=ethernet\ninterface-name=eth1\n"
    second = other.replace("other", "second").replace("uuid=o", "uuid=s")
    written = texts(host({"eth0": ETH0, "other": other, "second": second}))
    assert "slave-type=bond" in written["other"]
    assert written["second"] == second + "autoconnect=false\n"


def test_the_mtu_goes_to_bridge_and_bond() -> None:
    written = texts(host({"eth0": ETH0.replace("wake-on-lan=1", "wake-on-lan=1\nmtu=9000")}))
    assert "mtu=9000" in written["bond0"]
    assert "mtu=9000" in written["xenbr0"]
    assert written["eth0"] == SLAVE0


def test_options_are_the_kernels_own_words() -> None:
    options = {"primary": "eth0", "all_slaves_active": "on", "updelay": "200"}
    bond = replace(ANSWERS.bond, use_carrier=False, options=options)
    answers = replace(ANSWERS, bond=bond)
    written = texts(host({"eth0": ETH0}), answers)
    section = written["bond0"].split("[bond]\n")[1]
    assert section.splitlines() == [
        "mode=active-backup",
        "miimon=100",
        "use_carrier=0",
        "updelay=200",
        "primary=eth0",
        "all_slaves_active=1",
    ]
    read = STACK.read(host(written))
    assert read is not None
    assert read.bond == bond


def test_arp_monitoring_is_not_ended_by_a_miimon_of_zero() -> None:
    options = {"arp_interval": "1000", "arp_ip_target": "192.168.0.1,192.168.0.2"}
    bond = replace(ANSWERS.bond, miimon=0, options=options)
    written = texts(host({"eth0": ETH0}), replace(ANSWERS, bond=bond))
    assert "miimon" not in written["bond0"]
    assert "arp_ip_target=192.168.0.1,192.168.0.2" in written["bond0"]
    read = STACK.read(host(written))
    assert read is not None
    assert read.bond == bond


def test_a_slave_given_up_is_let_go() -> None:
    written = texts(host({"eth0": ETH0}))
    eth2 = nic("eth2", "00:14:22:36:f1:fb", index=4)
    answers = replace(ANSWERS, bond=replace(ANSWERS.bond, slaves=("eth0", "eth2")))
    edited = texts(host(written, (*LINKS, eth2)), answers)
    assert edited.keys() == {"eth0", "bond0-eth2", "bond0", "xenbr0"}


def test_whose_the_network_is() -> None:
    (owner,) = planner.owners(host({"eth0": ETH0}))
    assert owner.stack == "networkmanager"
    assert "eth0" in owner.links
    assert not [
        e for e in planner.owners(host({}, present=())) if e.stack == "networkmanager" and e.weight
    ]


def test_netplans_profiles_are_netplans() -> None:
    path = "/run/NetworkManager/system-connections/netplan-eth0.nmconnection"
    owner = STACK.owns(host({path: ETH0}))
    assert owner is not None
    assert owner.renders_for == "netplan"


def test_a_profile_of_etc_counts_before_that_of_usr_and_copies_are_ignored() -> None:
    usr = "/usr/lib/NetworkManager/system-connections/eth0.nmconnection"
    written = texts(host({usr: ETH0, f"{ETC}/eth0.nmconnection~": "[connection"}))
    assert written["eth0"] == SLAVE0, "in the place of the one under /usr"
    assert written["eth0.nmconnection~"] == "[connection"


def test_another_systems_tree_without_its_links() -> None:
    facts = host({"eth0": ETH0}, (), active={}, routes=(), live=False)
    read = STACK.read(facts)
    assert read is not None
    assert (read.bond.slaves, read.bridge.addresses) == (("eth0",), ("192.168.0.222/24",))
    written = texts(facts)
    assert written["eth0"] == SLAVE0
    assert "interface-name=eth1" in written["bond0-eth1"]
    assert without_uuid(written["xenbr0"]) == without_uuid(BRIDGE)
    owner = STACK.owns(facts)
    assert owner is not None


def test_windows_line_ends_and_a_missing_last_one_are_kept() -> None:
    written = texts(host({"eth0": ETH0.replace("\n", "\r\n")}))
    assert written["eth0"] == SLAVE0.replace("\n", "\r\n")
    written = texts(host({"eth0": ETH0.rstrip("\n")}))
    assert without_uuid(written["xenbr0"]) == without_uuid(BRIDGE)
