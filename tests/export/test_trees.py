"""The script on a host's tree, under each shell: what it writes, refuses, keeps and takes back."""

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.export.hosts import HOSTS, looks, made, plan_of, planned
from xenbond_tui.errors import XenbondError
from xenbond_tui.export.script import LARGEST, printing, quoted, script
from xenbond_tui.plan.file_change import FileChange

SHELLS = {
    "dash": ["dash"],
    "busybox": ["busybox", "ash"],
    "bash-posix": ["bash", "--posix"],
    "bash-3.2": ["bash3.2", "--posix"],
    "bash": ["bash"],
}
HERE = [name for name, argv in SHELLS.items() if shutil.which(argv[0])]
WRITABLE = [
    name
    for name in HOSTS
    # Without an address, or with a choice that only a person can make.
    if name not in ("ifupdown-only-lo", "ifupdown2-only-lo")
]


def run(shell: str, place: Path, tree: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SHELLS[shell], str(place), *argv],
        env={"PATH": os.environ["PATH"], "ROOT": str(tree)},
        capture_output=True,
        text=True,
        timeout=60,
    )


def ok(shell: str, place: Path, tree: Path, *argv: str) -> str:
    done = run(shell, place, tree, *argv)
    assert done.returncode == 0, done
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("name", HOSTS)
def test_every_host_there_and_back(name: str, tmp_path: Path) -> None:
    tree = HOSTS[name].copy_to(tmp_path / "probe")
    if plan_of(tree, HOSTS[name].stack) is None:
        pytest.skip("xenbond refuses this host, so there is nothing to export")
    tree, place, plan = made(name, tmp_path)
    before, after = looks(tree), planned(tree, plan)
    assert place.stat().st_size <= LARGEST
    ok("dash" if "dash" in HERE else HERE[0], place, tree, "apply")
    assert looks(tree) == after
    ok(HERE[-1], place, tree, "undo")
    assert looks(tree) == before


@pytest.mark.parametrize("shell", HERE)
def test_each_shell_there_and_back(shell: str, tmp_path: Path) -> None:
    tree, place, plan = made("howto", tmp_path)
    before, after = looks(tree), planned(tree, plan)
    shown = run(shell, place, tree, "diff")
    assert (shown.returncode, shown.stderr) == (1, "")
    for change in plan.changed:
        assert f"+++ {change.path}" in shown.stdout
    assert "+MASTER=bond0" in shown.stdout
    assert "-GATEWAY=192.168.0.1" in shown.stdout
    assert looks(tree) == before
    ok(shell, place, tree, "apply")
    assert looks(tree) == after
    again = run(shell, place, tree, "apply")
    assert again.returncode == 2
    assert "applied and kept" in again.stderr
    assert "Kept: bond0" in ok(shell, place, tree, "status")
    assert ok(shell, place, tree, "undo").endswith("Every file is as it was.\n")
    assert looks(tree) == before
    assert "No change is applied" in ok(shell, place, tree, "status")


@pytest.mark.parametrize("shell", HERE)
def test_a_bond_in_plain_words(shell: str, tmp_path: Path) -> None:
    tree, place, _ = made("howto", tmp_path)
    proc = tree / "proc/net/bonding"
    proc.mkdir(parents=True)
    (proc / "bond0").write_text(
        "Ethernet Channel Bonding Driver: v3.4.0\n\n"
        "Bonding Mode: fault-tolerance (active-backup)\nPrimary Slave: None\n"
        "Currently Active Slave: eth1\nMII Status: up\nMII Polling Interval (ms): 100\n\n"
        "Slave Interface: eth0\nMII Status: down\nLink Failure Count: 2\n\n"
        "Slave Interface: eth1\nMII Status: up\nLink Failure Count: 0\n"
    )
    assert ok(shell, place, tree, "status").splitlines()[1:] == [
        "bond0 is up: fault-tolerance (active-backup)",
        "  eth0 is down",
        "    it has failed 2 times",
        "  eth1 is up, and carries the traffic",
        "  One of 2 slaves is up: the next cable that fails cuts the host off.",
    ]


ODD = bytes(range(256)) + b"-n\n%s\\101'\"$(x)`x`\r\n\n  \t\nno newline"


@pytest.mark.parametrize("shell", HERE)
def test_every_byte_is_printed(shell: str, tmp_path: Path) -> None:
    for number, data in enumerate((ODD, b"", b"\n", b"-", b"\0", b"-e x\n-- %\n", "é\n".encode())):
        place = tmp_path / f"{number}.sh"
        place.write_text(printing("new_1", data) + "\nnew_1\n")
        done = subprocess.run([*SHELLS[shell], str(place)], capture_output=True)
        assert done.stdout == data, (number, done)


