"""What xenbond says of NICs with permanent MACs as their cables are pulled."""

import pytest

from tests.lab.evidence import note, until_status
from tests.lab.qemu.machine import MACS, PORTS, Machine
from tests.lab.qemu.switch import NAME

STEPS = (
    ("both in", (), (), "healthy", "eth0"),
    ("eth0 out", (0,), (), "degraded", "eth1"),
    ("eth0 back", (), (0,), "healthy", "eth1"),
    ("eth1 out", (1,), (), "degraded", "eth0"),
    ("both out", (0,), (), "down", None),
    ("both back", (), (0, 1), "healthy", None),
)
"""What is done (pulled, plugged), the verdict, the active slave; None: none, or either."""


def test_the_verdict_in_each_cable_state(bonded: Machine) -> None:
    """The slaves keep the bond's MAC while they are its slaves: their own is told all the same."""
    for what, pulled, plugged, verdict, active in STEPS:
        bonded.pull(*pulled)
        bonded.plug(*plugged)
        bond = until_status(bonded, verdict, timeout=60)
        slaves = bond["slaves"]
        assert isinstance(slaves, list)
        assert tuple(slave["permanent_mac"] for slave in slaves) == MACS
        if what == "both back":
            assert bond["active_slave"] in ("eth0", "eth1")
        else:
            assert bond["active_slave"] == active, what
        states = {slave["name"]: slave["mii_status"] for slave in slaves}
        note(f"qemu: {what}: {verdict}, active {bond['active_slave']}, {states}")


LISTEN = """
import time
from xenbond_tui.host.lldp import LldpListener
listener = LldpListener(["eth0", "eth1"], time.monotonic)
limit = time.monotonic() + 30
while len(listener.neighbours()) < 2 and time.monotonic() < limit:
    time.sleep(0.1)
listener.stop()
for nic, port in sorted(listener.neighbours().items()):
    print(nic, port.system, port.port)
"""


def test_each_slave_hears_its_own_switch_port(bonded: Machine) -> None:
    """The backup slave too, whose frames the bond itself takes for nothing."""
    heard = bonded.run("/opt/xenbond/bin/python", "-I", "-c", LISTEN).ok()
    assert heard.splitlines() == [f"eth{n} {NAME} {port}" for n, port in enumerate(PORTS)]


@pytest.mark.long
def test_watch_says_when_all_slaves_end_in_one_switch(bonded: Machine) -> None:
    watching = bonded.on_console("xenbond", "watch", term="vt220")
    shown = bonded.console.wait_for(rf"end in one switch, {NAME}", timeout=90)
    print(shown)
    bonded.console.keys("q")
    assert watching.wait(60).rc == 0
