"""A leased address moves with its lease: nothing is lost, and the server sees one client only.

dhclient by ifupdown in the host, dnsmasq in the switch. One guest, one journey.
"""

from collections.abc import Iterator

import pytest

from tests.lab.evidence import Before, etc, keep, network, note, until_status, without_times
from tests.lab.guest import Guest

JOURNEY = True
ANSWERS = """\
version: 1
stack: ifupdown
bond:
  slaves: [eth0, eth1]
  mode: active-backup
  miimon: 100
bridge:
  name: xenbr0
  address: dhcp
"""
SERVER = (
    *("ip", "netns", "exec", "switch", "dnsmasq", "-k", "-p", "0", "--user=root", "-i", "br0"),
    *("--bind-interfaces", "-F", "192.168.0.200,192.168.0.230,255.255.255.0,600"),
    *("-O", "3,192.168.0.1", "-O", "6,192.168.0.1", "--dhcp-leasefile=/run/leases"),
    *("--log-dhcp", "--log-facility=/run/dnsmasq.log"),
)
AUTO = "auto lo\niface lo inet loopback\n\n"
"""eth0 is brought up by hand: at boot the server is not there yet."""
LEASED = AUTO + "iface eth0 inet dhcp\n"


@pytest.fixture(scope="module")
def guest(lab: None) -> Iterator[Guest]:
    with Guest(files={"/etc/network/interfaces": LEASED}, flavour="dhcp") as booted:
        booted.start(*SERVER)
        booted.wait_until("ip netns exec switch ss -Hlun sport = 67 | grep -q .")
        booted.sh("ifup eth0")
        booted.write("/root/answers.yaml", ANSWERS)
        yield booted


@pytest.fixture(scope="module")
def before(guest: Guest) -> Before:
    return Before.of(guest)


@pytest.fixture(scope="module")
def address(before: Before) -> str:
    (cidr,) = before.network.addresses["eth0"]
    return cidr.partition("/")[0]


def clients(guest: Guest) -> list[str]:
    """The links that a dhclient runs for."""
    found = guest.sh("ps -C dhclient -o args=").splitlines()
    return [line.split()[-1] for line in found]


def test_there(guest: Guest, before: Before, address: str) -> None:
    with guest.pinging(address) as pings:
        keep(guest, guest.start("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes"))
    note(f"lease, there: {pings[0]}")
    assert pings[0].lost <= 1, "one may be on its way when the ping is ended"
    now = network(guest)
    assert now.masters == {"eth0": "bond0", "eth1": "bond0", "bond0": "xenbr0"}
    assert now.addresses["xenbr0"] == before.network.addresses["eth0"]
    assert "valid_lft forever" not in guest.sh("ip -4 addr show dev xenbr0")
    assert clients(guest) == ["xenbr0"]
    until_status(guest, "healthy")


def test_and_back(guest: Guest, before: Before, address: str) -> None:
    with guest.pinging(address) as pings:
        keep(guest, guest.start("xenbond", "undo", "--yes"))
    note(f"lease, back: {pings[0]}")
    assert pings[0].lost <= 1, "one may be on its way when the ping is ended"
    assert clients(guest) == ["eth0"]
    assert "valid_lft forever" not in guest.sh("ip -4 addr show dev eth0")
    assert "xenbr0" not in guest.sh("ifquery --state")
    # dhclient writes it anew, with the same content.
    was, now = (without_times(them, "/etc/resolv.conf") for them in (before.etc, etc(guest)))
    assert now == was
    assert network(guest) == before.network


def test_the_server_was_never_given_the_address_back(guest: Guest, before: Before) -> None:
    log = guest.read("/run/dnsmasq.log")
    assert "DHCPACK" in log
    assert "DHCPRELEASE" not in log
    assert len(guest.read("/run/leases").splitlines()) == 1
