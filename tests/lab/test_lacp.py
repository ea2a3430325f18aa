"""802.3ad with a real partner: a second bond in the switch. One guest; the tests run in order."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.lab.bonds import codes, make_bond, status, until_up
from tests.lab.evidence import note
from tests.lab.guest import Guest
from xenbond_tui.health.reasons.lacp import NO_PARTNER

JOURNEY = True

PARTNER = """
ip -n switch link add lag{n} type bond mode 802.3ad miimon 100 lacp_rate fast
for p in {ports}; do
	ip -n switch link set $p nomaster; ip -n switch link set $p down
	ip -n switch link set $p master lag{n}
done
ip -n switch link set lag{n} master br0; ip -n switch link set lag{n} up
"""
VIEW = """\
from screens.lacp_view import lacp_lines
from xenbond_tui.compose import live
bond = live().kernel.bond("bond0")
print("\\n".join(lacp_lines(bond, 76)))
"""
EXPIRED = 0x80
"""Bit of a port's state (LACP_STATE_EXPIRED)."""
AGREED = 63
"""Port state of a link that carries, with lacp_rate fast (LACP_STATE_*, IEEE 802.1AX 6.4.2.3)."""


@pytest.fixture(scope="module")
def partner(guest: Guest) -> str:
    """The partner's MAC."""
    guest.sh(PARTNER.format(n=0, ports="p0 p1"))
    # Anew: a slow machine has noticed that the switch's ports were down for a moment.
    make_bond(guest, "802.3ad", "lacp_rate", "fast")
    (link,) = json.loads(guest.sh("ip -n switch -j link show lag0"))
    return str(link["address"])


def view(guest: Guest) -> str:
    """What the health screen's L key shows now, of the kernel's own words."""
    text = guest.run("/opt/xenbond/bin/python", "-I", "-c", VIEW).ok()
    print(guest.read("/proc/net/bonding/bond0"), text, sep="\n")
    return text


def until(
    guest: Guest, so: Callable[[dict[str, Any]], bool], timeout: float = 60.0
) -> tuple[int, dict[str, Any]]:
    """Ask for the status until it is so."""
    deadline = time.monotonic() + timeout
    while True:
        code, bond = status(guest)
        if so(bond):
            return code, bond
        assert time.monotonic() < deadline, bond


def until_codes(guest: Guest, *wanted: str, timeout: float = 60.0) -> tuple[int, dict[str, Any]]:
    return until(guest, lambda bond: codes(bond) == [*wanted], timeout)


def test_a_switch_without_lacp(guest: Guest) -> None:
    make_bond(guest, "802.3ad", "lacp_rate", "fast")
    code, bond = until_codes(guest, "no-lacp-partner")
    assert (code, bond["verdict"]) == (1, "degraded")
    # For the first 3 s a port waits for frames it takes for late (IEEE 802.1AX, EXPIRED).
    until(guest, lambda bond: not any(x["actor_port_state"] & EXPIRED for x in bond["slaves"]))
    text = view(guest)
    assert "Partner: NONE. The switch does not answer LACP." in text
    assert "The kernel lets the active aggregator carry all the same." in text
    guest.sh("ping -qc2 -i0.1 -w5 192.168.0.1")
    assert text.count("    partner    NONE: no LACP frame came in\n") == 2
    assert text.count("DEFAULTED\n") == 2
    assert "    switch " not in text, "it said nothing"
    assert "eth0  up  aggregator 1, the active one\n" in text
    assert "eth1  up  aggregator 2, NOT the active one\n" in text


def test_a_partner_that_answers(guest: Guest, partner: str) -> None:
    began = time.monotonic()
    code, bond = until_codes(guest)
    note(f"LACP: agreed and healthy after {time.monotonic() - began:.1f} s")
    assert (code, bond["verdict"]) == (0, "healthy")
    lacp = bond["lacp"]
    assert (lacp["ports"], lacp["partner_mac"], lacp["rate"]) == (2, partner, "fast")
    for slave in bond["slaves"]:
        assert slave["aggregator_id"] == lacp["aggregator_id"]
        assert slave["partner_mac"] == partner
        assert (slave["actor_port_state"], slave["partner_port_state"]) == (AGREED, AGREED)
    text = view(guest)
    active = f"aggregator {lacp['aggregator_id']}"
    assert f"Active {active}, 2 of 2 slaves in it, LACP rate fast\n" in text
    assert f"Partner {partner}, its key {lacp['partner_key']}, ours {lacp['actor_key']}\n" in text
    for slave in ("eth0", "eth1"):
        assert f"{slave}  up  {active}, the active one\n    partner    {partner}\n" in text
    for side in ("this host", "switch   "):
        carries = f"    {side}  active, fast, in sync, collecting, distributing\n"
        assert text.count(carries) == 2
    assert "churned" not in text


