"""A configuration file that is reached through somebody's directory, and the directory exchanged.

The user is told of before; afterwards root writes where the file was, or nowhere.
"""

import os
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.unit.fakes import FakeHost, bridged_bond, change, tree_of
from xenbond_tui.apply import backup, file_image, transaction
from xenbond_tui.apply.begin import undo_files, write_only
from xenbond_tui.apply.recover import put_back_files
from xenbond_tui.apply.store import State, Store
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.access import Access, HostKind
from xenbond_tui.facts.file_state import Way
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.plan.plan import Plan
from xenbond_tui.rules import exposed

INTERFACES = "/etc/network/interfaces"
THEIRS = "/home/u/net"
USER = 4711
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="gives files to another user")


@pytest.fixture
def host(tmp_path: os.PathLike[str]) -> FakeHost:
    host = FakeHost(os.fspath(tmp_path))
    host.put(f"{THEIRS}/interfaces", b"old\n", 0o640)
    host.put("/etc/resolv.conf", b"nameserver 192.168.0.1\n")
    host.put("/etc/modprobe.d/a.conf", b"old\n")
    host.put("/etc/cron.d/theirs", b"")
    os.makedirs(f"{host.root}/etc/network")
    os.symlink(f"{THEIRS}/interfaces", host.root + INTERFACES)
    for path in ("/home/u", THEIRS):
        os.chown(host.root + path, USER, USER)
    return host


def plan_of(host: FakeHost) -> Plan:
    changes = (
        change(host, "/etc/modprobe.d/a.conf", b"new\n"),
        replace(led_through(host, INTERFACES), after=b"new\n", mode=0o640),
        change(host, "/etc/modprobe.d/b.conf", b"new\n"),
    )
    return bridged_bond(*exposed.led(changes, host.machine.tree.way)[0])


def led_through(host: FakeHost, path: str) -> FileChange:
    """`change` reads by path; a link of another tree starts at that tree's root."""
    now = file_image.keep(host.root, path)
    return FileChange(path, now.data, None, before_mode=None if now.data is None else now.mode)


