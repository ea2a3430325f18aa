"""What root runs is made of known commands, whatever the words for it come from.

The first half is an enumeration: every slot of every command of the table x hostile words. The
second follows hostile words from each source (files, the kernel, other programs, the environment,
the journal) through the real code to the door, where nothing of them may arrive as an option, a
path of somebody's or a command.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.fakes import FakeHost
from xenbond_tui.apply import dhcp_clients, probes
from xenbond_tui.apply.launch import ForkLauncher
from xenbond_tui.apply.operator import operator
from xenbond_tui.apply.steps import StepError, Steps
from xenbond_tui.apply.surroundings import Sysctls
from xenbond_tui.effects import Completed, Process
from xenbond_tui.errors import XenbondError
from xenbond_tui.health.guest_macs import ToolstackGuests
from xenbond_tui.host import sysctl
from xenbond_tui.host.guest_names import domain_of
from xenbond_tui.host.known_commands import FORMS, KnownCommands, refusal
from xenbond_tui.host.runner import SystemRunner
from xenbond_tui.host.session import connection_of
from xenbond_tui.plan.actions import Run
from xenbond_tui.plan.plan import Plan, Step
from xenbond_tui.rules.checks import check_commands

HOSTILE = (
    *("-f", "--", "--help", "-sf", "-", "$(id)", "`id`", ";id", "a b", "a\nb", "a\tb", "\n", " "),
    *("../x", "..", ".", "/", "//etc", "/tmp/evil", "/tmp/../etc", "a/b", "", "x" * 300),
    *("eth0\0", "eth0=-f", "eth0:x", "\x1b]0;x\x07", "eth0\u202e", "@x", "%n", "*", "a;b"),
)
GOOD = {
    "link": "eth0",
    "links": "eth0 eth1",
    "config": "eth0",
    "number": "5",
    "uuid": "5f2a5b1c-7a0e-4d5e-9a5b-0d6d3c7f2a10",
    "label": "Wired connection 1",
    "profile": "/etc/NetworkManager/system-connections/Wired connection 1.nmconnection",
    "file": "/etc/network/interfaces",
    "text": "a sentence",
    "only": r"^eth0\.5$",
    "renamed": 's/^ *interface "eth0";$/  interface "xenbr0";/',
    "python": sys.executable,
    "host": "dom0.example.org",
    "change": "2026-01-31T10-00-00-1",
    "drill": "20260131-100000",
    "announcer": "xenbond-announce@bond0.service",
    "unit": "xenbond-2026-01-31T10-00-00-1--rollback",
    "less": "KillMode=process",
    "stop": f"{sys.executable} -I -m xenbond_tui drillworker --machine live --id 20260131-100000"
    " --back",
    "checkpoint": "/org/freedesktop/NetworkManager/Checkpoint/1",
    "pidfile": "/run/dhclient.eth0.pid",
    "leases": "/var/lib/dhcp/dhclient.eth0.leases",
    "dhcpconf": "/etc/dhcp/dhclient.conf",
}
HARMLESS = {
    "config": {"eth0:x"},
    "links": {"a b"},
    "file": {"/tmp/evil"},
    "text": {*HOSTILE} - {"eth0\0"},
    "label": {
        *("$(id)", "`id`", ";id", "a b", " ", "../x", "..", ".", "/", "//etc", "/tmp/evil"),
        *("/tmp/../etc", "a/b", "eth0=-f", "eth0:x", "@x", "%n", "*", "a;b"),
    },
}
"""Kind -> words that are no option and no path where they stand.

