"""What the LACP view says of ports that agree, that wait, and whose switch is silent."""

import pytest

from screens.lacp_view import lacp_lines, port_state
from xenbond_tui.facts import BondState, LacpState, SlaveState

SWITCH, NOBODY = "00:1b:21:00:00:01", "00:00:00:00:00:00"


@pytest.mark.parametrize(
    ("bits", "said"),
    [
        (0x3D, "active, slow, in sync, collecting, distributing"),
        (0x3F, "active, fast, in sync, collecting, distributing"),
        (0x3C, "passive, slow, in sync, collecting, distributing"),
        (0x45, "active, slow, NOT in sync, not collecting, not distributing, DEFAULTED"),
        (0x9D, "active, slow, in sync, collecting, not distributing, EXPIRED"),
        (0x01, "active, slow, alone, NOT in sync, not collecting, not distributing"),
    ],
)
def test_a_port_state_in_words(bits: int, said: str) -> None:
    assert port_state(bits) == said


def slave(name: str, **said: object) -> SlaveState:
    return SlaveState(name, "up", **said)  # type: ignore[arg-type]


def view(partner: str, *slaves: SlaveState, ports: int = 2) -> str:
    lacp = LacpState("slow", 1, ports, 9, 15, partner)
    bond = BondState("bond0", None, "802.3ad", "up", slaves=slaves, lacp=lacp)
    return "\n".join(lacp_lines(bond, 76))


def test_two_ports_that_carry() -> None:
    agreed = {
        "aggregator_id": 1,
        "actor_port_state": 0x3D,
        "partner_port_state": 0x3D,
        "partner_mac": SWITCH,
        "actor_churn": "none",
        "partner_churn": "none",
    }
    text = view(SWITCH, slave("eth0", **agreed), slave("eth1", **agreed))
    assert "Active aggregator 1, 2 of 2 slaves in it, LACP rate slow" in text
    assert f"Partner {SWITCH}, its key 15, ours 9" in text
    assert "eth0  up  aggregator 1, the active one" in text
    assert text.count("active, slow, in sync, collecting, distributing") == 4
    assert "churn" not in text
    assert max(map(len, text.splitlines())) <= 76


def test_a_silent_switch_and_a_slave_apart() -> None:
    apart = slave(
        "eth1",
        aggregator_id=2,
        actor_port_state=0x45,
        partner_port_state=0x01,
        partner_mac=NOBODY,
        partner_churn="churned",
    )
    text = view(NOBODY, slave("eth0", aggregator_id=1), apart, ports=1)
    assert "Partner: NONE. The switch does not answer LACP." in text
    assert "eth1  up  aggregator 2, NOT the active one" in text
    assert "partner    NONE: no LACP frame came in" in text
    assert "churn      switch churned" in text


def test_without_root_nothing_is_made_up() -> None:
    bond = BondState("bond0", None, "802.3ad", "up", slaves=(slave("eth0"),))
    text = "\n".join(lacp_lines(bond, 76))
    assert "The kernel tells nothing of LACP here" in text
    assert "aggregator not known" in text
