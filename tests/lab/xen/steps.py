"""What the dom0's journeys are made of."""

import contextlib
import time
from collections.abc import Iterator, Mapping

from tests.lab.channel import Running
from tests.lab.evidence import network
from tests.lab.qemu.machine import NICS
from tests.lab.qemu.peer import Pinging
from tests.lab.stacks import INTERFACES, MAIN
from tests.lab.xen.dom0 import ADMINISTRATOR, HOST, PATIENCE, SPARE, Dom0
from tests.lab.xen.image import GUESTS

PACE = 0.05
"""Seconds between two requests that the switch's host sends."""
EVERYBODY = {"host": HOST, **GUESTS}
BRIDGED = """\
auto lo
iface lo inet loopback

iface eth0 inet manual

auto xenbr0
iface xenbr0 inet static
	address 192.168.0.222/24
	gateway 192.168.0.1
	bridge_ports eth0
	bridge_stp off
	bridge_fd 0
"""
"""As xl's own documentation sets a host up."""
AWAY = 5.0
"""Seconds that somebody who is cut off is seen to stay away. Who is not is back before."""
CLEAR = """\
ifdown --force --all --exclude=lo 2>&1 || true
for link in $(ls -d /sys/class/net/*/bridge /sys/class/net/bond0 2>/dev/null); do
	ip link del "$(echo "$link" | cut -d/ -f5)"
done
modprobe -r e1000 e1000e
ip addr flush scope global
"""


def told(pinging: Pinging) -> str:
    return f"{len(pinging.lost())} of {len(pinging.sent)} lost, gap {pinging.longest_gap():.2f} s"


def answers(dom0: Dom0, ip: str) -> float:
    """Wait until somebody answers; returns how many seconds that took."""
    began, limit = time.monotonic(), dom0.limit(PATIENCE)
    with dom0.switch.pinging(ip, PACE) as pinging:
        while not pinging.answered:
            assert not limit.over, f"{ip} does not answer"
            time.sleep(PACE)
    return min(pinging.answered.values()) - began


def everybody_answers(dom0: Dom0) -> None:
    """Nobody asks by ARP for it: the switch has been told where they are."""
    for ip in EVERYBODY.values():
        answers(dom0, ip)


def running_guests(dom0: Dom0) -> set[str]:
    return set(dom0.sh("xl list | awk 'NR > 2 { print $1 }'").split())


def create(dom0: Dom0, guest: str) -> float:
    """Start a guest; returns how many seconds it took until it answered."""
    began = time.monotonic()
    dom0.run("xl", "create", f"/root/{guest}.cfg", timeout=PATIENCE).ok()
    answers(dom0, GUESTS[guest])
    return time.monotonic() - began


def with_guests(dom0: Dom0) -> None:
    for guest in GUESTS.keys() - running_guests(dom0):
        create(dom0, guest)


def kept(dom0: Dom0, *command: str, env: Mapping[str, str] | None = None) -> None:
    """A change, kept as soon as it can be."""
    running = dom0.start("xenbond", *command, "--yes", env=env)
    until_asked(dom0, running)
    dom0.xenbond("confirm", timeout=PATIENCE).ok()
    done = running.wait(PATIENCE)
    print(done)
    assert done.rc == 0


def until_asked(dom0: Dom0, running: Running) -> None:
    watch = dom0.start("python3", "-I", "/lab/inside/moment.py", "waiting")
    limit = dom0.limit(PATIENCE)
    while not watch.over_within(0.5):
        assert not running.over, running.wait()
        assert not limit.over, "there is nothing to keep"
    watch.wait().ok()


def laid_out(dom0: Dom0, interfaces: str, nic: str, *drivers: str) -> Dom0:
    """The host with that file, a NIC that is up by it, and no guest; whatever it was before.

    Args:
        drivers: of the spare NICs, those it has loaded.
    """
    for guest in running_guests(dom0):
        dom0.run("xl", "destroy", guest, timeout=PATIENCE).ok()
    dom0.plug(*range(len(NICS) + len(SPARE)))
    dom0.sh(CLEAR, timeout=PATIENCE)
    for driver in drivers:
        dom0.sh(f"modprobe {driver}; udevadm settle", timeout=PATIENCE)
    dom0.write(MAIN, interfaces)
    dom0.unknown_again()
    dom0.sh(f"ifup {nic}", timeout=PATIENCE)
    answers(dom0, HOST)
    # QEMU's own network never asks anew whose MAC that address has: it learns it where it is asked.
    known = f"ip neigh show {ADMINISTRATOR} | grep -q lladdr"
    dom0.wait_until(f"ping -c1 -W1 {ADMINISTRATOR} >/dev/null || {known}", PATIENCE)
    return dom0


def as_installed(dom0: Dom0) -> Dom0:
    """The host as it first booted."""
    if dom0.read(MAIN) == INTERFACES and not network(dom0).masters:
        return dom0
    return laid_out(dom0, INTERFACES, "eth0")


def bridged(dom0: Dom0) -> Dom0:
    """eth0 alone in xenbr0."""
    return laid_out(dom0, BRIDGED, "xenbr0")


def heard(dom0: Dom0, place: int, port: str) -> float:
    """When the switch heard the dom0 by that port first, in its log from there on; waits for it."""
    log = dom0.switch.log
    limit = dom0.limit(PATIENCE)
    while not limit.over:
        while place < len(log):
            if log[place].port == port:
                return log[place].at
            place += 1
        time.sleep(PACE)
    raise AssertionError(f"nothing came in by {port}")


@contextlib.contextmanager
def asking_everybody(dom0: Dom0) -> Iterator[dict[str, Pinging]]:
    """Ask host and guests, who all answer when the block begins."""
    with contextlib.ExitStack() as stack:
        asked = {
            name: stack.enter_context(dom0.switch.pinging(ip, PACE))
            for name, ip in EVERYBODY.items()
        }
        back(dom0, asked, time.monotonic())
        yield asked
        for pinging in asked.values():
            pinging.over = True


def back(dom0: Dom0, asked: dict[str, Pinging], since: float) -> None:
    """Wait until everybody answers, or has been away for long; who is, is asked for by ARP."""
    limit = dom0.limit(AWAY)
    while missing := [
        ip for name, ip in EVERYBODY.items() if not answered_since(asked[name], since)
    ]:
        if limit.over:
            for ip in missing:
                dom0.switch.peer.known.pop(ip, None)
            limit = dom0.limit(PATIENCE)
        time.sleep(PACE)


def answered_since(pinging: Pinging, at: float) -> bool:
    newest = max(list(pinging.answered), default=-1)
    return newest >= 0 and pinging.sent[newest] >= at


def nobody_misses(asked: Mapping[str, Pinging]) -> None:
    """No frame is lost, however slow the machine: late is not lost.

    None was, of 6 to 18 thousand in each of four changes with ten other programs for two
    processors. One may be, as in each journey: it was in the air as the switch learned.
    """
    assert all(len(pinging.lost()) <= 1 for pinging in asked.values())
