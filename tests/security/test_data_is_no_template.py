"""A name is put into our words, and never taken for words, a pattern or a replacement itself."""

from pathlib import Path

import pytest

from tests.unit.fakes import FakeHost
from xenbond_tui.effects import Completed
from xenbond_tui.health.kernel_log import read_log

NAMES = ("eth{0", "e{}", "{slave}", "{0.__class__}", "%s", r"\g<1>", r"\1", "SLAVE", "[red]")

LOG = """\
[ 10.1] bond0: (slave NAME): Enslaving as a backup interface with an up link
[ 10.2] bond0: (slave NAME): making interface the new active one
[ 10.3] bond0: (slave NAME): link status definitely down, disabling slave
[ 10.4] bonding: bond0: making interface NAME the new active one.
[ 10.5] bonding: bond0: link status definitely up for interface NAME.
[ 10.6] bonding: bond0: releasing active interface NAME
[ 10.7] bond0: now running without any active interface!
"""


@pytest.mark.parametrize("name", NAMES)
def test_the_kernels_log(name: str, tmp_path: Path) -> None:
    class Dmesg:
        def run(self, argv: tuple[str, ...], timeout: float = 60.0) -> Completed:
            return Completed(tuple(argv), 0, LOG.replace("NAME", name), "")

    host = FakeHost(str(tmp_path))
    object.__setattr__(host.machine, "runner", Dmesg())
    told = [event.text for event in read_log(host.machine, "bond0")]
    assert told == [
        f"{name} enslaved",
        f"active slave {name}",
        f"{name} link down",
        f"active slave {name}",
        f"{name} link up",
        f"{name} is no slave any more",
        "no active slave",
    ]
