"""Files the operator names lie where others write too: nobody else chooses what is replaced there.

The links are made by a process of another user, as a local user makes them.
"""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.security.impostors import NOBODY
from xenbond_tui import cli
from xenbond_tui.answers_file.on_disk import load
from xenbond_tui.apply.durable import save
from xenbond_tui.demo.host import open_demo
from xenbond_tui.demo.recordings import unpack
from xenbond_tui.errors import UsageError, XenbondError
from xenbond_tui.host.tree import RootedTree

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="another user's files take root")

SECRET = "root:$6$kept\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory as /tmp is, which another user reaches."""
    for above in (tmp_path, *tmp_path.parents[:3]):
        if above != Path("/tmp"):
            above.chmod(above.stat().st_mode | 0o011)
    made = tmp_path / "shared"
    made.mkdir()
    made.chmod(0o1777)
    return made


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    path = tmp_path / "shadow"
    path.write_text(SECRET)
    return path


def as_nobody(*argv: object) -> None:
    """Run a command as another user."""
    subprocess.run([*map(str, argv)], check=True, user=NOBODY, group=NOBODY, extra_groups=[])


def link(target: object, path: object) -> None:
    as_nobody("ln", "-s", target, path)


def test_answers_do_not_replace_what_another_users_link_leads_to(place: Path, victim: Path) -> None:
    path = place / "xenbond.yaml"
    link(victim, path)
    with pytest.raises(XenbondError, match=f"link .*belongs to user {NOBODY}"):
        save(str(path), "version: 1\n")
    assert victim.read_text() == SECRET
    assert [path.name for path in place.iterdir()] == ["xenbond.yaml"]


def test_nor_through_a_directory_that_is_another_users_link(place: Path, victim: Path) -> None:
    link(victim.parent, place / "answers")
    with pytest.raises(XenbondError, match=f"belongs to user {NOBODY}"):
        save(str(place / "answers/shadow"), "version: 1\n")
    assert victim.read_text() == SECRET


def test_nor_through_roots_own_link_that_another_user_can_exchange(
    place: Path, victim: Path
) -> None:
    home = place / "home"
    as_nobody("mkdir", home)
    (home / "xenbond.yaml").symlink_to(victim)
    with pytest.raises(XenbondError, match=f"home belongs to user {NOBODY}"):
        save(str(home / "xenbond.yaml"), "version: 1\n")
    assert victim.read_text() == SECRET


def test_answers_are_not_read_where_another_users_link_leads(place: Path, victim: Path) -> None:
    """The first line of /etc/shadow was shown as an unknown key."""
    link(victim, place / "answers.yaml")
    with pytest.raises(XenbondError, match=f"belongs to user {NOBODY}") as refused:
        load(str(place / "answers.yaml"))
    assert SECRET.split()[0] not in str(refused.value)
    (place / "own.yaml").write_text("version: 1\n")
    (place / "own-link.yaml").symlink_to(place / "own.yaml")
    assert load(str(place / "own-link.yaml")) == load(str(place / "own.yaml"))


def test_roots_own_link_is_followed_and_a_users_home_is_written_to(place: Path) -> None:
    real = place / "real.yaml"
    (place / "link.yaml").symlink_to(real)
    save(str(place / "link.yaml"), "one\n")
    assert real.read_text() == "one\n"
    as_nobody("mkdir", place / "home")
    save(str(place / "home/xenbond.yaml"), "two\n")
    assert (place / "home/xenbond.yaml").read_text() == "two\n"


def test_metrics_are_not_written_where_another_users_link_leads(
    place: Path, tmp_path: Path
) -> None:
    theirs = tmp_path / "collector"
    theirs.mkdir()
    (theirs / "disk.prom").write_text("disk_ok 1\n")
    link(theirs, place / "out")
    tree = tmp_path / "tree"
    tree.mkdir()
    argv = ["metrics", "--root", str(tree), "--output", str(place / "out/disk.prom")]
    assert cli.run(argv) == 2
    assert (theirs / "disk.prom").read_text() == "disk_ok 1\n"
    assert [path.name for path in theirs.iterdir()] == ["disk.prom"]


def test_answers_are_not_read_by_opening_a_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """/dev/watchdog, opened and closed, takes the host down; a tape rewinds."""
    device = tmp_path / "answers.yaml"
    os.mknod(device, 0o600 | 0o020000, os.makedev(1, 5))
    opened: list[int] = []
    real = os.open

    def watched(path: str, flags: int, *rest: int, **more: int) -> int:
        descriptor = real(path, flags, *rest, **more)
        if os.fstat(descriptor).st_rdev == os.makedev(1, 5) and not flags & os.O_PATH:
            opened.append(descriptor)
        return descriptor

    monkeypatch.setattr(os, "open", watched)
    with pytest.raises(XenbondError, match="character device"):
        load(str(device))
    assert not opened


def test_another_users_link_on_the_way_to_a_configuration_file_is_told(
    place: Path, tmp_path: Path
) -> None:
    """The directories it leads to are all root's; where it leads tomorrow is its owner's choice."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real/interfaces").write_text("auto lo\n")
    link(tmp_path / "real", place / "network")
    tree = RootedTree("")
    way = tree.way(str(place / "network/interfaces"))
    assert way is not None
    assert f"network belongs to user {NOBODY}" in way.others
    direct = tree.way(str(tmp_path / "real/interfaces"))
    assert direct is not None
    assert direct.others == ""


def demo_in_a_shared_directory(place: Path) -> Path:
    as_nobody("touch", place / "demo-kernel.json")
    return place


def demo_with_a_foreign_directory_in_it(place: Path) -> Path:
    place.chmod(0o755)
    unpack("debian12-dom0", str(place / "demo"))
    os.chown(place / "demo/sys/class", NOBODY, NOBODY)
    return place / "demo"


def demo_with_a_directory_everybody_writes(place: Path) -> Path:
    unpack("debian12-dom0", str(place / "demo"))
    (place / "demo/etc/network").chmod(0o777)
    return place / "demo"


@pytest.mark.parametrize(
    "prepare",
    [
        demo_in_a_shared_directory,
        demo_with_a_foreign_directory_in_it,
        demo_with_a_directory_everybody_writes,
    ],
)
def test_no_demo_where_another_user_can_lay_a_link(
    place: Path, prepare: Callable[[Path], Path]
) -> None:
    directory = prepare(place)
    with pytest.raises(UsageError, match="made to write elsewhere"):
        open_demo(str(directory))


def test_whoever_makes_the_demos_directory_first_gets_nothing_written(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    real = os.mkdir

    def raced(path: str, mode: int = 0o777, **more: int) -> None:
        as_nobody("mkdir", path)
        link(outside, f"{path}/etc")
        real(path, mode, **more)

    monkeypatch.setattr(os, "mkdir", raced)
    with pytest.raises(UsageError, match="File exists"):
        unpack("debian12-dom0", str(place / "demo"))
    assert not list(outside.iterdir())


def test_a_new_demo_is_its_users_alone(place: Path) -> None:
    unpack("debian12-dom0", str(place / "deep/demo"))
    assert (place / "deep").stat().st_mode & 0o777 == 0o700
    assert not (place / "deep/demo").stat().st_mode & 0o002
    assert open_demo(str(place / "deep/demo")).access.root == str(place / "deep/demo")
