"""A text of /proc/net/bonding that no kernel prints is never a healthy bond."""

import re

import pytest
from bond_states import CAPTURES
from facts_builder import bridge

from xenbond_tui.health.model import HealthState, Level
from xenbond_tui.health.verdict import judge
from xenbond_tui.host.procfs import parse_proc_bonding

TEXT = (CAPTURES / "cables/proc_net_bonding_plain_e1000_uc1_1_eth0_down.txt").read_text()
TEXT = TEXT.replace("MII Status: down", "MII Status: up")


def _cut(text: str, part: str) -> str:
    return text[: text.rindex(part) + len(part)]


def _down(text: str, name: str) -> str:
    head, word, tail = text.partition(f"Slave Interface: {name}")
    return head + word + tail.replace("MII Status: up", "MII Status: down", 1)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "mode, miimon, slaves, active_slave"),
        ("\0" * 90, "mode"),
        ("Ethernet Channel Bonding Driver: v6.1\n", "mii_status, slaves"),
        (_cut(TEXT, "Slave Interface: eth1\nMII Status: up\nSpeed"), "slave eth1"),
        (_cut(TEXT, "Link Failure Count"), "slave eth1"),
        (TEXT.replace("Interface: eth1", "Interface: eth0"), "slave eth0"),
        (TEXT + TEXT[TEXT.index("Slave Interface") :], "slave eth0, slave eth1"),
        (TEXT.replace("Interval (ms): 100", f"Interval (ms): {'9' * 400}"), "MII Polling Interval"),
        (TEXT.replace("MII Status: up", "MII Status: upp", 1), "mii_status|MII Status"),
        (TEXT.replace("MII Status: up\n", "", 1), "mii_status"),
        (TEXT.replace("Active Slave: eth1", "Active Slave: eth7"), "active_slave"),
        (TEXT.replace("Up Delay (ms): 0", "Up Delay (ms): -7"), "Up Delay"),
        (TEXT.replace("Duplex: full", "Duplex: both", 1), "slave eth1"),
        (TEXT.replace("MII Status: up\nSpeed", "MII Status: up\nMII Status: down\nSpeed"), "slave"),
        (TEXT.replace("MII Status: up\nSpeed", "MII Status: up\nMII Status: up\nSpeed"), "slave"),
        (TEXT.replace("MII Status: up", "MII Status: up\nMII Status: down", 1), "MII Status"),
        (
            TEXT.replace(
                "Currently Active Slave: eth1",
                "Currently Active Slave: eth1\nCurrently Active Slave: eth0",
            ),
            "Currently Active Slave",
        ),
        (_down(TEXT, "eth1"), "slave eth1"),
        (_cut(_down(TEXT, "eth1"), "MII Status: down"), "slave eth1"),
        (_cut(TEXT[: TEXT.rindex("Slave Interface")], "MII Status: up"), r"slave eth\d"),
        (TEXT.replace("Failure Count: 0", f"Failure Count: {'9' * 5000}"), "slave eth1"),
    ],
    ids=lambda it: repr(it)[-30:],
)
def test_a_text_that_no_kernel_prints_is_never_healthy(text: str, what: str) -> None:
    verdict = judge(HealthState(parse_proc_bonding("bond0", text), bridge()))
    assert verdict.level is Level.UNKNOWN
    [told] = [it for it in verdict.reasons if it.code == "bond-unread"]
    assert re.search(what, told.text), told.text
    assert not [it for it in verdict.reasons if "eth0 and eth0" in it.text]


def test_the_text_that_these_are_made_of_is_healthy() -> None:
    assert judge(HealthState(parse_proc_bonding("bond0", TEXT), bridge())).level is Level.HEALTHY
