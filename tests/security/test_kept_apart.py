"""Where changes are kept: what is no change there, who may write there, and who is told."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from screens.host import problem_texts
from screens.survey import survey
from tests.security.half_written import NEW, WRITTEN, Scene, scenery
from xenbond_tui import cli, planner
from xenbond_tui.answers import SetUp
from xenbond_tui.apply import boot_guard, transaction
from xenbond_tui.apply.backup_index import FILES
from xenbond_tui.apply.begin import write_only
from xenbond_tui.apply.recover import resolve_stale, stand_down
from xenbond_tui.apply.requests import Ask, Request, take
from xenbond_tui.apply.store import Store
from xenbond_tui.demo.host import open_demo
from xenbond_tui.demo.recordings import unpack
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.bond import BondState
from xenbond_tui.health.model import HealthState, Level, Verdict
from xenbond_tui.health.nagios import nagios_line
from xenbond_tui.plan.plan import Plan


@pytest.fixture
def scene() -> Iterator[Scene]:
    with scenery() as made:
        yield made


def stray_file(directory: str) -> str:
    Path(directory, "notes.txt").write_text("mine\n")
    return "notes.txt"


def file_with_a_changes_name(directory: str) -> str:
    Path(directory, "2026-11-18T11-06-40-9").write_text("")
    return "2026-11-18T11-06-40-9"


def editors_backup(directory: str) -> str:
    Path(directory, ".header.json.swp").write_bytes(b"\0")
    return ".header.json.swp"


def lost_and_found(directory: str) -> str:
    Path(directory, "lost+found").mkdir()
    return "lost+found"


def link_to_a_change(directory: str) -> str:
    os.symlink(Path(directory, os.listdir(directory)[0]), Path(directory, "2026-11-18T11-06-40-8"))
    return "2026-11-18T11-06-40-8"


def not_utf8(directory: str) -> str:
    os.mkdir(os.path.join(os.fsencode(directory), b"caf\xe9\n"))
    return r"caf\udce9\n"


STRAYS = (
    stray_file,
    file_with_a_changes_name,
    editors_backup,
    lost_and_found,
    link_to_a_change,
    not_utf8,
)


@pytest.mark.parametrize("lay", STRAYS)
def test_what_is_no_change_is_passed_over_and_named(
    scene: Scene, lay: Callable[[str], str]
) -> None:
    machine = scene.host.machine
    name = lay(Store(machine).directory)
    waiting = Store(machine).open()
    assert waiting is not None
    assert waiting.id == scene.id
    (remark,) = machine.remarks
    assert f"'{name}'" in remark
    assert "passed over" in remark
    resolve_stale(machine)
    assert scene.is_old()
    assert name in "".join(map(ascii, os.listdir(Store(machine).directory)))


def test_a_mode_that_lets_others_in_is_mended_and_told(scene: Scene) -> None:
    machine = scene.host.machine
    places = [*Store(machine).places, Store(machine).path(scene.id)]
    for place in places:
        os.chmod(place, 0o740)
    assert Store(machine).open() is not None
    assert [os.stat(place).st_mode & 0o777 for place in places] == [0o700] * 3
    assert [place for place in places if any(place in text for text in machine.remarks)] == places
    machine.remarks.clear()
    Store(machine).open()
    assert machine.remarks == []


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="gives directories to another user")
ASKED = (["history"], ["status"], ["confirm"], ["extend"], ["undo", "--yes"], ["recover"])


@needs_root
@pytest.mark.parametrize("depth", [0, 1, 2], ids=["all of it", "transactions", "the change"])
def test_another_users_directory_is_not_believed(
    scene: Scene,
    depth: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = scene.host.machine
    monkeypatch.setattr("xenbond_tui.compose.live", lambda: machine)
    place = (*Store(machine).places, Store(machine).path(scene.id))[depth]
    os.chown(place, 65534, 65534)
    for argv in ASKED:
        assert cli.run(argv) != 0
        said = capsys.readouterr()
        assert f"{place} belongs to nobody, not to root" in said.err, argv
        assert "No change was interrupted" not in said.out
    with pytest.raises(XenbondError, match="belongs to nobody"):
        write_only(machine, Plan("ifupdown", (), (), ()))
    stand_down(machine)
    assert boot_guard.is_there(machine)
    assert scene.host.read(WRITTEN) == NEW
    os.chown(place, 0, 0)
    resolve_stale(machine)
    assert scene.is_old()


def test_the_first_screen_says_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unpack("debian12-dom0", os.fspath(tmp_path / "tree"))
    machine = open_demo(os.fspath(tmp_path / "tree"))
    facts = planner.read_host(machine)
    plan = planner.propose(facts, SetUp(planner.prefill(facts))).plan
    assert plan is not None
    id = transaction.prepare(machine, plan, None)
    transaction.write(machine, id)
    for name in ("header.json", *(f"backup/{name}" for name in FILES)):
        Path(Store(machine).path(id, name)).write_bytes(b"")
    stray_file(Store(machine).directory)
    seen = survey(machine)
    assert seen.to_tell
    told = " ".join(problem_texts(seen))
    assert "could NOT be rolled back completely" in told
    assert "index.json: is empty" in told
    assert "'notes.txt'. It was passed over; move it away." in told


def test_a_drill_whose_note_can_t_be_read_may_have_left_something(
    scene: Scene, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = scene.host.machine
    monkeypatch.setattr("xenbond_tui.compose.live", lambda: machine)
    scene.host.put("/var/lib/xenbond/drills/restore.json", b'{"bond": "bond0", "act')
    assert cli.run(["recover"]) == 2
    assert "what it set is not known" in capsys.readouterr().err
    assert scene.is_old()


def test_a_request_that_would_stop_the_clock_is_none(scene: Scene) -> None:
    directory = scene.note("requests")
    for number, text in enumerate(("extend inf", "extend nan", "extend 1e999", "extend -9", "x")):
        (directory / f"{number:06d}").write_text(f"{text}\n")
    (directory / "000008").mkdir()
    (directory / "000009").write_text("extend 60\n")
    assert take(str(directory)) == (Request(Ask.EXTEND, 60.0),)


def test_monitoring_is_warned() -> None:
    state = HealthState(BondState("bond0", None, "active-backup", "up"))
    judged = [(state, Verdict(Level.HEALTHY, (), "2 of 2 slaves up."))]
    line = nagios_line(judged, "Change 7 was interrupted | cut.")
    assert line.startswith("XENBOND WARNING - bond0: 2 of 2 slaves up.; Change 7 was interrupted /")
