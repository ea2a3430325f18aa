"""Bad input: one or two lines that name it, exit 2, and not a byte of the host changed."""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from xenbond_tui.cli import run
from xenbond_tui.demo.recordings import unpack

GOOD = """\
version: 1
bond:
  name: bond0
  slaves: [eth0, eth1]
  mode: active-backup
  miimon: 100
bridge:
  name: xenbr0
  address: 192.168.0.222/24
  gateway: 192.168.0.1
"""
INTERFACES = "etc/network/interfaces"


def picture(root: Path) -> dict[str, tuple[int, bytes]]:
    """Every file and link below a directory: what must not change."""
    found = {}
    for path in sorted(root.rglob("*")):
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            found[str(path)] = (status.st_mode, os.readlink(path).encode())
        elif path.is_file():
            found[str(path)] = (status.st_mode, path.read_bytes())
        else:
            found[str(path)] = (status.st_mode, b"")
    return found


@pytest.fixture
def host(tmp_path: Path) -> Path:
    root = tmp_path / "host"
    unpack("debian12-dom0", str(root))
    return root


def write_answers(tmp_path: Path, old: str = "", new: str = "") -> str:
    assert not old or old in GOOD
    path = tmp_path / "answers.yaml"
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    return str(path)


def without_notes(stderr: str) -> list[str]:
    """What of it is no note of the plan's: this host's `allow-hotplug` is told."""
    return [line for line in stderr.strip().splitlines() if not line.startswith("note: ")]


def refused(capsys: pytest.CaptureFixture[str], argv: list[str], named: str) -> None:
    """The command line ends with exit 2 and a short message on stderr that names what is wrong."""
    assert run(argv) == 2
    said = without_notes(capsys.readouterr().err)
    assert 1 <= len(said) <= 2, said
    assert named in " ".join(said)
    assert "Traceback" not in " ".join(said)


@pytest.mark.parametrize("command", ["plan", "apply"])
@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        pytest.param("miimon: 100", "miimom: 100", "miimom", id="unknown key"),
        pytest.param("version: 1", "version: 9", "version", id="unknown version"),
        pytest.param("miimon: 100", "miimon: often", "miimon", id="wrong type"),
        pytest.param("[eth0, eth1]", "eth0", "slaves", id="a name where a list belongs"),
        pytest.param("bond:\n", "bond: [\n", "answers.yaml", id="malformed YAML"),
        pytest.param("mode: active-backup", "mode: hot-standby", "hot-standby", id="no such mode"),
        pytest.param("[eth0, eth1]", "[eth0, eth9]", "eth9", id="a NIC that is not there"),
        pytest.param("[eth0, eth1]", "[eth0, eth0]", "eth0", id="a duplicate slave"),
        pytest.param("[eth0, eth1]", "[eth0]", "slave", id="one slave"),
        pytest.param("[eth0, eth1]", "[eth0, wlan0]", "wlan0", id="a Wi-Fi card"),
        pytest.param("name: bond0", "name: bond0123456789012", "15", id="name too long"),
        pytest.param("name: xenbr0", "name: xen/br0", "xen/br0", id="name with a slash"),
        pytest.param("name: xenbr0", "name: eth3", "eth3", id="name of another link"),
        pytest.param("192.168.0.222/24", "192.168.0.222", "192.168.0.222", id="no prefix"),
        pytest.param("192.168.0.222/24", "192.168.0.0/24", "192.168.0.0", id="network address"),
        pytest.param("gateway: 192.168.0.1", "gateway: 10.0.0.1", "10.0.0.1", id="gateway outside"),
        pytest.param("miimon: 100", "miimon: 0", "miimon", id="no link monitoring"),
        pytest.param("mode: active-backup", "mode: 6", "balance-alb", id="mode unfit for a bridge"),
    ],
)
def test_bad_answers(
    command: str,
    old: str,
    new: str,
    named: str,
    host: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    answers = write_answers(tmp_path, old, new)
    before = picture(host)
    more = ["--yes"] if command == "apply" else []
    refused(capsys, [command, "--answers", answers, "--root", str(host), *more], named)
    assert picture(host) == before


def missing(path: Path) -> None:
    path.unlink()


def directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def not_utf8(path: Path) -> None:
    path.write_bytes(b"\xff\xfe" + path.read_bytes())


def dangling(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("spoil", [missing, directory, not_utf8, dangling, fifo])
def test_an_answers_file_that_is_none(
    spoil: Callable[[Path], None], host: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = Path(write_answers(tmp_path))
    spoil(answers)
    before = picture(host)
    refused(capsys, ["plan", "--answers", str(answers), "--root", str(host)], "answers.yaml")
    assert picture(host) == before


@pytest.mark.parametrize("command", ["plan", "apply"])
@pytest.mark.parametrize("spoil", [directory, not_utf8, dangling, fifo])
def test_a_configuration_file_that_is_none(
    command: str,
    spoil: Callable[[Path], None],
    host: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    spoil(host / INTERFACES)
    answers = write_answers(tmp_path)
    before = picture(host)
    more = ["--yes"] if command == "apply" else []
    stack = ["--stack", "ifupdown"]
    argv = [command, "--answers", answers, "--root", str(host), *stack, *more]
    refused(capsys, argv, f"/{INTERFACES}")
    assert picture(host) == before


def test_a_file_system_that_is_read_only(host: Path, tmp_path: Path) -> None:
    """Root may write everywhere else, so only a real read-only mount is not writable."""
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("no mount namespace of our own: unshare is not installed")
    namespace = [unshare, "--map-root-user", "--mount", "sh", "-c"]
    if subprocess.run([*namespace, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no mount namespace of our own: this kernel does not allow one")
    answers = write_answers(tmp_path)
    before = picture(host / "etc")
    read_only = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"'
    xenbond = [sys.executable, "-I", "-m", "xenbond_tui"]
    command = ["apply", "--answers", answers, "--root", str(host), "--yes"]
    done = subprocess.run(
        [*namespace, read_only, "sh", str(host / "etc"), *xenbond, *command],
        capture_output=True,
        text=True,
        check=False,
    )
    said = without_notes(done.stderr)
    assert done.returncode == 2, done
    assert 1 <= len(said) <= 2, said
    assert f"/{INTERFACES}" in done.stderr
    assert "Read-only file system" in done.stderr
    assert picture(host / "etc") == before


def test_good_answers_are_not_refused(
    host: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table above refuses for what it names, not for something all its cases share."""
    assert run(["plan", "--answers", write_answers(tmp_path), "--root", str(host)]) == 1
    assert "bond-slaves eth0 eth1" in capsys.readouterr().out
