"""The command line completed by the real shells: words from the parsers, names from the host."""

import os
import pty
import select
import shutil
import subprocess
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from xenbond_tui.cli import run
from xenbond_tui.commands import COMMANDS
from xenbond_tui.commands.completion import SHELLS
from xenbond_tui.stacks import STACKS

BASH = """
. "$1"
COMP_LINE=$2 COMP_WORDS=($2)
case $2 in *' ') COMP_WORDS+=('') ;; esac
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
eval "$(complete -p xenbond | sed 's/.*-F \\([^ ]*\\) .*/function asked { \\1 "$@"; }/')"
asked xenbond "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""
HOST = """
mount -t tmpfs tmpfs /sys/class/net
mkdir -p /sys/class/net/eth0/device '/sys/class/net/$(x)/device' /sys/class/net/lo
echo 'bond0 bond1 $(x)' >/sys/class/net/bonding_masters
mkdir -p /var/lib && mount -t tmpfs tmpfs /var/lib
mkdir -p /var/lib/xenbond/transactions/20261129-100000-1
"""


@pytest.fixture
def complete(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., list[str]]:
    """What a shell offers for a line, on a host with bonds, NICs and a change where asked."""
    for shell in SHELLS:
        assert run(["completion", shell]) == 0
        (tmp_path / shell).write_text(capsys.readouterr().out)
    (tmp_path / "answers.yaml").write_text("")

    def offered(shell: str, line: str, host: str = "") -> list[str]:
        if shutil.which(shell) is None:
            pytest.skip(f"{shell} is not installed")
        argv = ["bash", "--norc", "-c", BASH, "sh", str(tmp_path / "bash"), line]
        if shell == "fish":
            text = "source $argv[1]; complete -C $argv[2]"
            argv = ["fish", "--no-config", "-c", text, str(tmp_path / "fish"), line]
        elif shell == "zsh":
            return by_zsh(tmp_path, line, host)
        done = subprocess.run(
            on(host, argv),
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=300,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TERM": "dumb"},
        )
        assert done.stderr == "", done
        return [word.split("\t")[0] for word in done.stdout.split("\n") if word]

    return offered


@cache
def own_mounts() -> bool:
    """May this process mount where nobody else sees it?"""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        return False
    probe = ["unshare", "-m", "--propagation", "private", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(probe, check=False, capture_output=True).returncode == 0


def on(host: str, argv: list[str]) -> list[str]:
    """The same where these mounts are, and nowhere else."""
    if not host:
        return argv
    if not own_mounts():
        pytest.skip("another host's names take a private mount namespace")
    text = f'{host}exec "$@"'
    return ["unshare", "-m", "--propagation", "private", "sh", "-euc", text, "sh", *argv]


def by_zsh(directory: Path, line: str, host: str) -> list[str]:
    """zsh completes only on a terminal: the candidates are printed by a wrapper of compadd."""
    (directory / ".zshrc").write_text(
        "autoload -Uz compinit; compinit -D; PROMPT='ready> '\n"
        f". {directory}/zsh\n"
        'compadd() { builtin compadd -O found "$@"; print -rl -- $found >>$HOME/found\n'
        '    builtin compadd "$@"; }\n'
        "_main_end() { print over >$HOME/over; }\n"
        "comppostfuncs+=(_main_end)\n"
    )
    (directory / "found").write_text("")
    (directory / "over").unlink(missing_ok=True)
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(directory)
        env = {"PATH": os.environ["PATH"], "HOME": str(directory), "TERM": "dumb"}
        argv = on(host, ["zsh", "-i"])
        os.execvpe(argv[0], argv, env)  # noqa: S606
    try:
        read_until(terminal, lambda text: "ready> " in text)
        os.write(terminal, f"{line}\t".encode())
        read_until(terminal, lambda _: (directory / "over").exists())
    finally:
        os.close(terminal)
        os.waitpid(process, 0)
    # Once for each matcher that is tried.
    return list(dict.fromkeys(filter(None, (directory / "found").read_text().split("\n"))))


def read_until(terminal: int, met: Callable[[str], bool]) -> None:
    text, deadline = "", time.monotonic() + 120
    while not met(text):
        assert time.monotonic() < deadline, text
        if select.select([terminal], [], [], 0.05)[0]:
            text += os.read(terminal, 4096).decode("utf-8", "replace")


Complete = Callable[..., list[str]]


@pytest.mark.parametrize("shell", SHELLS)
def test_words_of_the_parsers(shell: str, complete: Complete) -> None:
    assert set(complete(shell, "xenbond ")) == set(COMMANDS)
    assert complete(shell, "xenbond expo") == ["export"]
    assert {"--answers", "--json", "--root"} <= set(complete(shell, "xenbond plan --"))
    assert complete(shell, "xenbond plan --st") == ["--stack"]
    assert set(complete(shell, "xenbond plan --stack ")) == {stack.name for stack in STACKS}
    assert set(complete(shell, "xenbond drill --how ")) == {"pull", "switch", "link-down"}
    assert complete(shell, "xenbond demo --host rhel") == ["rhel5-dom0"]
    assert set(complete(shell, "xenbond completion ")) == set(SHELLS)


@pytest.mark.parametrize("shell", SHELLS)
def test_names_of_files(shell: str, complete: Complete) -> None:
    assert complete(shell, "xenbond plan --answers answ") == ["answers.yaml"]


@pytest.mark.parametrize("shell", SHELLS)
def test_names_of_the_host_are_offered_and_never_run(shell: str, complete: Complete) -> None:
    quoted = r"\$\(x\)" if shell == "bash" else "$(x)"
    assert set(complete(shell, "xenbond status ", HOST)) == {"bond0", "bond1", quoted}
    assert set(complete(shell, "xenbond remove --to ", HOST)) == {"eth0", quoted}
    assert complete(shell, "xenbond undo 2026", HOST) == ["20261129-100000-1"]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_host_without_any_is_no_error(shell: str, complete: Complete) -> None:
    assert complete(shell, "xenbond status ", "mount -t tmpfs tmpfs /sys/class/net\n") == []
