"""What is kept of bonds and drills is root's alone, or not believed."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

sys.path.insert(0, os.fspath(Path(__file__).parent.parent / "unit"))
from fakes import FakeHost, change, tree_of

from tests.security.impostors import NOBODY
from xenbond_tui import cli
from xenbond_tui.apply.begin import undo_files, write_only
from xenbond_tui.apply.store import NotPermittedError, Store
from xenbond_tui.drill import restore
from xenbond_tui.drill.directories import Drills
from xenbond_tui.drill.model import How
from xenbond_tui.drill.report import kept
from xenbond_tui.errors import XenbondError
from xenbond_tui.health import written_cache
from xenbond_tui.health.event import Event
from xenbond_tui.health.record import EventRecord
from xenbond_tui.machine import Machine
from xenbond_tui.plan.actions import WriteFiles
from xenbond_tui.plan.plan import Plan, Step


@pytest.fixture
def host() -> Iterator[FakeHost]:
    with tempfile.TemporaryDirectory() as directory:
        yield FakeHost(directory)


def own(host: FakeHost) -> Path:
    path = Path(host.machine.own_dir)
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="another user's directory takes root")


@needs_root
def test_another_users_record_is_not_believed_nor_written_to(host: FakeHost) -> None:
    record = EventRecord(host.machine, "bond0")
    own(host)
    event = Event(1.0, "link-up", "told", "eth0", 1.0)
    record.append([event])
    assert [item.text for item in record.read()] == ["told"]
    path = own(host) / "events/bond0.jsonl"
    before = path.read_bytes()
    os.chown(own(host), NOBODY, NOBODY)
    assert record.read() == ()
    record.append([event])
    assert path.read_bytes() == before
    assert any("belongs to" in text for text in host.machine.remarks)


def no_drill_is_steered(machine: Machine, id: str) -> None:
    """Neither what a drill changed, nor what was asked of it, nor a new one."""
    for steer in (
        lambda: restore.put_back(machine),
        lambda: Drills(machine).order(id),
        lambda: Drills(machine).new(2.0, "bond0", next(iter(How)), "192.0.2.1"),
    ):
        with pytest.raises(XenbondError, match="not root's alone"):
            steer()


@needs_root
def test_another_users_drill_steers_no_link(host: FakeHost) -> None:
    (own(host) / "drills").mkdir()
    restore.note(host.machine, "bond0", "eth1", ("eth0",))
    id = Drills(host.machine).new(1.0, "bond0", next(iter(How)), "192.0.2.1")
    os.chown(own(host), NOBODY, NOBODY)
    no_drill_is_steered(host.machine, id)
    assert kept(host.machine, id) is None


@needs_root
def test_another_users_answer_for_what_files_say_is_not_taken(host: FakeHost) -> None:
    own(host)
    written_cache.written(host.machine, "bond0")
    path = own(host) / "written.json"
    before = path.read_bytes()
    os.chown(own(host), NOBODY, NOBODY)
    path.write_bytes(b"")
    assert written_cache.written(host.machine, "bond0") is None
    assert path.read_bytes() == b""
    assert before


def _behind_a_home(root: Path, real: Path) -> None:
    """/var/lib/xenbond leads to a directory of root's below another user's home."""
    (root / "home/joe").mkdir(parents=True)
    os.chown(root / "home/joe", NOBODY, NOBODY)
    real.rename(root / "home/joe/x")
    real.symlink_to("/home/joe/x")


def _link_in_a_home(root: Path, real: Path) -> None:
    """The same by a link of that user's, which leads to what is root's all the way."""
    (root / "srv").mkdir()
    (root / "home/joe").mkdir(parents=True)
    real.rename(root / "srv/x")
    (root / "home/joe/x").symlink_to("/srv/x")
    for path in (root / "home/joe", root / "home/joe/x"):
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    real.symlink_to("/home/joe/x")


def _link_in_tmp(root: Path, real: Path) -> None:
    """A sticky directory keeps what is root's there; this link isn't."""
    (root / "srv").mkdir()
    (root / "tmp").mkdir(mode=0o1777)
    (root / "tmp").chmod(0o1777)
    real.rename(root / "srv/x")
    (root / "tmp/x").symlink_to("/srv/x")
    os.chown(root / "tmp/x", NOBODY, NOBODY, follow_symlinks=False)
    real.symlink_to("/tmp/x")


def _in_a_group(root: Path, real: Path) -> None:
    real.parent.chmod(0o775)
    os.chown(real.parent, 0, NOBODY)


def _for_everybody(root: Path, real: Path) -> None:
    real.parent.parent.chmod(0o777)


@needs_root
@pytest.mark.parametrize(
    ("arrange", "named"),
    [
        (_behind_a_home, "/home/joe belongs to"),
        (_link_in_a_home, "/home/joe belongs to"),
        (_link_in_tmp, "/tmp/x belongs to"),
        (_in_a_group, "/var/lib can be written by group"),
        (_for_everybody, "/var can be written by everybody"),
    ],
)
def test_a_directory_that_others_could_exchange_is_not_believed(
    host: FakeHost, arrange: Callable[[Path, Path], None], named: str
) -> None:
    """The directory itself is root's and 0700; between a look and the next its owner moves it."""
    plan = Plan("ifcfg", (change(host, "/etc/a", b"1"),), (Step("w", WriteFiles()),), ())
    done = write_only(host.machine, plan)
    other = Plan("ifcfg", (change(host, "/etc/b", b"1"),), (Step("w", WriteFiles()),), ())
    record, event = EventRecord(host.machine, "bond0"), Event(1.0, "link-up", "told", "eth0", 1.0)
    record.append([event])
    drill = Drills(host.machine).new(1.0, "bond0", next(iter(How)), "192.0.2.1")
    written_cache.written(host.machine, "bond0")
    arrange(Path(host.root), own(host))
    before = tree_of(host.root, "")
    for ask in (
        lambda: Store(host.machine).history(),
        lambda: Store(host.machine).open(),
        lambda: write_only(host.machine, other),
        lambda: undo_files(host.machine, done),
    ):
        with pytest.raises(XenbondError) as told:
            ask()
        assert f"could be exchanged by others: {host.root}{named}" in str(told.value)
        assert "nothing was changed" in str(told.value)
    assert not Store(host.machine).record(done).ours
    no_drill_is_steered(host.machine, drill)
    assert record.read() == ()
    record.append([event])
    assert written_cache.written(host.machine, "bond0") is None
    assert tree_of(host.root, "") == before
    assert any(named in text for text in host.machine.remarks)


