"""The service that announces, as a plan brings it: it runs, tells the switch, and goes again."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.cutting import BOTH, Tree, states, until_cut
from tests.lab.evidence import ANSWERS, Before, active_slave, keep, note
from tests.lab.guest import Guest, make_disk

JOURNEY = True
GUEST = "00:16:3e:00:00:01"
WANTED = (
    ANSWERS.replace("miimon: 100\n", "miimon: 100\n  options: {primary: eth0}\n")
    + "  announce: true\n"
)
UNIT = "xenbond-announce@bond0.service"
# It speaks once, so that bridge and switch know it, and never again by itself.
SILENT_GUEST = f"""
ip netns add guest
ip link add vif1.0 type veth peer name eth0 address {GUEST} netns guest
ip link set vif1.0 address fe:ff:ff:ff:ff:ff
ip link set vif1.0 master xenbr0 up
ip netns exec guest sysctl -q net.ipv6.conf.all.disable_ipv6=1
ip -n guest link set eth0 up
ip -n guest addr add 192.168.0.50/24 dev eth0
ip netns exec guest ping -c1 -W5 192.168.0.1
"""
RUNS = f"systemctl is-active {UNIT} && systemctl is-enabled {UNIT}"
LISTENS = "awk '$2 == 0 && $4 != \"00000000\" { found = 1 } END { exit !found }' /proc/net/netlink"
"""Some process hears of links by netlink."""


@pytest.fixture(scope="module")
def host(lab: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    disk = tmp_path_factory.mktemp("announce") / "disk"
    with Guest(stack="networkd", disk=make_disk(disk)) as booted:
        booted.write("/root/answers.yaml", WANTED)
        yield booted
    disk.unlink()


@pytest.fixture(scope="module")
def before(host: Guest) -> Before:
    return Before.of(host)


def learned(host: Guest, port: str) -> str:
    """What is true once the switch has the guest behind that port."""
    return f"bridge -n switch fdb show br br0 dynamic | grep -q '{GUEST} dev {port} '"


def test_it_is_set_up_with_the_bond(host: Guest, before: Before) -> None:
    keep(host, host.start("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes"))
    print(host.sh(f"{RUNS}; cat /etc/systemd/system/{UNIT}"))
    assert host.sh(f"systemd-analyze verify --man=no {UNIT} 2>&1") == ""
    assert host.xenbond("plan", "--answers", "/root/answers.yaml").rc == 0


def test_the_switch_learns_at_once_where_a_silent_guest_is(host: Guest, before: Before) -> None:
    host.wait_until(LISTENS)
    host.sh(SILENT_GUEST)
    host.wait_until(learned(host, "p0"))
    # The service looks at the bridge each 10 s, and a bridge forgets nobody that soon.
    host.sh("sleep 21")
    began = time.monotonic()
    host.write("/sys/class/net/bond0/bonding/active_slave", "eth1")
    host.wait_until(learned(host, "p1"), timeout=20, every=0.02)
    note(f"announce service: the switch learned a silent guest in {time.monotonic() - began:.2f} s")
    assert active_slave(host) == "eth1"
    host.sh("ip link del vif1.0; ip netns del guest")


def test_it_is_there_after_a_boot(host: Guest, before: Before) -> None:
    host.reboot()
    host.wait_until(RUNS)
    assert host.sh("xenbond status").count("announce") == 0


def test_an_undo_leaves_no_trace_of_it(host: Guest, before: Before) -> None:
    keep(host, host.start("xenbond", "undo", "--yes"))
    before.is_back(host)
    assert host.sh("systemctl list-units --all --plain --no-legend 'xenbond-announce*'") == ""
    assert host.run("pgrep", "-f", "xenbond_tui announce").rc == 1


def test_a_change_that_is_not_kept_leaves_none_either(host: Guest, before: Before) -> None:
    apply = host.start("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes")
    host.wait_until(f"systemctl is-active {UNIT}", timeout=180)
    host.xenbond("undo").ok()
    assert apply.wait(180).rc == 2
    before.is_back(host)
    assert host.sh("systemctl list-units --all --plain --no-legend 'xenbond-announce*'") == ""


def test_nor_does_one_that_a_power_cut_interrupts(lab: None, tmp_path: Path) -> None:
    """The boot has begun to start the service when the guard puts the files back."""
    disk = make_disk(tmp_path / "disk")
    guest = Guest(stack="networkd", disk=disk)
    try:
        guest.write("/root/answers.yaml", f"{BOTH}  announce: true\n")
        guest.sh("sync /root /root/answers.yaml")
        files = Tree.of(guest).etc
        until_cut(guest, "waiting", 2.0)
        guest.stop()
        guest = Guest(stack="networkd", disk=disk)
        assert states(guest)[-1] == "rolled-back"
        assert Tree.of(guest).etc == files
        guest.wait_until("systemctl is-system-running | grep -Eq 'running|degraded'")
        assert guest.run("systemctl", "is-active", UNIT).out.strip() == "inactive"
        assert guest.run("pgrep", "-f", "xenbond_tui announce").rc == 1
    finally:
        guest.stop()