def test_one_cable_out_and_back(guest: Guest, partner: str) -> None:
    guest.pull(0)
    until_up(guest, 1)
    code, bond = until_codes(guest, "slave-down")
    assert (code, bond["verdict"], bond["lacp"]["ports"]) == (1, "degraded", 1)
    text = view(guest)
    assert "1 of 2 slaves in it" in text
    assert "eth0  DOWN  no link, so it carries nothing\n\neth1  up  aggregator" in text
    assert text.count("distributing\n") == 2, "eth1's, on both sides"
    assert bond["headline"] == "1 of 2 slaves up. If eth1 fails too, xenbr0 is cut off."
    guest.plug(0)
    until_up(guest, 2)
    _, bond = until_codes(guest)
    assert bond["lacp"]["ports"] == 2


def test_min_links(guest: Guest, partner: str) -> None:
    """With as many as are asked for each is one too few when it fails."""
    guest.sh(
        "ip link set bond0 down; ip link set bond0 type bond min_links 2; ip link set bond0 up"
    )
    code, bond = until_codes(guest, "min-links-reached")
    assert (code, bond["verdict"]) == (1, "degraded")
    guest.pull(0)
    until_up(guest, 1)
    code, bond = until_codes(guest, "too-few-links", "slave-down")
    assert (code, bond["verdict"], bond["mii_status"]) == (2, "down", "down")
    guest.plug(0)
    until_up(guest, 2)


def test_two_partners(guest: Guest, partner: str) -> None:
    """Each slave ends in another switch: two aggregators, of which one carries."""
    guest.sh(PARTNER.format(n=1, ports="p1"))
    # min_links counts what is in the active aggregator, not what has a link.
    code, bond = until_codes(guest, "too-few-links", "aggregator-split")
    assert (code, bond["verdict"]) == (2, "down")
    assert "has 1 of the 2 links that min_links asks for" in bond["reasons"][0]["text"]
    guest.sh(
        "ip link set bond0 down; ip link set bond0 type bond min_links 0; ip link set bond0 up"
    )
    # A port that has not yet heard its switch is split off as well.
    code, bond = until(
        guest,
        lambda bond: (
            codes(bond) == ["aggregator-split"]
            and all(slave["partner_mac"] != NO_PARTNER for slave in bond["slaves"])
        ),
    )
    assert (code, bond["verdict"], bond["lacp"]["ports"]) == (1, "degraded", 1)
    slaves = {slave["name"]: slave for slave in bond["slaves"]}
    macs = {name: slave["partner_mac"] for name, slave in slaves.items()}
    assert macs["eth0"] == partner != macs["eth1"]
    assert slaves["eth0"]["aggregator_id"] != slaves["eth1"]["aggregator_id"]
    for text in (f"eth0 {partner}", f"eth1 {macs['eth1']}", "only one carries"):
        assert text in bond["reasons"][0]["text"]
    text = view(guest)
    assert "1 of 2 slaves in it" in text
    active = {
        name for name, s in slaves.items() if s["aggregator_id"] == bond["lacp"]["aggregator_id"]
    }
    for name, slave in slaves.items():
        which = "the active one" if name in active else "NOT the active one"
        where = f"aggregator {slave['aggregator_id']}, {which}"
        assert f"{name}  up  {where}\n    partner    {macs[name]}\n" in text
    assert len(active) == 1
    guest.sh("ping -qc2 -i0.1 -w5 192.168.0.1")


def test_one_port_without_lacp(guest: Guest, partner: str) -> None:
    """The switch's second port is a plain one: it is silent, and that slave carries nothing."""
    guest.sh("ip -n switch link del lag1; ip -n switch link set p1 master br0 up")
    deadline = time.monotonic() + 60
    while True:
        code, bond = status(guest)
        if "The switch does not answer LACP on eth1" in str(bond["reasons"]):
            break
        assert time.monotonic() < deadline, bond
    assert (code, bond["verdict"], bond["lacp"]["partner_mac"]) == (1, "degraded", partner)
    assert codes(bond)[0] == "aggregator-split"
    text = view(guest)
    assert f"Partner {partner}, its key" in text
    assert f"the active one\n    partner    {partner}\n" in text
    assert "NOT the active one\n    partner    NONE: no LACP frame came in\n" in text