@needs_root
@pytest.mark.parametrize("arrange", [_in_a_group, _for_everybody])
def test_nothing_new_is_made_where_others_could_exchange_it(
    host: FakeHost, arrange: Callable[[Path, Path], None]
) -> None:
    real = own(host)
    arrange(Path(host.root), real)
    real.rmdir()
    before = tree_of(host.root, "")
    plan = Plan("ifcfg", (change(host, "/etc/a", b"1"),), (Step("w", WriteFiles()),), ())
    with pytest.raises(XenbondError, match="could be exchanged by others"):
        write_only(host.machine, plan)
    assert tree_of(host.root, "") == before


@needs_root
def test_a_directory_of_roots_elsewhere_is_believed(host: FakeHost) -> None:
    """/var/lib/xenbond on another disk, by a link of root's; below a sticky directory as well."""
    real, root = own(host), Path(host.root)
    (root / "tmp/data").mkdir(parents=True)
    (root / "tmp").chmod(0o1777)
    real.rename(root / "tmp/data/x")
    real.symlink_to("/tmp/data/x")
    plan = Plan("ifcfg", (change(host, "/etc/a", b"1"),), (Step("w", WriteFiles()),), ())
    done = write_only(host.machine, plan)
    assert [it.id for it in Store(host.machine).history()] == [done]
    EventRecord(host.machine, "bond0").append([Event(1.0, "link-up", "told", "eth0", 1.0)])
    assert len(EventRecord(host.machine, "bond0").read()) == 1
    assert host.machine.remarks == []


@contextmanager
def as_nobody() -> Iterator[None]:
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@needs_root
def test_who_may_not_look_is_told_so_and_not_that_there_is_nothing(
    host: FakeHost, capsys: pytest.CaptureFixture[str]
) -> None:
    own(host)
    plan = Plan("ifcfg", (change(host, "/etc/a", b"1"),), (Step("w", WriteFiles()),), ())
    done = write_only(host.machine, plan)
    record = EventRecord(host.machine, "bond0")
    record.append([Event(1.0, "link-up", "told", "eth0", 1.0)])
    Path(host.root).chmod(0o755)
    with as_nobody():
        for id in (done, "2020"):
            with pytest.raises(NotPermittedError, match="Permission denied"):
                Store(host.machine).record(id)
        assert "events: Permission denied" in record.closed
    assert record.closed == ""
    with pytest.raises(XenbondError, match="There is no change 2020"):
        Store(host.machine).record("2020")
    closed = Path(host.root, "closed")
    for mode in (0o700, 0o711, 0o744):
        closed.mkdir(exist_ok=True)
        closed.chmod(mode)
        with as_nobody():
            assert cli.run(["status", "--root", str(closed)]) == 64
        said = capsys.readouterr().err
        assert said == f"xenbond: --root {closed}: Permission denied; nothing was looked at\n"
    assert cli.run(["status", "--root", str(closed)]) == 3


def test_a_damaged_answer_for_what_files_say_is_none(host: FakeHost) -> None:
    """Cut short and flipped at every byte; nothing of it is an option of a bond."""
    own(host)
    written_cache.written(host.machine, "bond0")
    path = own(host) / "written.json"
    good = path.read_bytes()
    cut = [good[:end] for end in range(0, len(good), 97)]
    flipped = [good[:at] + bytes([good[at] ^ 4]) + good[at + 1 :] for at in range(0, len(good), 89)]
    for data in (*cut, *flipped, b"[" * 100_000, b"null", b'{"form": 7}'):
        path.write_bytes(data)
        assert written_cache._load(str(path)) is None
    path.write_bytes(good)
    assert written_cache._load(str(path)) is not None
    assert Store(host.machine).open() is None
