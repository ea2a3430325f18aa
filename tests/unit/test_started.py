"""How xenbond starts itself again: as packages, from a zip, and as one file."""

import marshal
import os
import shutil
import struct
import subprocess
import sys
import zipfile
import zipimport
from collections.abc import Callable
from pathlib import Path

import pytest
import textual
from fakes import FakeHost, tree_of

from xenbond_tui.apply import boot_guard
from xenbond_tui.demo import selftest
from xenbond_tui.demo.recordings import recordings
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.access import AtBoot
from xenbond_tui.host import at_boot, program
from xenbond_tui.host.known_commands import refusal
from xenbond_tui.host.program import KEPT, ONE_FILE

REPO = Path(__file__).parents[2]
sys.path.insert(0, os.fspath(REPO / "assets/one-file"))
import pack  # noqa: E402 - from the folder above

PYTHON = os.path.abspath(sys.executable)


@pytest.fixture(scope="module")
def content() -> dict[str, tuple[bytes, bool]]:
    """What is packed, without Python's own modules."""
    found = pack.content(REPO, Path(textual.__file__).parents[1])
    main = compile("from xenbond_tui.__main__ import main; main()", "__main__.py", "exec")
    found["__main__.pyc"] = bytes(pack._code_to_hash_pyc(main, b"\0" * 8, checked=False)), True
    return found


@pytest.fixture(scope="module")
def archive(
    content: dict[str, tuple[bytes, bool]], tmp_path_factory: pytest.TempPathFactory
) -> str:
    made = tmp_path_factory.mktemp("zip") / "xenbond.pyz"
    pack.append(made, content)
    return os.fspath(made)


def run(*argv: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(argv, capture_output=True, text=True, check=False, cwd="/")


@pytest.mark.thorough
def test_a_zip_goes_the_whole_way(archive: str) -> None:
    """Its worker is started from the same zip, its assets and styles are read out of it."""
    done = run(PYTHON, "-I", archive, "demo", "--self-test")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) == 1 + len(selftest.RECORDED)
    assert all(line.startswith("ok ") for line in lines)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("left_out", "said"),
    [
        (lambda name: name.startswith("xenbond_tui/assets/demo/"), "FAILED  alma8:"),
        (lambda name: name.startswith("xenbond_tui/assets/demo/rhel5"), "FAILED  rhel5-dom0:"),
        (lambda name: name == "screens/health.tcss", "FAILED  this xenbond is not complete"),
        (lambda name: name.endswith("recover.service"), "FAILED  this xenbond is not complete"),
        (lambda name: name.startswith("pyroute2/"), "FAILED  this xenbond is not complete"),
        (lambda name: name == "xenbond_tui/commands/worker.pyc", "FAILED  alma8:"),
    ],
    ids=["every recording", "one recording", "a style", "boot guard", "pyroute2", "worker"],
)
def test_the_self_test_fails_loudly_where_something_is_missing(
    content: dict[str, tuple[bytes, bool]],
    tmp_path: Path,
    left_out: Callable[[str], bool],
    said: str,
) -> None:
    rest = {name: data for name, data in content.items() if not left_out(name)}
    assert len(rest) < len(content)
    pack.append(tmp_path / "half.pyz", rest)
    done = run(PYTHON, "-I", os.fspath(tmp_path / "half.pyz"), "demo", "--self-test")
    assert done.returncode == 1
    assert said in done.stdout


def test_the_self_test_knows_every_recording() -> None:
    assert tuple(recordings()) == selftest.RECORDED


def as_zip(monkeypatch: pytest.MonkeyPatch, archive: str) -> None:
    for module in (program, boot_guard):
        monkeypatch.setattr(module, "archive", lambda: archive)


def test_a_zip_is_started_by_its_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    as_zip(monkeypatch, "/opt/xenbond.pyz")
    assert program.own_argv("worker") == (PYTHON, "-I", "/opt/xenbond.pyz", "worker")
    assert program.boot_argv("recover") == (PYTHON, "-I", "/opt/xenbond.pyz", "recover")
    assert "/opt/xenbond.pyz" in program.parts().files


def test_one_file_is_started_by_itself_and_at_boot_its_copy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    as_zip(monkeypatch, ONE_FILE)
    monkeypatch.setattr(sys, "executable", os.path.realpath(ONE_FILE))
    assert program.own_argv("worker", "--id") == (os.path.realpath(ONE_FILE), "worker", "--id")
    assert program.boot_argv("recover", "--boot") == (KEPT, "recover", "--boot")
    assert program.parts().files == (KEPT,)


