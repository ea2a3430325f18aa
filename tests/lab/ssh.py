"""An operator's SSH session from the switch's namespace over eth0: it lives, or it dies."""

import contextlib
import signal
from collections.abc import Iterator

from tests.lab.channel import Running
from tests.lab.guest import Guest

SSHD = """\
mkdir -p /run/sshd /root/.ssh
[ -e /root/key ] || ssh-keygen -q -t ed25519 -N '' -f /root/key
cp /root/key.pub /root/.ssh/authorized_keys
pkill -x sshd || true
while pgrep -x sshd >/dev/null; do sleep 0.05; done
/usr/sbin/sshd -o ClientAliveInterval=1 -o ClientAliveCountMax=3 -o UseDNS=no
"""
"""Both ends notice within some 4 s that nobody is there any more."""
PATIENT_SSHD = SSHD.replace("ClientAliveInterval=1", "ClientAliveInterval=0")
"""A session that neither end looks after lives as long as TCP does."""
SSH = (
    *("ip", "netns", "exec", "switch", "ssh", "-i", "/root/key", "-o", "ConnectTimeout=5"),
    *("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"),
    *("-o", "ServerAliveInterval=1", "-o", "ServerAliveCountMax=3", "-o", "LogLevel=ERROR"),
)
ADDRESS = "root@192.168.0.222"
FAR = "10.9.9.9"
"""An operator whom the host answers by its default route."""

DEADLINE = """\
import glob, json, time
for line in open(sorted(glob.glob("/var/lib/xenbond/transactions/2*/journal.jsonl"))[-1]):
    entry = json.loads(line)
    if entry["state"] == "active":
        print(entry["deadline"] - time.clock_gettime(time.CLOCK_BOOTTIME) + time.time())
"""
"""Prints the wall clock of the deadline."""


@contextlib.contextmanager
def in_session(guest: Guest) -> Iterator[list[float]]:
    """A session from `FAR` to `PATIENT_SSHD`, a byte there and back each 20 ms, that must live.

    Yields:
        A list that holds the worst round trip, in ms, when the block has ended.
    """
    inside, (*namespace, ssh) = "/lab/inside/trips.py", SSH[:5]
    far = ("-o", "ServerAliveInterval=0", "-b", FAR)
    argv = (*namespace, "python3", "-I", inside, ssh, *far, *SSH[5:], ADDRESS, "cat")
    worst: list[float] = []
    guest.sh(f"ip -n switch addr replace {FAR}/32 dev lo; rm -f /run/session")
    running = guest.start("sh", "-c", 'exec "$@" >/run/session', "sh", *argv)
    guest.wait_until("grep -qs 'in session' /run/session")
    try:
        yield worst
    finally:
        running.signal(signal.SIGINT)
        running.wait().ok()
        trips, longest = guest.read("/run/session").splitlines()[-1].split()
        assert int(trips) > 0
        worst.append(float(longest) * 1000)


def dies(guest: Guest, session: Running) -> None:
    """The client gives up, nothing of the session is left on the host, and the worker lives on."""
    assert session.wait().rc == 255, "ssh's own error"
    guest.wait_until("! pgrep -f '[s]shd: root@' >/dev/null", every=0.5)
    # Whatever of ours ran in it; the worker runs on.
    ours = "pgrep -af '[x]enbond_tui' | grep -v 'xenbond_tui worker'"
    try:
        guest.wait_until(f"! {ours} >/dev/null", every=0.5)
    except AssertionError:
        # What it waits for, of each of its threads.
        task = "/proc/$pid/task/*"
        look = f"grep -H . {task}/comm {task}/wchan {task}/syscall; cat {task}/stack"
        each = f"for pid in $({ours} | cut -d' ' -f1); do {look}; done"
        print(guest.run("sh", "-c", f"{ours}; {each}"))
        raise
    guest.sh("pgrep -f '[x]enbond(_tui)? worker'")


def comes_back(guest: Guest, within: float) -> tuple[float, ...]:
    """When each ping was answered, from now until the change has gone back and a second more."""
    over = "! pgrep -f '[x]enbond(_tui)? worker' >/dev/null"
    with guest.pinging() as pings:
        guest.wait_until(over, timeout=within, every=1)
        guest.run("sleep", "1")
    assert pings[0].answers, pings[0]
    return pings[0].answers


def deadline(guest: Guest) -> float:
    """Until when the change could have been kept: the guest's wall clock."""
    return float(guest.run("python3", "-c", DEADLINE).ok())
