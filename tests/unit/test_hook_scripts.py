"""Scripts of the network stacks and the boot that name a link which changes its place."""

import os
from pathlib import Path

import pytest
from facts_builder import ADDRESS, ETH0_MAC, ETH1_MAC, make_facts, nic, virtual
from ifupdown_cases import ANSWERS

from xenbond_tui.answers import Removal, SetUp
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.host.tree import RootedTree
from xenbond_tui.rules import hook_scripts, stale_references

VLAN = "ip link add link eth0 name lan10 type vlan id 10"
SCRIPTS = (
    "etc/network/if-up.d/vlans",
    "etc/network/if-pre-up.d/10_vlans",
    "etc/NetworkManager/dispatcher.d/30-vlans.sh",
    "etc/NetworkManager/dispatcher.d/pre-up.d/vlans",
    "etc/networkd-dispatcher/routable.d/vlans.sh",
    "sbin/ifup-local",
    "etc/rc.local",
    "etc/rc.d/rc.local",
)
NOT_EXECUTABLE = ("etc/dhcp/dhclient-exit-hooks.d/vlans", "etc/systemd/system/vlans.service")


def host(
    root: Path, path: str, text: str, *, mode: int = 0o755, links: tuple[Link, ...] | None = None
) -> HostFacts:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(mode)
    tree = RootedTree(os.fspath(root))
    found = {it: tree.read(it) for it in stale_references.paths(tree)}
    files = {it: state for it, state in found.items() if isinstance(state, FileState)}
    return make_facts(files=files, links=links)


def places(facts: HostFacts) -> list[str]:
    found = stale_references.check(facts, SetUp(ANSWERS))
    return [it.where for it in found if it.code == "script-names-a-link"]


@pytest.mark.parametrize("path", SCRIPTS)
def test_a_script_that_makes_a_vlan_is_named_by_file_and_line(path: str, tmp_path: Path) -> None:
    facts = host(tmp_path, path, f"#!/bin/sh\n# for eth0\n{VLAN}\n")
    assert places(facts) == [f"/{path}:3"]
    assert places(host(tmp_path, path, f"#!/bin/sh\n{VLAN}\n", mode=0o644)) == []


@pytest.mark.parametrize("path", NOT_EXECUTABLE)
def test_what_is_read_without_being_executable_is_named_too(path: str, tmp_path: Path) -> None:
    facts = host(tmp_path, path, f"[Service]\nExecStart=/sbin/{VLAN}\n", mode=0o644)
    assert places(facts) == [f"/{path}:2"]


@pytest.mark.parametrize(
    "line",
    [
        '[ "$IFACE" = eth0 ] || exit 0',
        "sysctl -w net.ipv4.conf.eth0.rp_filter=0",
        "brctl addif br7 eth1",
        "ip addr add 192.0.2.7/24 dev eth0.10",
        "case $1 in eth0|eth7) ;; esac",
    ],
)
def test_a_link_is_named_in_many_ways(line: str, tmp_path: Path) -> None:
    assert places(host(tmp_path, "etc/network/if-up.d/x", f"{line}\n")) == [
        "/etc/network/if-up.d/x:1"
    ]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("etc/network/if-up.d/x", '[ "$IFACE" = lo ] && exit 0'),
        ("etc/network/if-up.d/x", "ip link set veth0 up; ip link set eth01 up; echo my-eth0"),
        ("etc/network/if-up.d/x.dpkg-old", VLAN),
        ("etc/network/if-up.d/x", "  # eth0"),
        ("etc/network/interfaces.d/x", VLAN),
        ("etc/networkd-dispatcher/README", VLAN),
    ],
)
def test_what_names_no_slave_or_is_not_run_goes_unsaid(
    path: str, line: str, tmp_path: Path
) -> None:
    assert places(host(tmp_path, path, f"{line}\n")) == []


def test_one_file_under_two_names_is_named_once(tmp_path: Path) -> None:
    host(tmp_path, "etc/rc.d/rc.local", f"{VLAN}\n")
    (tmp_path / "etc/rc.local").symlink_to("rc.d/rc.local")
    assert len(places(host(tmp_path, "etc/rc.d/rc.local", f"{VLAN}\n"))) == 1


