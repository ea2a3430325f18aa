"""One guest: a Linux kernel as a process, with two NICs on a switch whose cables can be pulled."""

import contextlib
import itertools
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.lab import bundle, rootfs
from tests.lab.channel import Agent, Done, Running
from tests.lab.console import Console

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Pings:
    """What a ping from the switch saw."""

    sent: int
    received: int
    longest_gap: float
    """Seconds between two answers; the guest's clock ticks every 10 ms, so 20 ms may be 30."""
    answers: tuple[float, ...]
    """When each came: the guest's wall clock, seconds since the epoch."""

    @property
    def lost(self) -> int:
        return self.sent - self.received

    def __str__(self) -> str:
        gap = f"{self.longest_gap * 1000:.0f} ms"
        return f"{self.received} of {self.sent} pings answered, longest gap {gap}"


class Guest:
    """A booted guest; a context manager that ends it.

    The network: eth0 (00:50:da:7a:51:45, 192.168.0.222/24 by ifupdown) and eth1
    (00:14:22:36:f1:fa, free and down), plugged into a switch that answers as 192.168.0.1.
    """

    def __init__(
        self,
        init: str = "plain",
        files: Mapping[str, str] | None = None,
        memory: str = "1G",
        disk: Path | None = None,
    ) -> None:
        """Boot.

        Args:
            init: "plain" (a shell as PID 1, which runs SysV scripts; 3 s) or "systemd" (10 s or
                more).
            files: path under / -> text, laid over what the installer left before anything runs.
            memory: what the guest may use; only what it does use is taken.
            disk: what it writes goes here, made by `make_disk`, and is found again at the next
                boot; with None it is gone with the guest.

        Raises:
            rootfs.NoLab: this machine can't.
            AssertionError: the guest did not come up.
        """
        began = time.monotonic()
        root = rootfs.ready()
        self.share = _new_share()
        shutil.copytree(Path(__file__).parent / "inside", self.share / "inside")
        for path, text in (files or {}).items():
            laid = self.share / "files" / path.lstrip("/")
            laid.parent.mkdir(parents=True, exist_ok=True)
            laid.write_text(text)
        (self.share / "files").mkdir(exist_ok=True)
        bundle.install(self.share, root)
        self.console = Console()
        ours, theirs = socket.socketpair()
        os.set_inheritable(theirs.fileno(), True)
        line = theirs.fileno()
        self._process = subprocess.Popen(
            [
                rootfs.KERNEL,
                f"mem={memory}",
                *(
                    "root=/dev/root",
                    "rootfstype=hostfs",
                    f"rootflags={root}",
                    "ro",
                    "init=/lab-init",
                ),
                *("con=null", "con0=fd:0,fd:1", "ssl=null", f"ssl0=fd:{line},fd:{line}"),
                *("quiet", "loglevel=3", "net.ifnames=0", "systemd.show_status=no"),
                *(f"lab.share={self.share}", f"lab.init={init}"),
                *(() if disk is None else (f"ubd0={disk}",)),
            ],
            stdin=self.console.far_end.fileno(),
            stdout=self.console.far_end.fileno(),
            stderr=self.console.far_end.fileno(),
            pass_fds=[line],
            env={**os.environ, "HOME": str(self.share), "TERM": "linux"},
            start_new_session=True,
        )
        theirs.close()
        self.console.far_end.close()
        self._line = ours
        self.agent = Agent(ours)
        limit = time.monotonic() + 120
        while not self.agent.ready.wait(0.2):
            if self._process.poll() is not None or time.monotonic() > limit:
                said = self.console.everything.decode(errors="replace")[-3000:]
                self.stop()
                raise AssertionError(f"the guest did not come up; its console said:\n{said}")
        self.boot_seconds = time.monotonic() - began

    def __enter__(self) -> "Guest":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Cut the power: kill the group, for the kernel's helper processes outlive the first."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._line.close()
        self.console.close()
        shutil.rmtree(self.share, ignore_errors=True)

    # Commands

    def start(
        self,
        *argv: str,
        stdin: str = "",
        env: Mapping[str, str] | None = None,
        terminal: str | None = None,
    ) -> Running:
        """Start a command, as root, with no terminal unless one is given."""
        return self.agent.start(argv, stdin=stdin, env=env, terminal=terminal)

    def run(
        self,
        *argv: str,
        stdin: str = "",
        env: Mapping[str, str] | None = None,
        timeout: float = 60.0,
    ) -> Done:
        """Run a command to its end."""
        return self.start(*argv, stdin=stdin, env=env).wait(timeout)

    def sh(self, script: str, timeout: float = 60.0) -> str:
        """Output of a shell script that must succeed."""
        return self.run("sh", "-ec", script, timeout=timeout).ok()

    def xenbond(self, *argv: str, timeout: float = 60.0, stdin: str = "") -> Done:
        """Run xenbond to its end, and print what it said."""
        done = self.run("xenbond", *argv, timeout=timeout, stdin=stdin)
        print(done)
        return done

    def on_console(
        self, *argv: str, term: str = "linux", env: Mapping[str, str] | None = None
    ) -> Running:
        """Start a program on the console, as a login on a serial line would."""
        self.console.clear()
        self.sh("stty sane </dev/tty0")
        return self.start(*argv, env={"TERM": term, **(env or {})}, terminal="/dev/tty0")

    def read(self, path: str) -> str:
        """A file of the guest."""
        return self.run("cat", path).ok()

    def write(self, path: str, text: str) -> None:
        """Write a file in the guest."""
        self.run("tee", path, stdin=text).ok()

    def wait_until(self, script: str, timeout: float = 20.0, every: float = 0.2) -> float:
        """Wait until a shell condition holds in the guest; looks there every so many seconds.

        Looking costs the guest's one processor some 30 ms, which what is waited for then lacks.

        Returns:
            Seconds waited, by this machine's clock.
        """
        began = time.monotonic()
        loop = f"until {{ {script}; }}; do sleep {every}; done"
        done = self.run("timeout", str(timeout), "sh", "-c", loop, timeout=timeout + 30)
        assert done.rc == 0, f"not so in {timeout} s: {script}\n{done}"
        return time.monotonic() - began

    # Cables

    def pull(self, nic: int) -> float:
        """Pull the cable of eth0 or eth1; returns when, by this machine's monotonic clock.

        The time is taken before the command is sent: what is measured from it includes some 10 ms
        of the command's own.
        """
        at = time.monotonic()
        self.run("ip", "-n", "switch", "link", "set", f"p{nic}", "down").ok()
        return at

    def plug(self, nic: int) -> float:
        """Put it back."""
        at = time.monotonic()
        self.run("ip", "-n", "switch", "link", "set", f"p{nic}", "up").ok()
        return at

    @contextlib.contextmanager
    def pinging(self, address: str = "192.168.0.222") -> Iterator[list[Pings]]:
        """Ping the host from the switch every 20 ms for as long as the block runs.

        Yields:
            A list that holds one `Pings` when the block has ended.
        """
        result: list[Pings] = []
        running = self.start("ip", "netns", "exec", "switch", "ping", "-nODi", "0.02", address)
        try:
            yield result
        finally:
            running.signal(signal.SIGINT)
            result.append(_read_pings(running.wait().out))


