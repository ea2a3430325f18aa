"""Events of the kernel's log: of a real kernel's, and of kernels as old as RHEL 5's."""

from dataclasses import dataclass, field
from pathlib import Path

from fakes import FakeHost

from xenbond_tui.effects import Completed
from xenbond_tui.health.event import Event
from xenbond_tui.health.kernel_log import read_log

CAPTURE = Path(__file__).parent.parent / "fixtures/captures/modes/dmesg_modes.txt"

OLD = """\
[ 1204.100000] bonding: bond0: enslaving eth0 as a backup interface with a down link.
[ 1204.200000] bonding: bond0: making interface eth0 the new active one.
[ 1250.000000] bonding: bond0: link status definitely down for interface eth0, disabling it
[ 1250.084000] bonding: bond0: making interface eth1 the new active one.
[ 1260.000000] bonding: bond0: link status definitely up for interface eth0.
[ 1270.000000] bonding: bond1: link status definitely down for interface eth2, disabling it
[ 1280.000000] bonding: bond0: releasing active interface eth1
[ 1281.000000] tg3: eth0: Link is down.
a line without a time
"""


@dataclass
class Dmesg:
    """Answers `dmesg`, and nothing else."""

    text: str
    returncode: int = 0
    ran: list[tuple[str, ...]] = field(default_factory=list)

    def which(self, name: str) -> str | None:
        return f"/bin/{name}"

    def run(self, argv: tuple[str, ...], timeout: float = 60.0) -> Completed:
        self.ran.append(tuple(argv))
        return Completed(tuple(argv), self.returncode, self.text, "")


def events(tmp_path: Path, text: str, returncode: int = 0) -> tuple[Event, ...]:
    host = FakeHost(str(tmp_path))
    object.__setattr__(host.machine, "runner", Dmesg(text, returncode))
    return read_log(host.machine, "bond0")


def test_a_real_kernels_log(tmp_path: Path) -> None:
    found = events(tmp_path, CAPTURE.read_text())
    assert [(event.code, event.slave) for event in found[:9]] == [
        ("slave-added", "eth0"),
        ("link-up", "eth0"),
        ("active-slave", "eth0"),
        ("slave-added", "eth1"),
        ("link-up", "eth1"),
        ("link-down", "eth0"),
        ("active-slave", "eth1"),
        ("link-up", "eth0"),
        ("active-slave", "eth0"),
    ]
    assert found[6].text == "active slave eth0 -> eth1"
    assert found[5].monotonic == 22.800640


def test_no_active_slave_and_one_again(tmp_path: Path) -> None:
    found = events(tmp_path, CAPTURE.read_text())
    at = next(i for i, event in enumerate(found) if event.code == "no-active-slave")
    after = next(event for event in found[at:] if event.code == "active-slave")
    assert after.text == "active slave eth1", "nothing was active before it"


def test_the_messages_of_older_kernels(tmp_path: Path) -> None:
    assert [event.text for event in events(tmp_path, OLD)] == [
        "eth0 enslaved",
        "active slave eth0",
        "eth0 link down",
        "active slave eth0 -> eth1",
        "eth0 link up",
        "eth1 is no slave any more",
    ]


def test_times_are_of_the_wall_clock(tmp_path: Path) -> None:
    booted = 1_795_000_000.0 - 1000.0
    assert events(tmp_path, OLD)[0].wall == booted + 1204.1


def test_a_log_that_may_not_be_read_tells_nothing(tmp_path: Path) -> None:
    assert events(tmp_path, OLD, returncode=1) == ()
