"""What is shipped is complete, and runs from anywhere: also from a folder that lays traps."""

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from xenbond_tui import __version__

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parents[2]
PACKAGES = ("xenbond_tui", "screens")
TRAPS = (
    "textual",
    "rich",
    "pyroute2",
    "ruamel",
    "yaml",
    "xenbond_tui",
    "screens",
    "json",
    "typing",
)


@dataclass(frozen=True, slots=True)
class Installed:
    wheel: Path
    bin: Path


def run(*argv: str | Path, cwd: Path) -> str:
    done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, f"{argv}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sdist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", out, cwd=ROOT)
    return next(out.glob("*.tar.gz"))


@pytest.fixture(scope="module")
def installed(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """sdist → wheel → an environment of its own, which sees this one's dependencies only."""
    out = tmp_path_factory.mktemp("installed")
    with tarfile.open(sdist) as archive:
        archive.extractall(out, filter="data")
    source = next(out.glob("xenbond-*"))
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", out, cwd=source)
    wheel = next(out.glob("*.whl"))
    venv.create(out / "venv", with_pip=False, symlinks=True)
    place = next((out / "venv").glob("lib/python*/site-packages"))
    run(
        *(sys.executable, "-m", "pip", "--python", out / "venv/bin/python", "install"),
        *("--quiet", "--no-deps", "--no-index", wheel),
        cwd=out,
    )
    # Only the dependencies' folder: a path file in there (an editable install) is not followed.
    borrowed = Path(pytest.__file__).parents[1]
    (place / "borrowed.pth").write_text(f"{borrowed}\n")
    return Installed(wheel, out / "venv/bin")


def sources() -> set[str]:
    """The files of both packages and the assets, by the names they are shipped under."""
    found = set()
    for top in (*PACKAGES, "assets"):
        for path in (ROOT / top).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                name = path.relative_to(ROOT).as_posix()
                found.add(f"xenbond_tui/{name}" if top == "assets" else name)
    return found


def test_the_wheel_has_every_file(installed: Installed) -> None:
    with zipfile.ZipFile(installed.wheel) as archive:
        shipped = set(archive.namelist())
    expected = sources()
    assert expected <= shipped
    for package in PACKAGES:
        assert f"{package}/py.typed" in shipped
    assert {name for name in expected if name.endswith(".tcss")}
    assert {name for name in expected if name.startswith("xenbond_tui/assets/demo/")}
    launcher = f"xenbond-{__version__}.data/scripts/xenbond"
    own = (*PACKAGES, f"xenbond-{__version__}.dist-info", launcher)
    assert launcher in shipped
    assert not {name for name in shipped if not name.startswith(own)}


def test_the_sdist_can_be_tested(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"Makefile", "LICENSE", "README.md", "tests/conftest.py", "pyproject.toml"} <= names


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A folder whose modules shadow ours and our dependencies', if ever looked for here."""
    for name in TRAPS:
        (tmp_path / f"{name}.py").write_text(f"raise SystemExit('the trap {name} was imported')\n")
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"raise SystemExit('the trap {name}')\n")
    return tmp_path


WAYS = [("xenbond",), ("python", "-I", "-m", "xenbond_tui")]


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_it_runs_in_a_hostile_folder(
    way: tuple[str, ...], installed: Installed, hostile: Path
) -> None:
    program = (installed.bin / way[0], *way[1:])
    assert run(*program, "--version", cwd=hostile) == f"xenbond {__version__}\n"


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_the_self_test_passes_in_a_hostile_folder(
    way: tuple[str, ...], installed: Installed, hostile: Path
) -> None:
    before = sorted(os.listdir(hostile))
    assert run(installed.bin / way[0], *way[1:], "demo", "--self-test", cwd=hostile)
    assert sorted(os.listdir(hostile)) == before
