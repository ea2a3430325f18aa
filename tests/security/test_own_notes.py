"""What is kept of bonds and drills: root's alone or not believed; no line of it stops a look."""

import json
import os
import sys
import tempfile
import time
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
from xenbond_tui.demo.recordings import unpack
from xenbond_tui.drill import restore
from xenbond_tui.drill.directories import Drills
from xenbond_tui.drill.model import How
from xenbond_tui.drill.report import kept
from xenbond_tui.errors import XenbondError
from xenbond_tui.health import written_cache
from xenbond_tui.health.event import Event
from xenbond_tui.health.record import EventRecord
from xenbond_tui.host.document import parse
from xenbond_tui.host.procfs import parse_proc_bonding
from xenbond_tui.machine import Machine
from xenbond_tui.masking.shown import shown_lines
from xenbond_tui.plan.actions import WriteFiles
from xenbond_tui.plan.plan import Plan, Step

GOOD = {
    "time": 1.0,
    "monotonic": 1.0,
    "boot": "b",
    "code": "link-up",
    "slave": "eth0",
    "text": "still told",
}


def line(**fields: object) -> str:
    return json.dumps(GOOD | fields)


HOSTILE = {
    "nested": "[" * 100_000,
    "nested objects": '{"a":' * 100_000,
    "beyond the calendar": line(time=1e300),
    "before it": line(time=-1e18),
    "infinite": line(time="inf"),
    "no number": line(time="nan"),
    "no number since boot": line(monotonic="nan"),
    "endless digits": '{"time": ' + "9" * 100_000 + "}",
    "a string without end": '"' + '\\"' * 200_000,
    "half a character": line(text="\ud800"),
    "no object": "7",
    "a list for a name": line(slave=["eth0"]),
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_line_in_a_trees_record_stops_events(
    tmp_path: Path, hostile: str, capsys: pytest.CaptureFixture[str]
) -> None:
    record = tmp_path / "var/lib/xenbond/events/bond0.jsonl"
    record.parent.mkdir(parents=True)
    record.write_text(f"{hostile}\n{json.dumps(GOOD)}\n")
    begun = time.process_time()
    for words in ([], ["--json"]):
        assert cli.run(["events", "bond0", "--root", str(tmp_path), *words]) == 0
        out, err = capsys.readouterr()
        assert "still told" in out
        assert "fault" not in err
    assert time.process_time() - begun < 2


@pytest.mark.parametrize("name", ['a"}1', "bond@lan", "bond+1", "-b", "b[1]", "\udcff\x1b[1m"])
def test_a_bond_of_any_name_has_its_events(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bond = tmp_path / "proc/net/bonding" / name
    bond.parent.mkdir(parents=True)
    bond.write_text("Ethernet Channel Bonding Driver: v5.10\n\nBonding Mode: round-robin\n")
    record = tmp_path / f"var/lib/xenbond/events/{name}.jsonl"
    record.parent.mkdir(parents=True)
    record.write_text(f"{json.dumps(GOOD)}\n")
    assert cli.run(["events", "--root", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert "still told" in out
    assert not err
    assert "\x1b" not in out


@pytest.mark.parametrize("name", ["../../../../etc/x", "/etc/x", "a/b"])
def test_no_name_leads_out_of_the_records(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = tmp_path / "etc/x.jsonl"
    outside.parent.mkdir(parents=True)
    outside.write_text(f"{json.dumps(GOOD)}\n")
    (tmp_path / "var/lib/xenbond/events/a").mkdir(parents=True)
    assert cli.run(["events", name, "--root", str(tmp_path)]) == 3
    assert "still told" not in capsys.readouterr().out


def test_a_string_without_end_takes_no_quadratic_time() -> None:
    begun = time.process_time()
    with pytest.raises(ValueError, match="Unterminated"):
        parse(b'{"a": "' + b'\\"' * 500_000)
    assert time.process_time() - begun < 2


BLANKS = " " * 100_000


@pytest.mark.parametrize(
    "read",
    [
        lambda: shown_lines("/etc/network/interfaces", f"psk\n{BLANKS}!\n"),
        lambda: shown_lines("/etc/unknown", f"psk\n{BLANKS}!\n"),
        lambda: parse_proc_bonding("bond0", f"Bonding Mode{BLANKS})\n"),
    ],
    ids=["masking", "masking of any format", "proc"],
)
def test_a_line_of_blanks_takes_no_quadratic_time(read: object) -> None:
    assert callable(read)
    begun = time.process_time()
    read()
    assert time.process_time() - begun < 2


def test_a_bond_of_ten_thousand_slaves_is_looked_at_in_seconds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proc = tmp_path / "proc/net/bonding/bond0"
    proc.parent.mkdir(parents=True)
    proc.write_text("Slave Interface: eth0\nMII Status: up\n" * 25_000)
    begun = time.process_time()
    # One slave so often is a text that no kernel prints: unknown.
    assert cli.run(["status", "--root", str(tmp_path)]) == 3
    assert time.process_time() - begun < 3
    assert "fault" not in capsys.readouterr().err


HOSTILE_INTERFACES = {
    "NUL in a path": (b"source /etc/a\0b\n", 0),
    "endless sources": (b"source /etc/*\n" * 20_000, 2),
    "endless words": (b"auto " + b"x " * 400_000, 2),
    "endless stanzas": (b"auto e\niface e inet manual\n" * 20_000, 2),
}
ANSWERS = """\
version: 1
bond: {name: bond0, slaves: [eth0, eth1], mode: active-backup, miimon: 100}
bridge: {name: xenbr0, address: 192.168.0.222/24, gateway: 192.168.0.1}
"""


@pytest.mark.parametrize(
    ("data", "code"), HOSTILE_INTERFACES.values(), ids=HOSTILE_INTERFACES.keys()
)
def test_no_interfaces_file_stops_or_delays_a_look_at_a_tree(
    tmp_path: Path, data: bytes, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = tmp_path / "tree"
    unpack("debian12-dom0", str(tree))
    (tree / "etc/network/interfaces").write_bytes(data)
    (tmp_path / "answers.yaml").write_text(ANSWERS)
    begun = time.process_time()
    assert cli.run(["nics", "--root", str(tree)]) == 0
    plan = ["plan", "--root", str(tree), "--answers", str(tmp_path / "answers.yaml")]
    done = cli.run(plan)
    assert time.process_time() - begun < 5
    out, err = capsys.readouterr()
    assert "fault" not in err
    if code:
        assert done == code
        assert ": /etc/network/interfaces: has more than" in out + err


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
