"""Running commands: results, time limits, and daemons that keep the output open."""

import os
import time

import pytest

from xenbond_tui.host.runner import MAX_OUTPUT, NoRunner, SystemRunner


@pytest.fixture
def runner():
    return SystemRunner()


def test_output_and_exit_status_are_kept_apart(runner):
    done = runner.run(["sh", "-c", "echo out; echo err >&2; exit 3"])
    assert (done.returncode, done.stdout, done.stderr) == (3, "out\n", "err\n")
    assert done.argv == ("sh", "-c", "echo out; echo err >&2; exit 3")


def test_arguments_are_never_seen_by_a_shell(runner):
    assert runner.run(["echo", "$HOME; `id` *"]).stdout == "$HOME; `id` *\n"


def test_the_environment_is_ours_not_the_callers(runner, monkeypatch, tmp_path):
    evil = tmp_path / "id"
    evil.write_text("#!/bin/sh\necho evil\n")
    evil.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("LD_PRELOAD_XENBOND_TEST", "1")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert runner.run(["id", "-u"]).stdout == f"{os.getuid()}\n"
    environment = runner.run(["env"]).stdout
    assert "LC_ALL=C\n" in environment
    assert "XENBOND_TEST" not in environment


def test_standard_input_is_empty(runner):
    assert runner.run(["cat"], timeout=5).returncode == 0


def test_a_command_that_is_not_there(runner, tmp_path):
    assert runner.run(["no-such-command"]).returncode == 127
    assert runner.run([str(tmp_path / "none")]).returncode == 127
    assert runner.which("no-such-command") is None


def test_a_file_that_is_no_command(runner, tmp_path):
    (tmp_path / "text").write_text("")
    assert runner.run([str(tmp_path / "text")]).returncode == 126


def test_out_of_time_ends_the_whole_process_group(runner, tmp_path):
    pidfile = tmp_path / "pid"
    script = f"sleep 300 & echo $! >{pidfile}; echo early; wait"
    done = runner.run(["sh", "-c", script], timeout=3)
    assert done.returncode == 124
    assert done.stdout == "early\n"
    assert "3 s" in done.stderr
    assert _gone(int(pidfile.read_text()))


def test_a_command_that_ignores_the_polite_signal_is_killed(runner):
    done = runner.run(["sh", "-c", "trap '' TERM; while :; do sleep 1; done"], timeout=0.5)
    assert done.returncode == 124


def test_a_daemon_that_keeps_the_output_open_does_not_hold_us_up(runner, tmp_path):
    pidfile = tmp_path / "pid"
    script = f"(sleep 300 & echo $! >{pidfile}); echo started"
    before = time.monotonic()
    done = runner.run(["sh", "-c", script], timeout=60)
    daemon = int(pidfile.read_text())
    try:
        assert done.stdout == "started\n"
        assert done.returncode == 0
        # Waiting for the daemon would have taken the command's whole time.
        assert time.monotonic() - before < 60
        assert not _gone(daemon, patience=0)
    finally:
        os.kill(daemon, 9)


def test_more_output_than_a_pipe_holds_is_read(runner):
    done = runner.run(["head", "-c", "300000", "/dev/zero"])
    assert len(done.stdout) == 300000


def test_endless_output_is_cut(runner):
    done = runner.run(["head", "-c", str(MAX_OUTPUT + 5), "/dev/zero"])
    assert len(done.stdout) == MAX_OUTPUT


def test_output_that_is_not_utf_8_is_no_error(runner):
    assert "caf" in runner.run(["printf", r"caf\351"]).stdout


def test_another_systems_commands_are_never_run():
    runner = NoRunner()
    done = runner.run(["ifup", "eth0"])
    assert done.returncode == 127
    assert "--root" in done.stderr
    assert runner.which("sh") is None


def _gone(pid: int, patience: float = 10.0) -> bool:
    """True once a process has ended, a zombie included."""
    deadline = time.monotonic() + patience
    while True:
        try:
            with open(f"/proc/{pid}/stat") as stream:
                if stream.read().rpartition(")")[2].split()[0] == "Z":
                    return True
        except FileNotFoundError:
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.02)