def test_a_bond_that_comes_under_a_bridge_is_named_as_its_slaves_are(tmp_path: Path) -> None:
    slaves = (nic("eth0", ETH0_MAC, master="bond0"), nic("eth1", ETH1_MAC, master="bond0"))
    bond = virtual("bond0", "bond", ETH0_MAC, addresses=(ADDRESS,))
    line = "ip route add 198.51.100.0/24 dev bond0; ethtool -K eth0 tso off\n"
    path = "etc/NetworkManager/dispatcher.d/40-routes"
    assert places(host(tmp_path, path, line, links=(*slaves, bond))) == [f"/{path}:1"]
    port = virtual("bond0", "bond", ETH0_MAC, master="xenbr0")
    assert places(host(tmp_path, path, line, links=(*slaves, port))) == []


def test_a_removal_names_what_is_said_of_bridge_and_bond(tmp_path: Path) -> None:
    text = "ip addr add 192.0.2.7/24 dev xenbr0\nip link set eth0 up\nip link set bond0 mtu 9000\n"
    facts = host(tmp_path, "sbin/ifup-local", text)
    found = stale_references.check(facts, Removal(ANSWERS, "eth0"))
    assert [(it.where, it.remedy) for it in found] == [
        ("/sbin/ifup-local:1", "Name eth0 there if that is what is meant."),
        ("/sbin/ifup-local:3", "Name eth0 there if that is what is meant."),
    ]


def test_only_scripts_are_looked_for_and_each_folder_once(tmp_path: Path) -> None:
    host(tmp_path, "etc/network/if-up.d/a", "")
    host(tmp_path, "etc/NetworkManager/dispatcher.d/no-wait.d/b", "")
    found = hook_scripts.paths(RootedTree(os.fspath(tmp_path)))
    assert {"/etc/network/if-up.d/a", "/etc/NetworkManager/dispatcher.d/no-wait.d/b"} <= found


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("ip link add link bond0 name lan10 type vlan id 10", "lan10"),
        ("/sbin/ip link add bond0.10 link bond0 type vlan id 10 || true", "bond0.10"),
        ("vconfig add bond0 10", "bond0.10"),
        ("ip link add link xenbr0 $NAME type macvlan", "a link"),
        ("ip l a li bond0 na lan10 ty vlan id 10", "lan10"),
        ("ip link add \\\n link bond0 name lan10 \\\n type vlan id 10", "lan10"),
        ('B="eth7 bond0"; for b in $B; do vconfig add ${b} 10; done', "bond0.10"),
        ("nmcli con add type vlan ifname lan10 dev bond0 id 10", "lan10"),
    ],
)
def test_what_a_script_makes_on_the_bond_is_not_left_without_it(
    line: str, name: str, tmp_path: Path
) -> None:
    """It may not run at the moment, or be in another system's tree."""
    facts = host(tmp_path, "etc/network/if-up.d/vlans", f"#!/bin/sh\n{line}\n")
    [found] = stale_references.check(facts, Removal(ANSWERS, "eth0"))
    told = (found.severity, found.code, found.where)
    assert told == ("refuse", "link-above", "/etc/network/if-up.d/vlans:2")
    assert f"makes {name} on" in found.text
    assert {it.severity for it in stale_references.check(facts, SetUp(ANSWERS))} <= {"warn"}


def test_a_variable_stands_for_what_the_script_sets_it_to(tmp_path: Path) -> None:
    text = "#!/bin/sh\nNIC=eth0\nN=eth7\nip l s $NIC up\nip l s $N up\nip l s ${NIC} mtu 9000\n"
    assert places(host(tmp_path, "etc/network/if-up.d/x", text)) == [
        f"/etc/network/if-up.d/x:{line}" for line in (2, 4, 6)
    ]
    removed = "#!/bin/sh\nNIC=bond0\nip link add link $NIC name lan10 type vlan id 10\n"
    facts = host(tmp_path, "etc/network/if-up.d/x", removed)
    found = stale_references.check(facts, Removal(ANSWERS, "eth0"))
    assert [(it.severity, it.where[-2:]) for it in found] == [("warn", ":2"), ("refuse", ":3")]


def test_a_command_over_several_lines_is_named_by_its_first(tmp_path: Path) -> None:
    text = "#!/bin/sh\nip link set \\\n  dev eth0 \\\n  up\n# eth1 \\\necho\n"
    assert places(host(tmp_path, "etc/network/if-up.d/x", text)) == ["/etc/network/if-up.d/x:2"]


def test_a_variable_that_holds_itself_has_an_end(tmp_path: Path) -> None:
    text = "a=eth0\n" + 'a="$a$a $a"\n' * 200 + "ip l s $a up\n"
    assert places(host(tmp_path, "etc/network/if-up.d/x", text))[0] == "/etc/network/if-up.d/x:1"