@pytest.mark.parametrize("shell", HERE)
def test_every_word_is_one(shell: str) -> None:
    for word in ("a b", "it's", "$(reboot)", '"', "`x`", "*", "", "a\\", "-n"):
        command = [
            *SHELLS[shell],
            "-c",
            f"for word in {quoted(word)}; do printf '<%s>' \"$word\"; done",
        ]
        assert subprocess.run(command, capture_output=True, text=True).stdout == f"<{word}>"


@pytest.mark.parametrize("shell", HERE)
def test_a_tree_with_spaces_and_quotes_in_its_name(shell: str, tmp_path: Path) -> None:
    directory = tmp_path / "a 'b' $(c) \"d\""
    directory.mkdir()
    tree, place, plan = made("howto", directory)
    before, after = looks(tree), planned(tree, plan)
    ok(shell, place, tree, "apply")
    assert looks(tree) == after
    ok(shell, place, tree, "undo")
    assert looks(tree) == before


def test_files_with_odd_names_and_contents(tmp_path: Path) -> None:
    """Names that no stack writes today, but a path is what the plan says it is."""
    tree, place, plan = made("howto", tmp_path)
    odd = '/etc/it\'s a "$(name)" é/*'
    (tree / "etc/gone").write_bytes(ODD)
    (tree / "etc/mode").write_bytes(b"same")
    (tree / "etc/mode").chmod(0o644)
    changes = (
        FileChange(odd, None, ODD, 0o640),
        FileChange("/etc/gone", ODD, None, 0o644, 0o644),
        FileChange("/etc/mode", b"same", b"same", 0o600, 0o644),
    )
    plan = replace(plan, changes=changes)
    place.write_text(script(plan))
    before, after = looks(tree), planned(tree, plan)
    for shell in HERE:
        ok(shell, place, tree, "apply")
        assert looks(tree) == after
        ok(shell, place, tree, "undo")
        assert looks(tree) == before


def test_a_name_with_a_line_feed_is_refused(tmp_path: Path) -> None:
    plan = made("howto", tmp_path)[2]
    odd = FileChange("/etc/a\nb", None, b"x")
    changed = replace(plan, changes=(odd,))
    with pytest.raises(XenbondError, match=r"control character.*nothing was written"):
        script(changed)


def test_a_script_that_would_be_too_large_is_refused(tmp_path: Path) -> None:
    plan = made("howto", tmp_path)[2]
    large = FileChange("/etc/modprobe.conf", None, b"# x\n" * 20000)
    changed = replace(plan, changes=(large,))
    with pytest.raises(XenbondError, match=r"/etc/modprobe\.conf.*too large.*nothing was written"):
        script(changed)


@pytest.mark.parametrize("shell", HERE)
@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda it: it.write_text("other\n"), "has other contents"),
        (lambda it: it.unlink(), "is not there any more"),
        (lambda it: (it.rename(f"{it}.x"), it.symlink_to(f"{it}.x")), "is a symbolic link now"),
        (lambda it: (it.unlink(), it.mkdir()), "is no regular file"),
    ],
    ids=["changed", "gone", "a link", "a directory"],
)
def test_a_file_that_changed_since_is_named(
    shell: str, spoil: object, told: str, tmp_path: Path
) -> None:
    tree, place, _ = made("howto", tmp_path)
    spoil(tree / "etc/modprobe.conf")  # type: ignore[operator]
    before = looks(tree)
    for command in ("diff", "apply"):
        done = run(shell, place, tree, command)
        assert done.returncode == 2
        assert f"{tree}/etc/modprobe.conf {told}" in done.stderr
        assert "Every file was left untouched" in done.stderr
    assert looks(tree) == before


def test_a_file_that_is_only_read_and_changed_since_is_named_too(tmp_path: Path) -> None:
    tree, place, plan = made("howto", tmp_path)
    seen = [change for change in plan.changes if change.status == "unchanged"]
    assert seen, "the plan looks at a file that it leaves as it is"
    (tree / seen[0].path.lstrip("/")).write_text("NETWORKING=no\n")
    done = run(HERE[0], place, tree, "apply")
    assert done.returncode == 2
    assert seen[0].path in done.stderr


def test_a_new_file_that_is_there_is_named(tmp_path: Path) -> None:
    tree, place, _ = made("howto", tmp_path)
    bond = tree / "etc/sysconfig/network-scripts/ifcfg-bond0"
    bond.write_text("mine\n")
    done = run(HERE[0], place, tree, "apply")
    assert done.returncode == 2
    assert f"{bond} is there, and was not" in done.stderr
    assert bond.read_text() == "mine\n"


def test_a_file_that_changes_at_the_last_moment_is_left_alone(tmp_path: Path) -> None:
    tree, place, _ = made("howto", tmp_path)
    before = looks(tree)
    late = 'carry() {\n\techo mine >>"$ROOT/etc/modprobe.conf"\n'
    place.write_text(place.read_text().replace("carry() {\n", late, 1))
    done = run(HERE[0], place, tree, "apply")
    assert done.returncode == 2
    assert "etc/modprobe.conf has other contents" in done.stderr
    found = looks(tree)
    assert found.pop("etc/modprobe.conf")[1] == before.pop("etc/modprobe.conf")[1] + b"mine\n"  # type: ignore[operator]
    assert found == before