`links` are several; a file of a plan's is named in whole, and was written by us; `label` stands
behind `id`, by which nmcli takes any word for a profile's name; `text` is for people, behind `--`
or behind our name.
"""
SLOT = re.compile(r"\{([a-z]+)\}")


def words_of(form: str) -> list[str]:
    """A form with all that may be left out, as words with their slots."""
    text = form.replace("[", "").replace("]+", "").replace("]", "")
    return [word.removesuffix("+").replace("\u2423", " ") for word in text.split(" ")]


def filled(words: Sequence[str], values: Mapping[str, str] = GOOD) -> list[str]:
    return [SLOT.sub(lambda slot: values[slot[1]], word) for word in words]


def attacks() -> Iterator[tuple[str, str, list[str]]]:
    """Kind, hostile word, and a command in which it stands in one slot of that kind."""
    for form in FORMS:
        words = words_of(form)
        for at, word in enumerate(words):
            for slot in SLOT.finditer(word):
                kind = slot[1]
                for hostile in HOSTILE:
                    argv = filled(words)
                    head = SLOT.sub(lambda other: GOOD[other[1]], word[: slot.start()])
                    tail = SLOT.sub(lambda other: GOOD[other[1]], word[slot.end() :])
                    argv[at] = f"{head}{hostile}{tail}"
                    yield kind, hostile, argv


@pytest.mark.parametrize("form", FORMS)
def test_every_command_of_the_table_is_run_with_good_words(form: str) -> None:
    assert refusal(filled(words_of(form))) == ""


def test_no_hostile_word_stands_in_any_slot_of_any_command() -> None:
    tried = list(attacks())
    let_through = [
        (argv[0], kind, hostile)
        for kind, hostile, argv in tried
        if not refusal(argv) and hostile not in HARMLESS.get(kind, ())
    ]
    assert let_through == []
    assert len(tried) > 2000
    assert {kind for kind, _, _ in tried} == set(GOOD)


def test_words_too_many_or_too_few_are_refused() -> None:
    for form in FORMS:
        argv = filled(words_of(form))
        assert refusal([*argv, "-f"]), argv
        assert refusal([*argv, "x y"]), argv
        assert refusal([argv[0], "-f", *argv[1:]]), argv


@pytest.mark.parametrize(
    "argv",
    [
        (),
        ("sh", "-c", "id"),
        ("/bin/sh", "-c", "id"),
        ("/tmp/evil/ifup", "eth0"),
        ("./ifup", "eth0"),
        ("../sbin/ifup", "eth0"),
        ("/usr/sbin/../../tmp/ifup", "eth0"),
        ("/usr/sbin//ifup", "eth0"),
        ("systemd-run", "--unit=x", "--", "id"),
        ("networkctl", "reconfigure", *("eth0",) * 100_000),
    ],
)
def test_no_other_program_is_run(argv: tuple[str, ...]) -> None:
    recorder = Recorder()
    assert KnownCommands(recorder).run(argv).returncode == 126
    assert recorder.ran == []


class Recorder:
    """A host's programs: notes what would be run."""

    def __init__(self, output: str = "") -> None:
        self.ran: list[tuple[str, ...]] = []
        self.output = output

    def which(self, name: str) -> str | None:
        return f"/usr/bin/{name}"

    def run(self, argv: Sequence[str], timeout: float = 60.0) -> Completed:
        self.ran.append(tuple(argv))
        return Completed(tuple(argv), 0, self.output, "")


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    return FakeHost(os.fspath(tmp_path))


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.mark.parametrize("word", HOSTILE)
def test_a_name_server_in_resolv_conf_is_asked_only_as_an_address(
    host: FakeHost, word: str
) -> None:
    text = f"nameserver {word}\nnameserver 192.168.0.9\nnameserver fe80::1%-f\n"
    host.put("/etc/resolv.conf", text.encode())
    found = probes.probes(host.machine, host.kernel.snapshot(), None)
    asked = {
        it.label.split()[-1] for it in found if it.label.startswith(("gateway ", "DNS server "))
    }
    assert "192.168.0.9" in asked
    assert asked <= {"192.168.0.9", "192.168.0.1"}


@pytest.mark.parametrize("word", HOSTILE)
def test_a_stored_plan_runs_nothing_with_a_hostile_name(
    host: FakeHost, recorder: Recorder, word: str
) -> None:
    machine = replace(host.machine, runner=KnownCommands(recorder))
    steps = Steps(
        machine,
        lambda: "",
        lambda: "",
        None,  # type: ignore[arg-type]
        lambda seconds: None,
        Sysctls(lambda: host.kernel, f"{host.root}/sysctls.json"),
    )
    for argv in (
        ("/sbin/ifup", "--force", word),
        ("nmcli", "--wait", "90", "device", "disconnect", word),
        ("rm", "-f", word),
        ("cp", "--preserve", "--update", word, "/var/lib/dhcp/dhclient.eth0.leases"),
        (word, "eth0"),
    ):
        with pytest.raises(StepError, match="126"):
            steps.carry_out(Run(argv))
    assert recorder.ran == []


def test_a_plan_with_an_unfit_name_is_refused_before_the_operator_confirms() -> None:
    plan = Plan("ifupdown", (), (Step("x", Run(("/sbin/ifup", "--force", "-f"))),), ())
    (finding,) = check_commands(plan)
    assert (finding.severity, finding.code) == ("refuse", "unfit-command")
    assert "'-f'" in finding.text


@pytest.mark.parametrize("name", [*HOSTILE, "vif-f", "vif1.0;id", "vif1.-f", "tap$(id)"])
def test_a_guests_port_becomes_a_number_or_nothing(name: str) -> None:
    assert domain_of(name) is None


