"""The wizard through all its screens, on hvc0 of a dom0: keys over the serial line alone.

Each terminal type makes its own bond. The first one names the bridge another way than Xen does, and
a guest that names none gets there by xl's default. One dom0; the tests run in order.
"""

import time

import pytest

from tests.lab.evidence import etc, network, note
from tests.lab.qemu.frames import mac
from tests.lab.qemu.machine import PORTS
from tests.lab.xen.dom0 import HOST, PATIENCE, Dom0
from tests.lab.xen.image import GUESTS, MACS
from tests.lab.xen.steps import answers, as_installed, kept

pytestmark = pytest.mark.long

PAINTED = 90.0
"""Seconds that a screen may take to be painted; alone it takes 1 to 5."""


@pytest.fixture(scope="module")
def installed(dom0: Dom0) -> Dom0:
    return as_installed(dom0)


def a_guest_is_on(dom0: Dom0, bridge: str) -> None:
    """One whose configuration names no bridge."""
    config = dom0.read("/root/web.cfg")
    dom0.write("/root/any.cfg", config.replace(",bridge=xenbr0", "").replace('"web"', '"any"'))
    try:
        dom0.run("xl", "create", "/root/any.cfg", timeout=PATIENCE).ok()
        answers(dom0, GUESTS["web"])
        ports = dom0.sh(f"ls /sys/class/net/{bridge}/brif").split()
        assert [port for port in ports if port.startswith("vif")]
        assert dom0.switch.learned[mac(MACS["web"])] in PORTS
    finally:
        dom0.sh("xl destroy any", timeout=PATIENCE)


@pytest.mark.parametrize(("term", "bridge"), [("vt100", "br-lan"), ("linux", "xenbr0")])
def test_all_screens_to_a_kept_bond(installed: Dom0, term: str, bridge: str) -> None:
    """As `tests/lab/test_journey_tui.py` on other hosts, here with the screen that is Xen's."""
    dom0, was = installed, etc(installed)
    console, began = dom0.console, time.monotonic()
    running = dom0.on_console("xenbond", "setup", term=term)

    def shows(*wanted: str, timeout: float = PAINTED) -> None:
        assert not running.over, console.text()
        console.wait_for(*wanted, timeout=timeout)

    try:
        shows(r"\[Host\] > Slaves > Bond > Bridge > Xen > Review", r"^ > Set up", r"dom0")
        note(f"xen: wizard on hvc0, TERM={term}: first screen {time.monotonic() - began:.0f} s")
        console.keys("enter")
        shows(r"> \[Slaves\] >", r"\[x\] eth0  up .*192\.168\.0\.222/24", r"\[x\] eth1 ")
        console.keys("f10")
        shows(r"> \[Bond\] >", r"\(\*\) active-backup")
        console.keys("f10")
        shows(r"> \[Bridge\] >", r"Name +\[xenbr0 ", r"Address +\[192\.168\.0\.222/24 ")
        if bridge != "xenbr0":
            console.keys(*["backspace"] * len("xenbr0"), bridge)
            shows(rf"Name +\[{bridge} ")
        console.keys("f10")
        shows(r"> \[Xen\] >", r"as found: xl", "What changes", "^ None")
        if bridge == "xenbr0":
            shows(r"Xen is set up for xenbr0 already")
        else:
            shows(r"/etc/xen/xl\.conf", rf'\+ ?vif\.default\.bridge="{bridge}"')
        console.keys("f10")
        shows(r"> \[Review\] >", r"Nothing is written yet\.", timeout=2 * PAINTED)
        assert etc(dom0) == was
        console.keys("a", "f10")
        shows(r"Done\. Keep it\?", timeout=PATIENCE)
        console.keys("k")
        shows("Kept: so it is now")
        assert network(dom0).masters == {"eth0": "bond0", "eth1": "bond0", "bond0": bridge}
        assert network(dom0).addresses[bridge] == ("192.168.0.222/24",)
        console.keys("enter")
        shows(r"^ bond0  HEALTHY   2 of 2 slaves up", rf"^ {bridge} ")
        console.keys("q")
        assert running.wait(PATIENCE).rc == 0
    finally:
        print(console.text())
        running.signal(9)
    note(f"xen: wizard on hvc0, TERM={term}: {time.monotonic() - began:.0f} s in all")
    answers(dom0, HOST)
    if bridge != "xenbr0":
        a_guest_is_on(dom0, bridge)
    kept(dom0, "undo")
    assert etc(dom0) == was
