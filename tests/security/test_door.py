"""The door to a tree: both ways to resolve a path agree, and no kind of file is waited for."""

import errno
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from xenbond_tui.host import door, regular, resolve
from xenbond_tui.host.door import Door

NAMES = ("a", "b", "c")


def has_openat2() -> bool:
    try:
        descriptor = os.open("/", os.O_PATH)
        os.close(resolve.openat2(descriptor, ".", os.O_PATH))
        os.close(descriptor)
    except OSError:
        return False
    return True


component = st.sampled_from((*NAMES, ".", "..", ""))
path = st.builds(
    lambda start, parts: start + "/".join(parts),
    st.sampled_from(("/", "", "/../../")),
    st.lists(component, min_size=1, max_size=5),
)
entry = st.one_of(
    st.just(("directory", "")), st.just(("file", "")), st.tuples(st.just("link"), path)
)
tree = st.dictionaries(
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map("/".join), entry, max_size=10
)


def lay_out(top: Path, wanted: dict[str, tuple[str, str]]) -> None:
    for name in sorted(wanted):
        kind, target = wanted[name]
        place = top / name
        if not Path(os.path.realpath(place.parent)).is_relative_to(top.parent):
            # By a link that is there already, to the machine's own root.
            continue
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            if kind == "directory":
                place.mkdir()
            elif kind == "file":
                place.touch()
            else:
                place.symlink_to(target or "a")
        except OSError:
            # Below a file, or through a link that leads nowhere.
            continue


def kernel_says(root: int, name: str) -> object:
    try:
        descriptor = resolve.openat2(root, name, os.O_PATH)
    except OSError as error:
        return error.errno
    try:
        return os.fstat(descriptor).st_ino
    finally:
        os.close(descriptor)


def walk_says(root: int, name: str, *, visit: Callable[[str, int], None] | None = None) -> object:
    try:
        with resolve.walk(root, name, follow=True, visit=visit) as place:
            return place.status().st_ino
    except OSError as error:
        return error.errno


def test_nothing_is_laid_out_in_the_machines_own_root(tmp_path: Path) -> None:
    name = f"{tmp_path.name}-{os.getpid()}"
    lay_out(tmp_path / "top", {"a": ("link", "/"), f"a/{name}": ("link", "b")})
    assert (tmp_path / "top/a").is_symlink()
    assert not Path("/", name).is_symlink()


