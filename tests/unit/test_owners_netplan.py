"""Of netplan or of networkd itself: files of networkd beside those that netplan makes."""

from dataclasses import replace

import pytest
from facts_builder import make_facts, nic

from xenbond_tui import planner
from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers, SetUp
from xenbond_tui.rules.findings import Severity
from xenbond_tui.rules.owners import check_owners

NETPLAN = "network: {{version: 2, ethernets: {{{}}}}}\n"


CATCH_ALL = "[Match]\nName=e*\n[Network]\nDHCP=yes\n"


BOTH = NETPLAN.format("eth0: {dhcp4: true}, eth1: {}")


PERMANENT = "eth1: {match: {macaddress: '00:50:56:00:00:01'}, set-name: lan9}"


NETWORKD_SERVICE = "/etc/systemd/system/multi-user.target.wants/systemd-networkd.service"


@pytest.mark.parametrize(
    ("yaml", "file", "held"),
    [
        (BOTH, "99-dhcp-en.network", []),
        # eth1 has its lease by that file, of which netplan knows nothing.
        (NETPLAN.format("eth0: {dhcp4: true}"), "99-dhcp-en.network", ["eth1"]),
        (BOTH, "05-dhcp-en.network", ["eth0", "eth1"]),
        # A definition's ID is no NIC's name where it has a match.
        (NETPLAN.format("lan: {match: {name: 'eth*'}}"), "99-dhcp-en.network", []),
        (NETPLAN.format("lan: {match: {driver: e1000}}"), "99-dhcp-en.network", []),
        (NETPLAN.format("eth0: {}, eth1: {match: {name: wan9}}"), "99-dhcp-en.network", ["eth1"]),
        (NETPLAN.format("a: {match: {name: x0}, set-name: eth0}, eth1: {}"), "99-a.network", []),
        (NETPLAN.format(f"eth0: {{}}, {PERMANENT}"), "99-dhcp-en.network", ["eth1"]),
        ("network: {ethernets: {eth0: {}}, wifis: {eth1: {}}}\n", "99-dhcp-en.network", []),
        # A name that is no definition: a VLAN's link, a comment, a bridge's port that is nowhere.
        ("network: {vlans: {v5: {id: 5, link: eth0}}}\n# eth1: {}\n", "99-a.network", None),
        # What NetworkManager is to have, networkd gets no file of.
        ("network: {renderer: NetworkManager, ethernets: {eth0: {}, eth1: {}}}\n", "99-a.network",
         ["eth0", "eth1"]),
        ("network: {ethernets: {eth0: {renderer: NetworkManager}, eth1: {}}}\n", "99-a.network",
         ["eth0"]),
    ],
)  # fmt: skip
def test_a_networkd_file_for_any_nic_is_not_of_those_that_netplan_names(
    yaml: str, file: str, held: list[str] | None
) -> None:
    """`held`: those that both have; None where netplan has no NIC, and is no owner."""
    files = {"/etc/netplan/1.yaml": yaml, f"/etc/systemd/network/{file}": CATCH_ALL}
    nics = [
        nic(name, f"00:50:56:00:00:1{at}", driver="e1000")
        for at, name in enumerate(("eth0", "eth1", "ens9"))
    ]
    copy = replace(
        make_facts(files=files, present=[NETWORKD_SERVICE], links=nics), programs_known=False
    )
    found = planner.owners(copy, nics[:2])
    if held is None:
        assert [it.stack for it in found] == ["networkd"]
        return
    told = check_owners(found, ("eth0", "eth1"), "auto", "netplan")
    assert [it.where for it in told if it.code == "two-owners"] == held
    assert not any("10-netplan-" in it.text for it in found), "a file that is not there"
    if not held and "ens9" not in yaml:
        assert planner.owners(copy)[0].stack == "netplan"


def test_a_definition_by_a_mac_that_nobody_sees_may_be_of_a_nic() -> None:
    """Of a copy of /etc alone; netplan's own check says that it is unclear."""
    files = {
        "/etc/netplan/1.yaml": NETPLAN.format("a: {match: {macaddress: '00:50:56:00:00:01'}}"),
        "/etc/systemd/network/99-dhcp-en.network": CATCH_ALL,
    }
    whole = make_facts(files=files, present=[NETWORKD_SERVICE], links=(), live=False)
    asked = [nic(name, "") for name in ("eth0", "eth1")]
    found = planner.owners(replace(whole, programs_known=False), asked)
    told = check_owners(found, ("eth0", "eth1"), "auto", "netplan")
    assert not [it for it in told if it.code == "two-owners"]


def test_a_file_before_one_of_netplans_does_not_take_the_host_from_it() -> None:
    """It is refused where netplan is planned; the NIC has two owners."""
    files = {
        "/etc/netplan/1.yaml": BOTH,
        "/etc/systemd/network/05-m.network": "[Match]\nName=eth1\n[Network]\nDHCP=yes\n",
    }
    nics = [nic(name, f"00:50:56:00:00:0{at}") for at, name in enumerate(("eth0", "eth1"))]
    copy = replace(
        make_facts(files=files, present=[NETWORKD_SERVICE], links=nics), programs_known=False
    )
    found = planner.owners(copy, nics)
    assert [it.stack for it in found] == ["netplan", "networkd"]
    told = check_owners(found, ("eth0", "eth1"), "auto", "netplan")
    assert [it.where for it in told] == ["eth1"]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("00-x.network", "[Match]\nKind=bond bridge\n[Network]\nDHCP=yes\n"),
        ("05-x.netdev", "[NetDev]\nName=bond0\nKind=bridge\n"),
        ("05-m.network", "[Match]\nName=eth1\n[Network]\nDHCP=yes\n"),
    ],
)
def test_a_refusal_by_line_is_not_said_twice(file: str, text: str) -> None:
    files = {"/etc/netplan/1.yaml": BOTH, f"/etc/systemd/network/{file}": text}
    nics = [nic(name, f"00:50:56:00:00:0{at}") for at, name in enumerate(("eth0", "eth1"))]
    copy = replace(
        make_facts(files=files, present=[NETWORKD_SERVICE], links=nics), programs_known=False
    )
    asked = Answers(bond=BondAnswers(slaves=("eth0", "eth1")), bridge=BridgeAnswers(method="dhcp"))
    found = planner.propose(copy, SetUp(asked)).findings
    told = [it for it in found if it.severity is Severity.REFUSE]
    assert {it.code for it in told} == {"networkd-beside-netplan"}
    assert all(it.where.startswith(f"/etc/systemd/network/{file}:") for it in told)


def test_a_leftover_of_netplan_does_not_make_it_the_owner() -> None:
    """networkd's own files are for the slaves; netplan's for a NIC that nobody asks about."""
    files = {
        "/etc/netplan/1.yaml": NETPLAN.format("eth2: {}"),
        "/etc/systemd/network/a.network": "[Match]\nName=eth0 eth1\n[Network]\nDHCP=yes\n",
    }
    nics = [nic(name, f"00:50:56:00:00:0{at}") for at, name in enumerate(("eth0", "eth1", "eth2"))]
    copy = replace(
        make_facts(files=files, present=[NETWORKD_SERVICE], links=nics), programs_known=False
    )
    assert planner.owners(copy)[0].stack == "networkd"
