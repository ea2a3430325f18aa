"""Lines of the bond, of former ports, and files that match more NICs."""

from dataclasses import replace

import pytest
from facts_builder import (
    ETH0_MAC,
    ETH1_MAC,
    bond,
    make_facts,
    nic,
    virtual,
)
from ifupdown2_cases import PRESENT as IFUPDOWN2
from networkd_cases import ENABLED
from standing_cases import IFUPDOWN, NETWORKD, OTHER_MAC, codes, proposed, tree_of

from xenbond_tui.answers import BridgeAnswers


@pytest.mark.parametrize(
    "command",
    [
        "post-up echo 100 > /sys/class/net/$IFACE/bonding/miimon",
        "pre-up ip link add bond0 type bond || true",
    ],
)
def test_commands_of_the_bond_stay_with_the_bond(command: str) -> None:
    text = (
        "auto bond0\niface bond0 inet static\n\taddress 192.0.2.10/24\n"
        f"\tbond-slaves eth0 eth1\n\t{command}\n\tup ip route add 203.0.113.0/24 via 192.0.2.7\n"
    )
    plan = proposed(tree_of({IFUPDOWN: text}), "ifupdown").plan
    assert plan is not None
    after = next(item.after for item in plan.changes if item.path == IFUPDOWN) or b""
    of_bond, _, of_bridge = after.decode().partition("auto br10")
    assert command in of_bond
    assert command not in of_bridge
    assert "203.0.113.0/24" in of_bridge


@pytest.mark.parametrize("stack", ["ifupdown", "ifupdown2"])
@pytest.mark.parametrize(
    "command",
    [
        "up /sbin/ifenslave bond0 eth0 eth1",
        "up ifenslave $IFACE eth0 eth1 || true",
        "down ifenslave -d bond0 eth0 eth1",
        "post-up echo +eth1 > /sys/class/net/bond0/bonding/slaves",
        "up ip link set eth0 master bond0; ip link set dev eth1 master bond0",
    ],
)
def test_commands_that_enslave_go_where_bond_slaves_says_it(stack: str, command: str) -> None:
    for link in ("bond0", "lo"):
        own = command.replace("$IFACE", "bond0")
        of_bond = f"\t{own if link == 'bond0' else 'up true'}\n"
        of_lo = f"\t{own if link == 'lo' else 'up true'}\n"
        text = (
            f"iface lo inet loopback\n{of_lo}\nauto bond0\niface bond0 inet static\n"
            f"\taddress 192.0.2.10/24\n{of_bond}"
        )
        facts = tree_of({IFUPDOWN: text})
        if stack == "ifupdown2":
            facts = replace(facts, present=frozenset(IFUPDOWN2))
        proposal = proposed(facts, stack)
        assert proposal.plan is not None
        change = next(item for item in proposal.plan.changes if item.path == IFUPDOWN)
        assert own not in (change.after or b"").decode()
        said = [item for item in proposal.findings if own in item.text]
        assert [item.code for item in said] == ["line-goes"]
        assert "bond-slaves of bond0" in said[0].text


def test_a_command_that_enslaves_into_another_bond_stays() -> None:
    text = (
        "auto bond0\niface bond0 inet static\n\taddress 192.0.2.10/24\n\tbond-slaves eth0 eth1\n\n"
        "auto bond1\niface bond1 inet manual\n\tup ifenslave bond1 eth2 eth3\n"
    )
    plan = proposed(tree_of({IFUPDOWN: text}), "ifupdown").plan
    assert plan is not None
    after = next(item.after for item in plan.changes if item.path == IFUPDOWN) or b""
    assert b"\tup ifenslave bond1 eth2 eth3\n" in after