def make_disk(path: Path) -> Path:
    """An empty ext4 file system that a guest can keep what it writes on; takes room as it fills."""
    with path.open("wb") as file:
        file.truncate(256 << 20)
    subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", path], check=True)
    return path


def _new_share() -> Path:
    """A folder the guest sees as /lab; those of processes that are gone are removed."""
    run = rootfs.LAB / "run"
    share = run / f"{os.getpid()}-{next(_numbers)}"
    with rootfs.lock("run"):
        run.mkdir(exist_ok=True)
        for old in run.iterdir():
            if not Path(f"/proc/{old.name.partition('-')[0]}").exists():
                rootfs.remove(old)
        share.mkdir()
    return share


def _read_pings(text: str) -> Pings:
    found = re.search(r"(\d+) packets transmitted, (\d+) received", text)
    assert found, f"ping said:\n{text[-500:]}"
    lines = re.findall(r"^\[(\d+\.\d+)\] (\d+ bytes)?", text, re.M)
    # The last line counts even when it says "no answer yet": silence at the end is a gap too.
    answers = tuple(float(at) for at, answered in lines if answered)
    times = (*answers, float(lines[-1][0])) if lines else ()
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    return Pings(int(found[1]), int(found[2]), max(gaps, default=float("inf")), answers)
