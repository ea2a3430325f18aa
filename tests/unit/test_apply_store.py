"""The history never breaks: damaged transactions are shown as such, torn lines are left out."""

import errno
import json
import os
import shutil
from contextlib import suppress
from dataclasses import replace

import pytest
from fakes import FakeHost, change

from xenbond_tui.apply import transaction
from xenbond_tui.apply.begin import undo_files, write_only
from xenbond_tui.apply.codec import encode
from xenbond_tui.apply.notes import seal
from xenbond_tui.apply.one_at_a_time import only_one, refuse_while_waiting
from xenbond_tui.apply.progress import ProgressWriter, read_progress
from xenbond_tui.apply.recover import resolve_stale
from xenbond_tui.apply.store import NotPermittedError, State, Store
from xenbond_tui.apply.undo import undo_plan
from xenbond_tui.errors import XenbondError
from xenbond_tui.plan.actions import WriteFiles
from xenbond_tui.plan.plan import Plan, Step


@pytest.fixture
def host(tmp_path: os.PathLike[str]) -> FakeHost:
    return FakeHost(os.fspath(tmp_path))


def write(host: FakeHost, data: bytes) -> str:
    plan = Plan("ifcfg", (change(host, "/etc/a", data),), (Step("w", WriteFiles()),), ())
    host.clock.sleep(10)
    return write_only(host.machine, plan)


def spoil(host: FakeHost, id: str, name: str, data: bytes) -> None:
    with open(Store(host.machine).path(id, name), "wb") as stream:
        stream.write(data)


def test_nothing_done_yet_is_an_empty_history(host: FakeHost) -> None:
    assert Store(host.machine).history() == ()
    assert Store(host.machine).open() is None
    assert not os.path.lexists(f"{host.root}/var")


def test_newest_is_first_with_what_it_changed(host: FakeHost) -> None:
    first, second = write(host, b"1"), write(host, b"2")
    records = Store(host.machine).history()
    assert [record.id for record in records] == [second, first]
    assert [record.changes for record in records] == [
        (("/etc/a", "changed"),),
        (("/etc/a", "new"),),
    ]
    assert records[0].ended is not None


@pytest.mark.parametrize("kind", ["fifo", "link", "directory"])
def test_a_lock_that_is_no_file_is_named(host: FakeHost, kind: str) -> None:
    write(host, b"1")
    lock = os.path.join(os.path.dirname(Store(host.machine).directory), "lock")
    os.unlink(lock)
    {"fifo": os.mkfifo, "link": lambda at: os.symlink("/dev/null", at), "directory": os.mkdir}[
        kind
    ](lock)
    with pytest.raises(XenbondError) as told, only_one(host.machine):
        pass
    assert str(told.value).startswith(f"{lock}: ")


def test_a_lock_of_drills_that_is_no_file_is_named(host: FakeHost) -> None:
    drills = os.path.join(host.machine.state_dir, "drills")
    os.makedirs(drills)
    os.mkfifo(os.path.join(drills, "lock"))
    with pytest.raises(XenbondError, match="drills/lock is a plain file"):
        refuse_while_waiting(host.machine)


def test_two_in_one_second_have_two_names(host: FakeHost) -> None:
    plan = Plan("ifcfg", (change(host, "/etc/a", b"1"),), (Step("w", WriteFiles()),), ())
    first = write_only(host.machine, plan)
    plan = Plan("ifcfg", (change(host, "/etc/a", b"2"),), (Step("w", WriteFiles()),), ())
    second = write_only(host.machine, plan)
    assert first.endswith("-1")
    assert second == first[:-1] + "2"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("header.json", b""),
        ("header.json", b"\xff\xfe\x00"),
        ("header.json", b'{"is": "Header"}'),
        ("journal.jsonl", b"garbage\n"),
        ("journal.jsonl", b'{"state": "melted", "at": 1}\n'),
        ("journal.jsonl", b"{"),
    ],
)
def test_damaged_one_is_shown_as_unreadable_and_the_others_stay(
    host: FakeHost, name: str, data: bytes
) -> None:
    good, bad = write(host, b"1"), write(host, b"2")
    whole = Store(host.machine).record(bad)
    spoil(host, bad, name, data)
    records = {record.id: record for record in Store(host.machine).history()}
    assert records[bad].started == whole.started, "either of the two notes tells"
    assert records[good].state is State.CONFIRMED
    assert records[bad].state is State.UNREADABLE
    assert name in records[bad].result
    with pytest.raises(XenbondError, match="can't be undone"):
        undo_plan(host.machine, bad)


