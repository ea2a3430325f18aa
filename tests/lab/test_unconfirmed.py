"""A change nobody keeps rolls back by itself, whatever happened to who started it.

Each run shows that on every stack, in `test_stack_journey.py`: the session dies, and so it goes
back when time runs out.
"""

import time

import pytest

from tests.lab.evidence import ANSWERS, Before, etc, network, note, until_waiting
from tests.lab.guest import Guest

APPLY = ("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes", "--confirm-within", "30")

# Runs a command on a terminal of its own, as sshd does; killed, it takes the terminal with it.
SESSION = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]))"


@pytest.fixture(scope="module")
def before(guest: Guest) -> Before:
    guest.write("/root/answers.yaml", ANSWERS)
    return Before.of(guest)


def on_the_bridge(guest: Guest) -> None:
    guest.wait_until("ip -4 addr show dev xenbr0 2>/dev/null | grep -q 192.168.0.222/24", 180)


@pytest.mark.long
def test_time_runs_out(guest: Guest, before: Before) -> None:
    began = time.monotonic()
    applying = guest.start(*APPLY)
    on_the_bridge(guest)
    applied = applying.wait(timeout=180)
    print(applied)
    note(f"unconfirmed for 30 s: back after {time.monotonic() - began:.1f} s")
    assert applied.rc == 2
    before.is_back(guest)
    assert "rolled" in guest.xenbond("history").ok()


@pytest.mark.long
def test_time_runs_out_after_the_session_died(guest: Guest, before: Before) -> None:
    began = time.monotonic()
    session = guest.start("python3", "-I", "-c", SESSION, *APPLY)
    on_the_bridge(guest)
    session.signal(9)
    session.wait()
    guest.wait_until("! pgrep -f '[x]enbond(_tui)? apply' >/dev/null")
    assert "bond0" in network(guest).macs, "the change waits on, without a session"
    guest.wait_until("! test -e /sys/class/net/bond0", timeout=180)
    guest.wait_until("! pgrep -f '[x]enbond(_tui)? worker' >/dev/null", timeout=180)
    note(f"session died, unconfirmed for 30 s: back after {time.monotonic() - began:.1f} s")
    before.is_back(guest)
    assert guest.xenbond("status").rc == 3


def test_what_could_not_be_taken_back_is_said_and_tried_again(guest: Guest, before: Before) -> None:
    """A NIC that is gone at that moment, under its name: files come back, the network can't."""
    applying = guest.start("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes")
    until_waiting(guest, applying)
    guest.sh("ip link set eth1 nomaster; ip link set eth1 down; ip link set eth1 name lost1")
    undone = guest.run("xenbond", "undo", timeout=180)
    applied = applying.wait(timeout=180)
    print(undone, applied)
    assert (undone.rc, applied.rc) == (2, 2)
    for told in (undone.err, applied.err, guest.xenbond("history").ok()):
        assert "Not rolled back completely" in told
        assert "Every file is as it was before. Still different: eth1 is gone" in told
        assert "xenbond recover" in told
    assert '"state": "failed"' in guest.xenbond("history", "--json").ok()
    files = etc(guest)
    assert files == before.etc
    guest.sh("ip link set lost1 name eth1")
    began = time.monotonic()
    again = guest.xenbond("recover", timeout=180)
    note(
        f"a NIC was gone at the roll-back; tried again: back after {time.monotonic() - began:.1f} s"
    )
    assert again.rc == 0, again
    before.is_back(guest)
    assert '"state": "failed"' not in guest.xenbond("history", "--json").ok()
