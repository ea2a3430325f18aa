"""What runs as root at boot is root's alone, up to "/", and on a disk that is there by then."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.unit.fakes import FakeHost, bridged_bond, change
from xenbond_tui.apply import boot_guard, transaction
from xenbond_tui.apply.store import Store
from xenbond_tui.apply.worker import run_worker
from xenbond_tui.compose import live
from xenbond_tui.facts.access import AtBoot
from xenbond_tui.host import at_boot, program, startup
from xenbond_tui.host.at_boot import foreign_part
from xenbond_tui.host.owned import not_roots

REPO = Path(__file__).parents[2]
NOBODY = 65534
SOMEWHERE = next((p for p in ("/opt", "/srv", "/var/lib") if Path(p).is_dir()), "/")
"""Root's alone on any host; /tmp is everybody's."""

as_root = pytest.mark.skipif(
    os.geteuid() != 0 or bool(not_roots(SOMEWHERE)) or bool(not_roots(sys.base_prefix)),
    reason="needs root, and an interpreter that is root's alone",
)


@dataclass(frozen=True, slots=True)
class Installed:
    """An installation of its own that is as it should be."""

    above: Path
    """What it stands in."""
    venv: Path
    site: Path
    parts: program.Parts
    """As its own interpreter says."""

    def unfit(self, *, whole: bool = False) -> str:
        """The verdict; unless `whole`, Python's own library is not looked through each time."""
        found = self.parts
        if not whole:
            files = tuple(name for name in found.files if name.startswith(f"{self.above}/"))
            path = tuple(name for name in found.path if name.startswith(f"{self.above}/"))
            found = program.Parts(path, files, found.packages)
        return foreign_part(found)


def install(above: Path) -> Installed:
    above.chmod(0o755)
    place = above / "programs" / "xenbond"
    venv.create(place, with_pip=False, symlinks=True)
    site = next(place.glob("lib/python*/site-packages"))
    for package in ("xenbond_tui", "screens"):
        shutil.copytree(REPO / package, site / package)
    shutil.copy(REPO / "assets/bin/xenbond", place / "bin/xenbond")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "executable", str(place / "bin/python"))
        return Installed(above, place, site, program.parts())


@pytest.fixture
def installed() -> Iterator[Installed]:
    above = Path(tempfile.mkdtemp(prefix="xenbond-test-", dir=SOMEWHERE))
    try:
        yield install(above)
    finally:
        shutil.rmtree(above)


@pytest.fixture(scope="module")
def shared() -> Iterator[Installed]:
    """One for all tests that put back what they changed: looking through one takes a second."""
    above = Path(tempfile.mkdtemp(prefix="xenbond-test-", dir=SOMEWHERE))
    try:
        yield install(above)
    finally:
        shutil.rmtree(above)


PLACES: list[Callable[[Installed], Path]] = [
    lambda it: it.above,
    lambda it: it.above / "programs",
    lambda it: it.venv,
    lambda it: it.venv / "bin",
    lambda it: it.venv / "bin/xenbond",
    lambda it: it.venv / "pyvenv.cfg",
    lambda it: it.venv / "lib",
    lambda it: it.site.parent,
    lambda it: it.site,
    lambda it: it.site / "xenbond_tui",
    lambda it: it.site / "xenbond_tui/apply/recover.py",
    lambda it: it.site / "screens",
    lambda it: it.site / "textual",
    lambda it: it.site / "textual/cache.pyc",
    lambda it: it.site / "more.pth",
]
NAMES = (
    *("above", "parent", "venv", "bin", "launcher", "pyvenv.cfg", "lib", "python", "site"),
    *("package", "module", "screens", "dependency", "its byte code", "path file"),
)

ACTS: dict[str, Callable[[Path], None]] = {
    "another user's": lambda path: os.chown(path, NOBODY, -1),
    "a group may write": lambda path: path.chmod(stat.S_IMODE(path.stat().st_mode) | 0o020),
    "everybody may write": lambda path: path.chmod(stat.S_IMODE(path.stat().st_mode) | 0o002),
    "everybody may write, sticky": lambda path: path.chmod(0o1777),
}


