"""ifupdown2 3.0 on an iproute2 that no longer brings /etc/iproute2/rt_tables.d, as on Debian 13.

Its ifreload then fails after everything has moved. The plan sees that before.
"""

from collections.abc import Iterator

import pytest

from tests.lab.evidence import ANSWERS, Before
from tests.lab.guest import Guest
from tests.lab.stacks import INTERFACES2

TABLES = "/etc/iproute2/rt_tables.d"
BONDED = """\
auto lo
iface lo inet loopback

auto bond0
iface bond0
	bond-slaves eth1
"""


@pytest.fixture(scope="module")
def guest(lab: None) -> Iterator[Guest]:
    with Guest(stack="ifupdown2") as booted:
        booted.sh(f"rm -rf {TABLES}")
        booted.write("/root/answers.yaml", ANSWERS)
        yield booted


def test_it_is_refused_before_anything_is_written(guest: Guest) -> None:
    before = Before.of(guest)
    done = guest.xenbond("apply", "--answers", "/root/answers.yaml", "--yes")
    assert done.rc == 2
    assert f"mkdir -p {TABLES}" in done.out + done.err
    before.is_back(guest)


def test_ifreload_itself_fails_there_and_works_with_the_directory(guest: Guest) -> None:
    """What the refusal rests on, asked of the real program."""
    guest.write("/etc/network/interfaces", BONDED)
    # The first makes the bond; the second finds a link that has a master.
    guest.run("ifreload", "-a")
    failed = guest.run("ifreload", "-a")
    assert failed.rc != 0
    assert TABLES in failed.out + failed.err
    guest.sh(f"mkdir -p {TABLES}; ifreload -a; ifreload -a")
    guest.write("/etc/network/interfaces", INTERFACES2)
    guest.sh("ifreload -a")
