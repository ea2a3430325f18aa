"""NetworkManager: addresses, gateway and name servers of a profile, as read and as written."""

from dataclasses import replace

import pytest
from facts_builder import ETH0_MAC, address
from networkmanager_cases import ANSWERS, ETH0, LINKS, host
from test_networkmanager import STACK, texts

from xenbond_tui.answers import BridgeAnswers
from xenbond_tui.files.ini import IniFile
from xenbond_tui.files.ini_lines import KEYFILE


@pytest.mark.parametrize(
    ("line", "gateway"),
    [
        ("addresses1=192.168.0.222;24;192.168.0.1;", "192.168.0.1"),
        ("address=192.168.0.222/24\ngateway=192.168.0.1", "192.168.0.1"),
        ("address1=192.168.0.222/24", None),
    ],
)
def test_addresses_in_every_spelling_stay_as_they_are(line: str, gateway: str | None) -> None:
    profile = ETH0.replace("address1=192.168.0.222/24,192.168.0.1", line)
    facts = host({"eth0": profile})
    read = STACK.read(facts)
    assert read is not None
    assert (read.bridge.addresses, read.bridge.gateway) == (("192.168.0.222/24",), gateway)
    answers = replace(ANSWERS, bridge=replace(ANSWERS.bridge, gateway=gateway))
    assert line in texts(facts, answers)["xenbr0"]


def test_another_address_is_written_and_the_rest_stays() -> None:
    bridge = replace(ANSWERS.bridge, addresses=("10.0.0.9/8",), gateway="10.0.0.1", dns=())
    written = texts(host({"eth0": ETH0}), replace(ANSWERS, bridge=bridge))["xenbr0"]
    assert "address1=10.0.0.9/8,10.0.0.1\n" in written
    assert "192.168.0.222" not in written
    assert "dns=" not in written
    assert "route1_options=mtu=1400" in written


def test_dhcp_and_no_address() -> None:
    facts = host({"eth0": ETH0})
    leased = texts(facts, replace(ANSWERS, bridge=BridgeAnswers(method="dhcp", mac=ETH0_MAC)))
    assert "method=auto" in leased["xenbr0"].split("[ipv4]")[1].split("[ipv6]")[0]
    assert "address1" not in leased["xenbr0"]
    none = texts(facts, replace(ANSWERS, bridge=BridgeAnswers(method="none", mac=ETH0_MAC)))
    assert none["xenbr0"].count("method=disabled") == 2


def test_an_address_of_another_family_is_not_lost() -> None:
    links = (
        replace(LINKS[0], addresses=(*LINKS[0].addresses, address("2001:db8::2/64"))),
        LINKS[1],
    )
    profile = ETH0.replace("method=auto", "method=manual\naddress1=2001:db8::2/64")
    facts = host({"eth0": profile}, links)
    both = ("192.168.0.222/24", "2001:db8::2/64")
    read = STACK.read(facts)
    assert read is not None
    assert read.bridge.addresses == both
    answers = replace(ANSWERS, bridge=replace(ANSWERS.bridge, addresses=both))
    assert "address1=2001:db8::2/64" in texts(facts, answers)["xenbr0"]


@pytest.mark.parametrize(
    ("addresses", "gateway", "off", "on"),
    [
        (("192.168.0.222/24",), "192.168.0.1", "ipv6", "ipv4"),
        (("2001:db8::2/64",), "2001:db8::1", "ipv4", "ipv6"),
    ],
)
def test_a_family_without_addresses_has_no_name_servers(
    addresses: tuple[str, ...], gateway: str, off: str, on: str
) -> None:
    """NetworkManager refuses a profile whole that has dns or dns-search there: no bridge at all."""
    v6 = "method=manual\naddress1=2001:db8::2/64,2001:db8::1\ndns=2001:db8::53;\ndns-search=b.test;"
    facts = host({"eth0": ETH0.replace("method=auto", v6)})
    servers, domains = ("192.168.0.1", "2001:db8::53"), ("example.com", "b.test")
    bridge = replace(
        ANSWERS.bridge, addresses=addresses, gateway=gateway, dns=servers, search=domains
    )
    file = IniFile.parse("xenbr0", texts(facts, replace(ANSWERS, bridge=bridge))["xenbr0"], KEYFILE)
    assert file.get(off, "method") == "disabled"
    assert not file.entries(off, "dns", "dns-search")
    assert file.get(on, "dns") == {"ipv4": "192.168.0.1;", "ipv6": "2001:db8::53;"}[on]
    assert file.get(on, "dns-search") == "example.com;b.test;"
