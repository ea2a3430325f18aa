"""The usual dom0: it is managed, and goes out, by a NIC of its own beside the guests' two."""

import pytest

from tests.lab.evidence import ANSWERS, Network, network, note, until_status
from tests.lab.stacks import INTERFACES
from tests.lab.xen.dom0 import HOST, PATIENCE, SPARE, Dom0
from tests.lab.xen.image import GUESTS
from tests.lab.xen.steps import (
    BRIDGED,
    PACE,
    answers,
    asking_everybody,
    everybody_answers,
    kept,
    laid_out,
    nobody_misses,
    running_guests,
    told,
    with_guests,
)
from tests.lab.xen.table import Table

pytestmark = pytest.mark.long

ROUTER = "10.9.9.1"
MANAGEMENT = f"""
auto eth2
iface eth2 inet static
	address 10.9.9.2/24
	gateway {ROUTER}
"""
ON_ETH0 = INTERFACES.replace("\tgateway 192.168.0.1\n", "") + MANAGEMENT
ON_THE_BRIDGE = BRIDGED.replace("\tgateway 192.168.0.1\n", "") + MANAGEMENT
WANTED = ANSWERS.replace("  gateway: 192.168.0.1\n", "")
COMES_IN = {"SSH_CONNECTION": f"{ROUTER} 40000 10.9.9.2 22"}
"""The administrator's session, as sshd tells of it."""


def beside(dom0: Dom0, interfaces: str, nic: str) -> Network:
    """The host with those files, managed by eth2; returns its network."""
    dom0.switch.peer.ips.add(ROUTER)
    laid_out(dom0, interfaces, nic, "e1000")
    dom0.sh(f"ifup eth2; ping -c1 -W5 {ROUTER}", timeout=PATIENCE)
    dom0.write("/root/answers.yaml", WANTED)
    was = network(dom0)
    assert was.macs["eth2"] == next(mac for _, mac in SPARE.values())
    assert was.routes[0].startswith(f"default via {ROUTER} dev eth2")
    return was


def told_before(dom0: Dom0) -> None:
    argv = ("plan", "--answers", "/root/answers.yaml")
    plan = dom0.run("xenbond", *argv, env=COMES_IN, timeout=PATIENCE)
    assert "No outage expected" in plan.out + plan.err, plan


def only_the_bridge_is_other(dom0: Dom0, was: Network, holder: str) -> None:
    """It has the MAC of who had the address before; eth2 and the routes stay."""
    now = network(dom0)
    assert now.macs["xenbr0"] == was.macs[holder] != was.macs["eth2"]
    assert now.addresses["xenbr0"] == (f"{HOST}/24",)
    assert now.addresses["eth2"] == ("10.9.9.2/24",)
    assert now.macs["eth2"] == was.macs["eth2"]
    assert now.routes == was.routes


def test_the_bridge_has_a_slaves_mac_and_nothing_is_lost(dom0: Dom0) -> None:
    was = beside(dom0, ON_ETH0, "eth0")
    told_before(dom0)
    with dom0.switch.pinging(HOST, PACE) as pinging:
        kept(dom0, "apply", "--answers", "/root/answers.yaml", env=COMES_IN)
    note(f"xen: set-up beside a management NIC: host {told(pinging)}")
    assert len(pinging.lost()) <= 1
    only_the_bridge_is_other(dom0, was, "eth0")
    answers(dom0, HOST)
    until_status(dom0, "healthy", PATIENCE)


def test_nor_under_two_guests_there_and_back(dom0: Dom0, table: Table) -> None:
    """Their bridge had the address already; a third NIC carries session and default route."""
    beside(dom0, ON_THE_BRIDGE, "xenbr0")
    with_guests(dom0)
    was = network(dom0)
    told_before(dom0)
    for what, command in {
        "forward": ("apply", "--answers", "/root/answers.yaml"),
        "back": ("undo",),
    }.items():
        with asking_everybody(dom0) as asked:
            kept(dom0, *command, env=COMES_IN)
        table.add(f"{what}, management NIC", "by the change", "keeps", asked)
        nobody_misses(asked)
        only_the_bridge_is_other(dom0, was, "xenbr0")
        everybody_answers(dom0)
        assert running_guests(dom0) == set(GUESTS)
    assert network(dom0) == was
