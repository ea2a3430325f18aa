"""A change nobody keeps goes back by itself, whatever happened to who started it."""

import time

import pytest

from tests.lab.evidence import ANSWERS, Before, network, note
from tests.lab.guest import Guest

APPLY = ("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes", "--confirm-within", "30")

# Runs a command on a terminal of its own, as sshd does; killed, it takes the terminal with it.
SESSION = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]))"


@pytest.fixture(scope="module")
def before(guest: Guest) -> Before:
    guest.write("/root/answers.yaml", ANSWERS)
    return Before.of(guest)


def on_the_bridge(guest: Guest) -> None:
    guest.wait_until("ip -4 addr show dev xenbr0 2>/dev/null | grep -q 192.168.0.222/24", 60)


def test_time_runs_out(guest: Guest, before: Before) -> None:
    began = time.monotonic()
    applying = guest.start(*APPLY)
    on_the_bridge(guest)
    applied = applying.wait(timeout=120)
    print(applied)
    note(f"unconfirmed for 30 s: back after {time.monotonic() - began:.1f} s")
    assert applied.rc == 2
    before.is_back(guest)
    assert "rolled" in guest.xenbond("history").ok()


def test_time_runs_out_after_the_session_died(guest: Guest, before: Before) -> None:
    began = time.monotonic()
    session = guest.start("python3", "-I", "-c", SESSION, *APPLY)
    on_the_bridge(guest)
    session.signal(9)
    session.wait()
    guest.wait_until("! pgrep -f '[x]enbond apply' >/dev/null")
    assert "bond0" in network(guest).macs, "the change waits on, without a session"
    guest.wait_until("! test -e /sys/class/net/bond0", timeout=90)
    guest.wait_until("! pgrep -f '[x]enbond_tui worker' >/dev/null", timeout=60)
    note(f"session died, unconfirmed for 30 s: back after {time.monotonic() - began:.1f} s")
    before.is_back(guest)
    assert guest.xenbond("status").rc == 3
