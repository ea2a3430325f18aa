"""What takes an interrupted change back at boot: there in time, in order, and never left behind."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes import FakeHost, bridged_bond, change, tree_of

from xenbond_tui.apply import boot_guard, transaction
from xenbond_tui.apply.begin import write_only
from xenbond_tui.apply.recover import resolve_stale
from xenbond_tui.apply.requests import Ask, Request, post
from xenbond_tui.apply.store import State, Store
from xenbond_tui.apply.worker import run_worker
from xenbond_tui.effects import Completed
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.access import Access, HostKind
from xenbond_tui.plan.actions import WriteFiles
from xenbond_tui.plan.plan import Plan, Step

INTERFACES = "/etc/network/interfaces"
COMMAND = (sys.executable, "-I", "-m", "xenbond_tui", "recover", "--boot")


def systemd(root: str) -> None:
    os.makedirs(f"{root}/run/systemd/system")
    os.makedirs(f"{root}/etc/systemd/system")


def red_hat(root: str) -> None:
    """As initscripts lays it out: /etc/init.d and /etc/rc3.d are links into /etc/rc.d."""
    os.makedirs(f"{root}/etc/rc.d/init.d")
    os.symlink("rc.d/init.d", f"{root}/etc/init.d")
    for level in "2345":
        os.makedirs(f"{root}/etc/rc.d/rc{level}.d")
        os.symlink(f"rc.d/rc{level}.d", f"{root}/etc/rc{level}.d")
        os.symlink("../init.d/network", f"{root}/etc/rc.d/rc{level}.d/S10network")
        os.symlink("../init.d/xend", f"{root}/etc/rc.d/rc{level}.d/S98xend")


def debian(root: str) -> None:
    os.makedirs(f"{root}/etc/init.d")
    os.makedirs(f"{root}/etc/rcS.d")
    os.symlink("../init.d/networking", f"{root}/etc/rcS.d/S12networking")


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    host = FakeHost(os.fspath(tmp_path))
    host.put(INTERFACES, b"old\n")
    return host


def prepared(host: FakeHost) -> str:
    plan = bridged_bond(change(host, INTERFACES, b"new\n"))
    return transaction.prepare(host.machine, plan, host.kernel.snapshot(), confirm_within=120)


def confirmed_later(host: FakeHost, id: str) -> None:
    directory = Store(host.machine).path(id, "requests")
    host.clock.after(20, lambda: [post(directory, Request(Ask.CONFIRM))].clear())


def test_unit_runs_before_every_network_and_after_the_disks(host: FakeHost) -> None:
    systemd(host.root)
    boot_guard.install(host.machine)
    text = host.read(boot_guard.UNIT).decode()
    lines = text.splitlines()
    (start,) = (line.removeprefix("ExecStart=") for line in lines if "ExecStart" in line)
    assert tuple(shlex.split(start)) == COMMAND
    before = {word for line in lines if line.startswith("Before=") for word in line[7:].split()}
    assert before >= {
        "network-pre.target",
        "networking.service",
        "network.service",
        "NetworkManager.service",
        "systemd-networkd.service",
        # These make the daemons' files of their own.
        "netplan-configure.service",
        "cloud-init-local.service",
    }
    assert {"Wants=network-pre.target", "DefaultDependencies=no", "Type=oneshot"} <= set(lines)
    assert any(line.startswith("After=local-fs.target") for line in lines)
    assert os.readlink(host.root + boot_guard.WANTS) == boot_guard.UNIT
    assert "@" not in text


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze")
def test_systemd_understands_the_unit(host: FakeHost) -> None:
    systemd(host.root)
    boot_guard.install(host.machine)
    argv = ("systemd-analyze", "verify", "--man=no", host.root + boot_guard.UNIT)
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    complaints = [line for line in done.stderr.splitlines() if boot_guard.NAME in line]
    assert (done.returncode, complaints) == (0, [])


def test_interpreter_with_odd_characters_is_quoted(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/opt/100% $mine/python")
    systemd(host.root)
    boot_guard.install(host.machine)
    assert b"ExecStart='/opt/100%% $$mine/python' -I" in host.read(boot_guard.UNIT)
    os.rmdir(f"{host.root}/run/systemd/system")
    debian(host.root)
    boot_guard.install(host.machine)
    assert b"exec '/opt/100% $mine/python' -I" in host.read("/etc/init.d/xenbond-recover")


@pytest.mark.parametrize(
    ("lay_out", "links", "header"),
    [
        (red_hat, [f"etc/rc.d/rc{n}.d/S09xenbond-recover" for n in "2345"], "# chkconfig: 2345 09"),
        (debian, ["etc/rcS.d/S11xenbond-recover"], "# Default-Start:     S\n"),
    ],
)
def test_script_is_linked_before_the_network_script(
    host: FakeHost, lay_out: Callable[[str], None], links: list[str], header: str
) -> None:
    lay_out(host.root)
    boot_guard.install(host.machine)
    script = Path(host.root, "etc/init.d/xenbond-recover")
    assert script.stat().st_mode & 0o777 == 0o755
    assert header in script.read_text()
    before = "# X-Start-Before:    network networking NetworkManager wicked\n"
    assert before in script.read_text()
    for link in links:
        assert Path(host.root, link).resolve() == script.resolve()
        names = sorted(os.listdir(os.path.dirname(f"{host.root}/{link}")))
        assert names[0] == os.path.basename(link)


@pytest.mark.parametrize("lay_out", [red_hat, debian])
def test_script_runs_the_recovery_and_only_at_start(
    host: FakeHost, lay_out: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("echo"))
    lay_out(host.root)
    boot_guard.install(host.machine)
    script = f"{host.root}/etc/init.d/xenbond-recover"
    said = [
        subprocess.run([script, word], capture_output=True, text=True, check=True).stdout
        for word in ("start", "stop")
    ]
    assert said == ["-I -m xenbond_tui recover --boot\n", ""]


def test_insserv_orders_it_where_its_notes_count(host: FakeHost) -> None:
    debian(host.root)
    host.put("/etc/init.d/.depend.boot", b"TARGETS = networking\n")
    boot_guard.install(host.machine)
    boot_guard.remove(host.machine)
    assert host.runner.ran == [
        ("insserv", "xenbond-recover"),
        ("insserv", "-r", "xenbond-recover"),
    ]


@pytest.mark.parametrize("lay_out", [systemd, red_hat, debian])
def test_there_before_the_first_step_and_gone_with_the_change(
    host: FakeHost, lay_out: Callable[[str], None]
) -> None:
    lay_out(host.root)
    id = prepared(host)
    confirmed_later(host, id)
    before = tree_of(host.root)
    seen: list[bool] = []
    run = host.runner.run

    def watched(argv: tuple[str, ...], timeout: float = 60.0) -> Completed:
        if argv[0].startswith("if"):
            seen.append(boot_guard.is_there(host.machine))
        return run(argv, timeout)

    host.runner.run = watched  # type: ignore[method-assign,assignment]
    assert run_worker(host.machine, id) == 0
    assert seen == [True, True]
    assert tree_of(host.root).keys() == before.keys()


@pytest.mark.parametrize("lay_out", [systemd, red_hat, debian])
def test_gone_after_a_roll_back(host: FakeHost, lay_out: Callable[[str], None]) -> None:
    lay_out(host.root)
    id = prepared(host)
    before = tree_of(host.root)
    assert run_worker(host.machine, id) == 2
    assert tree_of(host.root) == before


def test_gone_after_files_only_too(host: FakeHost) -> None:
    systemd(host.root)
    before = tree_of(host.root).keys()
    plan = Plan("ifcfg", (change(host, INTERFACES, b"new\n"),), (Step("w", WriteFiles()),), ())
    write_only(host.machine, plan)
    assert tree_of(host.root).keys() == before


def killed_while_waiting(host: FakeHost, id: str) -> None:
    child = os.fork()
    if child == 0:
        try:
            host.clock.after(10, lambda: os.kill(os.getpid(), signal.SIGKILL))
            run_worker(host.machine, id)
        finally:
            os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("lay_out", [systemd, red_hat, debian])
@pytest.mark.parametrize("boot", [True, False])
def test_outlives_a_kill_and_goes_with_the_recovery(
    host: FakeHost, lay_out: Callable[[str], None], boot: bool
) -> None:
    lay_out(host.root)
    id = prepared(host)
    before = tree_of(host.root)
    killed_while_waiting(host, id)
    assert boot_guard.is_there(host.machine)
    if boot:
        resolve_stale(host.machine, boot=True)
    else:
        run_worker(host.machine, id, rollback=True)
    assert Store(host.machine).record(id).state is State.ROLLED_BACK
    assert tree_of(host.root) == before


def test_one_that_was_left_behind_takes_itself_away(host: FakeHost) -> None:
    systemd(host.root)
    before = tree_of(host.root)
    boot_guard.install(host.machine)
    assert resolve_stale(host.machine, boot=True) is None
    assert tree_of(host.root) == before


def test_stays_while_someone_works_on_the_change(host: FakeHost) -> None:
    systemd(host.root)
    id = prepared(host)
    confirmed_later(host, id)
    seen: list[bool] = []

    def look() -> None:
        resolve_stale(host.machine, boot=True)
        seen.append(boot_guard.is_there(host.machine))

    host.clock.after(10, look)
    assert run_worker(host.machine, id) == 0
    assert seen == [True]


def no_network_script(root: str) -> None:
    """SysV scripts, of which none brings the network up: nothing could come before it."""
    os.makedirs(f"{root}/etc/init.d")
    os.makedirs(f"{root}/etc/rcS.d")


@pytest.mark.parametrize("lay_out", [lambda root: None, no_network_script])
def test_host_without_either_has_none(host: FakeHost, lay_out: Callable[[str], None]) -> None:
    lay_out(host.root)
    before = tree_of(host.root, "")
    assert boot_guard.install(host.machine) == ""
    assert tree_of(host.root, "") == before


def test_nothing_begins_where_it_cannot_be_written(host: FakeHost) -> None:
    systemd(host.root)
    os.rmdir(f"{host.root}/etc/systemd/system")
    host.put("/etc/systemd/system", b"not a directory")
    id = prepared(host)
    assert run_worker(host.machine, id) == 2
    record = Store(host.machine).record(id)
    assert record.state is State.ROLLED_BACK
    assert "power cut can't be installed" in record.result
    assert not [argv for argv in host.runner.ran if argv[0].startswith("if")]
    assert host.read(INTERFACES) == b"old\n"


def test_another_systems_tree_never_gets_one(tmp_path: Path) -> None:
    from dataclasses import replace

    host = FakeHost(os.fspath(tmp_path))
    systemd(host.root)
    host.put(INTERFACES, b"old\n")
    machine = replace(host.machine, access=Access(HostKind.TREE, host.root))
    plan = Plan("ifcfg", (change(host, INTERFACES, b"new\n"),), (Step("w", WriteFiles()),), ())
    seen: list[bool] = []
    write = transaction.write

    def look(*args: object) -> int:
        seen.append(os.path.lexists(host.root + boot_guard.UNIT))
        return write(*args)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transaction, "write", look)
        write_only(machine, plan)
    assert seen == [False]


def test_error_names_the_file(host: FakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    systemd(host.root)
    os.symlink("/nowhere", host.root + boot_guard.UNIT + ".new")

    def read_only(path: str, *, dir_fd: int) -> None:
        raise OSError(30, "RO", path)

    monkeypatch.setattr(os, "unlink", read_only)
    with pytest.raises(XenbondError, match=r"xenbond-recover\.service\.new: RO"):
        boot_guard.install(host.machine)