def test_a_journal_of_the_release_before_is_read_and_gone_on_with(host: FakeHost) -> None:
    id = write(host, b"1")
    old = '{"state": "%s", "at": %d.0, "text": "%s", "deadline": null}\n'
    spoil(host, id, "journal.jsonl", (old % ("prepared", 1, "") + old % ("active", 2, "")).encode())
    assert Store(host.machine).record(id).state is State.ACTIVE
    transaction.reach(host.machine, id, State.CONFIRMED, "kept")
    record = Store(host.machine).record(id)
    assert (record.state, record.result) == (State.CONFIRMED, "kept")
    assert [entry.number for entry in Store(host.machine).journal(id).entries] == [0, 0, 3]


def test_the_result_of_a_change_is_told_when_it_has_ended(host: FakeHost) -> None:
    id = write(host, b"1")
    transaction.reach(host.machine, id, State.ROLLING_BACK, "taken up again")
    assert (record := Store(host.machine).record(id)).is_open
    assert (record.result, record.ended) == ("", None)
    transaction.reach(host.machine, id, State.FAILED, "Not put back.")
    assert Store(host.machine).record(id).result == "Not put back."


def test_an_undo_of_itself_has_no_end_to_be_looked_for(host: FakeHost) -> None:
    id = write(host, b"1")
    store = Store(host.machine)
    header = replace(store.header(id), undoes=id)
    spoil(host, id, "header.json", seal(json.dumps(encode(header)).encode()))
    with pytest.raises(XenbondError, match=r"header\.json: it undoes itself"):
        store.expected(id)


def test_one_of_which_no_note_can_be_read_is_listed_all_the_same(host: FakeHost) -> None:
    id = write(host, b"1")
    spoil(host, id, "header.json", b"")
    journal = Store(host.machine).path(id, "journal.jsonl")
    os.unlink(journal)
    os.mkdir(journal)
    (record,) = Store(host.machine).history()
    assert (record.id, record.state, record.started) == (id, State.UNREADABLE, 0.0)
    assert "header.json: " in record.result
    assert "journal.jsonl: is a directory" in record.result


def test_one_that_is_not_there_is_told_and_so_is_one_that_was_removed(host: FakeHost) -> None:
    store = Store(host.machine)
    id = write(host, b"1")
    shutil.rmtree(store.path(id))
    with pytest.raises(XenbondError, match=f"^There is no change {id}; `xenbond history`"):
        store.record(id)
    host.put(store.removed_path.removeprefix(host.root), f"{id}\n".encode())
    with pytest.raises(XenbondError, match=f"^There is no change {id} any more: its copies were"):
        store.record(id)


@pytest.mark.parametrize("torn", [b'{"state": "confir', b"\x00" * 80, b"{"])
def test_state_whose_note_was_cut_short_was_never_reached(host: FakeHost, torn: bytes) -> None:
    id = write(host, b"1")
    path = Store(host.machine).path(id, "journal.jsonl")
    with open(path, "rb") as stream:
        whole = stream.read().splitlines(keepends=True)
    spoil(host, id, "journal.jsonl", whole[0] + torn)
    assert Store(host.machine).record(id).state is State.PREPARED
    resolve_stale(host.machine)
    assert Store(host.machine).record(id).state is State.ROLLED_BACK
    assert not os.path.lexists(f"{host.root}/etc/a")


