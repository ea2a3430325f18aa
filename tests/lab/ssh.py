"""An operator's SSH session from the switch's namespace, 192.168.0.1, over eth0; and its end."""

from tests.lab.channel import Running
from tests.lab.guest import Guest

SSHD = """\
mkdir -p /run/sshd /root/.ssh
[ -e /root/key ] || ssh-keygen -q -t ed25519 -N '' -f /root/key
cp /root/key.pub /root/.ssh/authorized_keys
/usr/sbin/sshd -o ClientAliveInterval=1 -o ClientAliveCountMax=3 -o UseDNS=no
"""
"""Both ends notice within some 4 s that nobody is there any more."""
SSH = (
    *("ip", "netns", "exec", "switch", "ssh", "-i", "/root/key", "-o", "ConnectTimeout=5"),
    *("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"),
    *("-o", "ServerAliveInterval=1", "-o", "ServerAliveCountMax=3", "-o", "LogLevel=ERROR"),
)
ADDRESS = "root@192.168.0.222"

DEADLINE = """\
import glob, json, time
for line in open(sorted(glob.glob("/var/lib/xenbond/transactions/2*/journal.jsonl"))[-1]):
    entry = json.loads(line)
    if entry["state"] == "active":
        print(entry["deadline"] - time.clock_gettime(time.CLOCK_BOOTTIME) + time.time())
"""
"""Prints the wall clock of the deadline."""


def dies(guest: Guest, session: Running) -> None:
    """The client gives up, nothing of the session is left on the host, and the worker lives on."""
    assert session.wait().rc == 255, "ssh's own error"
    guest.wait_until("! pgrep -f '[s]shd: root@' >/dev/null")
    guest.wait_until("! pgrep -x xenbond >/dev/null")
    guest.sh("pgrep -f '[x]enbond_tui worker'")


def comes_back(guest: Guest, within: float) -> tuple[float, ...]:
    """When each ping was answered, from now until the change has gone back and a second more."""
    over = "! pgrep -f '[x]enbond_tui worker' >/dev/null"
    with guest.pinging() as pings:
        guest.wait_until(over, timeout=within, every=1)
        guest.run("sleep", "1")
    assert pings[0].answers, pings[0]
    return pings[0].answers


def deadline(guest: Guest) -> float:
    """Until when the change could have been kept: the guest's wall clock."""
    return float(guest.run("python3", "-c", DEADLINE).ok())
