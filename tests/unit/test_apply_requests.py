"""What an operator asks of the worker: taken once, in its order, and nothing else is."""

import os
from pathlib import Path

import pytest

from xenbond_tui.apply.requests import Ask, Request, post, refuse_time, take
from xenbond_tui.errors import XenbondError


def test_what_is_asked_is_taken_once_and_in_its_order(tmp_path: Path) -> None:
    asked = [
        Request(Ask.EXTEND, 0.0),
        Request(Ask.EXTEND, 600.0),
        Request(Ask.EXTEND, 0.5),
        Request(Ask.CONFIRM),
        Request(Ask.ROLLBACK),
    ]
    paths = [post(str(tmp_path), request) for request in asked]
    assert all(map(os.path.exists, paths))
    assert take(str(tmp_path)) == (*asked,)
    assert list(tmp_path.iterdir()) == []
    assert take(str(tmp_path)) == ()
    assert take(str(tmp_path / "nosuch")) == ()


@pytest.mark.parametrize(
    "text",
    [
        *("extend inf\n", "extend nan\n", "extend 600.5\n", "extend -1\n", "extend x\n"),
        *("confirm\n", "confirm 0 0\n", "melt 0\n", "", "\xff 0\n", "confirm 0" + " " * 5000),
    ],
)
def test_what_can_not_be_understood_is_dropped_and_holds_nothing_up(
    text: str, tmp_path: Path
) -> None:
    (tmp_path / "000000").write_bytes(text.encode("latin-1"))
    post(str(tmp_path), Request(Ask.CONFIRM))
    assert take(str(tmp_path)) == (Request(Ask.CONFIRM),)
    assert list(tmp_path.iterdir()) == []


def test_what_someone_else_asked_is_never_overwritten(tmp_path: Path) -> None:
    """The worker has taken the first ones away: those that are left have the next numbers."""
    for name in ("000001", "000002"):
        (tmp_path / name).write_text("extend 30\n")
    assert post(str(tmp_path), Request(Ask.ROLLBACK)) == f"{tmp_path}/000003"
    assert [it.ask for it in take(str(tmp_path))] == [Ask.EXTEND, Ask.EXTEND, Ask.ROLLBACK]


def test_what_is_half_written_is_left_to_who_writes_it(tmp_path: Path) -> None:
    (tmp_path / ".4711").write_text("confirm")
    assert take(str(tmp_path)) == ()
    assert (tmp_path / ".4711").exists()


@pytest.mark.parametrize(("seconds", "fits"), [(29.9, 0), (30, 1), (600, 1), (600.1, 0)])
def test_the_time_to_confirm_within_has_bounds(seconds: float, *, fits: int) -> None:
    if fits:
        refuse_time(seconds)
        return
    with pytest.raises(XenbondError, match=r"it takes 30 to 600 s; nothing was changed"):
        refuse_time(seconds)
