"""Units have the least they need, and each release of systemd understands what it is given."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.unit.fakes import FakeHost
from xenbond_tui.apply import boot_guard, launch, sandbox
from xenbond_tui.effects import Completed
from xenbond_tui.host.program import own_argv

ID = "2026-11-28T21-16-48-1"
ASSETS = Path(__file__).parents[2] / "assets"
SINCE = {
    "MemoryDenyWriteExecute": 231,
    "RestrictRealtime": 231,
    "RestrictNamespaces": 233,
    "LockPersonality": 235,
}
"""Directive → the release that has it, by systemd's NEWS; all others of ours are older than 219."""
RELEASES = (219, 232, 239, 252, 257)
"""RHEL 7, the first with ProtectSystem=strict, RHEL 8, Debian 12 and 13."""
ANNOUNCE = ASSETS / "announce/xenbond-announce@.service"
METRICS = ASSETS / "monitoring/xenbond-metrics.service"


def settings(text: str) -> Mapping[str, str]:
    return dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))


def systemd_of(release: int, host: FakeHost, patch: pytest.MonkeyPatch) -> None:
    run = host.runner.run

    def answering(argv: tuple[str, ...], timeout: float = 60.0) -> Completed:
        if argv == ("systemctl", "--version"):
            return Completed(argv, 0, f"systemd {release} ({release}-1)\n+PAM\n", "")
        return run(argv, timeout)

    patch.setattr(host.runner, "run", answering)


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    for name in ("run/systemd/system", "etc/systemd/system"):
        (tmp_path / name).mkdir(parents=True)
    return FakeHost(os.fspath(tmp_path))


def guard(host: FakeHost) -> str:
    boot_guard.install(host.machine)
    return host.read(boot_guard.UNIT).decode()


@pytest.mark.parametrize("release", RELEASES)
def test_the_guard_says_nothing_that_its_systemd_does_not_know(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch, release: int
) -> None:
    systemd_of(release, host, monkeypatch)
    said = settings(guard(host))
    assert {name for name in said if SINCE.get(name, 0) > release} == set()
    assert {"CapabilityBoundingSet", "RestrictAddressFamilies"} <= said.keys()
    # Before Linux 4.14 it keeps SELinux from changing the domain.
    assert ("NoNewPrivileges" in said) is (release >= 239)


def test_a_systemd_that_does_not_tell_its_release_gets_what_all_know(host: FakeHost) -> None:
    assert not settings(guard(host)).keys() & {*SINCE, "NoNewPrivileges"}


@pytest.mark.parametrize("release", RELEASES)
def test_the_worker_asks_systemd_run_for_what_it_knows(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch, release: int
) -> None:
    systemd_of(release, host, monkeypatch)
    monkeypatch.setattr(launch, "by_systemd", lambda root: True)
    monkeypatch.setattr(host.runner, "which", lambda name: f"/usr/bin/{name}")
    worker = own_argv("worker", "--machine", "live", "--id", ID)
    launch.DetachedLauncher(host.runner).start(f"xenbond-{ID}", worker)
    argv = host.runner.ran[-1]
    assert ("--collect" in argv) is (release >= 236)
    asked = {word.split("=")[1] for word in argv if word.startswith("--property=")}
    more = {"CapabilityBoundingSet", "RestrictAddressFamilies", "SystemCallArchitectures"}
    assert asked == {"KillMode"} | ({*more, "LockPersonality"} if release >= 239 else set())


def test_the_worker_keeps_what_the_tools_of_a_network_stack_need() -> None:
    """Hooks may mount, load a module and become another user; a DHCP client opens raw sockets."""
    (caps,) = (text for _, text in sandbox.WORKER if text.startswith("CapabilityBoundingSet="))
    taken = set(caps.partition("~")[2].split())
    assert taken
    needed = "NET_ADMIN NET_RAW SYS_MODULE SYS_ADMIN SETUID SETGID CHOWN DAC_OVERRIDE FOWNER KILL"
    for name in [*needed.split(), "SYS_TIME", "SYS_PTRACE", "MKNOD", "NET_BIND_SERVICE"]:
        assert f"CAP_{name}" not in taken
    (families,) = (text for _, text in sandbox.WORKER if text.startswith("RestrictAddress"))
    assert {"AF_UNIX", "AF_NETLINK", "AF_INET", "AF_INET6", "AF_PACKET"} <= set(
        families.partition("=")[2].split()
    )
    names = {text.partition("=")[0] for _, text in sandbox.WORKER}
    assert not names & {"NoNewPrivileges", "MemoryDenyWriteExecute", "RestrictNamespaces"}


@pytest.mark.parametrize("release", [0, 257])
def test_nothing_of_ours_gets_a_mount_namespace_where_it_changes_the_host(release: int) -> None:
    for table in (sandbox.GUARD, sandbox.WORKER):
        for setting in sandbox.known(table, release):
            assert not setting.startswith(("Protect", "Private", "ReadOnly", "ReadWrite"))


@pytest.mark.parametrize(
    ("unit", "written"),
    [
        (ANNOUNCE, {"/var/lib/xenbond"}),
        (METRICS, {"/var/lib/xenbond", "/var/lib/prometheus/node-exporter"}),
    ],
    ids=["announce", "metrics"],
)
def test_what_only_looks_can_write_one_place(unit: Path, written: set[str]) -> None:
    said = settings(unit.read_text())
    assert said["ProtectSystem"] == "strict"
    assert {name.lstrip("-") for name in said["ReadWritePaths"].split()} == written
    assert said["NoNewPrivileges"] == "yes"
    assert said["AmbientCapabilities"] == ""
    assert said["RestrictNamespaces"] == said["MemoryDenyWriteExecute"] == "yes"
    caps = set(said["CapabilityBoundingSet"].split())
    assert caps
    assert not caps & {"CAP_SYS_ADMIN", "CAP_SYS_MODULE", "CAP_SETUID", "CAP_SYS_PTRACE"}
    # A program in a home directory would be hidden by "yes" and "tmpfs".
    assert said["ProtectHome"] == "read-only"


def test_the_file_of_metrics_is_in_the_place_that_may_be_written() -> None:
    said = settings(METRICS.read_text())
    output = said["ExecStart"].split("--output ")[1]
    assert os.path.dirname(output) in said["ReadWritePaths"].split()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze")
def test_systemd_has_nothing_against_them(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    version = subprocess.run(
        ["systemd-analyze", "--version"], capture_output=True, text=True, check=True
    ).stdout
    systemd_of(int(version.split()[1]), host, monkeypatch)
    (tmp_path / "xenbond-announce@bond0.service").write_text(ANNOUNCE.read_text())
    (tmp_path / METRICS.name).write_text(METRICS.read_text())
    (tmp_path / "xenbond-recover.service").write_text(guard(host))
    for path in tmp_path.glob("*.service"):
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", path],
            capture_output=True,
            text=True,
            check=False,
        )
        complaints = [line for line in done.stderr.splitlines() if "xenbond" in line]
        assert (path.name, complaints) == (path.name, [])
