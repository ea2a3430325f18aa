"""The usual dom0: eth0 is in xenbr0 already, with two guests' ports beside it.

The guests are stand-ins: veth pairs vif1.0 and vif2.0 in the bridge, with the guest's end in a
network namespace of its own. One guest; the tests are the legs of one journey and run in order.
"""

from collections.abc import Iterator

import pytest

from tests.lab.evidence import Before, keep, network, note, until_status
from tests.lab.guest import Guest
from tests.lab.layouts import BRIDGED_NIC, GUESTS

JOURNEY = True

ANSWERS = """\
version: 1
bond:
  slaves: [eth0, eth1]
  mode: active-backup
  miimon: 100
bridge:
  name: xenbr0
  address: 192.168.0.222/24
  gateway: 192.168.0.1
"""


@pytest.fixture(scope="module")
def guest(lab: None) -> Iterator[Guest]:
    with Guest(files={"/etc/network/interfaces": BRIDGED_NIC}) as booted:
        booted.sh(GUESTS)
        yield booted


@pytest.fixture(scope="module")
def before(guest: Guest) -> Before:
    return Before.of(guest)


def guests_answer(guest: Guest) -> None:
    """Both guests are reached from the switch, through the bridge."""
    for address in ("192.168.0.101", "192.168.0.102"):
        guest.sh(f"ip netns exec switch ping -qc5 -i0.1 -W1 {address}")


def test_the_bridges_nic_is_offered(guest: Guest, before: Before) -> None:
    assert before.network.masters == {"eth0": "xenbr0", "vif1.0": "xenbr0", "vif2.0": "xenbr0"}
    said = guest.xenbond("nics").ok()
    assert "port of xenbr0" in said
    guest.write("/root/answers.yaml", ANSWERS)


def test_the_bridge_keeps_its_stanza(guest: Guest) -> None:
    done = guest.xenbond("plan", "--answers", "/root/answers.yaml")
    assert done.rc == 1, "changes are planned"
    assert "-\tbridge_ports eth0\n+\tbridge_ports bond0\n" in done.out


def test_the_guests_keep_their_bridge(guest: Guest, before: Before) -> None:
    with guest.pinging() as host, guest.pinging("192.168.0.101") as dom:
        keep(guest, guest.start("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes"))
    note(f"existing bridge, apply: host {host[0]}; guest {dom[0]}")
    now = network(guest)
    assert now.masters == {
        "eth0": "bond0",
        "eth1": "bond0",
        "bond0": "xenbr0",
        "vif1.0": "xenbr0",
        "vif2.0": "xenbr0",
    }
    assert now.addresses["xenbr0"] == ("192.168.0.222/24",)
    assert now.macs["xenbr0"] == before.network.macs["xenbr0"]
    guests_answer(guest)
    until_status(guest, "healthy")


def test_the_guests_survive_a_pulled_cable(guest: Guest) -> None:
    guest.write("/sys/class/net/bond0/bonding/active_slave", "eth0")
    with guest.pinging("192.168.0.101") as dom:
        guest.pull(0)
        until_status(guest, "degraded")
        guests_answer(guest)
    note(f"existing bridge, eth0 pulled: guest {dom[0]}")
    guest.plug(0)
    until_status(guest, "healthy")


def test_undo_leaves_the_guests_where_they_were(guest: Guest, before: Before) -> None:
    with guest.pinging() as host, guest.pinging("192.168.0.101") as dom:
        keep(guest, guest.start("xenbond", "undo", "--yes"))
    note(f"existing bridge, undo: host {host[0]}; guest {dom[0]}")
    before.is_back(guest)
    guests_answer(guest)
