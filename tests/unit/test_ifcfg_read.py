"""Red Hat network-scripts: which hosts are theirs, and what their files configure."""

import pytest
from facts_builder import (
    ETH1_MAC,
    make_facts,
    session_over,
    system,
)
from ifcfg_cases import ETH0, NS, TOOLS, host

from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.stacks.ifcfg import Ifcfg


@pytest.mark.parametrize(
    ("option", "said"),
    [
        *(("mode", True), ("use_carrier", True), ("ad_actor_system", True)),
        *(("ns_ip6_target", False), ("active_slave", False), ("lacp_strict", False)),
    ],
)
def test_says_which_options_it_can_express(option: str, said: bool) -> None:
    assert (Ifcfg().dialect.spelling(option) == option) is said


@pytest.mark.parametrize(
    "facts",
    [
        host(present=("/sbin/ifup",)),
        host(present=("/etc/init.d/network",)),
        make_facts(files={"/etc/sysconfig/network": ""}, present=TOOLS),
        make_facts(
            files={f"{NS}/ifcfg-eth0": ETH0},
            unreadable={"/etc/sysconfig/network": "is a directory"},
            present=TOOLS,
        ),
        make_facts(present=TOOLS),
    ],
)
def test_claims_no_host_it_does_not_run(facts: HostFacts) -> None:
    assert Ifcfg().owns(facts) is None


def test_claims_a_release_without_network_scripts_weakly() -> None:
    rhel9 = system("Red Hat Enterprise Linux 9.4", "rhel", "9.4")
    strong, weak = Ifcfg().owns(host()), Ifcfg().owns(host(system=rhel9))
    assert strong is not None
    assert weak is not None
    assert "eth0, eth1" in strong.text
    assert weak.weight < strong.weight - 30


def test_reads_a_bond_under_a_bridge() -> None:
    files = {
        f"{NS}/ifcfg-eth0": "DEVICE=eth0\nMASTER=bond3\nSLAVE=yes\n",
        f"{NS}/ifcfg-eth1": "DEVICE=eth1\nMASTER=bond3\nSLAVE=yes\n",
        f"{NS}/ifcfg-bond3": "DEVICE=bond3\nBRIDGE=br3\n"
        'BONDING_OPTS="mode=4 miimon=80 use_carrier=0"\n',
        f"{NS}/ifcfg-br3": "DEVICE=br3\nTYPE=bridge\nIPADDR=10.0.0.5\nNETMASK=255.0.0.0\nMTU=9000\n"
        "GATEWAY=10.0.0.1\nDNS1=10.0.0.2\nDOMAIN='a b'\nMACADDR=02:00:00:00:00:01\n",
    }
    assert Ifcfg().read(host(files)) == Answers(
        "ifcfg",
        BondAnswers("bond3", ("eth0", "eth1"), "802.3ad", 80, False, {}),
        BridgeAnswers(
            "br3",
            "static",
            ("10.0.0.5/8",),
            "10.0.0.1",
            ("10.0.0.2",),
            ("a", "b"),
            "02:00:00:00:00:01",
            9000,
        ),
    )


def test_reads_a_bond_without_monitoring_as_it_is() -> None:
    read = Ifcfg().read(host({f"{NS}/ifcfg-bond0": "DEVICE=bond0\nTYPE=Bond\nIPADDR=10.0.0.5\n"}))
    assert read is not None
    assert (read.bond.mode, read.bond.miimon) == ("balance-rr", 0)
    assert read.bridge.addresses == ("10.0.0.5/8",)
    assert read.bridge.name == "xenbr0"


def test_reads_a_bridge_without_bond() -> None:
    files = {
        f"{NS}/ifcfg-eth0": "DEVICE=eth0\nBRIDGE=br0\n",
        f"{NS}/ifcfg-br0": "DEVICE=br0\nTYPE=Bridge\nBOOTPROTO=dhcp\n",
    }
    read = Ifcfg().read(host(files))
    assert read is not None
    assert (read.bridge.name, read.bridge.method) == ("br0", "dhcp")
    assert read.bond == BondAnswers(slaves=("eth0",))


def test_reads_the_nic_the_operator_comes_in_by() -> None:
    files = {f"{NS}/ifcfg-eth1": "DEVICE=eth1\nIPADDR=10.0.0.5\nPREFIX=8\n"}
    read = Ifcfg().read(host(files, session=session_over("eth1")))
    assert read is not None
    assert read.bond == BondAnswers(slaves=("eth1",))
    assert read.bridge.addresses == ("10.0.0.5/8",)
    assert read.bridge.gateway is None


def test_reads_a_nic_whose_file_knows_only_its_mac() -> None:
    files = {f"{NS}/ifcfg-lan": f"HWADDR={ETH1_MAC}\nIPADDR=10.0.0.5\n"}
    read = Ifcfg().read(host(files, session=session_over("eth1")))
    assert read is not None
    assert read.bond == BondAnswers(slaves=("eth1",))


@pytest.mark.parametrize(
    "data", [b"\xff", b"IPADDR=$(x)\nDEVICE=eth0\n", b"DEVICE='", b"MTU=lots\n"]
)
def test_reading_survives_any_file(data: bytes) -> None:
    facts = host({f"{NS}/ifcfg-eth0": data, f"{NS}/ifcfg-eth1": "DEVICE=eth1\n"})
    assert Ifcfg().read(facts) is None
    assert Ifcfg().owns(facts) is not None
