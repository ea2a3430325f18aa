"""Reading a host's files: what can be used, what can't and why, and never outside the root."""

import os
import socket

import pytest

from xenbond_tui.facts.file_state import FileState, UnreadableFile
from xenbond_tui.host import resolve
from xenbond_tui.host.tree import MAX_BYTES, RootedTree


@pytest.fixture
def root(tmp_path):
    (tmp_path / "system/etc").mkdir(parents=True)
    (tmp_path / "secret").write_text("outside\n")
    return tmp_path / "system"


def test_a_file_is_told_with_its_mode_and_owner(root):
    (root / "etc/hosts").write_bytes(b"\xff\n")
    (root / "etc/hosts").chmod(0o640)
    state = RootedTree(str(root)).read("/etc/hosts")
    assert state == FileState("/etc/hosts", b"\xff\n", 0o640, os.getuid(), os.getgid(), None)


@pytest.mark.parametrize("path", ["/etc/none", "/none/none", "/etc/file/below"])
def test_nothing_there_is_none(root, path):
    (root / "etc/file").write_text("")
    assert RootedTree(str(root)).read(path) is None


@pytest.mark.parametrize("prefixed", [True, False])
def test_a_symbolic_link_is_followed_and_told(root, prefixed):
    (root / "etc/real").write_text("text")
    (root / "etc/link").symlink_to("real")
    tree, base = (RootedTree(str(root)), "") if prefixed else (RootedTree(""), str(root))
    state = tree.read(f"{base}/etc/link")
    assert isinstance(state, FileState)
    assert (state.data, state.symlink) == (b"text", "real")


@pytest.mark.parametrize(
    "target", ["/etc/real", "../etc/real", "../../../../../etc/real", "/../../etc/./real", "hop"]
)
def test_links_mean_what_they_mean_on_that_system(root, target):
    (root / "etc/real").write_text("inside")
    (root / "etc/hop").symlink_to("/etc/real")
    (root / "etc/link").symlink_to(target)
    state = RootedTree(str(root)).read("/etc/link")
    assert isinstance(state, FileState)
    assert state.data == b"inside"


@pytest.mark.parametrize("target", ["/secret", "../../secret", "../../../../../../../../secret"])
def test_no_link_leaves_the_root(root, target):
    (root / "etc/link").symlink_to(target)
    state = RootedTree(str(root)).read("/etc/link")
    assert state == UnreadableFile(
        "/etc/link", f"is a symbolic link to {target}, which does not exist", symlink=target
    )


def test_a_path_with_dots_does_not_leave_the_root(root):
    assert RootedTree(str(root)).read("/../secret") is None
    assert not RootedTree(str(root)).exists("/../secret")


def test_a_linked_directory_stays_inside_the_root(root):
    (root / "data").mkdir()
    (root / "data/ifcfg-eth0").write_text("DEVICE=eth0\n")
    (root / "etc/scripts").symlink_to("/data")
    tree = RootedTree(str(root))
    assert tree.glob("/etc/scripts/ifcfg-*") == ("/etc/scripts/ifcfg-eth0",)
    assert isinstance(tree.read("/etc/scripts/ifcfg-eth0"), FileState)


def _directory(path):
    path.mkdir()


def _fifo(path):
    os.mkfifo(path)


def _socket(path):
    # AF_UNIX paths are short: bind by a name relative to the directory.
    before = os.getcwd()
    os.chdir(path.parent)
    try:
        socket.socket(socket.AF_UNIX).bind(path.name)
    finally:
        os.chdir(before)


def _circle(path):
    path.symlink_to(path.name)


def _large(path):
    with path.open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)


def _link_to_directory(path):
    path.symlink_to("/etc")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (_directory, "is a directory"),
        (_fifo, "is a named pipe"),
        (_socket, "is a socket"),
        (_circle, "is a symbolic link that leads back to itself"),
        (_large, "is larger than 1 MiB"),
        (_link_to_directory, "is a symbolic link to /etc, which is a directory"),
    ],
)
def test_what_is_no_usable_file_is_refused_in_words(root, make, reason):
    make(root / "etc/thing")
    tree = RootedTree(str(root))
    found = tree.read("/etc/thing")
    assert isinstance(found, UnreadableFile)
    assert (found.reason, found.directory) == (reason, make is _directory)
    assert tree.exists("/etc/thing")


@pytest.mark.parametrize(("target", "masked"), [("/dev/null", True), ("/etc", False)])
def test_a_link_to_null_says_that_there_is_no_such_file(root, target, masked):
    (root / "dev").mkdir()
    (root / "dev/null").symlink_to("zero")
    (root / "etc/thing").symlink_to(target)
    found = RootedTree(str(root)).read("/etc/thing")
    assert isinstance(found, UnreadableFile)
    assert found.masked is masked


def test_a_device_is_not_opened():
    assert RootedTree("").read("/dev/null") == UnreadableFile("/dev/null", "is a character device")


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_a_forbidden_file_is_told_as_such(root):
    (root / "etc/shadow").write_text("")
    (root / "etc/shadow").chmod(0)
    state = RootedTree(str(root)).read("/etc/shadow")
    assert state == UnreadableFile("/etc/shadow", "Permission denied")


