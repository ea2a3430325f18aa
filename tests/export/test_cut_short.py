"""The script killed at every command it carries out, and where a disk is full or can't be written.

The next run, or the boot, leaves the old tree or the new one, never a mix and nothing beside it.
"""

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.export.hosts import looks, made, planned
from xenbond_tui.export.script import script
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.plan.plan import Plan

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(shutil.which("bash") is None, reason="bash counts the commands"),
]

KILLER = """\
set -T
killer=0
pure='^([a-z_]+=|\\[ |case |return|continue|echo|: |"\\$1"|(about|each|file|found|digest|alive) )'
trap '[[ $BASH_COMMAND =~ $pure ]] || [ $((killer += 1)) -ne "$KILL_AT" ] || kill -9 $$' DEBUG
"""
"""Sourced by bash before the script: kills it just before its command number KILL_AT.

Not counted is what leaves the disk as it is: killed before that is as good as killed before the
next one. What a function does is counted in it.
"""


def killed(killer: Path, place: Path, tree: Path, command: str, at: int) -> bool:
    """Run a command of the script until that point; False where it ended before."""
    done = subprocess.run(
        ["bash", str(place), command],
        env={
            "PATH": os.environ["PATH"],
            "ROOT": str(tree),
            "BASH_ENV": str(killer),
            "KILL_AT": str(at),
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    if done.returncode == -9:
        return True
    assert done.returncode == 0, done
    return False


def boot(place: Path, tree: Path) -> None:
    done = subprocess.run(
        ["sh", str(place), "boot"],
        env={"PATH": os.environ["PATH"], "ROOT": str(tree)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, ""), done


def sh(place: Path, tree: Path, command: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "ROOT": str(tree)}
    return subprocess.run(
        ["sh", str(place), command], env=env, capture_output=True, text=True, timeout=60
    )


def one_of_each(directory: Path) -> tuple[Path, Path, Plan]:
    """A plan with a file of each kind: changed, new in a new directory, and removed."""
    tree, place, plan = made("howto", directory)
    (tree / "etc/gone").write_text("gone\n")
    (tree / "etc/gone").chmod(0o600)
    eth0 = next(change for change in plan.changed if change.path.endswith("ifcfg-eth0"))
    changes = (
        eth0,
        FileChange("/etc/new/dir/file", None, b"new\n", 0o640),
        FileChange("/etc/gone", b"gone\n", None, 0o600, 0o600),
    )
    plan = replace(plan, changes=changes)
    place.write_text(script(plan))
    return tree, place, plan


# A third each, side by side.
@pytest.mark.parametrize("part", range(3))
@pytest.mark.parametrize("command", ["apply", "undo"])
def test_killed_at_every_command(command: str, part: int, tmp_path: Path) -> None:
    tree, place, plan = one_of_each(tmp_path)
    killer = tmp_path / "killer"
    killer.write_text(KILLER)
    before, after = looks(tree), planned(tree, plan)
    wanted = 0
    for at in range(part + 1, 1_000_000, 3):
        if command == "undo":
            assert sh(place, tree, "apply").returncode == 0
        if not killed(killer, place, tree, command, at):
            break
        boot(place, tree)
        found = looks(tree)
        assert found in (before, after), f"a mix after command {at}"
        wanted += found == (after if command == "apply" else before)
        notes = tree / "var/lib/xenbond-setup"
        assert not list(notes.glob("lock*")), f"a lock is left after command {at}"
        # Whichever it is, what is asked next works.
        if found == after:
            assert sh(place, tree, "undo").returncode == 0, at
        assert looks(tree) == before
        shutil.rmtree(tree / "var", ignore_errors=True)
    else:
        pytest.fail("it never ends")
    assert at > 50
    assert wanted > 0, "some were killed when all was done"


def in_own_mounts(script: str, *argv: str) -> subprocess.CompletedProcess[str]:
    """Run a shell text where it may mount; what it mounts is gone with it."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("a mount namespace of one's own takes root and unshare")
    return subprocess.run(
        ["unshare", "-m", "--propagation", "private", "sh", "-euc", script, "sh", *argv],
        capture_output=True,
        text=True,
        timeout=300,
    )


FULL = """
tree=$1 place=$2 bytes=$3 copy=$4
mkdir "$copy"
mount -t tmpfs -o size="$bytes" tmpfs "$copy"
cp -a "$tree/etc" "$copy/etc"
code=0
ROOT=$copy sh "$place" apply || code=$?
ROOT=$copy sh "$place" boot || :
[ "$code" = 0 ] || diff -r "$tree/etc" "$copy/etc"
find "$copy" -name '.xenbond*'
umount "$copy"
echo "apply: $code"
"""


def test_a_full_disk_ends_with_the_old_files(tmp_path: Path) -> None:
    """A disk of each size from too small to large enough, in steps of a page."""
    tree, place, _ = made("howto", tmp_path)
    used = sum(-(-path.stat().st_size // 4096) + 1 for path in tree.rglob("*") if path.is_file())
    codes = []
    for pages in range(used, used + 120, 2):
        copy = tmp_path / f"copy{pages}"
        done = in_own_mounts(FULL, str(tree), str(place), str(pages * 4096), str(copy))
        if "No space left" in done.stderr and "apply:" not in done.stdout:
            continue
        assert done.returncode == 0, done
        *rest, told = done.stdout.splitlines()
        assert not [line for line in rest if ".xenbond" in line or line.startswith("diff")], done
        codes.append(told)
        if told == "apply: 2":
            assert "setup.sh: " in done.stderr
            assert "as it was" in done.stdout + done.stderr or "Nothing was done" in done.stderr
        elif len(codes) > 3 and codes[-3:] == ["apply: 0"] * 3:
            break
    assert {"apply: 2", "apply: 0"} == set(codes)


def test_a_full_disk_does_not_stop_what_brings_the_old_files_back(tmp_path: Path) -> None:
    tree, place, _ = made("howto", tmp_path)
    fill = "[ $i != 4 ] || { dd if=/dev/zero of=$ROOT/full 2>/dev/null; kill -9 $$; }"
    filling = place.read_text().replace("put_new() {\n", f"put_new() {{\n\t{fill}\n", 1)
    (tmp_path / "killed.sh").write_text(filling)
    text = f"""
copy={tmp_path}/copy; mkdir $copy
mount -t tmpfs -o size=1m tmpfs $copy
cp -a {tree}/etc $copy/etc
code=0
ROOT=$copy sh {tmp_path}/killed.sh apply || code=$?
echo "killed: $code"
! diff -r {tree}/etc $copy/etc >/dev/null || echo 'nothing was written'
ROOT=$copy sh {place} boot || echo "boot: $?"
find $copy/var/lib/xenbond-setup
diff -r {tree}/etc $copy/etc
"""
    done = in_own_mounts(text)
    assert "killed: 137" in done.stdout, done
    assert "nothing was written" not in done.stdout
    assert done.returncode == 0, done


def test_a_read_only_tmp_does_not_matter(tmp_path: Path) -> None:
    tree, place, _ = made("howto", tmp_path)
    text = f"""
mkdir {tmp_path}/tmp
mount --bind {tmp_path} /mnt
mount -t tmpfs -o ro tmpfs /tmp
for shell in dash 'bash --posix' 'busybox ash'; do
	command -v ${{shell%% *}} >/dev/null || continue
	ROOT=/mnt/{tree.name} $shell /mnt/{place.name} apply
	ROOT=/mnt/{tree.name} $shell /mnt/{place.name} undo
done
"""
    done = in_own_mounts(text)
    assert (done.returncode, done.stderr) == (0, "")