def test_what_the_toolstack_prints_is_no_command(host: FakeHost) -> None:
    recorder = Recorder("-f 0 0\n$(id) 1 1 1 r 1.0\n")
    machine = replace(host.machine, runner=KnownCommands(recorder))
    guests = ToolstackGuests(machine)
    assert dict(guests._told(frozenset({"vif7.0", "vif-f", "eth0"}))) == {}
    assert set(recorder.ran) <= {("xl", "network-list", "7"), ("xm", "network-list", "7")}


@pytest.mark.parametrize("word", HOSTILE)
def test_a_link_called_so_is_never_blinked(word: str, recorder: Recorder) -> None:
    KnownCommands(recorder).run(("/usr/sbin/ethtool", "-p", word, "10"))
    assert recorder.ran == []


@pytest.mark.parametrize("word", HOSTILE)
def test_a_clients_own_words_are_never_run(host: FakeHost, recorder: Recorder, word: str) -> None:
    options = ("-H", "-cf", "-pf", "-lf", "-df", "-sf", "-e", "-x")
    for argv in (("dhclient", word, "eth0"), *(("dhclient", x, word, "eth0") for x in options)):
        host.processes.running = [Process("dhclient", argv)]
        machine = replace(host.machine, runner=KnownCommands(recorder))
        (client,) = dhcp_clients.clients(machine, ("eth0",))
        dhcp_clients.start(machine, client)
    assert all(word not in argv for argv in recorder.ran)


@pytest.mark.parametrize(
    "value",
    [
        *HOSTILE,
        *(f"{word} 5 10.0.0.1 22" for word in HOSTILE),
        *(f"10.0.0.5 {word} 10.0.0.1 22" for word in HOSTILE),
        "10.0.0.5 5 10.0.0.1",
        "10.0.0.5 5 10.0.0.1 22 x",
        "10.0.0.5%$(id) 5 10.0.0.1 22",
        "   ",
    ],
)
def test_a_connection_that_sshd_did_not_write_is_none(host: FakeHost, value: str) -> None:
    machine = replace(host.machine, environ={"SSH_CONNECTION": value})
    assert connection_of(machine.environ) == ""
    assert operator(machine).connection == ""


@pytest.mark.parametrize(
    "value", ["10.0.0.5 50000 10.0.0.1 22", "fe80::5%eth0 50000 fe80::1%eth0 22"]
)
def test_a_connection_is_taken_as_sshd_writes_it(value: str) -> None:
    assert connection_of({"SSH_CONNECTION": value}) == value


@pytest.mark.parametrize(
    "name",
    [
        *HOSTILE,
        *("kernel/core_pattern", "net/../kernel/core_pattern", "net//x", "net/./x", "/etc/passwd"),
        "net/ipv4/conf/../../../kernel/core_pattern",
    ],
)
def test_only_values_of_the_network_are_set(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*words: object, **named: object) -> None:
        raise AssertionError(f"{words} was opened")

    monkeypatch.setattr("builtins.open", never)
    assert sysctl.read(name) is None
    with pytest.raises(XenbondError, match="nothing was set"):
        sysctl.write(name, "|/tmp/evil")


@pytest.mark.skipif(os.getuid() != 0, reason="it takes root to make a file of another user's")
@pytest.mark.parametrize(("owner", "mode"), [(65534, 0o755), (0, 0o777), (0, 0o775)])
def test_a_program_that_others_could_exchange_is_not_run(
    tmp_path: Path, owner: int, mode: int
) -> None:
    program = tmp_path / "ifup"
    program.write_text('#!/bin/sh\ntouch "$0.ran"\n')
    program.chmod(mode)
    os.chown(program, owner, owner)
    done = SystemRunner().run((os.fspath(program), "eth0"))
    assert done.returncode == 126
    assert "is not run" in done.stderr
    assert not (tmp_path / "ifup.ran").exists()


def test_a_background_process_sees_nothing_of_the_callers_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PATH", "PYTHONPATH", "PYTHONSTARTUP", "LD_LIBRARY_PATH", "XENBOND_ROOT"):
        monkeypatch.setenv(name, os.fspath(tmp_path))
    seen: list[Mapping[str, str]] = []

    def run(argv: Sequence[str], **named: object) -> None:
        seen.append(named["env"])  # type: ignore[arg-type]

    monkeypatch.setattr(subprocess, "run", run)
    ForkLauncher().start("x", (sys.executable, "-I"))
    (environment,) = seen
    assert os.fspath(tmp_path) not in environment.values()
    assert set(environment) == {"PATH", "LC_ALL", "HOME"}
