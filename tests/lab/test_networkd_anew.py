"""networkd where it can't be without a gap: another address, another mode, a removal taken back.

It remembers links it has made and does not make them twice, so these ways there and back are tried
on the real daemon. One host; the tests are the legs of one journey and run in order.
"""

from collections.abc import Iterator

import pytest

from tests.lab.evidence import ANSWERS, Before, hitless, keep, network, note
from tests.lab.guest import Guest
from xenbond_tui.stacks.networkd.places import SETS_SLAVES_DOWN

JOURNEY = True
pytestmark = pytest.mark.long

TWO = ANSWERS.replace("192.168.0.222/24", "[192.168.0.222/24, 192.168.0.223/24]")
XOR = TWO.replace("active-backup", "balance-xor")
HELD = "find /run/systemd/network -name '*-xenbond-hold.conf'"
BOUND = {"eth0": "bond0", "eth1": "bond0", "bond0": "xenbr0"}


@pytest.fixture(scope="module")
def host(lab: None) -> Iterator[Guest]:
    with Guest(stack="networkd") as booted:
        yield booted


@pytest.fixture(scope="module")
def before(host: Guest) -> Before:
    return Before.of(host)


def change(host: Guest, what: str, *argv: str) -> None:
    with host.pinging() as pings:
        keep(host, host.start("xenbond", *argv, "--yes"))
    note(f"networkd: {what}: {pings[0]}")


def mode(host: Guest) -> str:
    return host.read("/sys/class/net/bond0/bonding/mode").strip()


def test_another_address_there_and_back_and_there_again(host: Guest, before: Before) -> None:
    host.write("/root/answers.yaml", TWO)
    change(host, "a second address", "apply", "--answers", "/root/answers.yaml")
    assert network(host).masters == BOUND
    change(host, "back", "undo")
    before.is_back(host)
    change(host, "a second address again", "apply", "--answers", "/root/answers.yaml")
    assert network(host).masters == BOUND
    assert set(network(host).addresses["xenbr0"]) == {"192.168.0.222/24", "192.168.0.223/24"}


def test_another_mode_there_and_back(host: Guest, before: Before) -> None:
    host.write("/root/answers.yaml", XOR)
    change(host, "another mode", "apply", "--answers", "/root/answers.yaml")
    assert (mode(host), network(host).masters) == ("balance-xor 2", BOUND)
    change(host, "the mode from before", "undo")
    assert (mode(host), network(host).masters) == ("active-backup 1", BOUND)


def test_a_removal_taken_back(host: Guest, before: Before) -> None:
    there = network(host)
    change(host, "removed", "remove")
    assert network(host).masters == {}
    change(host, "the removal taken back", "undo")
    assert network(host) == there


def test_networkd_is_kept_from_the_slaves_no_longer_than_it_need_be(
    host: Guest, before: Before
) -> None:
    """It reads its files again by hand, and nothing is lost; yet it makes the bond anew."""
    change(host, "removed again", "remove")
    host.write("/root/answers.yaml", TWO)
    change(host, "made without a gap", "apply", "--answers", "/root/answers.yaml")
    number = int(host.sh("networkctl --version").split()[1])
    assert len(host.sh(HELD).split()) == (2 if number in SETS_SLAVES_DOWN else 0)
    with host.pinging() as pings:
        host.sh("networkctl reload; sleep 2; systemctl restart systemd-networkd; sleep 2")
    note(f"networkd: reload and restart by hand: {pings[0]}")
    hitless(host, pings[0])
    host.write("/root/answers.yaml", XOR)
    change(host, "made anew with another mode", "apply", "--answers", "/root/answers.yaml")
    assert (mode(host), network(host).masters) == ("balance-xor 2", BOUND)
    assert not host.sh(HELD)
