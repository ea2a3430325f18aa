"""ifupdown2: the two lines that keep what a router announces, over a boot and a new address.

The change itself, `ifreload -a` by hand, undo and removal are rows of test_hitless_addresses.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.evidence import ANSWERS, hitless, keep, network, note
from tests.lab.guest import Guest, make_disk
from tests.lab.router import ANNOUNCED, ROUTER, SWITCH

pytestmark = pytest.mark.long
JOURNEY = True
NEW = "192.168.0.224"


def router(guest: Guest) -> None:
    """The switch's namespace lives in the guest, and goes with it."""
    guest.sh(SWITCH)
    guest.start("ip", "netns", "exec", "switch", "python3", "/root/router.py")


def announced(link: str) -> str:
    """Shell: the address can be used, and the way out is known."""
    return (
        f"ip -6 addr show dev {link} | grep '{ANNOUNCED}' | grep -vq tentative"
        f" && ip -6 route show default dev {link} | grep -q 'proto ra'"
    )


@pytest.fixture(scope="module")
def guest(lab: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    disk = make_disk(tmp_path_factory.mktemp("ifupdown2") / "disk")
    with Guest(stack="ifupdown2", disk=disk) as booted:
        booted.write("/root/router.py", ROUTER)
        router(booted)
        booted.wait_until(announced("eth0"))
        booted.write("/root/answers.yaml", ANSWERS)
        new = ANSWERS.replace("192.168.0.222", NEW)
        booted.write("/root/renumbered.yaml", new)
        keep(booted, booted.start("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes"))
        yield booted
    Path(disk).unlink()


def test_the_bridge_has_it_and_an_ifreload_leaves_it(guest: Guest) -> None:
    """A single stanza, which ifreload would purge; the way out stays too."""
    guest.sh(announced("xenbr0"))
    with guest.pinging(ANNOUNCED) as pings:
        guest.sh("ifreload -a")
        guest.sh(announced("xenbr0"))
    note(f"ifupdown2, ifreload -a by hand, {ANNOUNCED}: {pings[0]}")
    hitless(guest, pings[0])


def test_the_next_boot_has_it(guest: Guest) -> None:
    guest.reboot()
    router(guest)
    guest.wait_until(announced("xenbr0"))
    assert guest.read("/proc/sys/net/ipv6/conf/xenbr0/forwarding").strip() == "1"
    with guest.pinging(ANNOUNCED) as pings:
        guest.sh("ifreload -a; sleep 2")
    note(f"ifupdown2, booted, ifreload -a, {ANNOUNCED}: {pings[0]}")
    hitless(guest, pings[0])


def test_an_address_that_is_replaced_does_not_stay(guest: Guest) -> None:
    keep(guest, guest.start("xenbond", "apply", "--answers", "/root/renumbered.yaml", "--yes"))
    assert network(guest).addresses["xenbr0"][0] == f"{NEW}/24"
    assert not any("192.168.0.222" in item for item in network(guest).addresses["xenbr0"])
    guest.wait_until(announced("xenbr0"))
    assert "default via 192.168.0.1 dev xenbr0" in " ".join(network(guest).routes)
    keep(guest, guest.start("xenbond", "undo", "--yes"))
    assert not any(NEW in item for item in network(guest).addresses["xenbr0"])
    assert network(guest).addresses["xenbr0"][0] == "192.168.0.222/24"
