"""Streams that are closed or full, and a current directory that is gone: no fault, no verdict."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.security.hostile_sources import bond

REPO = Path(__file__).parents[2]


def run(
    line: str, cwd: Path = REPO, before: str = "", after: str = ""
) -> subprocess.CompletedProcess[str]:
    """By a shell, which can close a stream and leave a directory that is gone."""
    script = f'{before}"$0" -m xenbond_tui {line} {after}'
    return subprocess.run(
        ["/bin/sh", "-c", script, sys.executable],
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": os.fspath(REPO), "HOME": "/"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    root.mkdir()
    bond(root)
    return root


COMMANDS = {
    "status --root {root}": 0,
    "status --json --root {root}": 0,
    "status --nagios --root {root}": 0,
    "events --root {root}": 0,
    "history --root {root}": 0,
    "nics --root {root}": 0,
    "metrics --root {root}": 0,
    "--version": 0,
    "--help": 0,
    "nosuch": 64,
    "plan --answers /nowhere --root {root}": 2,
}


@pytest.mark.parametrize("line", COMMANDS)
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-", "2>/dev/full"])
def test_closed_streams_change_no_exit_code(tree: Path, line: str, closed: str) -> None:
    command = line.format(root=tree)
    as_usual = run(command)
    done = run(command, after=closed)
    assert done.returncode == as_usual.returncode
    if COMMANDS[line]:
        assert done.returncode == COMMANDS[line]
    if "2>" not in closed:
        assert done.stderr == as_usual.stderr
    if ">&-" not in closed.replace("2>&-", ""):
        # Not a word of stderr's went into what was opened in its place.
        assert done.stdout == as_usual.stdout


HELPS = ["status --help", "plan -h", "history --help", "worker --help"]


@pytest.mark.parametrize("line", [*(line for line, code in COMMANDS.items() if not code), *HELPS])
def test_a_full_disk_below_stdout_is_one_sentence_and_no_verdict(tree: Path, line: str) -> None:
    done = run(line.format(root=tree), after=">/dev/full")
    told = [row for row in done.stderr.splitlines() if "stdout" in row]
    assert told == [
        "xenbond: stdout: No space left on device; what was to be said there is cut short. "
        "`xenbond history` shows whether a change was begun."
    ]
    assert "fault" not in done.stderr
    assert "Exception" not in done.stderr
    assert done.returncode == (3 if line.startswith("status") else 2)
    both = run(line.format(root=tree), after=">/dev/full 2>/dev/full")
    assert both.returncode == done.returncode


def test_a_file_that_may_not_grow_is_no_fault(tree: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run(f"status --root {tree}", before="trap '' XFSZ; ulimit -f 0; ", after=f">{out}")
    assert "xenbond: stdout: File too large" in done.stderr
    assert done.returncode == 3


def test_a_reader_that_is_gone_is_no_fault(tree: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as gone:
        done = subprocess.run(
            [sys.executable, "-m", "xenbond_tui", "metrics", "--root", os.fspath(tree)],
            cwd=REPO,
            stdout=gone,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=120,
        )
    assert (done.returncode, done.stderr) == (141, "")


GONE = 'mkdir "gone" && cd gone && rmdir ../gone; '


@pytest.mark.parametrize("line", ["--version", "status --root {root}", "plan --help"])
def test_every_command_starts_where_the_directory_is_gone(tree: Path, line: str) -> None:
    command = line.format(root=tree)
    as_usual = run(command)
    done = run(command, cwd=tree.parent, before=GONE)
    assert (done.stdout, done.stderr) == (as_usual.stdout, as_usual.stderr)
    assert done.returncode == as_usual.returncode


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("status --root .", 3),
        ("nics --root .", 2),
        ("metrics --root {root} --output x.prom", 2),
        ("demo --dir d", 2),
    ],
)
def test_a_path_from_a_directory_that_is_gone_is_refused(tree: Path, line: str, code: int) -> None:
    done = run(line.format(root=tree), cwd=tree.parent, before=GONE)
    assert done.stderr.startswith("xenbond: The current directory is gone, and a path is given")
    assert len(done.stderr.splitlines()) == 1
    assert done.returncode == code


@pytest.mark.parametrize("line", ["detach", "detach nosuch", "detach /etc/nosuch x"])
def test_detach_says_at_once_that_there_is_no_program(line: str) -> None:
    done = run(line)
    assert (done.returncode, done.stderr) == (
        64,
        "xenbond: detach: no program is named that can be run.\n",
    )
