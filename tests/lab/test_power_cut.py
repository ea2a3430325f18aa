"""The power is cut at eleven moments of an apply; the next boot of the same disk makes the old host
or the new one, never half of each.

The plan gives the host another address, or one more, so old and new are told apart by who answers.
The disk forgets what nobody has synced (`inside/stage1.sh`). Hosts with SysV scripts and one with
systemd are applied to, cut and booted again side by side; the tests look at what was found.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.lab.cutting import BOTH, GUARD, MOVED, NEW, OLD, Tree, states, until_cut, who_answers
from tests.lab.evidence import note
from tests.lab.guest import Guest, make_disk
from tests.lab.layouts import BRIDGED_NIC
from tests.lab.stacks import MAIN, ROUTED

Moment = tuple[str, str, float]
"""Init, moment of `inside/moment.py`, seconds after it."""

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


def _after(guest: Guest, at: str, old: Tree, new: Tree | None) -> Found:
    answers = who_answers(guest)
    guard = guest.sh(GUARD)
    now = Tree.of(guest)
    seen = states(guest)
    print(guest.xenbond("recover"))
    end = states(guest)[-1]
    return Found(at, seen, end, answers, guard, guest.sh(GUARD), old, new, now)


def _boot(init: str, disk: Path) -> Guest:
    """With systemd the NIC is `allow-hotplug`, as Debian's installer leaves it: udev's rule asks
    about it when it is found, before the boot guard runs."""
    guest = Guest(init, {} if init == "systemd" else {MAIN: BRIDGED_NIC}, disk=disk)
    guest.wait_until(ROUTED)
    return guest


def _chain(moments: tuple[Moment, ...], disk: Path) -> dict[Moment, Found]:
    """Cut, boot and look, for one moment after the other on the same disk."""
    found: dict[Moment, Found] = {}
    init, _, _ = moments[0]
    make_disk(disk)
    guest = _boot(init, disk)
    try:
        guest.write("/root/answers.yaml", BOTH if init == "systemd" else MOVED)
        guest.sh("sync /root /root/answers.yaml")
        old = Tree.of(guest)
        for moment in moments:
            at, new = until_cut(guest, *moment[1:])
            guest.stop()
            guest = _boot(init, disk)
            found[moment] = _after(guest, at, old, new)
    finally:
        guest.stop()
    return found


Cuts = dict[Moment, Future[dict[Moment, Found]]]


@pytest.fixture(scope="module")
def cuts(
    lab: None, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cuts]:
    """Each chain up to the last of its moments that this run asks for."""
    disks = tmp_path_factory.mktemp("disks")
    calls = (getattr(item, "callspec", None) for item in request.session.items)
    asked = {call.params["moment"] for call in calls if call and "moment" in call.params}
    running: Cuts = {}
    with ThreadPoolExecutor() as pool:
        for number, chain in enumerate(CHAINS):
            last = max((n for n, it in enumerate(chain, 1) if it in asked), default=0)
            if moments := chain[:last]:
                made = pool.submit(_chain, moments, disks / str(number))
                running |= dict.fromkeys(moments, made)
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
    now = (OLD, NEW) if init == "systemd" else (NEW,)
    assert found.answers == (now if kept else (OLD,))
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
