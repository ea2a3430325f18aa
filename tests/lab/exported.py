"""The script of `xenbond export` in a guest: made there of a copy of /etc, then run alone."""

from tests.lab.channel import Running
from tests.lab.evidence import ANSWERS, network
from tests.lab.guest import Guest

SCRIPT = ("sh", "/root/it's mine/setup.sh")
NOTES = "/var/lib/xenbond-setup"
GUARD = "ls /etc/rc*.d/S*xenbond* /etc/systemd/system/xenbond-setup.service 2>/dev/null || true"
"""Shell: prints what undoes the change at the next boot."""


def export(guest: Guest) -> None:
    """xenbond runs only for this; on the disk when it returns."""
    guest.write("/root/answers.yaml", ANSWERS)
    guest.sh("mkdir -p /root/copy '/root/it'\\''s mine'; cp -a /etc /root/copy/")
    made = guest.xenbond(
        *("export", "--answers", "/root/answers.yaml", "--root", "/root/copy"),
        *("--stack", guest.row.stack, "-o", SCRIPT[1]),
    )
    assert made.rc == 0, made
    guest.sh("sync")


def applying(guest: Guest) -> Running:
    """A change that waits."""
    running = guest.start(*SCRIPT, "apply", "--confirm-within", "30")
    guest.wait_until(f"test -f {NOTES}/state.waiting", 180)
    assert "xenbond-setup" in guest.sh(GUARD)
    return running


def as_planned(guest: Guest) -> None:
    """Bond and bridge stand, and the host answers."""
    now = network(guest)
    assert now.masters == {"eth0": "bond0", "eth1": "bond0", "bond0": "xenbr0"}
    assert "192.168.0.222/24" in now.addresses["xenbr0"]
    assert any(route.startswith("default via 192.168.0.1 dev xenbr0") for route in now.routes)
    guest.run("ping", "-qc3", "-i0.2", "192.168.0.1").ok()
