"""Nothing in the caller's directory or PYTHON variables is run in place of what is installed."""

import os
import subprocess
import sys
import venv
from collections.abc import Mapping
from pathlib import Path

import pytest

from xenbond_tui.apply import boot_guard, launch
from xenbond_tui.host.program import boot_argv, own_argv

pytestmark = pytest.mark.thorough

REPO = Path(__file__).parents[2]
TRAPS = (
    *("textual", "rich", "pyroute2", "ruamel", "json", "re", "argparse", "subprocess", "gc"),
    *("screens", "sitecustomize", "usercustomize", "typing", "shutil", "socket", "ipaddress"),
    *("dataclasses", "difflib", "asyncio", "orjson"),
)


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An interpreter that has this very work tree installed, and what it runs on."""
    place = tmp_path_factory.mktemp("environment") / "venv"
    venv.create(place, with_pip=False, symlinks=True)
    site = next(place.glob("lib/python*/site-packages"))
    # No path file in there is followed: only the dependencies are borrowed.
    borrowed = Path(pytest.__file__).parents[1]
    (site / "xenbond.pth").write_text(f"{borrowed}\n{REPO}\n")
    return os.fspath(place / "bin/python")


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """Each module in it leaves a trace when it is imported."""
    for name in TRAPS:
        trace = f"open({os.fspath(tmp_path / 'caught')!r}, 'a').write({name!r} + ' ')\n"
        (tmp_path / f"{name}.py").write_text(trace)
    return tmp_path


def start(argv: list[str], cwd: Path, env: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        argv,
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", "HOME": os.fspath(cwd), **(env or {})},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def caught(folder: Path) -> str:
    trace = folder / "caught"
    return trace.read_text() if trace.exists() else ""


SHOW = ["nics", "--root"]
"""Reads files, JSON, YAML's and the kernel's modules."""


def tree(folder: Path) -> str:
    (folder / "tree/sys/class/net").mkdir(parents=True)
    return os.fspath(folder / "tree")


def test_python_m_in_a_hostile_folder(python: str, hostile: Path) -> None:
    """xenbond_tui itself is found behind it; -m puts the current directory before everything."""
    start([python, "-m", "xenbond_tui", *SHOW, tree(hostile), "--json"], hostile)
    assert caught(hostile) == ""


def test_the_wizards_modules_in_a_hostile_folder(python: str, hostile: Path) -> None:
    argv = [python, "-m", "xenbond_tui", "demo", "--self-test"]
    start(argv, hostile)
    assert caught(hostile) == ""


def test_pythonpath_is_left_out_of_what_we_import(
    python: str, hostile: Path, tmp_path: Path
) -> None:
    """What the interpreter imports by itself before our first line is not ours to choose."""
    for name in ("sitecustomize", "usercustomize"):
        (hostile / f"{name}.py").unlink()
    away = tmp_path / "away"
    away.mkdir()
    env = {"PYTHONPATH": os.fspath(hostile)}
    start([python, "-m", "xenbond_tui", *SHOW, tree(tmp_path)], away, env)
    assert caught(hostile) == ""


@pytest.mark.parametrize(
    "name",
    ["PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONUSERBASE",
     "PYTHONBREAKPOINT", "PYTHONPYCACHEPREFIX", "PYTHONPLATLIBDIR"],
)  # fmt: skip
def test_the_installed_launcher_heeds_no_python_variable(
    python: str, hostile: Path, name: str
) -> None:
    place = hostile / "bin"
    place.mkdir()
    (place / "xenbond").write_bytes((REPO / "assets/bin/xenbond").read_bytes())
    (place / "xenbond").chmod(0o755)
    # Beside it an interpreter that is this one.
    (place / "python").write_text(f'#!/bin/sh\nexec {python} "$@"\n')
    (place / "python").chmod(0o755)
    value = os.fspath(hostile / "json.py") if name == "PYTHONSTARTUP" else os.fspath(hostile)
    argv = [os.fspath(place / "xenbond"), *SHOW, tree(hostile), "--json"]
    start(argv, hostile, {name: value})
    assert caught(hostile) == ""


def test_the_launcher_is_found_through_links(tmp_path: Path) -> None:
    place, other = tmp_path / "venv/bin", tmp_path / "local"
    place.mkdir(parents=True)
    other.mkdir()
    (place / "xenbond").write_bytes((REPO / "assets/bin/xenbond").read_bytes())
    (place / "xenbond").chmod(0o755)
    (place / "python").write_text('#!/bin/sh\necho "$0" "$@"\n')
    (place / "python").chmod(0o755)
    (other / "xenbond").symlink_to(place / "xenbond")
    said = start([os.fspath(other / "xenbond"), "a b", "--c"], tmp_path)
    assert said == f"{place.resolve()}/python -I -m xenbond_tui a b --c\n"


def test_everything_started_by_itself_is_isolated() -> None:
    """One place makes these command lines; nobody writes one beside it."""
    assert own_argv("worker")[:4] == (os.path.abspath(sys.executable), "-I", "-m", "xenbond_tui")
    assert launch.own_argv is own_argv
    assert boot_guard.boot_argv is boot_argv
    assert boot_argv("recover") == own_argv("recover")
    strays = [
        path.relative_to(REPO).as_posix()
        for package in ("xenbond_tui", "screens")
        for path in (REPO / package).rglob("*.py")
        if "sys.executable" in path.read_text()
    ]
    assert strays == ["xenbond_tui/host/program.py"]


def test_a_half_installation_is_told_in_a_line(python: str, tmp_path: Path) -> None:
    """No traceback even where our own modules are missing."""
    (tmp_path / "xenbond_tui").mkdir()
    for name in ("__init__.py", "__main__.py", "search_path.py"):
        (tmp_path / "xenbond_tui" / name).write_bytes((REPO / "xenbond_tui" / name).read_bytes())
    done = subprocess.run(
        [python, "-m", "xenbond_tui", "status"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("xenbond: can't start: ModuleNotFoundError")
    assert "Nothing was done." in line