def test_kernel_files_without_a_size_are_read():
    state = RootedTree("").read("/proc/sys/kernel/ostype")
    assert isinstance(state, FileState)
    assert state.data == b"Linux\n"


def test_a_dangling_link_exists_and_is_unreadable(root):
    (root / "etc/resolv.conf").symlink_to("/run/resolv.conf")
    tree = RootedTree(str(root))
    assert tree.exists("/etc/resolv.conf")
    assert tree.read("/etc/resolv.conf") == UnreadableFile(
        "/etc/resolv.conf",
        "is a symbolic link to /run/resolv.conf, which does not exist",
        symlink="/run/resolv.conf",
    )


def test_a_file_that_is_held_open_is_read_anew_each_time(root):
    file = root / "etc/state"
    file.write_text("backup\n")
    held = RootedTree(str(root)).held("/etc/state")
    assert held() == b"backup\n"
    file.write_text("active\n")
    assert held() == b"active\n"


def test_nothing_is_read_where_no_file_can_be_held(root):
    os.mkfifo(root / "etc/pipe")
    (root / "etc/out").symlink_to("../../secret")
    tree = RootedTree(str(root))
    paths = ("/etc/none", "/etc", "/etc/pipe", "/etc/out")
    assert [tree.held(path)() for path in paths] == [b""] * 4


def test_a_held_file_is_closed_with_who_holds_it(root):
    (root / "etc/state").write_text("")
    tree = RootedTree(str(root))
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        held = tree.held("/etc/state")
    assert len(os.listdir("/proc/self/fd")) == before + 1
    del held
    assert len(os.listdir("/proc/self/fd")) == before


def test_glob_is_sorted_and_leaves_hidden_files_out(root):
    for name in ("b.conf", "a.conf", ".hidden.conf", "other"):
        (root / "etc" / name).write_text("")
    tree = RootedTree(str(root))
    assert tree.glob("/etc/*.conf") == ("/etc/a.conf", "/etc/b.conf")
    assert tree.glob("/*/[ab].conf") == ("/etc/a.conf", "/etc/b.conf")
    assert tree.glob("/none/*") == ()


ASKED = (
    *(
        "/etc/file",
        "/etc/link",
        "/etc/away",
        "/etc/dangling",
        "/etc/loop",
        "/etc/none",
        "/etc/pipe",
    ),
    *("/etc", "/etc/", "/etc/.", "/etc/..", "/..", "/", "/etc/dir", "/etc/dir/none", "/lib/file"),
    *("/etc/file/below", "/none/none", "/etc/dir/\0", "/etc/dir/\ud800", f"/etc/dir/{'x' * 300}"),
    *("/etc/open/file", "/etc/open/none", "/tmp/file", "/tmp/open", "/etc/dangling/file", "/top"),
)


@pytest.fixture
def mixed(root):
    """Links, directories others may write and what is no file, as `ASKED` has them."""
    for name in ("etc/dir", "etc/open", "tmp"):
        (root / name).mkdir()
    (root / "lib").symlink_to("/etc")
    for name in ("etc/file", "etc/open/file", "tmp/file", "tmp/open", "top"):
        (root / name).write_text(name)
    for name, target in {
        "link": "file",
        "away": "/../secret",
        "dangling": "no",
        "loop": "loop",
    }.items():
        (root / "etc" / name).symlink_to(target)
    os.mkfifo(root / "etc/pipe")
    for name, mode in {"etc/open": 0o777, "tmp": 0o1777, "tmp/open": 0o666}.items():
        (root / name).chmod(mode)
    return RootedTree(str(root))


def test_several_at_once_are_what_each_is_alone(mixed):
    alone = {path: entry for path in ASKED if (entry := mixed.read(path)) is not None}
    assert mixed.read_all(ASKED) == alone
    ways = {path: way for path in ASKED if (way := mixed.way(path)) is not None}
    assert mixed.ways(ASKED) == ways
    assert {bool(way.others) for way in ways.values()} == {True, False}
    there = {path for path in ASKED if mixed.exists(path)}
    assert mixed.present(ASKED) == there
    assert {"/etc/dangling", "/etc/file", "/"} < there


def test_a_directory_is_found_once_for_all_that_is_in_it(root, monkeypatch):
    """A host of some thousand VLANs has a file of each, or two, in one directory."""
    paths = [f"/etc/{number}" for number in range(100)]
    for path in paths:
        (root / path[1:]).write_text(path)
    tree, found = RootedTree(str(root)), []
    for name in ("walk", "openat2"):
        once = getattr(resolve, name)
        monkeypatch.setattr(
            resolve, name, lambda *told, of=once, **how: found.append(told) or of(*told, **how)
        )
    for asked in (tree.read_all, tree.ways, tree.present):
        found.clear()
        assert len(asked(paths)) == 100
        assert 0 < len(found) < 4
