"""Directories that two processes of ours make at the same time: a drill begins, a watch looks."""

import os
from pathlib import Path

import pytest

from xenbond_tui.apply import durable


def test_one_that_another_process_makes_meanwhile_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = durable.make_directory

    def made_twice(where: durable.Where, mode: int) -> None:
        make(where, mode)
        make(where, mode)

    monkeypatch.setattr(durable, "make_directory", made_twice)
    durable.make_directories(str(tmp_path / "xenbond/drills"), 0o700)
    assert os.stat(tmp_path / "xenbond/drills").st_mode & 0o7777 == 0o700


def test_a_file_in_its_place_is_one(tmp_path: Path) -> None:
    (tmp_path / "drills").write_text("")
    with pytest.raises(OSError, match=r"exists|Not a directory"):
        durable.make_directories(str(tmp_path / "drills"), 0o700)


def test_it_has_its_mode_whatever_the_umask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever this process happens to be: cron's is another directory than a shell's."""
    monkeypatch.chdir("/")
    before = os.umask(0o077)
    try:
        durable.make_directories(str(tmp_path / "network/if-up.d"), 0o755)
    finally:
        os.umask(before)
    for made in (tmp_path / "network", tmp_path / "network/if-up.d"):
        assert made.stat().st_mode & 0o7777 == 0o755