def test_a_directory_that_is_a_link_now_is_named(tmp_path: Path) -> None:
    tree, place, _ = made("howto", tmp_path)
    (tree / "etc/sysconfig").rename(tree / "etc/elsewhere")
    (tree / "etc/sysconfig").symlink_to("elsewhere")
    done = run(HERE[0], place, tree, "apply")
    assert done.returncode == 2
    assert "behind a symbolic link" in done.stderr


def test_an_undo_leaves_what_somebody_changed_since(tmp_path: Path) -> None:
    tree, place, _ = made("howto", tmp_path)
    ok(HERE[0], place, tree, "apply")
    (tree / "etc/modprobe.conf").write_text("mine\n")
    before = looks(tree)
    done = run(HERE[0], place, tree, "undo")
    assert done.returncode == 2
    assert "etc/modprobe.conf was changed by somebody since" in done.stderr
    assert looks(tree) == before


def test_another_scripts_change_is_not_touched(tmp_path: Path) -> None:
    tree, place, plan = made("howto", tmp_path)
    ok(HERE[0], place, tree, "apply")
    other = tmp_path / "other.sh"
    other.write_text(script(plan, ["another one"]))
    for command in ("apply", "undo", "confirm", "forget"):
        done = run(HERE[0], other, tree, command)
        assert done.returncode == 2, command
        assert "another script made" in done.stderr, command
    ok(HERE[0], place, tree, "forget")
    assert "no change to undo" in run(HERE[0], place, tree, "undo").stderr


def test_a_password_is_not_shown(tmp_path: Path) -> None:
    tree, place, plan = made("howto", tmp_path)
    secret = FileChange("/etc/sysconfig/network-scripts/keys-eth0", None, b"KEY=s3cr3t-word\n")
    assert secret.masked
    changed = replace(plan, changes=(secret,))
    place.write_text(script(changed))
    shown = run(HERE[0], place, tree, "diff").stdout
    assert "s3cr3t" not in shown
    assert "(masked)" in shown


def test_without_diff_old_and_new_are_printed(tmp_path: Path) -> None:
    tree, place, _ = made("howto", tmp_path)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("cat", "cut", "sha1sum", "tr", "id"):
        (programs / name).symlink_to(shutil.which(name) or "")
    text = place.read_text().replace("PATH=/usr/sbin:/usr/bin:/sbin:/bin", f"PATH={programs}")
    place.write_text(text)
    shown = run("dash", place, tree, "diff").stdout
    assert "--- /etc/modprobe.conf (now)\nalias eth0 3c59x\n" in shown
    assert "+++ /etc/modprobe.conf (planned)\n" in shown


def test_a_wrong_word_changes_nothing(tmp_path: Path) -> None:
    tree, place, _ = made("howto", tmp_path)
    before = looks(tree)
    assert run(HERE[0], place, tree).returncode == 64
    for seconds in ("", "29", "601", "x", "-5", "99999999999999999999"):
        done = run(HERE[0], place, tree, "apply", "--confirm-within", seconds)
        assert done.returncode == 2, seconds
        assert "30 to 600 seconds" in done.stderr, seconds
    assert looks(tree) == before
    assert not (tree / "var").exists()


def test_only_root_may_run_it_on_the_host(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("to become another user takes root")
    place = made("howto", tmp_path)[1]
    done = subprocess.run(
        ["dash", "-s", "apply"],
        stdin=place.open(),
        user=65534,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"]},
    )
    assert done.returncode == 2
    assert "only root may run it" in done.stderr


@pytest.mark.parametrize("name", ["howto", "netplan-split-files"])
def test_shellcheck_finds_nothing(name: str, tmp_path: Path) -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    place = made(name, tmp_path)[1]
    done = subprocess.run(["shellcheck", "-s", "sh", str(place)], capture_output=True, text=True)
    assert done.stdout == ""


@pytest.mark.parametrize("shell", HERE)
def test_a_second_run_is_refused_while_one_is_at_work(shell: str, tmp_path: Path) -> None:
    tree, place, _ = made("howto", tmp_path)
    slow = tmp_path / "slow.sh"
    slow.write_text(place.read_text().replace("put_new() {\n", "put_new() {\n\tread -r _\n", 1))
    first = subprocess.Popen(
        [*SHELLS[shell], str(slow), "apply"],
        env={"PATH": os.environ["PATH"], "ROOT": str(tree)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    lock = tree / "var/lib/xenbond-setup/state.writing"
    while not lock.exists():
        assert first.poll() is None
    second = run(shell, slow, tree, "apply")
    assert second.returncode == 2
    assert f"process {first.pid}" in second.stderr
    assert "nothing was done" in second.stderr
    first.communicate(b"\n" * 20, timeout=60)
    assert first.returncode == 0
