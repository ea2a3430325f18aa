"""A live writer in the tree swaps a directory and a link while we read and write: 0 escapes.

The writer is a process of its own, of uid 65534 where this runs as root, and never stops. A short
run is in the suite; XENBOND_RACE_SECONDS=60 has each run take that many seconds.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.told import NOTES
from xenbond_tui.apply import durable, file_image
from xenbond_tui.apply.file_image import Image
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.host import door, resolve
from xenbond_tui.host.tree import RootedTree

pytestmark = pytest.mark.thorough

SECONDS = float(os.environ.get("XENBOND_RACE_SECONDS", "2"))
SECRET = b"not for you"
NOBODY = 65534
PATH = "/etc/net/interfaces"


class Field:
    """A tree of the writer's, and beside it a directory of root's with files of the same names."""

    def __init__(self, top: Path) -> None:
        self.tree, self.outside = top / "tree", top / "outside"
        self.there = self.tree / "etc/net"
        for directory in (self.there, self.outside):
            directory.mkdir(parents=True)
        (self.there / "interfaces").write_bytes(b"inside")
        (self.outside / "interfaces").write_bytes(SECRET)
        (self.tree / "etc/aside").symlink_to(f"../../{self.outside.name}")
        if os.geteuid() == 0:
            for path in (top, self.tree, self.tree / "etc", self.there):
                os.chown(path, NOBODY, NOBODY)
            os.chown(top, 0, 0)
            top.chmod(0o755)

    def touched(self) -> bool:
        """Was anything outside written, added or taken away?"""
        only = os.listdir(self.outside) == ["interfaces"]
        return not only or (self.outside / "interfaces").read_bytes() != SECRET


def swap(first: str, second: str) -> None:
    """Three renames, as fast as they go, for ever."""
    while True:
        with suppress(OSError):
            os.rename(first, f"{first}.x")
            os.rename(second, first)
            os.rename(first, second)
            os.rename(f"{first}.x", first)


@contextmanager
def live_writer(field: Field) -> Iterator[None]:
    """The directory and the link that leads out change places all the time."""
    child = os.fork()
    if child == 0:
        try:
            # He need not reach the tree from above: he is in it.
            os.chdir(field.tree / "etc")
            if os.geteuid() == 0:
                os.setgroups([])
                os.setresgid(NOBODY, NOBODY, NOBODY)
                os.setresuid(NOBODY, NOBODY, NOBODY)
            swap("net", "aside")
        finally:
            os._exit(1)
    try:
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def tried(field: Field, what: str, once: Callable[[], bool]) -> tuple[int, int, int]:
    """Do it again and again: how often, how often it got through, how often it got outside."""
    tries = done = escapes = 0
    until = time.monotonic() + SECONDS
    with live_writer(field):
        while time.monotonic() < until:
            tries += 1
            try:
                if once():
                    escapes += 1
                    (field.outside / "interfaces").write_bytes(SECRET)
                done += 1
            except (OSError, XenbondError):
                continue
    NOTES.append(f"{what}: {tries} tries in {SECONDS:g} s, {done} got through, {escapes} outside")
    return tries, done, escapes


@pytest.fixture(params=[False, True], ids=["openat2", "step by step"])
def field(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Field:
    if request.param:
        monkeypatch.setattr(resolve, "_system_call", lambda: None)
    return Field(tmp_path)


def test_nothing_outside_is_read(field: Field, request: pytest.FixtureRequest) -> None:
    tree = RootedTree(str(field.tree))

    def read() -> bool:
        state = tree.read(PATH)
        if not isinstance(state, FileState):
            raise FileNotFoundError
        return state.data == SECRET

    _, done, escapes = tried(field, f"read, {request.node.callspec.id}", read)
    assert (done > 0, escapes) == (True, 0)


def test_nothing_outside_is_listed(field: Field, request: pytest.FixtureRequest) -> None:
    (field.outside / "theirs").touch()
    held = door.to(str(field.tree))

    def listed() -> bool:
        return "theirs" in held.names("/etc/net")

    _, done, escapes = tried(field, f"list, {request.node.callspec.id}", listed)
    assert (done > 0, escapes) == (True, 0)


def test_nothing_outside_is_written(field: Field, request: pytest.FixtureRequest) -> None:
    """As a change does it: kept, written beside, renamed, put back."""
    root = str(field.tree)

    def write() -> bool:
        kept = file_image.keep(root, PATH)
        wish = Image(PATH, kept.real, b"by root", own=kept.own)
        try:
            file_image.stage(root, wish, "tag")
            file_image.commit(root, wish, "tag")
        finally:
            with suppress(OSError, XenbondError):
                file_image.restore(root, kept, "tag")
        return field.touched()

    _, done, escapes = tried(field, f"write, {request.node.callspec.id}", write)
    assert (done > 0, escapes) == (True, 0)


def test_no_note_goes_outside(field: Field, request: pytest.FixtureRequest) -> None:
    held = door.to(str(field.tree))
    path = f"{held.root}{PATH}"

    def write() -> bool:
        durable.replace(path, b"by root")
        durable.append_line(path, "more", sync=False)
        durable.unlink(path)
        durable.replace(path, b"inside")
        return field.touched()

    _, done, escapes = tried(field, f"notes, {request.node.callspec.id}", write)
    assert (done > 0, escapes) == (True, 0)


def by_hand(root: str, path: str) -> str:
    """As it was done before: every link resolved first, and then opened by its path."""
    done: list[str] = []
    pending = path.split("/")[1:][::-1]
    while pending:
        part = pending.pop()
        try:
            target = os.readlink("/".join((root, *done, part)))
        except OSError:
            done.append(part)
            continue
        for piece in target.split("/"):
            if piece == "..":
                del done[-1:]
            else:
                done.append(piece)
    return "/".join((root, *done))


def test_the_race_is_one(tmp_path: Path) -> None:
    """Whoever looks first and opens by path then does get outside: this test can fail."""
    field = Field(tmp_path)

    def read() -> bool:
        with open(by_hand(str(field.tree), PATH), "rb") as stream:
            return stream.read() == SECRET

    rounds = (tried(field, "read, located first and opened by path", read) for _ in range(30))
    assert any(escapes for _, _, escapes in rounds)
