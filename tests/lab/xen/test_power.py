"""A dom0 that loses its power while its plain bridge comes under a bond, and after that is kept.

The program is where an installation has it, so that the boot guard can run; the disk has a journal.
One dom0, after the legs with guests; the tests run in order.
"""

import json
import time

import pytest

from tests.lab.evidence import ANSWERS, network, note, until_status
from tests.lab.stacks import MAIN
from tests.lab.xen.dom0 import HOST, PATIENCE, Dom0
from tests.lab.xen.image import GUESTS
from tests.lab.xen.steps import (
    BRIDGED,
    answers,
    bridged,
    everybody_answers,
    kept,
    running_guests,
    until_asked,
    with_guests,
)

pytestmark = pytest.mark.long

BONDED = {"eth0": "bond0", "eth1": "bond0", "bond0": "xenbr0"}
INSTALL = """\
[ -h /opt/xenbond ] || exit 0
rm /opt/xenbond
cp -a /lab/installed/opt/xenbond /opt/xenbond
sync
"""
AT_BOOT = """\
rm /etc/systemd/system/xendomains.service
systemctl daemon-reload
systemctl enable xendomains
sed -i 's/^XENDOMAINS_SAVE=.*/XENDOMAINS_SAVE=/' /etc/default/xendomains
mkdir -p /etc/xen/auto
ln -sf /root/web.cfg /root/db.cfg /etc/xen/auto
sync
"""
"""Guests start with the host, and are shut down with it; to save them takes minutes here."""


@pytest.fixture(scope="module")
def installed(dom0: Dom0) -> Dom0:
    """The dom0 with a plain bridge, guests on it, and the program on its own disk."""
    with_guests(bridged(dom0))
    dom0.write("/root/answers.yaml", ANSWERS)
    dom0.sh(INSTALL, timeout=PATIENCE)
    return dom0


def off_and_on(dom0: Dom0) -> None:
    dom0.cut()
    dom0.unknown_again()
    dom0.boot()
    note(f"xen: dom0 booted again in {dom0.boot_seconds:.0f} s")
    answers(dom0, HOST)


def uplinks(dom0: Dom0) -> dict[str, str]:
    return {port: it for port, it in network(dom0).masters.items() if not port.startswith("vif")}


def last_state(dom0: Dom0) -> str:
    lines = dom0.sh("cat $(ls -d /var/lib/xenbond/transactions/[0-9]* | tail -1)/journal.jsonl")
    return str(json.loads(lines.splitlines()[-1])["state"])


def test_a_power_cut_while_the_first_change_waits_brings_the_bridge_back(installed: Dom0) -> None:
    assert uplinks(installed) == {"eth0": "xenbr0"}
    running = installed.start("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes")
    until_asked(installed, running)
    assert uplinks(installed) == BONDED
    off_and_on(installed)
    assert last_state(installed) == "rolled-back"
    assert uplinks(installed) == {"eth0": "xenbr0"}
    assert "bond0" not in network(installed).macs
    assert installed.read(MAIN) == BRIDGED
    with_guests(installed)
    everybody_answers(installed)


def bond_and_guests_are_back(dom0: Dom0, bridges_mac: str) -> None:
    """By the host's own files; its guests are started by xendomains."""
    until_status(dom0, "healthy", PATIENCE)
    now = network(dom0)
    assert uplinks(dom0) == BONDED
    assert now.addresses["xenbr0"] == ("192.168.0.222/24",)
    assert now.macs["xenbr0"] == bridges_mac
    everybody_answers(dom0)
    assert running_guests(dom0) == set(GUESTS)
    assert len(network(dom0).masters) == len(BONDED) + len(GUESTS)


def test_what_is_kept_under_guests_is_there_after_a_power_cut(installed: Dom0) -> None:
    kept(installed, "apply", "--answers", "/root/answers.yaml")
    installed.sh(AT_BOOT)
    mac = network(installed).macs["xenbr0"]
    off_and_on(installed)
    bond_and_guests_are_back(installed, mac)


def test_and_after_a_shutdown_that_ends_the_guests(installed: Dom0) -> None:
    mac, began = network(installed).macs["xenbr0"], time.monotonic()
    place, limit = len(installed.console.everything), installed.limit(2 * PATIENCE)
    installed.start("systemctl", "poweroff")
    # Xen's last words; QEMU goes on where Xen finds no way to switch it off.
    while b"Entering ACPI S5 state" not in installed.console.everything[place:]:
        assert not limit.over, "it does not end"
        time.sleep(0.5)
    note(f"xen: dom0 with two guests shut down in {time.monotonic() - began:.0f} s")
    off_and_on(installed)
    bond_and_guests_are_back(installed, mac)
