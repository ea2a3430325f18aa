"""The commands that open the screens, where no screen can be opened."""

import subprocess
import sys

import pytest


def xenbond(*words: str) -> subprocess.CompletedProcess[str]:
    """Run a command without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "xenbond_tui", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize("words", [("setup",), (), ("demo",)])
def test_without_a_terminal_they_refuse_in_one_line(words: tuple[str, ...]) -> None:
    done = xenbond(*words)
    assert done.returncode == 2
    assert done.stderr.startswith("xenbond: the screens need a terminal")
    assert done.stderr.count("\n") == 1


def test_a_bond_that_is_not_there_cannot_be_watched() -> None:
    done = xenbond("watch", "bond-of-nobody")
    assert done.returncode == 2
    assert done.stderr.startswith("xenbond: There is no bond")
    assert done.stderr.count("\n") == 1