def test_a_sysctl_that_moves_to_the_bridge_is_not_said_to_go() -> None:
    line = "post-up sysctl -w net.ipv4.conf.$IFACE.arp_notify=1"
    text = (
        "auto bond0\niface bond0 inet static\n\taddress 192.0.2.10/24\n"
        f"\tbond-slaves eth0 eth1\n\t{line}\n"
    )
    proposal = proposed(tree_of({IFUPDOWN: text}), "ifupdown")
    assert proposal.plan is not None
    after = next(item.after for item in proposal.plan.changes if item.path == IFUPDOWN) or b""
    assert line in after.decode().partition("auto br10")[2]
    assert "arp_notify" not in str(proposal.findings)


def test_options_of_ports_that_become_slaves_are_named() -> None:
    text = (
        "auto br10\niface br10 inet static\n\taddress 192.0.2.10/24\n\tbridge_ports eth0 eth1\n"
        "\tbridge_pathcost eth0 50\n\tbridge_hairpin eth1 on\n\tbridge_portprio eth2 9\n"
    )
    found = proposed(tree_of({IFUPDOWN: text}), "ifupdown").findings
    lines = [item.where for item in found if item.code == "option-of-a-former-port"]
    assert lines == [f"{IFUPDOWN}:5", f"{IFUPDOWN}:6"]


SLAVES = {
    f"{NETWORKD}bond0.netdev": "[NetDev]\nName=bond0\nKind=bond\n[Bond]\nMode=active-backup\n",
    f"{NETWORKD}bond0.network": "[Match]\nName=bond0\n[Network]\nAddress=192.0.2.10/24\n",
}


@pytest.mark.parametrize("match", ["Name=eth*", "Name=!lo", "Name=eth0 eth1 eth2", "Type=ether"])
def test_a_third_nic_that_a_file_enslaves_gets_one_that_keeps_it_out(match: str) -> None:
    files = {**SLAVES, f"{NETWORKD}eth.network": f"[Match]\n{match}\n[Network]\nBond=bond0\n"}
    known = tree_of(files)
    names = {"eth0": ETH0_MAC, "eth1": ETH1_MAC, "eth2": OTHER_MAC}
    three = tuple(nic(name, mac) for name, mac in names.items())
    slaves = tuple(nic(name, ETH0_MAC, master="bond0", permanent_mac=names[name]) for name in names)
    live = make_facts(
        links=(*slaves, virtual("bond0", "bond", ETH0_MAC, addresses=("192.0.2.10/24",))),
        bonds=(bond(slaves=tuple(names)),),
        files=files,
        present=(ENABLED,),
    )
    live = replace(live, unreadable=known.unreadable)
    for facts in (replace(known, links=three), live):
        proposal = proposed(facts, "networkd")
        said = codes(proposal)["more-slaves-match"]
        assert "eth.network:2" in said
        assert "eth2" in said
        assert not [it for it in proposal.findings if it.code == "line-dropped"]
        assert proposal.plan is not None
        mine = [it for it in proposal.plan.changes if it.path.endswith("eth2.network")]
        assert [(it.path, it.after) for it in mine] == [
            (
                f"{NETWORKD}05-xenbond-eth2.network",
                b"[Match]\nName=eth2\n\n[Network]\nLinkLocalAddressing=no\n",
            )
        ]


@pytest.mark.parametrize("match", ["Name=eth*", "Name=!lo", "Name=eth0 eth1 eth2", "Type=ether"])
def test_a_file_that_may_enslave_nics_nobody_knows_is_named(match: str) -> None:
    files = {**SLAVES, f"{NETWORKD}eth.network": f"[Match]\n{match}\n[Network]\nBond=bond0\n"}
    proposal = proposed(tree_of(files), "networkd")
    assert "eth.network:2" in codes(proposal)["more-slaves-match"]
    assert "not known" in codes(proposal)["more-slaves-match"]


def test_a_file_of_the_slaves_alone_is_no_finding() -> None:
    files = {**SLAVES, f"{NETWORKD}eth.network": "[Match]\nName=eth*\n[Network]\nBond=bond0\n"}
    links = (nic("eth0", ETH0_MAC), nic("eth1", ETH1_MAC))
    proposal = proposed(replace(tree_of(files), links=links), "networkd")
    assert "more-slaves-match" not in codes(proposal)


