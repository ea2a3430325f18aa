"""ifcfg files by ifup and ifdown (stand-ins, see `stacks.py`), where netlink alone would not do.

A host with a hook of its own, two addresses, routes in a file, and its gateway where it holds for
every link. One host on a disk; the tests are the legs of one journey and run in order.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.evidence import ANSWERS, Before, keep, network, note
from tests.lab.guest import Guest, make_disk
from tests.lab.stacks import IFCFG_ETH0, SCRIPTS

JOURNEY = True
pytestmark = pytest.mark.long

HOOK = "/usr/sbin/ifup-local"
"""ifup runs it for each link that it has given its addresses."""
FILES = {
    "/etc/sysconfig/network": "NETWORKING=yes\nGATEWAY='192.168.0.1'  # for every link\n",
    f"{SCRIPTS}/ifcfg-eth0": IFCFG_ETH0.replace('GATEWAY="192.168.0.1"\n', "")
    + "IPADDR1=192.168.0.223   # the old name's\nNETMASK1=255.255.255.0\n",
    f"{SCRIPTS}/route-eth0": "# The branch\n10.9.0.0/16 via 192.168.0.1 dev eth0 metric 7\n",
}
WANTED = ANSWERS.replace(
    "address: 192.168.0.222/24", "address: [192.168.0.222/24, 192.168.0.223/24]"
).replace("miimon: 100\n", "miimon: 100\n  options:\n    updelay: 200\n    primary: eth1\n")


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory, lab: None) -> Iterator[Guest]:
    disk = make_disk(tmp_path_factory.mktemp("ifcfg") / "disk")
    with Guest(stack="ifcfg", files=FILES, disk=disk) as booted:
        note(f"ifcfg: {booted.row.not_genuine}")
        yield booted
    Path(disk).unlink()


@pytest.fixture(scope="module")
def before(host: Guest) -> Before:
    host.write("/root/answers.yaml", WANTED)
    host.sh(f"printf '#!/bin/sh\\necho $1 >>/run/hook\\n' >{HOOK}; chmod 755 {HOOK}")
    return Before.of(host)


def as_planned(host: Guest) -> None:
    now = network(host)
    assert now.masters == {"eth0": "bond0", "eth1": "bond0", "bond0": "xenbr0"}
    assert now.addresses["xenbr0"] == ("192.168.0.222/24", "192.168.0.223/24")
    assert now.addresses["eth0"] == now.addresses["bond0"] == ()
    assert now.macs["xenbr0"] == "00:50:da:7a:51:45"
    routes = [" ".join(route.split()[:5]) for route in now.routes]
    assert routes == [
        "default via 192.168.0.1 dev xenbr0",
        "10.9.0.0/16 via 192.168.0.1 dev xenbr0",
        "169.254.0.0/16 dev xenbr0 scope link",
    ]
    says = host.sh("cd /sys/class/net/bond0/bonding; cat mode miimon updelay primary")
    assert says.split() == ["active-backup", "1", "100", "200", "eth1"]
    assert "xenbr0" in host.read("/run/hook").split()
    host.run("ping", "-qc3", "-i0.2", "192.168.0.1").ok()


def test_the_host_is_as_its_files_say(host: Guest, before: Before) -> None:
    assert before.network.addresses["eth0"] == ("192.168.0.222/24", "192.168.0.223/24")
    assert [route.split()[0] for route in before.network.routes] == [
        "default",
        "10.9.0.0/16",
        # Red Hat's scripts give it to each link.
        "169.254.0.0/16",
    ]
    assert host.read("/run/boot.log") == ""


def test_there_and_undone(host: Guest, before: Before) -> None:
    told = host.xenbond("plan", "--answers", "/root/answers.yaml").err
    assert "ifup must run /sbin/ifup-local" in told
    with host.pinging() as pings:
        keep(host, host.start("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes"))
    note(f"ifcfg: by ifdown and ifup: {pings[0]}")
    as_planned(host)
    with host.pinging() as pings:
        keep(host, host.start("xenbond", "undo", "--yes"))
    note(f"ifcfg: undone by ifdown and ifup: {pings[0]}")
    before.is_back(host)


def test_there_and_booted(host: Guest, before: Before) -> None:
    keep(host, host.start("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes"))
    host.reboot()
    as_planned(host)
    assert host.read("/run/boot.log") == ""


def test_removed_and_that_undone(host: Guest, before: Before) -> None:
    bonded = Before.of(host)
    keep(host, host.start("xenbond", "remove", "--yes"))
    now = network(host)
    assert not {"bond0", "xenbr0"} & set(now.macs)
    assert now.addresses == before.network.addresses
    assert now.routes == before.network.routes
    keep(host, host.start("xenbond", "undo", "--yes"))
    bonded.is_back(host)