@pytest.mark.parametrize("instead", ["nothing", "another program"])
def test_one_file_that_is_not_the_one_that_runs_is_not_started(
    instead: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An update under a running wizard: the worker would be another xenbond than its plan's."""
    path = tmp_path / "xenbond"
    if instead == "another program":
        shutil.copy("/bin/true", path)
    as_zip(monkeypatch, ONE_FILE)
    monkeypatch.setattr(sys, "executable", os.fspath(path))
    with pytest.raises(XenbondError, match="was moved or replaced while it ran; start it again"):
        program.own_argv("worker")


def test_the_boot_guard_of_one_file_runs_a_copy_that_comes_and_goes_with_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    host = FakeHost(os.fspath(tmp_path))
    os.makedirs(f"{host.root}/run/systemd/system")
    os.makedirs(f"{host.root}/etc/systemd/system")
    os.makedirs(f"{host.root}/var/lib/xenbond", mode=0o700)
    before = tree_of(host.root)
    as_zip(monkeypatch, ONE_FILE)
    boot_guard.install(host.machine)
    copy = Path(host.root + KEPT)
    assert copy.read_bytes() == Path(ONE_FILE).read_bytes()
    assert (copy.stat().st_mode & 0o7777, copy.parent.stat().st_mode & 0o7777) == (0o700, 0o700)
    assert f"ExecStart={KEPT} recover --boot" in Path(host.root + boot_guard.UNIT).read_text()
    boot_guard.remove(host.machine)
    assert tree_of(host.root) == before


def test_a_copy_that_a_crash_left_alone_counts_as_a_guard_and_goes(tmp_path: Path) -> None:
    host = FakeHost(os.fspath(tmp_path))
    for name in (KEPT, f"{KEPT}.new"):
        before = tree_of(host.root)
        host.put(name, b"half")
        assert boot_guard.is_there(host.machine)
        boot_guard.remove(host.machine)
        assert not boot_guard.is_there(host.machine)
        assert not Path(host.root + KEPT).parent.exists()
        assert before is not None


def test_no_guard_where_its_copy_could_not_be_run(monkeypatch: pytest.MonkeyPatch) -> None:
    as_zip(monkeypatch, ONE_FILE)
    noexec = type("Status", (), {"f_flag": os.ST_NOEXEC})
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(at_boot.startup, "by_systemd", lambda root: True)
    monkeypatch.setattr(at_boot, "foreign_part", lambda found: "")
    monkeypatch.setattr(os, "statvfs", lambda path: noexec)
    found = at_boot.look()
    assert found.unfit.endswith("is mounted with noexec")
    assert KEPT in found.remedy


def test_at_boot_the_copy_is_run_but_a_service_runs_the_file_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    as_zip(monkeypatch, ONE_FILE)
    program_itself = os.path.realpath(ONE_FILE)
    monkeypatch.setattr(sys, "executable", program_itself)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(at_boot.startup, "by_systemd", lambda root: True)
    monkeypatch.setattr(at_boot, "_not_run_from", lambda directory: "")
    monkeypatch.setattr(at_boot, "_on_disk", lambda found: AtBoot(command=program.own_argv()))
    monkeypatch.setattr(at_boot, "foreign_part", lambda found: f"{found.files[0]} is joe's")
    found = at_boot.look()
    assert found.unfit == f"{KEPT} is joe's"
    monkeypatch.setattr(at_boot, "foreign_part", lambda found: "")
    assert at_boot.look() == AtBoot(command=(program_itself,))
    mine = {(KEPT,): "", (program_itself,): f"{program_itself} is joe's"}
    monkeypatch.setattr(at_boot, "foreign_part", lambda found: mine[found.files])
    found = at_boot.look()
    assert (found.unfit, found.remedy) == ("", "")
    assert found.unfit_itself == f"{program_itself} is joe's"


def test_only_this_very_program_is_a_unit() -> None:
    """The form names how this process was started, so another's worker is refused."""
    id = "2026-01-31T10-00-00-1"
    unit = ("systemd-run", f"--unit=xenbond-{id}", "--description=x", "--quiet", "--")
    worker = ("worker", "--machine", "live", "--id", id)
    assert refusal((*unit, *program.own_argv(*worker))) == ""
    for argv in (("/opt/xenbond", *worker), (PYTHON, "-I", "/tmp/x.pyz", *worker)):
        assert refusal((*unit, *argv)) != ""


SOME = {"b/__init__.pyc": (b"code" * 99, False), "b/c.pyc": (b"more" * 99, True), "a": (b"", True)}


def test_the_same_content_makes_the_same_bytes(tmp_path: Path) -> None:
    for name, entries in (("one", SOME), ("other", dict(reversed(SOME.items())))):
        pack.append(tmp_path / name, entries)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
    assert zipfile.ZipFile(tmp_path / "one").testzip() is None


@pytest.mark.thorough
def test_no_folder_of_the_machine_it_was_built_on_is_inside(
    content: dict[str, tuple[bytes, bool]],
) -> None:
    assert not [name for name, (data, _) in content.items() if os.fsencode(REPO) in data]


def test_the_directory_it_is_started_with_is_the_zips(tmp_path: Path) -> None:
    made = tmp_path / "zip"
    made.write_bytes(b"an interpreter")
    pack.append(made, SOME)
    at, size = struct.unpack("<2Q", zipfile.ZipFile(made).comment)
    known = marshal.loads(made.read_bytes()[at : at + size])  # noqa: S302 - what was just written
    read = zipimport._read_directory(os.fspath(made))
    del read[pack.DIRECTORY]
    assert known == {
        name: (f"{ONE_FILE}/{name}", *entry[1:5], 0, 0, entry[7]) for name, entry in read.items()
    }
