"""Nobody but root says that a DHCP client runs, and no process says what root runs.

Each row is a real process that names eth0, in a host of its own (namespaces).
"""

import json
import os
from pathlib import Path

import pytest

from tests.security.private_host import in_private_host
from xenbond_tui.apply import dhcp_clients, surroundings
from xenbond_tui.apply.dhcp_clients import DhcpClient

pytestmark = pytest.mark.thorough

FOUND = """
from xenbond_tui.host.processes import LiveProcesses
with {who}:
    seen = LiveProcesses().of_root(("dhclient", "udhcpc"))
print(json.dumps([[process.program, *process.argv] for process in seen]))
"""
IMPOSTORS = {
    "a user's program": "running(program('/mnt/evil/dhclient', owner=NOBODY), before=as_nobody)",
    "a user's process of root's program": "running(before=as_nobody)",
    "a user's process with root's argv": (
        "running(program('/mnt/evil/sh', owner=NOBODY), TRUSTED, before=as_nobody)"
    ),
    "only its effective user is root": "running(before=lambda: os.setresuid(NOBODY, 0, 0))",
    "only its real user is root": "running(before=lambda: os.setresuid(0, NOBODY, NOBODY))",
    "root's, by its first word only": "running(program('/mnt/sbin/other'), 'dhclient')",
    "a file in a directory that everybody may write": (
        "running(program('/mnt/open/dhclient', folder=0o1777))"
    ),
    "a file below a directory that everybody may write": (
        "running((program('/mnt/open/sub/dhclient'), os.chmod('/mnt/open', 0o777))[0])"
    ),
    "a file in a user's directory": (
        "running((program('/mnt/home/dhclient'), os.chown('/mnt/home', NOBODY, 0))[0])"
    ),
    "a file that a group may write": "running(program('/mnt/sbin2/dhclient', mode=0o775))",
    "a user's file": "running(program('/mnt/sbin2/dhclient', owner=NOBODY))",
    "in another network namespace": "running(before=apart(NEWNET))",
    "in another mount namespace": "running(before=apart(NEWNS))",
    "in another user namespace": "running(before=apart(NEWUSER))",
    "in another pid namespace": "running(before=apart(NEWPID))",
    "in another root directory": "running(before=in_a_jail)",
}


@pytest.mark.parametrize("who", IMPOSTORS.values(), ids=IMPOSTORS)
def test_an_impostor_is_not_seen(who: str) -> None:
    assert in_private_host(FOUND.format(who=who)) == []


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("running()", ["dhclient", "/mnt/sbin/dhclient", "-v", "eth0"]),
        (
            "running(program('/mnt/sbin/busybox'), 'udhcpc')",
            ["udhcpc", "udhcpc", "-v", "eth0"],
        ),
    ],
)
def test_roots_own_client_is_seen(who: str, seen: list[str]) -> None:
    assert in_private_host(FOUND.format(who=who)) == [seen]


SCRIPT = """
from xenbond_tui.host.processes import LiveProcesses
import signal, sys
os.makedirs(os.path.dirname("{path}"), exist_ok=True)
with open("{path}", "w") as stream:
    stream.write("import sys; sys.stdin.read()")
os.chmod("{path}", {mode})
os.chown("{path}", {owner}, 0)
python = os.path.realpath("/usr/bin/python3")
child = subprocess.Popen([python, "{path}", "try"], stdin=subprocess.PIPE, preexec_fn={before})
words = Path(f"/proc/{{child.pid}}/cmdline")
while b"try" not in words.read_bytes():
    time.sleep(0.01)
live = LiveProcesses()
seen = live.of_root(("netplan",))
for process in seen:
    live.signal(process, signal.SIGUSR1)
if seen:
    child.wait(10)
ended = child.poll()
for process in seen:
    live.signal(process, signal.SIGKILL)
child.kill()
child.wait()
print(json.dumps([[process.argv[1:] for process in seen], ended]))
"""


@pytest.mark.parametrize(
    ("path", "mode", "owner", "before"),
    [
        ("/mnt/evil/netplan", 0o777, 0, None),
        ("/mnt/evil/netplan", 0o755, 65534, None),
        ("/mnt/sbin/netplan", 0o755, 0, "as_nobody"),
        ("/mnt/sbin/other", 0o755, 0, None),
    ],
    ids=["everybody may write it", "a user's", "run by a user", "of another name"],
)
def test_a_script_that_is_not_roots_own_is_not_seen(
    path: str, mode: int, owner: int, before: str | None
) -> None:
    script = SCRIPT.format(path=path, mode=mode, owner=owner, before=before)
    assert in_private_host(script) == [[], None]


def test_roots_own_script_is_seen_and_gets_the_signal() -> None:
    script = SCRIPT.format(path="/mnt/sbin/netplan", mode=0o755, owner=0, before=None)
    assert in_private_host(script) == [[["/mnt/sbin/netplan", "try"]], -10]


def test_roots_own_client_is_seen_after_its_package_was_updated() -> None:
    script = """
    from xenbond_tui.host.processes import LiveProcesses
    with running():
        os.unlink(TRUSTED)
        program(TRUSTED)
        updated = len(LiveProcesses().of_root(("dhclient",)))
        os.unlink(TRUSTED)
        removed = len(LiveProcesses().of_root(("dhclient",)))
    print(json.dumps([updated, removed]))
    """
    assert in_private_host(script) == [1, 0]