def by_the_user(host: FakeHost, do: Callable[[], None]) -> None:
    """In a process of the user's, who is in his own directory and may do no more than that."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.chdir(f"{host.root}/home/u")
            os.setgroups([])
            os.setresgid(USER, USER, USER)
            os.setresuid(USER, USER, USER)
            do()
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def link_to(target: str) -> Callable[[], None]:
    def swap() -> None:
        os.rename("net", "aside")
        os.symlink(target, "net")

    return swap


SWAPS = [link_to("/etc/cron.d"), link_to("../../etc/cron.d"), link_to("aside")]
NAMES = ["absolute", "climbing", "to the old one"]


def kept_and_written(host: FakeHost) -> str:
    id = transaction.prepare(host.machine, plan_of(host), None)
    assert transaction.write(host.machine, id) == 3
    return id


def test_files_that_are_not_roots_alone_are_told_of_before(host: FakeHost) -> None:
    _, findings = exposed.led(plan_of(host).changes, host.machine.tree.way)
    (told,) = findings
    assert (told.code, told.where) == ("not-roots-file", INTERFACES)
    assert told.text.startswith(f"/home/u belongs to user {USER}, not to root")


@pytest.mark.parametrize(
    ("mode", "gid", "words"),
    [
        (0o757, 0, "can be written by everybody"),
        (0o775, 50, "can be written by group 50"),
        (0o775, 0, ""),
        (0o1777, 0, ""),
        (0o755, 50, ""),
    ],
)
def test_a_directory_others_may_write_counts_unless_it_is_sticky(
    host: FakeHost, mode: int, gid: int, words: str
) -> None:
    os.chown(f"{host.root}/etc/modprobe.d", 0, gid)
    os.chmod(f"{host.root}/etc/modprobe.d", mode)
    expected = f"/etc/modprobe.d {words}" if words else ""
    for name in ("a.conf", "new.conf"):
        path = f"/etc/modprobe.d/{name}"
        assert host.machine.tree.way(path) == Way(path, expected)


@pytest.mark.parametrize("swap", SWAPS, ids=NAMES)
def test_nothing_is_written_when_it_is_exchanged_after_the_preview(
    host: FakeHost, swap: Callable[[], None]
) -> None:
    plan = plan_of(host)
    # The same content, so that only the way there differs.
    host.put("/etc/cron.d/interfaces", b"old\n", 0o640)
    by_the_user(host, swap)
    before = tree_of(host.root, "")
    with pytest.raises(XenbondError, match="Changed by someone else since the preview") as refusal:
        transaction.prepare(host.machine, plan, None)
    assert f"{INTERFACES} (it led to {THEIRS}/interfaces, and leads to /" in str(refusal.value)
    assert tree_of(host.root, "") == before


@pytest.mark.parametrize("swap", SWAPS, ids=NAMES)
def test_nothing_is_written_when_it_is_exchanged_after_the_copies(
    host: FakeHost, swap: Callable[[], None]
) -> None:
    id = transaction.prepare(host.machine, plan_of(host), None)
    by_the_user(host, swap)
    before = tree_of(host.root)
    with pytest.raises(XenbondError, match="somebody exchanged a directory on the way"):
        transaction.write(host.machine, id)
    assert tree_of(host.root) == before


@pytest.mark.parametrize("swap", SWAPS, ids=NAMES)
def test_going_back_leaves_it_alone_says_where_the_copy_is_and_puts_back_the_rest(
    host: FakeHost, swap: Callable[[], None]
) -> None:
    elsewhere = tree_of(host.root, "/etc/cron.d")
    id = kept_and_written(host)
    by_the_user(host, swap)
    with pytest.raises(XenbondError) as refusal:
        put_back_files(host.machine, id, "Went back.")
    copies = Store(host.machine).path(id, "backup", "files")
    said = str(refusal.value)
    assert said.startswith(f"Not put back: {INTERFACES} leads ")
    assert f"The copies are in {copies}" in said
    with open(f"{copies}{INTERFACES}", "rb") as stream:
        assert stream.read() == b"old\n"
    assert tree_of(host.root, "/etc/cron.d") == elsewhere
    assert host.read("/etc/modprobe.d/a.conf") == b"old\n"
    assert os.listdir(f"{host.root}/etc/modprobe.d") == ["a.conf"]
    assert Store(host.machine).record(id).state is State.FAILED


def test_it_goes_back_once_the_directory_is_there_again(host: FakeHost) -> None:
    before = tree_of(host.root)
    id = kept_and_written(host)
    by_the_user(host, SWAPS[0])
    with pytest.raises(XenbondError):
        transaction.restore(host.machine, id)

    def mend() -> None:
        os.unlink("net")
        os.rename("aside", "net")

    by_the_user(host, mend)
    assert transaction.restore(host.machine, id) == ()
    assert tree_of(host.root) == before
    assert host.read(f"{THEIRS}/interfaces") == b"old\n"


def test_no_link_is_planted_where_the_directory_of_the_link_was_exchanged(host: FakeHost) -> None:
    """Not the file's directory but that of the link to it: the link would be made anew there."""
    os.unlink(host.root + INTERFACES)
    os.rmdir(f"{host.root}/etc/network")
    host.put("/etc/real", b"old\n")
    os.symlink("/etc/real", f"{host.root}{THEIRS}/link")
    os.symlink(THEIRS, f"{host.root}/etc/network")
    kept = file_image.keep(host.root, "/etc/network/link")
    assert (kept.real, kept.own) == ("/etc/real", f"{THEIRS}/link")
    by_the_user(host, SWAPS[0])
    before = tree_of(host.root)
    for write in (file_image.restore, file_image.stage):
        with pytest.raises(XenbondError, match=f"led to {THEIRS}/link when it was kept"):
            write(host.root, kept, "tag")
    assert tree_of(host.root) == before


def test_a_past_change_is_not_undone_through_an_exchanged_directory(host: FakeHost) -> None:
    machine = replace(host.machine, access=Access(HostKind.TREE, host.root))
    id = write_only(machine, plan_of(host))
    # What he put there looks like what was written: nothing seems changed since.
    host.put("/etc/cron.d/interfaces", b"new\n", 0o640)
    by_the_user(host, SWAPS[0])
    before = tree_of(host.root)
    with pytest.raises(XenbondError, match=f"{INTERFACES} leads "):
        undo_files(machine, id)
    assert tree_of(host.root) == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("real", "/../etc/shadow"),
        ("real", "etc/shadow"),
        ("real", "//etc/shadow"),
        ("real", "/etc/a/../shadow"),
        ("real", "/"),
        ("own", "/etc/./shadow"),
        ("missing", ("/etc", "/..")),
        ("mode", 0o104755),
        ("uid", -1),
        ("gid", 1 << 32),
        ("mtime_ns", 1 << 70),
    ],
)
def test_what_no_file_can_be_is_not_taken_from_the_copies_index(
    host: FakeHost, field: str, value: object
) -> None:
    kept = file_image.keep(host.root, INTERFACES)
    directory = f"{host.root}/copies"
    backup.save(directory, [replace(kept, **{field: value})])
    with pytest.raises(XenbondError, match="damaged"):
        backup.load(directory)
