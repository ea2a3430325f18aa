"""Each stack: a bond under a bridge with two guests on it is changed, and the guests stay.

Then it is changed over SSH, to a wrong address: the session dies of it, and the operator gets the
host back without doing anything. One host, on which each test leaves everything as it was.
"""

import pytest

from tests.lab.evidence import ANSWERS, Before, keep, network, note
from tests.lab.guest import Guest
from tests.lab.layouts import GUEST_ADDRESSES, GUESTS
from tests.lab.ssh import ADDRESS, SSH, SSHD, comes_back, deadline, dies
from tests.lab.stacks import LabStack

JOURNEY = True

WRONG = ANSWERS.replace("192.168.0.", "192.168.77.")
"""An address and a gateway of another subnet than the wire's."""
APPLY = ("xenbond", "apply", "--answers", "/root/wrong.yaml", "--yes", "--confirm-within", "30")
ACTIVE = "grep -q '\"active\"' $(ls -d /var/lib/xenbond/transactions/2* | tail -n1)/journal.jsonl"
EDITED = ANSWERS.replace("miimon: 100\n", "miimon: 50\n  options:\n    primary: eth1\n")
PORTS = ("bond0", "vif1.0", "vif2.0")


@pytest.fixture(scope="module")
def before(host: Guest) -> Before:
    """The bond was made by xenbond; then the guests came."""
    host.write("/root/answers.yaml", ANSWERS)
    host.write("/root/edited.yaml", EDITED)
    host.write("/root/wrong.yaml", WRONG)
    keep(host, host.start("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes"))
    host.sh(GUESTS)
    host.sh(SSHD)
    return Before.of(host)


def guests_answer(host: Guest) -> None:
    """Both guests' ports are on the bridge and forward: they are reached from the switch."""
    masters = network(host).masters
    assert {port: masters.get(port) for port in PORTS} == dict.fromkeys(PORTS, "xenbr0")
    for address in GUEST_ADDRESSES:
        host.sh(f"ip netns exec switch ping -qc5 -i0.1 -W1 {address}")


def options(host: Guest) -> tuple[str, str]:
    found = host.sh("cd /sys/class/net/bond0/bonding; echo $(cat miimon) $(cat primary)")
    miimon, _, primary = found.strip().partition(" ")
    return miimon, primary


def test_there(row: LabStack, host: Guest, before: Before) -> None:
    with host.pinging() as own, host.pinging(GUEST_ADDRESSES[0]) as dom:
        applying = host.start("xenbond", "apply", "--answers", "/root/edited.yaml", "--yes")
        host.run("python3", "-I", "/lab/inside/moment.py", "waiting").ok()
    note(f"{row}: bond under guests edited: host {own[0]}; guest {dom[0]}")
    assert options(host) == ("50", "eth1")
    guests_answer(host)
    assert not applying.over


def test_rolled_back(row: LabStack, host: Guest, before: Before) -> None:
    with host.pinging() as own, host.pinging(GUEST_ADDRESSES[0]) as dom:
        host.run("xenbond", "undo", "--yes", timeout=90).ok()
        host.wait_until("! pgrep -f '[x]enbond_tui worker' >/dev/null", timeout=60)
    note(f"{row}: bond under guests rolled back: host {own[0]}; guest {dom[0]}")
    guests_answer(host)
    assert options(host) == ("100", "")
    before.is_back(host)


def test_the_session_dies_and_the_countdown_takes_it_back(
    row: LabStack, host: Guest, before: Before
) -> None:
    """With a terminal, as an operator has one: its programs get a SIGHUP when it dies."""
    session = host.start(*SSH, "-tt", ADDRESS, *APPLY, "--cut-off-on-purpose")
    host.wait_until("ip -4 addr show dev xenbr0 2>/dev/null | grep -q 192.168.77.222/24", 60)
    dies(host, session)
    host.wait_until(ACTIVE, timeout=60, every=0.5)
    until = deadline(host)
    first = comes_back(host, 90)[0]
    note(f"{row}: lock-out, the session died: answers {first - until:.1f} s after the deadline")
    assert first > until, "answered although the host had no such address"
    before.is_back(host)
    guests_answer(host)
    assert "nobody confirmed it in time" in host.xenbond("history").ok()