def test_a_process_that_turns_into_another_while_it_is_read_is_never_believed() -> None:
    """Root's client becomes a user's process of the same program, with words of the user's."""
    script = """
    import signal, time
    from xenbond_tui.host.processes import LiveProcesses
    with open("/mnt/scripts/eth1", "w") as stream:
        stream.write("exec setpriv --reuid 65534 --clear-groups --regid 65534"
            " /mnt/sbin/dhclient -v eth0 -sf /mnt/evil/script\\n")
    def turning():
        while True:
            process = subprocess.Popen(["dhclient", "-v", "eth1"], executable=TRUSTED,
                cwd="/mnt/scripts", stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
            time.sleep(0.004)
            process.kill()
            process.wait()
    child = os.fork()
    if not child:
        turning()
    seen = set()
    until = time.monotonic() + 200
    looks = 0
    while (looks < 500 or not seen) and time.monotonic() < until:
        looks += 1
        seen |= {process.argv[1:] for process in LiveProcesses().of_root(("dhclient",))}
    os.kill(child, signal.SIGKILL)
    print(json.dumps([looks, sorted(seen)]))
    """
    looks, seen = in_private_host(script)
    assert looks >= 500
    assert seen == [["-v", "eth1"]]


BACK = """
from xenbond_tui.apply import surroundings
from xenbond_tui.compose import live
machine = live()
subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/usr/sbin"], check=True)
with open("/usr/sbin/dhclient", "w") as stream:
    stream.write("#!/bin/sh\\necho \\"$(id -u) $0 $*\\" >>/mnt/ran\\n")
os.chmod("/usr/sbin/dhclient", 0o755)
evil = program("/mnt/evil/dhclient", owner=NOBODY)
with running(evil, before=as_nobody) as fake:
    {before}
    {after}
ran = open("/mnt/ran").read().splitlines() if os.path.exists("/mnt/ran") else []
print(json.dumps([[client.links for client in kept.clients], failures, ran]))
"""


def test_the_real_client_comes_back_beside_a_fake() -> None:
    before = "with running(): kept = surroundings.look(machine, ['eth0'])"
    after = "failures = surroundings.restart_dhcp(machine, kept)"
    script = BACK.format(before=before, after=after)
    assert in_private_host(script) == [[["eth0"]], [], ["0 /usr/sbin/dhclient -v eth0"]]


def test_a_fake_that_has_gone_leaves_the_way_back_clean() -> None:
    before = "kept = surroundings.look(machine, ['eth0'])"
    after = "pass"
    script = BACK.format(before=before, after=after).replace(
        "ran =", "failures = surroundings.restart_dhcp(machine, kept)\nran =", 1
    )
    assert in_private_host(script) == [[], [], []]


def test_the_real_client_that_runs_on_is_not_started_twice() -> None:
    before = "kept = None"
    after = (
        "with running():\n"
        "        kept = surroundings.look(machine, ['eth0'])\n"
        "        failures = surroundings.restart_dhcp(machine, kept)"
    )
    assert in_private_host(BACK.format(before=before, after=after)) == [[["eth0"]], [], []]


def test_an_argv_in_an_old_journal_is_not_replayed(tmp_path: Path) -> None:
    argv = ["/tmp/evil/dhclient", "eth0"]
    old = {"is": "DhcpClient", "link": "eth0", "argv": argv}
    journal = tmp_path / "surroundings.json"
    journal.write_text(json.dumps({"is": "Surroundings", "sysctls": {}, "dhcp": [old]}))
    assert surroundings.read(os.fspath(journal)).clients == ()


@pytest.mark.parametrize(
    "client",
    [
        DhcpClient("/tmp/evil/dhclient", ("eth0",)),
        DhcpClient("sh", ("eth0",), ("-c", "id")),
        DhcpClient("dhclient", ("eth0",), ("-sf", "/tmp/evil/script")),
        DhcpClient("dhclient", ("eth0",), ("-lf", "/var/lib/dhcp/../../tmp/dhclient.eth0.leases")),
        DhcpClient("dhclient", ("eth0",), ("-pf", "/tmp/pid")),
        DhcpClient("dhclient", ("-sf",)),
        DhcpClient("dhclient", ()),
    ],
)
def test_a_journal_with_other_words_starts_nothing(
    client: DhcpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xenbond_tui.compose import live

    def never(*words: object, **named: object) -> None:
        raise AssertionError(f"{words} was run")

    monkeypatch.setattr("subprocess.Popen", never)
    assert "start it yourself" in dhcp_clients.start(live(), client)


@pytest.mark.parametrize(
    "spoil",
    [
        "os.chown('/var/lib/dhcp', NOBODY, NOBODY)",
        "os.chmod('/var/lib/dhcp', 0o1777)",
        "os.chmod('/var/lib/dhcp', 0o775)",
        "os.symlink('/tmp/x', LEASES)",
        "(open(LEASES, 'w').close(), os.chown(LEASES, NOBODY, NOBODY))",
    ],
)
def test_a_lease_file_that_others_steer_is_given_to_no_command(spoil: str) -> None:
    """Where the DHCP server's user owns the directory, a link there would lead root elsewhere."""
    script = f"""
    from xenbond_tui.compose import live
    LEASES = "/var/lib/dhcp/dhclient.eth0.leases"
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/var/lib"], check=True)
    os.mkdir("/var/lib/dhcp", 0o755)
    kept = live().runner.run(("rm", "-f", LEASES)).returncode
    {spoil}
    done = live().runner.run(("rm", "-f", LEASES))
    print(json.dumps([kept, done.returncode, done.stderr]))
    """
    kept, status, said = in_private_host(script)
    assert (kept, status) == (0, 126)
    assert "not run" in said