def bad_byte(host: FakeHost, id: str) -> None:
    """In the last line of its journal."""
    path = Store(host.machine).path(id, "journal.jsonl")
    with open(path, "rb") as stream:
        data = stream.read()
    spoil(host, id, "journal.jsonl", data[:-9] + bytes((data[-9] ^ 1,)) + data[-8:])


def test_a_kept_change_stays_kept_when_the_last_line_of_its_journal_goes_bad(
    host: FakeHost,
) -> None:
    id = write(host, b"1")
    before = Store(host.machine).record(id)
    bad_byte(host, id)
    after = Store(host.machine).record(id)
    assert (after.end, after.ended) == (State.CONFIRMED, before.ended)
    assert not after.is_open
    assert after.result.endswith(f"line 2 is damaged {before.result}")
    assert resolve_stale(host.machine) is None
    assert host.read("/etc/a") == b"1"


@pytest.mark.parametrize(
    "witness",
    [b"", b"{}", b"[]", b'{"n": 1, "state": "confirmed", "at": 1.0, "text": ""}'],
    ids=["empty", "without fields", "a list", "of another line"],
)
def test_where_nothing_tells_how_a_change_ended_it_is_rolled_back(
    host: FakeHost, witness: bytes
) -> None:
    id = write(host, b"1")
    bad_byte(host, id)
    spoil(host, id, "ended.json", seal(witness))
    assert Store(host.machine).record(id).is_open
    with suppress(XenbondError):
        resolve_stale(host.machine)
    assert not os.path.lexists(f"{host.root}/etc/a")


def test_damaged_copy_is_named_and_nothing_is_overwritten(host: FakeHost) -> None:
    write(host, b"1")
    id = write(host, b"2")
    os.unlink(Store(host.machine).path(id, "backup", "files", "etc", "a"))
    with pytest.raises(XenbondError, match=r"backup/files/etc/a.*can't be read"):
        undo_files(host.machine, id)
    assert host.read("/etc/a") == b"2"


def test_progress_survives_nonsense_between_its_lines(tmp_path: os.PathLike[str]) -> None:
    host = FakeHost(os.fspath(tmp_path))
    path = f"{host.root}/progress.jsonl"
    writer = ProgressWriter(path, host.clock)
    writer.begin("take eth0 down")
    host.clock.sleep(1.5)
    writer.end("ok", "done")
    with open(path, "ab") as stream:
        stream.write(b'\xff{"n": \n[1]\n{"n": 9, "label": 1}\n')
    writer.begin("write the files")
    writer.message("Applying.")
    lines, message = read_progress(path)
    assert [(line.label, line.status, line.seconds) for line in lines] == [
        ("take eth0 down", "ok", 1.5),
        ("write the files", "running", 0.0),
    ]
    assert message == "Applying."


@pytest.mark.parametrize(
    ("code", "kind", "why"),
    [
        (errno.EACCES, NotPermittedError, "Permission denied. Run it as root."),
        (errno.EIO, XenbondError, "Input/output error."),
    ],
)
def test_why_changes_can_not_be_listed_is_told_with_the_directory(
    code: int, kind: type[Exception], why: str, host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(host, b"1")
    store = Store(host.machine)

    def fails(path: str) -> list[str]:
        raise OSError(code, os.strerror(code), path)

    monkeypatch.setattr("xenbond_tui.apply.store.door.names", fails)
    with pytest.raises(kind) as told:
        store.history()
    assert str(told.value) == f"{store.directory}: {why}"
    assert type(told.value) is kind


def test_a_file_where_the_changes_are_kept_is_named(host: FakeHost) -> None:
    os.makedirs(host.root + "/var/lib", exist_ok=True)
    shutil.rmtree(host.root + "/var/lib/xenbond", ignore_errors=True)
    host.put("/var/lib/xenbond", b"in the way\n")
    words = "/var/lib/xenbond is a file where changes are kept in a directory. Move it away"
    with pytest.raises(XenbondError, match=words):
        Store(host.machine).history()
    with (
        pytest.raises(XenbondError, match=f"{words}; nothing was changed"),
        only_one(host.machine),
    ):
        pass
