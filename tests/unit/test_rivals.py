"""A `netplan try` that begins while a change is under way is ended before netplan makes files."""

import signal
from collections.abc import Sequence
from pathlib import Path

import pytest
from fakes import FakeHost

from xenbond_tui.apply.network import Target
from xenbond_tui.apply.steps import StepError, Steps
from xenbond_tui.apply.surroundings import Sysctls
from xenbond_tui.effects import Completed, Process
from xenbond_tui.stacks.netplan.activate import FILES, GENERATE, TRY

TRYING = Process("netplan", ("/usr/bin/python3", "/usr/sbin/netplan", "try"), 77)
COMMAND = ("netplan", "generate")


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    return FakeHost(str(tmp_path))


@pytest.fixture
def steps(host: FakeHost, tmp_path: Path) -> Steps:
    sysctls = Sysctls(lambda: host.kernel, str(tmp_path / "sysctls.json"))
    target = Target(host.kernel.snapshot())
    return Steps(host.machine, lambda: "", lambda: "", target, host.clock.sleep, sysctls)


def waits(host: FakeHost) -> None:
    host.put(TRY, b"", 0o644)


def test_it_is_confirmed_once_it_waits_and_then_the_files_are_made(
    host: FakeHost, steps: Steps
) -> None:
    host.processes.running.append(TRYING)
    host.clock.after(3.0, lambda: waits(host))
    began = host.clock.monotonic()
    told = steps.carry_out(FILES.restored[1].action)
    assert host.clock.monotonic() - began >= 3.0, "before that it still carries the files out"
    assert host.processes.signals == [signal.SIGUSR1], "by which nothing is moved"
    assert not Path(f"{host.root}{TRY}").exists()
    assert host.runner.ran == [COMMAND]
    assert told == "`netplan try` had begun meanwhile and was ended"


def test_one_that_has_added_a_file_goes_back(host: FakeHost, steps: Steps) -> None:
    argv = (*TRYING.argv, "--config-file=/root/new.yaml")
    host.processes.running.append(Process("netplan", argv, 77))
    waits(host)
    steps.carry_out(GENERATE.action)
    assert host.processes.signals == [signal.SIGINT]


def test_what_one_that_was_killed_has_left_is_taken_away(host: FakeHost, steps: Steps) -> None:
    waits(host)
    assert steps.carry_out(GENERATE.action) == ""
    assert not Path(f"{host.root}{TRY}").exists()
    assert host.processes.signals == []


def test_one_that_begins_while_the_files_are_made_is_ended_and_they_are_made_again(
    host: FakeHost, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = host.runner.run

    def beginning(argv: Sequence[str], timeout: float = 60.0) -> Completed:
        if not host.runner.ran:
            host.processes.running.append(TRYING)
            waits(host)
        return run(argv, timeout)

    monkeypatch.setattr(host.runner, "run", beginning)
    steps.carry_out(GENERATE.action)
    assert host.runner.ran == [COMMAND, COMMAND]
    assert host.processes.running == []


def test_one_that_does_not_end_fails_the_step_and_is_named(host: FakeHost, steps: Steps) -> None:
    host.processes.running.append(TRYING)
    host.processes.endless = True
    waits(host)
    with pytest.raises(StepError, match=r"`netplan try` waits .* press Ctrl-C"):
        steps.carry_out(GENERATE.action)
    assert host.runner.ran == []


@pytest.mark.parametrize("word", ["apply", "generate"])
def test_another_command_of_netplans_is_left_alone(host: FakeHost, steps: Steps, word: str) -> None:
    other = Process("netplan", ("/usr/bin/python3", "/usr/sbin/netplan", word), 78)
    host.processes.running.append(other)
    steps.carry_out(GENERATE.action)
    assert host.processes.signals == []