EACH = {
    f"{NETWORKD}{name}.network": f"[Match]\nName={name}\n[Network]\nBond=bond0\n"
    for name in ("eth0", "eth1")
}


def test_a_vlan_named_after_the_bond_stays_on_the_bond() -> None:
    text = "[Match]\nName=bond0\n[Network]\nVLAN=bond0.200\nAddress=192.0.2.10/24\n"
    files = {**SLAVES, **EACH, f"{NETWORKD}bond0.network": text}
    plan = proposed(tree_of(files), "networkd").plan
    assert plan is not None
    said = {item.path: (item.after or b"").decode() for item in plan.changes}
    assert [path for path, text in said.items() if "VLAN=bond0.200" in text] == [
        f"{NETWORKD}bond0.network"
    ]


def test_a_line_that_can_not_be_carried_is_named_in_the_file_that_is_there() -> None:
    text = "[Match]\nName=bond0\n[Network]\nAddress=192.0.2.10/24\n[Route]\nTable=bond0-out\n"
    files = {**SLAVES, **EACH, f"{NETWORKD}bond0.network": text.replace("bond0-out", "bond0.x")}
    proposal = proposed(tree_of(files), "networkd")
    assert [item.where for item in proposal.refusals] == [f"{NETWORKD}bond0.network"]


def test_another_miimon_edits_the_netdev_alone() -> None:
    port = "[Match]\nName=bond0\n[Network]\n# both switches\nBindCarrier=eth0 eth1\nBridge=br10\n"
    files = {
        **SLAVES,
        **EACH,
        f"{NETWORKD}bond0.network": port,
        f"{NETWORKD}br10.netdev": "[NetDev]\nName=br10\nKind=bridge\n",
        f"{NETWORKD}br10.network": "[Match]\nName=br10\n[Network]\nAddress=192.0.2.10/24\n",
    }
    proposal = proposed(tree_of(files), "networkd")
    assert proposal.plan is not None
    assert not codes(proposal).keys() & {"line-dropped", "line-goes"}
    made = [item.path for item in proposal.plan.changes if item.before is None]
    assert not [path for path in made if path.startswith(NETWORKD)]
    after = {item.path: item.after for item in proposal.plan.changes if item.after is not None}
    assert after.get(f"{NETWORKD}bond0.network", port.encode()) == port.encode()


def test_what_answers_leave_out_of_a_bond_made_by_commands_stays() -> None:
    text = (
        "auto bond0\niface bond0 inet static\n\taddress 192.0.2.10/24\n\tgateway 192.0.2.1\n"
        "\tdns-nameservers 192.0.2.53\n\tup ifenslave bond0 eth0 eth1\n"
    )
    facts, unsaid = tree_of({IFUPDOWN: text}), frozenset({"gateway", "dns"})
    for addresses in (("192.0.2.10/24",), ()):
        left_out = unsaid if addresses else unsaid | {"address"}
        found = proposed(
            facts, "ifupdown", BridgeAnswers("br10", addresses=addresses, left_out=left_out)
        )
        assert found.plan is not None
        after = next(item.after for item in found.plan.changes if item.path == IFUPDOWN) or b""
        of_bridge = after.decode().partition("auto br10")[2]
        for line in ("address 192.0.2.10/24", "gateway 192.0.2.1", "dns-nameservers 192.0.2.53"):
            assert line in of_bridge


def test_a_file_that_may_match_the_bond_and_comes_before_its_own_is_no_promise() -> None:
    files = {**SLAVES, **EACH, f"{NETWORKD}a.network": "[Match]\nMACAddress=00:00:5e:00:53:77\n"}
    said = codes(proposed(tree_of(files), "networkd"))["file-may-match"]
    assert "a.network:2" in said
    found = proposed(tree_of(files), "networkd").findings
    told = [it.text for it in found if it.code == "file-may-match"]
    assert [text for text in told if "bond0" in text and "comes before /etc" in text]
    assert [text for text in told if "br10" in text and text.endswith("comes before it.")]
