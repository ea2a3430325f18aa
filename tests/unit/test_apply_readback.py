"""What the kernel runs, compared with what a plan says must be true afterwards."""

from dataclasses import replace
from pathlib import Path

import pytest
from fakes import ADDRESS, DEFAULT_ROUTE, EXPECTED, FakeHost

from xenbond_tui.apply import readback
from xenbond_tui.apply.codec import decode, encode
from xenbond_tui.facts.link import Address
from xenbond_tui.plan.plan import Expected

REMOVED = replace(EXPECTED, options={}, routes=(DEFAULT_ROUTE,), nic="eth0")


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    """eth0 has the address; neither bond nor bridge."""
    return FakeHost(str(tmp_path))


def test_bond_and_bridge_gone_and_the_address_on_the_nic_is_a_removal(host: FakeHost) -> None:
    assert readback.differences(host.machine, REMOVED) == ()


def test_a_bond_or_bridge_that_stayed_is_named(host: FakeHost) -> None:
    host.kernel.add_link("bond0", "bond")
    host.kernel.add_link("xenbr0", "bridge")
    assert readback.differences(host.machine, REMOVED) == (
        "bond0 is still there",
        "xenbr0 is still there",
    )


def test_a_nic_that_is_still_a_port_is_named(host: FakeHost) -> None:
    host.kernel.set_master("eth1", "bond1")
    assert readback.differences(host.machine, REMOVED) == ("eth1 is still a port of bond1",)


def test_an_address_and_a_route_that_did_not_come_back_are_named(host: FakeHost) -> None:
    host.kernel.flush_addresses("eth0")
    assert readback.differences(host.machine, REMOVED) == (
        f"eth0 does not have {ADDRESS.cidr}",
        "the route to default via 192.168.0.1 is missing",
    )


def test_a_lease_must_have_come(host: FakeHost) -> None:
    leased = replace(REMOVED, addresses=(), routes=(), dhcp=True)
    assert readback.differences(host.machine, leased) == ()
    host.kernel.flush_addresses("eth0")
    assert readback.differences(host.machine, leased) == ("eth0 got no address by DHCP",)


def test_the_nic_itself_must_be_there(host: FakeHost) -> None:
    del host.kernel.links["eth0"]
    assert readback.differences(host.machine, REMOVED) == ("eth0 does not exist",)


def test_what_was_kept_before_removals_were_known_still_reads() -> None:
    old = encode(Expected("bond0", ("eth0",), {}, "xenbr0", (Address("192.0.2.1", 24),)))
    del old["nic"]
    found: Expected = decode(Expected, old)
    assert (found.nic, found.holder) == (None, "xenbr0")
