"""A boot with one slave's cable out is online as soon as the other one carries the bridge.

systemd-networkd-wait-online is what a boot waits for; it gives up, and says so, after two minutes.
What it waits for is in networkd's files, or in those that netplan makes for it. The lab's hosts
have it masked otherwise (`inside/stage1.sh`).
"""

import pytest

from tests.lab.evidence import ANSWERS, keep, note, until_status
from tests.lab.guest import Guest
from tests.lab.stacks import LAB_STACKS, LabStack

UNIT = "systemd-networkd-wait-online.service"
BEGAN, ENDED = "ExecMainStartTimestampMonotonic", "ActiveEnterTimestampMonotonic"


@pytest.fixture(scope="module", params=("networkd", "netplan"))
def row(request: pytest.FixtureRequest, lab: None) -> LabStack:
    return LAB_STACKS[request.param]


def waited(guest: Guest) -> float:
    """Seconds that this boot waited for the network; the unit must have had what it waits for."""
    said = guest.sh(f"systemctl show {UNIT} -p Result,ActiveState,{BEGAN},{ENDED}")
    told = dict(line.split("=", 1) for line in said.splitlines())
    print(told, guest.sh(f"systemctl cat {UNIT}; networkctl; journalctl -b -o cat -u {UNIT}"))
    assert (told["ActiveState"], told["Result"]) == ("active", "success")
    assert guest.sh("systemctl is-active network-online.target").strip() == "active"
    return (int(told[ENDED]) - int(told[BEGAN])) / 1e6


def test_a_boot_does_not_wait_for_the_slave_without_a_cable(row: LabStack, host: Guest) -> None:
    host.write("/root/answers.yaml", ANSWERS)
    keep(host, host.start("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes"))
    host.sh(f"rm /etc/systemd/system/{UNIT}; systemctl daemon-reload; systemctl enable {UNIT}")
    host.reboot(0)
    note(f"{row}: booted with eth0's cable out; online after {waited(host):.1f} s")
    bond = until_status(host, "degraded")
    assert bond["active_slave"] == "eth1"
    host.run("ping", "-qc3", "-i0.2", "192.168.0.1").ok()