@as_root
def test_one_that_is_roots_alone_may_run(shared: Installed) -> None:
    assert shared.unfit(whole=True) == ""


@as_root
@pytest.mark.parametrize("place", PLACES, ids=NAMES)
def test_each_part_in_turn_is_somebody_elses(
    shared: Installed, place: Callable[[Installed], Path]
) -> None:
    path = place(shared)
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        if path.suffix:
            path.touch(0o644)
        else:
            path.mkdir(0o755)
    assert shared.unfit() == ""
    mode = stat.S_IMODE(path.stat().st_mode)
    for act in ACTS.values():
        act(path)
        assert shared.unfit().startswith(f"{path} ")
        os.chown(path, 0, -1)
        path.chmod(mode)


@as_root
def test_a_link_into_somebodys_directory_is_seen(installed: Installed, tmp_path: Path) -> None:
    """A link is root's, what it leads to lies below /tmp, which everybody writes."""
    shutil.move(installed.site / "screens", tmp_path / "screens")
    (installed.site / "screens").symlink_to(tmp_path / "screens")
    assert "can be written by everybody" in installed.unfit()


@as_root
def test_a_link_to_nothing_in_somebodys_directory_is_seen(installed: Installed) -> None:
    """Who may make what it leads to would be imported."""
    (installed.site / "orjson.py").symlink_to("/tmp/xenbond-nobody-has-made-this.py")
    assert installed.unfit() == "/tmp can be written by everybody"


@as_root
def test_an_interpreter_in_somebodys_directory_is_seen(
    installed: Installed, tmp_path: Path
) -> None:
    (installed.venv / "bin/python").unlink()
    shutil.copy(os.path.realpath(f"{sys.base_prefix}/bin/python3"), tmp_path / "python")
    (installed.venv / "bin/python").symlink_to(tmp_path / "python")
    assert "can be written by everybody" in installed.unfit()


