"""The usual dom0: it is managed, and goes out, by a NIC of its own beside the guests' two."""

import pytest

from tests.lab.evidence import ANSWERS, network, note, until_status
from tests.lab.qemu.machine import MACS
from tests.lab.xen.dom0 import HOST, SPARE, Dom0
from tests.lab.xen.steps import PACE, answers, kept, laid_out, told

pytestmark = pytest.mark.long

ROUTER = "10.9.9.1"
MANAGED = f"""\
auto lo
iface lo inet loopback

auto eth0
iface eth0 inet static
	address {HOST}/24

auto eth2
iface eth2 inet static
	address 10.9.9.2/24
	gateway {ROUTER}
"""
COMES_IN = {"SSH_CONNECTION": f"{ROUTER} 40000 10.9.9.2 22"}
"""The administrator's session, as sshd tells of it."""


def test_the_bridge_has_a_slaves_mac_and_nothing_is_lost(dom0: Dom0) -> None:
    dom0.switch.peer.ips.add(ROUTER)
    laid_out(dom0, MANAGED, "eth0", "e1000")
    dom0.sh("ifup eth2; ping -c1 -W5 10.9.9.1")
    was = network(dom0)
    assert was.macs["eth2"] == next(mac for _, mac in SPARE.values())
    dom0.write("/root/answers.yaml", ANSWERS.replace("  gateway: 192.168.0.1\n", ""))
    plan = dom0.run("xenbond", "plan", "--answers", "/root/answers.yaml", env=COMES_IN)
    assert "No outage expected" in plan.out + plan.err, plan
    with dom0.switch.pinging(HOST, PACE) as pinging:
        kept(dom0, "apply", "--answers", "/root/answers.yaml", env=COMES_IN)
    note(f"xen: set-up beside a management NIC: host {told(pinging)}")
    assert len(pinging.lost()) <= 1
    now = network(dom0)
    assert now.macs["xenbr0"] == was.macs["eth0"] == MACS[0]
    assert now.addresses["eth2"] == ("10.9.9.2/24",)
    assert now.routes == was.routes
    answers(dom0, HOST)
    until_status(dom0, "healthy")
