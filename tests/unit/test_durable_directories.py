"""What is written lasts whole or not at all, and directories that two processes make at once."""

import errno
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


def test_no_half_file_is_left_where_one_can_not_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")

    def full(fd: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        durable.write_new(str(tmp_path / "half"), b"x", 0o600, full)
    assert list(tmp_path.iterdir()) == []