@as_root
def test_an_unprivileged_process_can_change_nothing_of_what_is_fit(shared: Installed) -> None:
    """The rule against the kernel's own judgement: as nobody, every part and parent is tried."""
    assert shared.unfit(whole=True) == ""
    found = shared.parts
    names = [*found.files, *found.packages, *(name for name in found.path if os.path.exists(name))]
    names += [os.fspath(path) for path in shared.above.rglob("*")]
    script = (
        "import os, sys\n"
        f"os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})\n"
        "for name in sys.stdin.read().split('\\0'):\n"
        "    while True:\n"
        "        if os.path.lexists(name) and os.access(name, os.W_OK): print(name)\n"
        "        if name == '/': break\n"
        "        name = os.path.dirname(name)\n"
    )
    done = subprocess.run(
        [sys._base_executable, "-I", "-c", script],  # type: ignore[attr-defined]
        input="\0".join(names),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ""


@as_root
def test_no_guard_is_installed_for_what_others_can_change(
    installed: Installed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the judgement to what the operator is told: nothing on the disk, and the reason why."""
    installed.site.chmod(0o777)
    monkeypatch.setattr(startup, "by_systemd", lambda root: True)
    monkeypatch.setattr(at_boot, "parts", lambda: installed.parts)
    host = FakeHost(os.fspath(tmp_path))
    for name in ("run/systemd/system", "etc/systemd/system"):
        (tmp_path / name).mkdir(parents=True)
    host.put("/etc/network/interfaces", b"old\n")
    object.__setattr__(host.machine, "at_boot", at_boot.look)
    seen: list[bool] = []
    host.clock.after(5, lambda: seen.append(os.path.lexists(host.root + boot_guard.UNIT)))
    plan = bridged_bond(change(host, "/etc/network/interfaces", b"new\n"))
    id = transaction.prepare(host.machine, plan, host.kernel.snapshot(), confirm_within=60)
    run_worker(host.machine, id)
    assert seen == [False]
    lines = {line.label: line.detail for line in Store(host.machine).progress(id).lines}
    told = lines["guard against a power cut"]
    assert told == f"none, because {installed.site} can be written by everybody"


def test_the_live_machine_asks_the_real_judge() -> None:
    at_boot.at_boot.cache_clear()
    assert live().at_boot() == at_boot.look()


MOUNTINFO = """\
21 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
22 21 0:30 / /srv/nfs rw - nfs4 server:/x rw
23 21 0:31 / /mnt/smb rw - cifs //s/x rw
24 21 0:32 / /home rw - fuse.sshfs x rw
25 21 0:33 / /tmp rw - tmpfs tmpfs rw
26 21 254:1 / /opt rw - xfs /dev/vdb rw
27 21 254:2 / /data rw - ext4 /dev/vdc rw
28 21 254:3 / /with\\040blank rw - ext4 /dev/vdd rw
29 21 0:40 / /run/image rw - overlay overlay rw,upperdir=/tmp/u
30 21 254:4 / /late rw - ext4 /dev/vde rw
31 21 254:5 / /usb rw - ext4 /dev/vdf rw
32 21 254:6 / /win rw - vfat /dev/vdg rw
"""
FSTAB = """\
# /dev/vdc /data ext4 defaults 0 0
/dev/vda / ext4 defaults 0 1
/dev/vdb /opt xfs defaults,nofail 0 0
/dev/vdd /with\\040blank ext4 ro 0 0
/dev/vde /late ext4 defaults,_netdev 0 0
/dev/vdf /usb ext4 noauto,user 0 0
/dev/vdg /win vfat defaults 0 0
"""


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/srv/nfs/x", "type nfs4"),
        ("/mnt/smb/x", "type cifs"),
        ("/home/x/.venv", "type fuse.sshfs"),
        ("/tmp/x", "type tmpfs"),
        ("/run/image/x", "type overlay"),
        ("/win/x", "type vfat"),
        ("/data/x", "does not mount"),
        ("/late/x", "with _netdev"),
        ("/usb/x", "with noauto"),
        ("/opt/xenbond", ""),
        ("/with blank/x", ""),
    ],
)
def test_a_file_system_that_need_not_be_there_is_refused(path: str, why: str) -> None:
    table = at_boot.read_mounts(MOUNTINFO)
    mount = at_boot.mount_of(path, table)
    assert mount is not None
    assert mount.point != "/"
    said = at_boot.not_at_boot(mount, FSTAB)
    assert (why in said) if why else said == ""


def test_what_etc_is_on_is_there_whatever_its_kind() -> None:
    """The guard is written to it: they are there, or gone, together."""
    table = at_boot.read_mounts("21 1 0:50 / / rw - overlay overlay rw,upperdir=/x\n")
    assert at_boot.separate(("/opt/xenbond/bin/python",), table) == {}


def test_the_later_of_two_mounts_counts() -> None:
    text = MOUNTINFO + "40 26 0:60 / /opt rw - tmpfs tmpfs rw\n"
    mount = at_boot.mount_of("/opt/xenbond", at_boot.read_mounts(text))
    assert mount == at_boot.Mount("/opt", "tmpfs")


def test_the_unit_waits_for_the_file_system_of_the_program(tmp_path: Path) -> None:
    host = FakeHost(os.fspath(tmp_path))
    for name in ("run/systemd/system", "etc/systemd/system"):
        (tmp_path / name).mkdir(parents=True)
    place = ("/opt/100% my programs/xenbond",)
    object.__setattr__(host.machine, "at_boot", lambda: AtBoot(mounts=place))
    boot_guard.install(host.machine)
    (line,) = (
        line
        for line in host.read(boot_guard.UNIT).decode().splitlines()
        if line.startswith("RequiresMountsFor=")
    )
    assert line == "RequiresMountsFor=/var/lib/xenbond '/opt/100%% my programs/xenbond'"


@pytest.mark.parametrize(
    ("links", "first"),
    [
        (("S05mountall.sh", "S12networking"), True),
        (("S12networking", "S15mountall.sh"), False),
        (("S12networking",), False),
    ],
)
def test_a_script_may_come_before_the_disks(
    tmp_path: Path, links: tuple[str, ...], first: bool
) -> None:
    directory = tmp_path / "etc/rcS.d"
    directory.mkdir(parents=True)
    for name in links:
        (directory / name).touch()
    assert startup.disks_first(str(tmp_path)) is first
