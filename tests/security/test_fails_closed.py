"""The undo clock fails closed: what can't be read of a change counts as open, and is put back.

An open change whose files are half written; then one of its notes is cut short at every byte, and
has every byte flipped in turn.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.security.half_written import COPY, NEW, OLD, WRITTEN, Scene, change, plan_of, scenery
from tests.told import TALLY
from xenbond_tui import cli
from xenbond_tui.apply import backup, boot_guard, transaction
from xenbond_tui.apply.backup_index import FILES
from xenbond_tui.apply.begin import undo_files, write_only
from xenbond_tui.apply.holder import unsettled
from xenbond_tui.apply.notes import seal, unseal
from xenbond_tui.apply.recover import resolve_stale, stand_down
from xenbond_tui.apply.retention import prune
from xenbond_tui.apply.store import State, Store
from xenbond_tui.errors import XenbondError

pytestmark = pytest.mark.thorough

NOTES = ("header.json", "journal.jsonl", "plan.json", *(f"backup/{name}" for name in FILES))
EVERY = dict.fromkeys(NOTES, 20) | {"header.json": 8, "journal.jsonl": 1}
"""At which of the points it is rolled back, too; at all of them it is open, and can be."""


@pytest.fixture
def scene() -> Iterator[Scene]:
    with scenery() as made:
        yield made


def cut(data: bytes) -> Iterator[bytes]:
    return (data[:length] for length in range(len(data)))


def flipped(data: bytes) -> Iterator[bytes]:
    return (data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :] for at in range(len(data)))


def taken_back(scene: Scene, *, boot: bool) -> str:
    """What it is refused with, if it is: then it is no good end, whatever was put back."""
    try:
        resolve_stale(scene.host.machine, boot=boot)
    except XenbondError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("name", NOTES)
@pytest.mark.parametrize("spoil", [cut, flipped])
def test_one_damaged_note(
    scene: Scene, name: str, spoil: Callable[[bytes], Iterator[bytes]]
) -> None:
    machine, path = scene.host.machine, scene.note(name)
    whole, journal = path.read_bytes(), scene.note("journal.jsonl").read_bytes()
    directory = os.fspath(scene.note("backup"))
    points = tried = told = 0
    for data in spoil(whole):
        points += 1
        path.write_bytes(data)
        waiting = Store(machine).open()
        assert waiting is not None
        assert waiting.id == scene.id
        if points % 20 == 0:
            stand_down(machine)
            assert boot_guard.is_there(machine)
            assert scene.id in unsettled(machine)
        assert backup.salvage(directory).images[WRITTEN].data == OLD
        if points % EVERY[name]:
            continue
        tried += 1
        said = taken_back(scene, boot=tried % 2 == 0)
        told += bool(said)
        assert not said or ("files were put back" in said and path.name in said)
        assert scene.is_old()
        ended = Store(machine).record(scene.id)
        assert (ended.is_open, ended.end) == (False, State.ROLLED_BACK)
        # Once more from the beginning.
        path.write_bytes(whole)
        scene.note("journal.jsonl").write_bytes(journal)
        scene.note("ended.json").unlink()
        for displaced in scene.note("backup").glob("displaced-*"):
            shutil.rmtree(displaced)
        boot_guard.install(machine)
        scene.half_written()
    # A journal's newline that is lost, and a last line that was cut short, are no damage.
    assert tried - told <= (2 if name == "journal.jsonl" else 0)
    how = "cut short at every byte" if spoil is cut else "every byte flipped"
    TALLY.append(
        (f"{name:<24} {how:<24} all open, {tried:>3} of them put back, {told:>3} named", points)
    )


@pytest.mark.parametrize("spoil", [cut, flipped])
def test_no_copy_is_believed_that_is_not_what_was_kept(
    scene: Scene, spoil: Callable[[bytes], Iterator[bytes]]
) -> None:
    copy = scene.note(COPY)
    whole = copy.read_bytes()
    for data in spoil(whole):
        copy.write_bytes(data)
        with pytest.raises(XenbondError, match=r"Not put back: .*kept copy can't be read"):
            transaction.restore(scene.host.machine, scene.id)
        assert scene.host.read(WRITTEN) == NEW
        assert copy.read_bytes() == data
    copy.write_bytes(whole)
    transaction.restore(scene.host.machine, scene.id)
    assert scene.is_old()


def sealed_by_hand(scene: Scene, name: str, change: Callable[[dict[str, Any]], object]) -> None:
    """What only root can do: a note with its right checksum that lacks something."""
    value = json.loads(unseal(scene.note(name).read_bytes()))
    change(value)
    scene.note(name).write_bytes(seal(json.dumps(value).encode()))


@pytest.mark.parametrize("lacking", ["images", "images and absent"])
def test_a_file_without_a_copy_is_named_and_never_called_put_back(
    scene: Scene, lacking: str
) -> None:
    for name in FILES:
        empty = {key: [] for key in lacking.split(" and ")}
        sealed_by_hand(scene, f"backup/{name}", lambda value, empty=empty: value.update(empty))
    with pytest.raises(XenbondError, match=f"Not put back: {WRITTEN}: no copy of it is kept in "):
        resolve_stale(scene.host.machine)
    assert Store(scene.host.machine).record(scene.id).end is State.FAILED
    assert scene.host.read(WRITTEN) == NEW


@pytest.mark.parametrize("of", ["index", "plan"])
def test_an_undo_without_a_copy_is_refused_by_the_file(scene: Scene, of: str) -> None:
    machine = scene.host.machine
    resolve_stale(machine)
    scene.host.clock.sleep(60)
    scene.id = write_only(machine, plan_of(change(scene.host, WRITTEN, NEW, 0o640)))
    missing = WRITTEN
    if of == "index":
        for name in FILES:
            sealed_by_hand(scene, f"backup/{name}", lambda value: value.update(images=[]))
    else:
        missing = "/etc/other"
        sealed_by_hand(scene, "plan.json", lambda value: renamed(value, missing))
    for force in (False, True):
        with pytest.raises(XenbondError) as told:
            undo_files(machine, scene.id, force=force)
        assert str(told.value).startswith(f"{missing}: no copy of it is kept in ")
    assert scene.host.read(WRITTEN) == NEW


def renamed(value: dict[str, Any], path: str) -> None:
    """The plan writes another path than was kept."""
    for one in value["plan"]["changes"]:
        one["path"] = path


def test_without_any_index_the_copies_are_named_and_stay(scene: Scene) -> None:
    machine = scene.host.machine
    for name in FILES:
        scene.note(f"backup/{name}").write_bytes(b"")
    with pytest.raises(XenbondError, match=r"index\.json: is empty; .*backup/files may be whole"):
        resolve_stale(machine)
    assert Store(machine).record(scene.id).end is State.FAILED
    assert scene.note(COPY).read_bytes() == OLD
    assert scene.host.read(WRITTEN) == NEW


@pytest.mark.parametrize("spoil", [cut, flipped])
def test_a_change_that_was_kept_is_not_taken_back_for_a_byte(
    scene: Scene, spoil: Callable[[bytes], Iterator[bytes]]
) -> None:
    """A byte of its journal, or of its header; what is cut off is what was not reached."""
    machine = scene.host.machine
    resolve_stale(machine)
    scene.host.clock.sleep(60)
    scene.id = write_only(machine, plan_of(change(scene.host, WRITTEN, NEW, 0o640)))
    for name in ("journal.jsonl", "header.json")[spoil is cut :]:
        whole = scene.note(name).read_bytes()
        for point, data in enumerate(spoil(whole)):
            scene.note(name).write_bytes(data)
            assert Store(machine).open() is None
            assert point % 20 or resolve_stale(machine) is None
            assert scene.host.read(WRITTEN) == NEW
        scene.note(name).write_bytes(whole)


def test_an_older_one_is_known_to_have_ended_by_the_one_that_followed(scene: Scene) -> None:
    machine = scene.host.machine
    resolve_stale(machine)
    older = write_only(machine, plan_of(change(scene.host, WRITTEN, NEW, 0o640)))
    scene.host.clock.sleep(60)
    write_only(machine, plan_of(change(scene.host, "/etc/more", b"1")))
    Path(Store(machine).path(older, "journal.jsonl")).write_bytes(b"")
    (seen,) = [item for item in Store(machine).history() if item.id == older]
    assert (seen.state, seen.is_open) == (State.UNREADABLE, False)
    assert resolve_stale(machine) is None
    assert scene.host.read(WRITTEN) == NEW


def as_the_release_before_wrote(scene: Scene, state: str) -> None:
    """The same change without checksums, a second index and a second witness of its end."""
    for name in ("header.json", "plan.json"):
        scene.note(name).write_bytes(unseal(scene.note(name).read_bytes()))
    index = json.loads(unseal(scene.note("backup/index.json").read_bytes()))
    for image in index["images"]:
        image.pop("own")
    old = {"is": "_Index", "absent": index["absent"], "images": index["images"]}
    scene.note("backup/index.json").write_text(json.dumps(old, indent=1))
    scene.note("backup/index.again.json").unlink()
    lines = [{"state": state, "at": 1.5, "text": "", "deadline": None}]
    scene.note("journal.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_what_the_release_before_left_open_is_taken_back(scene: Scene) -> None:
    as_the_release_before_wrote(scene, "prepared")
    record = resolve_stale(scene.host.machine)
    assert record is not None
    assert record.state is State.ROLLED_BACK
    assert scene.is_old()


@pytest.mark.parametrize("name", ["header.json", "journal.jsonl"])
def test_also_where_it_is_damaged(scene: Scene, name: str) -> None:
    as_the_release_before_wrote(scene, "prepared")
    scene.note(name).write_bytes(b"")
    with pytest.raises(XenbondError, match=f"{name}: is empty"):
        resolve_stale(scene.host.machine)
    assert scene.is_old()


def test_what_the_release_before_kept_can_be_undone(scene: Scene) -> None:
    transaction.write(scene.host.machine, scene.id)
    as_the_release_before_wrote(scene, "confirmed")
    assert unsettled(scene.host.machine) == ""
    undo_files(scene.host.machine, scene.id)
    assert scene.is_old()


JOURNALS = [
    b'{"state": []}\n',
    b'{"state": "prepared", "at": %s, "text": "", "deadline": null}\n' % (b"1" * 400),
    b'{"state": "prepared", "at": 1, "text": "", "deadline": 1e999}\n',
    b'{"state": "prepared", "at": NaN, "text": "", "deadline": null}\n',
    b'{"state": "confirmed", "state": "prepared", "at": 1, "text": "", "deadline": null}\n',
    b'{"state": "confirmed", "at": 1, "text": "\\ud800", "deadline": null}\n',
    b'{"state": "confirmed", "at": 1, "text": "caf\xe9", "deadline": null}\n',
    b'{"state": "confirmed", "at": true, "text": "", "deadline": null}\n',
    b'{"state": "confirmed", "at": 1, "text": "", "deadline": null, "more": 1}\n',
    b"[" * 100_000 + b"\n",
    b"\0" * 4096 + b"\n",
    b"\0" * (2 << 20),
    b"7\n",
]


@pytest.mark.parametrize("data", JOURNALS, ids=range(len(JOURNALS)))
def test_a_journal_that_is_none_leaves_the_change_open(
    scene: Scene, data: bytes, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = scene.host.machine
    monkeypatch.setattr("xenbond_tui.compose.live", lambda: machine)
    scene.note("journal.jsonl").write_bytes(data)
    assert Store(machine).progress(scene.id).state is State.PREPARED
    assert cli.run(["history"]) == 2
    said = capsys.readouterr()
    assert f"Whether change {scene.id} has ended can't be read, so it counts as open" in said.err
    assert "`xenbond recover` puts its files back" in said.err
    assert cli.run(["undo", "--yes"]) == 2
    assert "fault in xenbond itself" not in capsys.readouterr().err
    assert scene.is_old()


@pytest.mark.parametrize("name", ["journal.jsonl", "header.json", "plan.json"])
def test_a_note_that_would_be_waited_for_is_not(scene: Scene, name: str) -> None:
    scene.note(name).unlink()
    os.mkfifo(scene.note(name))
    assert Store(scene.host.machine).open() is not None
    with pytest.raises(XenbondError, match=name):
        resolve_stale(scene.host.machine)
    assert scene.is_old()


@pytest.mark.parametrize(
    ("name", "data"), [("header.json", b""), *(("journal.jsonl", data) for data in JOURNALS[:2])]
)
def test_no_second_change_while_the_first_can_t_be_read(
    scene: Scene, name: str, data: bytes
) -> None:
    machine = scene.host.machine
    scene.note(name).write_bytes(data)
    plan = plan_of(change(scene.host, "/etc/b", b"1"))
    with pytest.raises(XenbondError, match=r"counts as open.*Nothing was changed"):
        write_only(machine, plan)
    assert not os.path.lexists(scene.host.root + "/etc/b")
    assert len(Store(machine).ids()) == 1


def test_copies_of_an_open_change_outlive_everything(scene: Scene) -> None:
    scene.note("header.json").write_bytes(b"")
    scene.host.clock.sleep(1000 * 86400.0)
    assert prune(Store(scene.host.machine)) == ()
    assert scene.note(COPY).read_bytes() == OLD
