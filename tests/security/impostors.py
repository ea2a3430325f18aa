"""Processes that would pass for root's DHCP client. They run in a private host, and block there.

Each is a copy of dash with any name and place: it takes `-v`, and for the link's name a
script of that name, which waits until its input ends.
"""

import ctypes
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65534
WORDS = ("-v", "eth0")
TRUSTED = "/mnt/sbin/dhclient"
NEWNS, NEWUSER, NEWPID, NEWNET = 0x00020000, 0x10000000, 0x20000000, 0x40000000
"""Flags of unshare(2)."""
_SCRIPTS = "/mnt/scripts"


def prepare() -> None:
    """A place of root's for programs, and two links."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/mnt"], check=True)
    pair = ("eth0", "type", "veth", "peer", "name", "eth1")
    subprocess.run(["ip", "link", "add", *pair], check=True)
    os.mkdir(_SCRIPTS)
    with open(f"{_SCRIPTS}/eth0", "w") as stream:
        stream.write("read line\n")
    program(TRUSTED)


def program(path: str, *, owner: int = 0, mode: int = 0o755, folder: int = 0o755) -> str:
    """A program at that path, in a directory with those permissions."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    shutil.copy(shutil.which("dash") or "/bin/sh", path)
    os.chown(path, owner, owner)
    os.chmod(path, mode)
    os.chmod(os.path.dirname(path), folder)
    return path


@contextmanager
def running(
    path: str = TRUSTED,
    first: str = "",
    words: Sequence[str] = WORDS,
    before: Callable[[], object] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """A process of that program, called `first`, that does `before` in its own name first."""
    process = subprocess.Popen(
        [first or path, *words],
        executable=path,
        cwd=_SCRIPTS,
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        preexec_fn=before,
    )
    try:
        # Popen returns when the old program's files are closed; the new one's words come after.
        until = time.monotonic() + 120
        words_of = Path(f"/proc/{process.pid}/cmdline")
        while not words_of.read_bytes() and time.monotonic() < until:
            time.sleep(0.001)
        yield process
        assert process.poll() is None, "it ended before it was looked for"
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(120)


def as_nobody() -> None:
    """Give up root for good."""
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


def apart(flag: int) -> Callable[[], None]:
    """In a namespace of its own."""

    def leave() -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(flag) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        if flag == NEWPID and (child := os.fork()):
            # Only children are in it. Who waits for us must not wait for the pipe that is still
            # open here.
            os.closerange(0, 1024)
            os.waitpid(child, 0)
            os._exit(0)

    return leave


def in_a_jail() -> None:
    """In a root directory of its own, where all of the host is."""
    os.makedirs("/mnt/jail", exist_ok=True)
    subprocess.run(["mount", "--rbind", "/", "/mnt/jail"], check=True)
    os.chroot("/mnt/jail")
    os.chdir(_SCRIPTS)
