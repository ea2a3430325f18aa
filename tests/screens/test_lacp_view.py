"""What the LACP view says of ports that agree, that wait, and whose switch is silent.

The captures were taken in the lab from /proc/net/bonding of Linux 6.1, a second bond being the
partner in the switch (tests/lab/test_lacp.py).
"""

from pathlib import Path

import pytest

from screens.lacp_view import lacp_lines, port_state
from xenbond_tui.facts.bond import BondState, SlaveState
from xenbond_tui.host.procfs import parse_proc_bonding

CAPTURES = Path(__file__).parents[1] / "fixtures/captures/lacp"
SWITCH, NOBODY = "86:f4:9f:2c:69:a1", "00:00:00:00:00:00"
LEGEND = 5
"""Lines at the end that explain the words, an empty one first."""


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


def view(capture: str, changed: tuple[str, str] = ("", "")) -> list[str]:
    """What is said of a capture, perhaps with words of it changed, up to the legend."""
    text = (CAPTURES / f"{capture}.txt").read_text()
    text = text.replace(*changed) if changed[0] else text
    bond = parse_proc_bonding("bond0", text)
    assert bond.not_understood == ()
    lines = lacp_lines(bond, 76)
    assert max(map(len, lines)) <= 76
    return lines[:-LEGEND]


AGREED = [
    f"    partner    {SWITCH}",
    "    this host  active, fast, in sync, collecting, distributing",
    "    switch     active, fast, in sync, collecting, distributing",
]


def test_two_ports_that_carry() -> None:
    assert view("healthy") == [
        "Active aggregator 1, 2 of 2 slaves in it, LACP rate fast",
        f"Partner {SWITCH}, its key 15, ours 15",
        "",
        "eth0  up  aggregator 1, the active one",
        *AGREED,
        "",
        "eth1  up  aggregator 1, the active one",
        *AGREED,
    ]


def test_a_cable_that_is_out() -> None:
    """The kernel still has eth0 in sync, collecting and distributing, as its switch was."""
    assert view("one_cable_out") == [
        "Active aggregator 1, 1 of 2 slaves in it, LACP rate fast",
        f"Partner {SWITCH}, its key 15, ours 15",
        "",
        "eth0  DOWN  no link, so it carries nothing",
        "",
        "eth1  up  aggregator 1, the active one",
        *AGREED,
    ]


def test_a_switch_that_does_not_speak_lacp() -> None:
    assert view("no_partner") == [
        "Active aggregator 1, 1 of 2 slaves in it, LACP rate fast",
        "Partner: NONE. The switch does not answer LACP.",
        "The kernel lets the active aggregator carry all the same.",
        "",
        "eth0  up  aggregator 1, the active one",
        "    partner    NONE: no LACP frame came in",
        "    this host  active, fast, in sync, not collecting, not distributing,",
        "               DEFAULTED",
        "",
        "eth1  up  aggregator 2, NOT the active one",
        "    partner    NONE: no LACP frame came in",
        "    this host  active, fast, NOT in sync, not collecting, not distributing,",
        "               DEFAULTED",
    ]


def test_two_switches_that_do_not_act_as_one() -> None:
    text = view("two_aggregators")
    assert text[:7] == [
        "Active aggregator 1, 1 of 2 slaves in it, LACP rate fast",
        f"Partner {SWITCH}, its key 15, ours 15",
        "",
        "eth0  up  aggregator 1, the active one",
        *AGREED,
    ]
    assert text[8] == "eth1  up  aggregator 2, NOT the active one"
    assert text[9].startswith("    partner    ")
    assert SWITCH not in text[9]
    assert NOBODY not in text[9]


def test_one_port_of_the_switch_is_a_plain_one() -> None:
    text = view("one_port_silent")
    assert text[4:7] == AGREED
    assert text[8:11] == [
        "eth1  up  aggregator 2, NOT the active one",
        "    partner    NONE: no LACP frame came in",
        "    this host  active, fast, NOT in sync, not collecting, not distributing,",
    ]


def test_a_side_that_gave_up_is_named() -> None:
    """As after a minute with that switch; the first minute is "monitoring", which is no news."""
    assert not [line for line in view("no_partner") if "churn" in line]
    churned = ("Partner Churn State: monitoring", "Partner Churn State: churned")
    text = view("no_partner", churned)
    assert text.count("    churned    switch gave up waiting for sync") == 2


def test_without_root_nothing_is_made_up() -> None:
    slave = SlaveState("eth0", "up")
    bond = BondState("bond0", None, "802.3ad", "up", slaves=(slave,))
    text = "\n".join(lacp_lines(bond, 76))
    assert "The kernel tells nothing of LACP here" in text
    assert "aggregator not known" in text
