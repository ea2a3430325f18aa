"""A dom0 that loses its power while its plain bridge comes under a bond, and after that is kept.

The program is where an installation has it, so that the boot guard can run; the disk has a journal.
One dom0, after the legs with guests; the tests run in order.
"""

import json

import pytest

from tests.lab.evidence import ANSWERS, network, note, until_status
from tests.lab.xen.dom0 import HOST, PATIENCE, Dom0
from tests.lab.xen.test_dom0 import answers
from tests.lab.xen.test_guests import (
    bridged,
    everybody_answers,
    kept,
    running_guests,
    until_asked,
    with_guests,
)

pytestmark = pytest.mark.long
__all__ = ["bridged"]

INSTALL = "rm /opt/xenbond; cp -a /lab/installed/opt/xenbond /opt/xenbond; sync"


@pytest.fixture(scope="module")
def installed(bridged: Dom0) -> Dom0:
    """The dom0 with a plain bridge, guests on it, and the program on its own disk."""
    bridged.sh(INSTALL, timeout=PATIENCE)
    bridged.write("/root/answers.yaml", ANSWERS)
    return bridged


def off_and_on(dom0: Dom0) -> None:
    dom0.cut()
    dom0.boot()
    note(f"xen: dom0 booted again in {dom0.boot_seconds:.0f} s")
    answers(dom0, HOST)


def last_state(dom0: Dom0) -> str:
    lines = dom0.sh("cat $(ls -d /var/lib/xenbond/transactions/[0-9]* | tail -1)/journal.jsonl")
    return str(json.loads(lines.splitlines()[-1])["state"])


def test_a_power_cut_while_the_first_change_waits_brings_the_bridge_back(installed: Dom0) -> None:
    uplinks = {
        port: master for port, master in network(installed).masters.items() if "vif" not in port
    }
    assert uplinks == {"eth0": "xenbr0"}
    running = installed.start("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes")
    until_asked(installed, running)
    off_and_on(installed)
    assert last_state(installed) == "rolled-back"
    assert network(installed).masters == uplinks
    assert running_guests(installed) == set()
    with_guests(installed)
    everybody_answers(installed)


def test_what_is_kept_is_there_after_a_boot_and_has_the_guests(installed: Dom0) -> None:
    kept(installed, "apply", "--answers", "/root/answers.yaml")
    off_and_on(installed)
    until_status(installed, "healthy", PATIENCE)
    masters = network(installed).masters
    assert masters == {"eth0": "bond0", "eth1": "bond0", "bond0": "xenbr0"}
    with_guests(installed)
    everybody_answers(installed)
