"""An `address` below `inet manual`: nothing to ifup, an address to ifupdown2; and so to us."""

from pathlib import Path

import ifupdown2_cases
import pytest
from ifupdown_cases import ANSWERS, ETH0, LO, STACK, codes, host, planned
from test_ifupdown_remove import BONDED, host as bonded, removed
from test_written_boot import of

from xenbond_tui.rules.inventory import Kind
from xenbond_tui.stacks.ifupdown.places import MAIN

DEAD = "\taddress 10.0.0.1/24\n\tgateway 10.0.0.254\n"
ETH1 = f"auto eth1\niface eth1 inet manual\n{DEAD}"
GIVEN = (Kind.ADDRESS, Kind.GATEWAY)


@pytest.mark.parametrize("method", ["manual", "dhcp", "loopback", "bootp", "ipv4ll"])
def test_ifup_gives_a_link_no_address_by_such_a_method(method: str) -> None:
    facts = host(f"iface eth1 inet {method}\n{DEAD}")
    assert not [it for it in STACK.inventory(facts) if it.kind in GIVEN]


@pytest.mark.parametrize("method", ["manual", "static", "tunnel"])
def test_ifupdown2_gives_it_and_ifup_by_those_with_an_address(method: str) -> None:
    text = f"iface eth1 inet {method}\n{DEAD}"
    for stack in [ifupdown2_cases.STACK, *([STACK] if method != "manual" else [])]:
        assert [it.value for it in stack.inventory(host(text)) if it.kind in GIVEN] == [
            "10.0.0.1/24",
            "10.0.0.254",
        ]


def test_a_slave_loses_no_address_that_it_never_had() -> None:
    assert codes(host(LO + ETH0 + ETH1)) == codes(host(LO + ETH0 + "iface eth1 inet manual\n"))
    assert ETH1 in planned(LO + ETH0 + ETH1)


def test_what_is_read_is_what_the_host_has() -> None:
    text = LO + "iface xenbr0 inet manual\n\tbridge_ports eth0\n" + DEAD
    answers = STACK.read(host(text))
    assert answers is not None
    assert (answers.bridge.method, answers.bridge.gateway) == ("none", None)


@pytest.mark.parametrize("dead", [DEAD, "\taddress 192.168.0.222/24\n\tnetmask 255.0.0.0\n"])
def test_a_line_that_counted_for_nothing_does_not_come_to_life(dead: str) -> None:
    bridge = f"auto xenbr0\niface xenbr0 inet manual\n\tbridge_ports eth0\n{dead}"
    after = planned(LO + ETH0.replace("static", "manual") + bridge, ANSWERS)
    own = after.partition("iface xenbr0 inet static\n")[2].partition("\n\n")[0]
    assert own.count("address ") == own.count("gateway ") == 1
    assert "netmask" not in own
    assert "\taddress 192.168.0.222/24\n" in own


def test_nor_does_it_where_the_address_goes_back_to_the_nic() -> None:
    dead = BONDED.replace("iface eth0 inet manual\n", f"iface eth0 inet manual\n{DEAD}")
    assert removed(bonded(dead)) == removed(bonded(BONDED))
    assert "10.0.0" not in removed(bonded(dead))[MAIN]


def test_ifupdown2_s_address_moves_to_the_bridge() -> None:
    text = ETH0.replace("static", "manual")
    expected = ifupdown2_cases.written(ifupdown2_cases.host(ETH0))
    assert ifupdown2_cases.written(ifupdown2_cases.host(text)) == expected


@pytest.mark.parametrize(("stack", "links"), [("ifupdown", []), ("ifupdown2", ["eth1"])])
def test_health_takes_it_for_what_the_next_boot_makes_of_it(
    stack: str, links: list[str], tmp_path: Path
) -> None:
    new = "iface eth1 inet manual\n\taddress 192.0.2.7/24"
    said = of(stack, tmp_path, "interfaces$", "^iface eth1 inet manual", new)
    assert list(said.addressed) == links
