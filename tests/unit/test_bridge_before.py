"""A bridge that was there before the bond: whom it joins, and what a removal leaves without."""

from pathlib import Path

import pytest
from facts_builder import ETH0_MAC, ETH1_MAC, make_facts, nic
from test_given_back import INTERFACES, NS, UNITS, Host

from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers, Removal, SetUp
from xenbond_tui.facts.bridge import BridgePort, BridgeState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.rules.check_bridge import joins_lan
from xenbond_tui.rules.inventory import Item, Kind
from xenbond_tui.stacks import STACKS

ANSWERS = Answers("ifupdown", BondAnswers(slaves=("eth0", "eth1")), BridgeAnswers())
ALONE = """\
auto lo
iface lo inet loopback

auto eth0
iface eth0 inet static
    address 192.0.2.10/24
    gateway 192.0.2.1

auto xenbr0
iface xenbr0 inet static
    address 10.5.5.1/24
    bridge_ports none
"""


def host(*ports: str) -> HostFacts:
    found = tuple(BridgePort(name, "forwarding") for name in ports)
    links = (nic("eth0", ETH0_MAC), nic("eth1", ETH1_MAC))
    return make_facts(links=links, bridges=(BridgeState("xenbr0", ETH0_MAC, False, 0.0, found),))


@pytest.mark.parametrize(("ports", "told"), [((), 1), (("vif1.0", "vnet0"), 1), (("eth0",), 0)])
def test_a_bridge_that_runs_without_a_way_out_is_told_of(ports: tuple[str, ...], told: int) -> None:
    found = [*joins_lan(host(*ports), (), (), (), SetUp(ANSWERS))]
    assert [it.code for it in found] == ["bridge-joins-lan"] * told


@pytest.mark.parametrize(
    ("item", "told"),
    [
        (Item("/etc/a", 7, "xenbr0", Kind.ADDRESS, "10.5.5.1/24", "address"), 1),
        (Item("/etc/a", 7, "xenbr0", Kind.PORT, "eth0", "bridge_ports eth0"), 0),
        (Item("/etc/a", 7, "eth9", Kind.MASTER, "xenbr0", "BRIDGE=xenbr0"), 0),
        (Item("/etc/a", 7, "eth0", Kind.ADDRESS, "192.0.2.1/24", "address"), 0),
    ],
)
def test_so_is_one_that_the_files_have(item: Item, told: int) -> None:
    files = [Item("/etc/a", 1, "xenbr0", Kind.ADDRESS, "10.5.5.1/24", "address"), item]
    said = files if item.link != "eth0" else [item]
    found = [*joins_lan(make_facts(), said, said, (), SetUp(ANSWERS))]
    assert [it.code for it in found] == ["bridge-joins-lan"] * told
    # What another stack has, that will have it too, counts the same.
    elsewhere = [*joins_lan(make_facts(), (), (), said, SetUp(ANSWERS))]
    assert [it.code for it in elsewhere] == ["bridge-joins-lan"] * told


@pytest.mark.parametrize(
    ("text", "serves"),
    [
        ("DHCPServer=yes", True),
        ("DHCPServer = true", True),
        ("DHCPServer=no", False),
        ("ipv4 method=shared", True),
        ("ipv6 method=shared", False),
    ],
)
def test_its_dhcp_server_would_answer_the_lan_and_is_named(text: str, serves: bool) -> None:
    there = Item("/etc/a", 3, "xenbr0", Kind.OTHER, text, text)
    (stays,) = joins_lan(make_facts(), [there], [there], (), SetUp(ANSWERS))
    assert (f"By `{text}` (/etc/a:3) it has a DHCP server" in stays.text) is serves
    assert ("take /etc/a:3 out" in stays.remedy) is serves
    (goes,) = joins_lan(make_facts(), [there], (), (), SetUp(ANSWERS))
    assert "DHCP" not in goes.text, "the plan takes that line out"
    (other,) = joins_lan(make_facts(), (), (), [there], SetUp(ANSWERS))
    assert ("DHCP" in other.text) is serves


def test_a_removal_joins_nothing() -> None:
    assert not [*joins_lan(host(), (), (), (), Removal(ANSWERS, "eth0", "eth0"))]


def test_a_removal_says_what_the_bridge_and_the_nic_had(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = next(stack for stack in STACKS if stack.name == "ifupdown")
    there = Host(stack, tmp_path, {INTERFACES: ALONE})
    there.set_up()
    assert "what is there reaches them" in "".join(capsys.readouterr())
    assert there.run("remove", "bond0") == 0
    said = " ".join("".join(capsys.readouterr()).split())
    assert "xenbr0 was there before bond0, and goes with it." in said
    assert "Before the bond eth0 had `192.0.2.10/24`" in said
    assert "`gateway 192.0.2.1`" in said


PER_LINK = {
    "ifcfg": {
        f"{NS}xenbr0": "DEVICE=xenbr0\nTYPE=Bridge\nONBOOT=yes\nBOOTPROTO=dhcp\n",
        f"{NS}eth0": "DEVICE=eth0\nONBOOT=yes\nBRIDGE=xenbr0\n",
        f"{NS}eth1": "DEVICE=eth1\nONBOOT=no\nBOOTPROTO=dhcp\n",
        "/etc/sysconfig/network": "NETWORKING=yes\n",
    },
    "networkd": {
        f"{UNITS}xenbr0.netdev": "[NetDev]\nName=xenbr0\nKind=bridge\n",
        f"{UNITS}xenbr0.network": "[Match]\nName=xenbr0\n\n[Network]\nDHCP=ipv4\n",
        f"{UNITS}eth0.network": "[Match]\nName=eth0\n\n[Network]\nBridge=xenbr0\n",
        f"{UNITS}eth1.network": "[Match]\nName=eth1\n\n[Network]\nDHCP=ipv6\nDNS=192.0.2.1\n",
    },
}
"""Stack -> a host with a file for each link; eth0 is in the bridge, eth1 is not."""


@pytest.mark.parametrize("name", PER_LINK)
def test_who_was_not_in_the_bridge_gets_its_own_file_back(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = next(stack for stack in STACKS if stack.name == name)
    there = Host(stack, tmp_path, PER_LINK[name])
    path = next(path for path in PER_LINK[name] if "eth1" in path)
    there.set_up()
    assert there.run("remove", "--to", "eth0") == 0
    assert there.files()[str(there.root) + path] == PER_LINK[name][path]
    assert "Before the bond eth1 had" not in "".join(capsys.readouterr())


def test_what_somebody_wrote_for_it_since_stays(tmp_path: Path) -> None:
    stack = next(stack for stack in STACKS if stack.name == "ifcfg")
    there = Host(stack, tmp_path, PER_LINK["ifcfg"])
    there.set_up()
    path = there.root / f"{NS}eth1".lstrip("/")
    path.write_text(path.read_text() + "# mine\n")
    assert there.run("remove", "--to", "eth0") == 0
    assert "# mine\n" in path.read_text()