@pytest.mark.skipif(not has_openat2(), reason="this kernel has no openat2")
@given(wanted=tree, names=st.lists(path, min_size=1, max_size=8))
def test_step_by_step_leads_where_the_kernel_leads(
    tmp_path_factory: pytest.TempPathFactory,
    wanted: dict[str, tuple[str, str]],
    names: list[str],
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    top = outside / "top"
    top.mkdir()
    for name in NAMES:
        (outside / name).mkdir()
        (outside / name / "a").touch()
    lay_out(top, wanted)
    root = os.open(top, os.O_PATH)
    try:
        for name in (*names, *(f"/{name}" for name in wanted)):
            assert walk_says(root, name) == kernel_says(root, name), name
    finally:
        os.close(root)


def test_links_are_counted_as_the_kernel_counts_them(tmp_path: Path) -> None:
    (tmp_path / "0").touch()
    for number in range(1, 43):
        (tmp_path / str(number)).symlink_to(str(number - 1))
    root = os.open(tmp_path, os.O_PATH)
    inode = (tmp_path / "0").stat().st_ino
    assert [walk_says(root, name) for name in ("40", "41")] == [inode, errno.ELOOP]
    if has_openat2():
        assert [kernel_says(root, name) for name in ("40", "41")] == [inode, errno.ELOOP]
    os.close(root)


def test_the_path_without_links_is_told(tmp_path: Path) -> None:
    (tmp_path / "data/net").mkdir(parents=True)
    (tmp_path / "etc").symlink_to("/data/../data")
    with Door(str(tmp_path)).locate("/etc/net/new") as place:
        assert (place.path, place.exists()) == ("/data/net/new", False)
    with Door(str(tmp_path)).locate("/etc/net/..") as place:
        assert (place.path, place.name) == ("/data", ".")


def test_links_on_the_way_are_refused_where_none_is_expected(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "etc").symlink_to("data")
    with pytest.raises(OSError, match="symbolic links"):
        Door(str(tmp_path)).locate("/etc/hosts", follow=False, links=0)


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    before = Path.cwd()
    os.chdir(path.parent)
    try:
        socket.socket(socket.AF_UNIX).bind(path.name)
    finally:
        os.chdir(before)


def _sparse(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(1 << 30)


def _endless(path: Path) -> None:
    os.mknod(path, 0o20666, os.makedev(1, 5))


def _directory(path: Path) -> None:
    path.mkdir()


KINDS = [
    (_fifo, "is a named pipe"),
    (_socket, "is a socket"),
    (_sparse, "is larger than 1 MiB"),
    (_directory, "is a directory"),
    pytest.param(
        _endless,
        "is a character device",
        marks=pytest.mark.skipif(os.geteuid() != 0, reason="makes a device"),
    ),
]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("by_link", [False, True])
@pytest.mark.parametrize("old_kernel", [False, True], ids=["openat2", "step by step"])
@pytest.mark.parametrize(("make", "words"), KINDS)
def test_only_a_regular_file_is_opened(
    tmp_path: Path,
    make: Callable[[Path], None],
    words: str,
    old_kernel: bool,
    by_link: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if old_kernel:
        monkeypatch.setattr(resolve, "_system_call", lambda: None)
    make(tmp_path / "thing")
    (tmp_path / "link").symlink_to("/thing")
    with pytest.raises(regular.NoFile) as refusal:
        Door(str(tmp_path)).read("/link" if by_link else "/thing")
    assert refusal.value.strerror == words


def test_a_file_of_the_kernel_that_never_ends_is_cut_off() -> None:
    with pytest.raises(regular.NoFile, match="larger"):
        Door("").read("/proc/kallsyms", limit=4096)


@pytest.mark.parametrize("name", ["/etc/\0hosts", "/etc/\ud800"])
def test_a_path_no_file_can_have_is_told_as_such(tmp_path: Path, name: str) -> None:
    with pytest.raises(OSError, match="is no path"):
        Door(str(tmp_path)).read(name)
    assert not Door(str(tmp_path)).exists(name)


def test_the_root_is_not_looked_up_again(tmp_path: Path) -> None:
    """Who may write above the tree puts another one in its place: it is not even noticed."""
    (tmp_path / "tree/etc").mkdir(parents=True)
    (tmp_path / "tree/etc/hosts").write_text("inside")
    (tmp_path / "other/etc").mkdir(parents=True)
    (tmp_path / "other/etc/hosts").write_text("outside")
    held = door.to(f"{tmp_path}/tree")
    (tmp_path / "tree").rename(tmp_path / "moved")
    (tmp_path / "tree").symlink_to("other")
    assert held.read("/etc/hosts").text == "inside"
    assert door.read(f"{tmp_path}/tree/etc/hosts").text == "inside"
    assert door.to(f"{tmp_path}/tree") is held


def test_a_door_that_is_being_closed_is_given_to_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What closes a descriptor lets other threads run: another file has its number by then."""
    (tmp_path / "here").touch()
    close, given = os.close, list[Door]()

    def meanwhile(descriptor: int) -> None:
        monkeypatch.undo()
        given.append(door.to(str(tmp_path)))
        given.append(door.at(str(tmp_path / "here"))[0])
        close(descriptor)
        elsewhere.append(os.open("/", os.O_PATH))

    elsewhere = list[int]()
    monkeypatch.setattr(os, "close", meanwhile)
    held = door.to(str(tmp_path))
    del held
    assert [each.names("/") for each in given] == [["here"], ["here"]]
    close(*elsewhere)


def test_a_real_path_is_reached_through_the_innermost_tree(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    outer, inner = door.to(str(tmp_path)), door.to(f"{tmp_path}/tree")
    assert door.at(f"{tmp_path}/tree/etc/x") == (inner, "/etc/x")
    assert door.at(f"{tmp_path}/treehouse") == (outer, "/treehouse")
    assert door.at("/nowhere/x")[1] == "/nowhere/x"
