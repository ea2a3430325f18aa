"""The power is cut at eleven moments of an apply; the next boot of the same disk makes the old host
or the new one, never half of each.

The plan gives the host another address, so old and new are told apart by who answers. The disk
forgets what nobody has synced (`inside/stage1.sh`). Hosts with SysV scripts
and one with systemd are applied to, cut and booted again side by side; the tests look at what was
found.
"""

import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.lab.evidence import ANSWERS, etc, network, note
from tests.lab.guest import Guest, make_disk
from tests.lab.layouts import BRIDGED_NIC

OLD, NEW = "192.168.0.222", "192.168.0.223"

Moment = tuple[str, str, float]
"""Init, moment of `inside/moment.py`, seconds after it."""

GUARD = "find /etc -name '*xenbond-recover*'"
"""Prints the boot guard: its script, and the link by which a boot runs it."""
SYSTEMDS_OWN = "./.updated"
"""systemd-update-done(8) writes it at the first boot, without a sync: a cut leaves it empty."""
CONFIRMED = ("plain", "confirmed", 0.0)
"""While `xenbond confirm` runs."""
KEPT = ("systemd", "kept", 0.0)
"""After `xenbond confirm` has said that it is kept."""
CHAINS: tuple[tuple[Moment, ...], ...] = (
    (
        ("plain", "prepared", 0.0),
        ("plain", "guarded", 0.0),
        ("plain", "activating", 0.0),
        ("plain", "writing", 0.0),
    ),
    (
        ("plain", "written", 0.0),
        ("plain", "written", 3.0),
        ("plain", "waiting", 0.0),
        ("plain", "going-back", 0.5),
        CONFIRMED,
    ),
    (("systemd", "waiting", 2.0), KEPT),
)
"""Each on a disk of its own; one that is kept comes last, for then the host is another one."""


@dataclass(frozen=True, slots=True)
class Tree:
    """/etc, and which links and addresses there are."""

    etc: dict[str, str]
    addresses: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, guest: Guest) -> "Tree":
        """As it is, without the boot guard, which belongs to the change and not to the host."""
        files = {name: it for name, it in etc(guest).items() if "xenbond-recover" not in name}
        files.pop(SYSTEMDS_OWN, None)
        return cls(files, network(guest).addresses)


@dataclass(frozen=True, slots=True)
class Found:
    """One cut, and what the next boot made of it."""

    at: str
    """How far the change was when the power was cut."""
    states: tuple[str, ...]
    """Its journal after the boot, before any command."""
    end: str
    """Its last state after the next xenbond."""
    answers: tuple[str, ...]
    """Of the old and the new address those that answer."""
    guard: str
    """What the boot left of the boot guard."""
    in_the_end: str
    """And what the next xenbond left of it."""
    old: Tree
    new: Tree | None
    """As it ran before it was kept."""
    now: Tree


def _until_cut(guest: Guest, moment: Moment) -> tuple[str, Tree | None]:
    """Apply, up to the moment; returns how far it is, and the new tree where it was seen."""
    _, name, seconds = moment
    new = None
    if name in ("confirmed", "kept", "going-back"):
        guest.start("xenbond", "apply", "--answers", "/root/answers.yaml", "--yes")
        guest.run("python3", "-I", "/lab/inside/moment.py", "waiting", "0.5").ok()
        new = Tree.of(guest)
        if name == "kept":
            return guest.run("xenbond", "confirm").ok().splitlines()[-1], new
    watch = guest.start("python3", "-I", "/lab/inside/moment.py", name, str(seconds))
    command: tuple[str, ...] = ("apply", "--answers", "/root/answers.yaml", "--yes")
    if new:
        command = ("undo",) if name == "going-back" else ("confirm",)
    running = guest.start("xenbond", *command)
    while not watch.over_within(1.0):
        assert not running.over, running.wait()
    return watch.wait().ok().splitlines()[-1], new


def _after(guest: Guest, at: str, old: Tree, new: Tree | None) -> Found:
    answers = tuple(
        address
        for address in (OLD, NEW)
        if guest.run("ip", "netns", "exec", "switch", "ping", "-qc2", "-W1", "-i0.2", address).rc
        == 0
    )
    guard = guest.sh(GUARD)
    now = Tree.of(guest)
    states = _states(guest)
    print(guest.xenbond("recover"))
    end = _states(guest)[-1]
    return Found(at, states, end, answers, guard, guest.sh(GUARD), old, new, now)


def _states(guest: Guest) -> tuple[str, ...]:
    newest = guest.sh("ls -d /var/lib/xenbond/transactions/* | tail -n1").strip()
    journal = guest.read(f"{newest}/journal.jsonl").splitlines()
    return tuple(json.loads(line)["state"] for line in journal)


def _chain(moments: tuple[Moment, ...], disk: Path) -> dict[Moment, Found]:
    """Cut, boot and look, for one moment after the other on the same disk."""
    found: dict[Moment, Found] = {}
    init, _, _ = moments[0]
    make_disk(disk)
    guest = Guest(init, {"/etc/network/interfaces": BRIDGED_NIC}, disk=disk)
    try:
        guest.write("/root/answers.yaml", ANSWERS.replace(OLD, NEW))
        guest.sh("sync /root /root/answers.yaml")
        old = Tree.of(guest)
        for moment in moments:
            at, new = _until_cut(guest, moment)
            guest.stop()
            guest = Guest(init, disk=disk)
            found[moment] = _after(guest, at, old, new)
    finally:
        guest.stop()
    return found


Cuts = dict[Moment, Future[dict[Moment, Found]]]


@pytest.fixture(scope="module")
def cuts(lab: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cuts]:
    disks = tmp_path_factory.mktemp("disks")
    running: Cuts = {}
    with ThreadPoolExecutor() as pool:
        for number, moments in enumerate(CHAINS):
            chain = pool.submit(_chain, moments, disks / str(number))
            running |= dict.fromkeys(moments, chain)
        yield running


@pytest.mark.parametrize(
    "moment",
    [moment for chain in CHAINS for moment in chain],
    ids=lambda moment: "-".join(str(word) for word in moment),
)
def test_the_next_boot_is_whole(cuts: Cuts, moment: Moment) -> None:
    init, name, _ = moment
    found = cuts[moment].result()[moment]
    kept = found.end == "confirmed"
    note(
        f"power cut ({init}) {found.at}: journal {' '.join(found.states)}; "
        f"{', '.join(found.answers) or 'nothing'} answers"
    )
    if name != "confirmed":
        # What nobody has been told to be kept may go either way; what someone has may not.
        assert kept == (moment == KEPT)
    expected = found.new if kept else found.old
    assert expected is not None
    assert found.now == expected
    assert found.answers == (NEW if kept else OLD,)
    assert found.end in ("confirmed", "rolled-back")
    if name != "prepared":
        # Before there is a guard nothing has been touched; from then on the boot itself ends it.
        assert found.states[-1] == found.end
    if name == "writing":
        assert found.states == ("prepared", "rolled-back")
    if name in ("prepared", "confirmed"):
        # The cut may have come while it was made, or taken away: then a script without its link
        # stays, which no boot runs.
        assert "/S" not in found.guard
    else:
        assert found.guard == ""
    assert found.in_the_end == ""
