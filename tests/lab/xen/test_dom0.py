"""A bond under a real dom0: what host and guests lose, as the switch saw it.

One dom0; the tests are the legs of one journey and run in order.
"""

import time

import pytest

from tests.lab.evidence import ANSWERS, active_slave, note, until_status
from tests.lab.qemu.frames import mac
from tests.lab.qemu.machine import PORTS
from tests.lab.xen.dom0 import HOST, PATIENCE, Dom0, Session
from tests.lab.xen.image import MACS
from tests.lab.xen.steps import PACE, answers, as_installed, create, told

JOURNEY = True


def test_it_is_a_dom0(dom0: Dom0) -> None:
    as_installed(dom0)
    assert dom0.read("/proc/xen/capabilities").split() == ["control_d"]
    assert dom0.sh("xl list | awk 'NR > 1 { print $1 }'").split() == ["Domain-0"]
    answers(dom0, HOST)


def test_set_up_over_ssh_through_the_nic_that_becomes_a_slave(dom0: Dom0) -> None:
    """The session lives, and keeps what it has set up."""
    dom0.write("/root/answers.yaml", ANSWERS)
    began = time.monotonic()
    with dom0.switch.pinging(HOST, PACE) as pinging:
        session = Session(dom0, "xenbond apply --answers /root/answers.yaml --yes")
        session.wait_for("Type keep")
        asked = time.monotonic() - began
        another = Session(dom0, "hostname")
        assert another.wait() == 0, another.said
        session.type("keep")
        assert session.wait() == 0, session.said
    print(session.said)
    note(
        f"xen: set-up over SSH through eth0: asked after {asked:.0f} s, kept after "
        f"{time.monotonic() - began:.0f} s; host: {told(pinging)}"
    )
    assert len(pinging.lost()) <= 1
    until_status(dom0, "healthy", PATIENCE)


def test_a_guest_started_after_it_is_on_the_bond(dom0: Dom0) -> None:
    """By xl's own hotplug script, on the bridge that its configuration names."""
    seconds = create(dom0, "web")
    note(f"xen: a guest answers {seconds:.0f} s after `xl create`")
    assert dom0.switch.learned[mac(MACS["web"])] == PORTS[int(active_slave(dom0)[-1])]
    uplink, port = dom0.sh("ls /sys/class/net/xenbr0/brif").split()
    assert uplink == "bond0"
    assert port.startswith("vif")


@pytest.mark.long
def test_what_a_plan_and_a_look_say_and_how_long_they_take(dom0: Dom0) -> None:
    """`plan` says what the host is to Xen. Of the seconds nothing is asserted: see the README."""
    took = []
    for words in (("status",), ("nics",), ("plan", "--answers", "/root/answers.yaml")):
        began = time.monotonic()
        done = dom0.xenbond(*words, timeout=PATIENCE)
        took.append(f"{words[0]} {time.monotonic() - began:.1f} s")
        assert done.rc == 0
    assert "Xen dom0 with xl: " in done.err
    note(f"xen: {', '.join(took)}")
