"""NetworkManager: its checkpoint is a second clock, and it takes our profiles without a word.

It brings the old network back when ours has died, and it never goes off otherwise: taken away when
a change is kept or rolled back, later when there is more time. What was kept is loaded, active, and
nothing in its log. One host; the tests are the legs of one journey and run in order.
"""

import re
import time
from collections.abc import Iterator

import pytest

from tests.lab.channel import Running
from tests.lab.evidence import ANSWERS, Before, keep, network, note, until_waiting
from tests.lab.guest import Guest
from tests.lab.stacks import KEYFILE

JOURNEY = True

CHECKPOINTS = (
    "busctl get-property org.freedesktop.NetworkManager /org/freedesktop/NetworkManager "
    "org.freedesktop.NetworkManager Checkpoints"
)
DIRECTORY = "/etc/NetworkManager/system-connections"
LINKS = {
    "xenbr0": "xenbr0",
    "bond0": "bond0",
    "eth0": "eth0",
    "eth1": "bond0-eth1",
}
"""Link -> the profile it runs by."""
WARNINGS = (
    "journalctl -b -u NetworkManager -o cat --no-pager | grep -E '<(warn|error)>' | "
    "grep -v dispatcher.d/01-ifupdown || true"
)
"""Debian's script for ifupdown fails at each event of a host without ifupdown."""
LOG = "journalctl -b -u NetworkManager -o short-monotonic --no-pager | grep -i checkpoint || true"
NONE = "ao 0"
PROFILE = f"{DIRECTORY}/eth0.nmconnection"
BY_HAND = {PROFILE: KEYFILE.replace("[ipv4]", "# by the network team\n[ipv4]")}
"""With a comment, which NetworkManager loses when it writes a profile itself."""


@pytest.fixture(scope="module")
def host(lab: None) -> Iterator[Guest]:
    with Guest(stack="networkmanager", files=BY_HAND) as booted:
        booted.write("/root/answers.yaml", ANSWERS)
        yield booted


@pytest.fixture(scope="module")
def before(host: Guest) -> Before:
    return Before.of(host)


def apply(host: Guest, seconds: int = 120) -> Running:
    """A change that waits to be kept."""
    running = host.start(
        *("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes"),
        *("--confirm-within", str(seconds)),
    )
    until_waiting(host, running)
    return running


def checkpoints(host: Guest) -> str:
    return host.sh(CHECKPOINTS).strip()


def timeout(host: Guest) -> int:
    """Seconds after its making that the one checkpoint goes off."""
    (path,) = re.findall(r'"([^"]+)"', checkpoints(host))
    said = host.sh(
        f"busctl get-property org.freedesktop.NetworkManager {path} "
        "org.freedesktop.NetworkManager.Checkpoint RollbackTimeout"
    )
    return int(said.split()[1])


def test_with_our_clock_dead_its_own_brings_the_network_back(host: Guest, before: Before) -> None:
    applying = apply(host, 30)
    assert checkpoints(host) != NONE
    began = time.monotonic()
    # First who watches: it would take the change back when the worker is gone.
    applying.signal(9)
    applying.wait()
    host.sh("pkill -KILL -f '[x]enbond(_tui)? worker'")
    assert "bond0" in network(host).macs
    host.wait_until(
        "ip -4 addr show dev eth0 | grep -q 192.168.0.222/24 && ping -qc1 -W1 192.168.0.1",
        180,
        every=1,
    )
    note(f"networkmanager: worker killed, back by its checkpoint {time.monotonic() - began:.1f} s")
    print(host.sh("ip -br addr; ip route"), host.sh(LOG), host.read(PROFILE))
    with host.pinging() as pings:
        time.sleep(1)
    assert pings[0].lost == 0, pings[0]
    assert checkpoints(host) == NONE
    assert network(host).addresses["eth0"] == before.network.addresses["eth0"]
    assert not {"bond0", "xenbr0"} & set(network(host).macs)
    assert "# by the network team" not in host.read(PROFILE), "the files are another's matter"
    assert "Rolled back" in host.xenbond("undo").ok()
    before.is_back(host)


def test_more_time_moves_it_and_a_roll_back_takes_it_away(host: Guest, before: Before) -> None:
    applying = apply(host)
    was = timeout(host)
    host.xenbond("extend", "300").ok()
    until = time.monotonic() + 10
    while (now := timeout(host)) == was:
        assert time.monotonic() < until, "it was not moved"
        time.sleep(0.2)
    note(f"networkmanager: checkpoint {was} s after its making, {now} s with 300 s more")
    assert 290 <= now - was <= 310
    assert host.xenbond("undo").rc == 0
    assert applying.wait().rc == 2
    assert checkpoints(host) == NONE
    before.is_back(host)


def test_a_change_that_is_kept_has_none_left(host: Guest) -> None:
    before = host.sh(WARNINGS).splitlines()
    keep(host, apply(host))
    assert checkpoints(host) == NONE
    assert "bond0" in network(host).macs
    log = host.sh(LOG).splitlines()
    assert "checkpoint-destroy" in log[-1], log
    new = host.sh(WARNINGS).splitlines()[len(before) :]
    note(f"networkmanager: warnings since: {'; '.join(new) or 'none'}")
    assert new == []


@pytest.mark.parametrize(("link", "profile"), LINKS.items())
def test_each_link_is_connected_by_its_own_profile(host: Guest, link: str, profile: str) -> None:
    fields = "GENERAL.STATE,GENERAL.CONNECTION"
    said = host.sh(f"nmcli -g {fields} device show {link}").split("\n")
    assert said[0].startswith("100")
    assert said[1] == profile
    file = f"{DIRECTORY}/{profile}.nmconnection"
    assert f"{profile}:{file}" in host.sh("nmcli -t -f NAME,FILENAME connection show").split("\n")


def test_it_loads_every_profile_again(host: Guest) -> None:
    assert not host.sh(f"nmcli connection load {DIRECTORY}/*.nmconnection 2>&1").strip()


def test_guests_ports_are_left_alone(host: Guest) -> None:
    host.sh("ip link add vif1.0 type veth peer name domu; ip link set vif1.0 up")
    host.wait_until("nmcli -g GENERAL.STATE device show vif1.0 | grep -q unmanaged")
