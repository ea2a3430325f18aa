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
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.lab import bundle, kernels, platforms, rootfs
from tests.lab.cache import LAB, lock, remove
from tests.lab.channel import Agent
from tests.lab.commands import Commands
from tests.lab.console import Console
from tests.lab.platforms import Platform
from tests.lab.stacks import LAB_STACKS

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
    missing: tuple[tuple[float, float], ...]
    """For each ping without an answer, when the ones before and after it were answered or told to
    be late."""

    @property
    def lost(self) -> int:
        return self.sent - self.received

    def __str__(self) -> str:
        gap = f"{self.longest_gap * 1000:.0f} ms"
        return f"{self.received} of {self.sent} pings answered, longest gap {gap}"


class Guest(Commands):
    """A booted guest; a context manager that ends it.

    The network: eth0 (00:50:da:7a:51:45, 192.168.0.222/24 by the stack under test) and eth1
    (00:14:22:36:f1:fa, free), plugged into a switch that answers as 192.168.0.1.
    """

    def __init__(
        self,
        init: str | None = None,
        files: Mapping[str, str] | None = None,
        memory: str = "1G",
        disk: Path | None = None,
        stack: str = "ifupdown",
        flavour: str | None = None,
        platform: Platform | None = None,
    ) -> None:
        """Boot.

        Args:
            init: "plain" or "systemd", as `LabStack.init` tells; with None the stack's own.
            files: path under / -> text, laid over what the installer left before anything runs.
            memory: what the guest may use; only what it does use is taken.
            disk: what it writes goes here, made by `make_disk`, and is found again at the next
                boot; with None it is gone with the guest.
            stack: the row of `LAB_STACKS` whose host it is.
            flavour: with packages of another of `rootfs.FLAVOURS` than the row's.
            platform: the release and the kernel it runs; with None the one in use.

        Raises:
            errors.NoLab: this machine can't.
            AssertionError: the guest did not come up.
        """
        self.row = LAB_STACKS[stack]
        self._init = init or self.row.init
        self._memory = memory
        self._disk = disk
        self.platform = platform or platforms.in_use()
        self._kernel = kernels.ready(self.platform.kernel)
        self._root = rootfs.ready(flavour or self.row.flavour, self.platform.release)
        self.share = new_share()
        shutil.copytree(Path(__file__).parent / "inside", self.share / "inside")
        (self.share / "files").mkdir()
        self.row.lay_out(self.share / "files", files)
        (self.share / "units").write_text("".join(f"{line}\n" for line in self.row.enable))
        bundle.install(self.share, self._root)
        self._boot()

    def _boot(self) -> None:
        """Switch on, and wait until the stack has brought its network up."""
        began = time.monotonic()
        self.console = Console()
        ours, theirs = socket.socketpair()
        os.set_inheritable(theirs.fileno(), True)
        line = theirs.fileno()
        self._process = subprocess.Popen(
            [
                *("taskset", "-c", _processor()),
                str(self._kernel.program),
                f"mem={self._memory}",
                *self._kernel.row.arguments,
                *(
                    "root=/dev/root",
                    "rootfstype=hostfs",
                    f"rootflags={self._root}",
                    "ro",
                    "init=/lab-init",
                ),
                *("con=null", "con0=fd:0,fd:1", "ssl=null", f"ssl0=fd:{line},fd:{line}"),
                *("quiet", "loglevel=3", "net.ifnames=0", "systemd.show_status=no"),
                f"lab.share={self._kernel.row.option(self.share)}",
                f"lab.modules={self._kernel.row.option(self._kernel.modules)}",
                f"lab.init={self._init}",
                *(() if self._disk is None else (f"ubd0={self._disk}",)),
            ],
            stdin=self.console.far_end.fileno(),
            stdout=self.console.far_end.fileno(),
            stderr=self.console.far_end.fileno(),
            pass_fds=[line],
            env={
                **os.environ,
                **self._kernel.environment(),
                "HOME": str(self.share),
                "TERM": "linux",
            },
            start_new_session=True,
        )
        self._on = True
        theirs.close()
        self.console.far_end.close()
        self._line = ours
        self.agent = Agent(ours)
        limit = time.monotonic() + 300
        while not self.agent.ready.wait(0.2):
            if self._process.poll() is not None or time.monotonic() > limit:
                said = self.console.everything.decode(errors="replace")[-3000:]
                self.stop()
                raise AssertionError(
                    f"the guest did not come up on {self.platform}; its console said:\n{said}"
                )
        try:
            self.wait_until(self.row.settled, timeout=180)
        except AssertionError as late:
            tells = self.run("sh", "-c", "ip addr; ip route; journalctl -b -p notice | tail -n40")
            self.stop()
            raise AssertionError(f"{self.row.name} did not settle: {late}\n{tells}") from None
        self.boot_seconds = time.monotonic() - began

    def __enter__(self) -> "Guest":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Cut the power, and forget everything but the disk."""
        self._cut()
        shutil.rmtree(self.share, ignore_errors=True)

    def reboot(self, *pulled: int) -> None:
        """Shut down in good order, and boot again from the disk, which the guest must have.

        Args:
            pulled: NICs whose cables are out meanwhile, and stay so.
        """
        assert self._disk is not None, "without a disk nothing would be left"
        for nic in (0, 1):
            (self.share / f"pulled-{nic}").unlink(missing_ok=True)
        for nic in pulled:
            (self.share / f"pulled-{nic}").touch()
        if self._init == "systemd":
            self.start("systemctl", "poweroff")
            self.agent.lost.wait(120)
        else:
            self.sh("sync")
        self._cut()
        self._boot()

    def _cut(self) -> None:
        if not self._on:
            return
        self._on = False
        # The group, for the kernel's helper processes outlive the first.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._line.close()
        self.console.close()

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
    def pinging(self, address: str = "192.168.0.222", source: str = "") -> Iterator[list[Pings]]:
        """Ping the host from the switch every 20 ms for as long as the block runs.

        Args:
            address: of the host.
            source: an address of the switch to ping from; with "" the kernel chooses.

        Yields:
            A list that holds one `Pings` when the block has ended.
        """
        result: list[Pings] = []
        # A SIGINT that comes before ping listens to it would kill it without a word.
        patient = ("sh", "-c", 'trap "" INT; exec "$@"', "sh", "ip", "netns", "exec", "switch")
        from_there = ("-I", source) if source else ()
        ping = ("ping", "-nODi", "0.02", *from_there, address)
        running = self.start(*patient, *ping)
        self.wait_until(f"pgrep -fx '{' '.join(ping)}' >/dev/null", every=0.02)
        try:
            yield result
        finally:
            until = time.monotonic() + 180
            while not running.over and time.monotonic() < until:
                running.signal(signal.SIGINT)
                running.over_within(1.0)
            result.append(read_pings(running.wait().out))


def _processor() -> str:
    """The one of this machine's processors that a guest of this process runs on.

    The guest's kernel and its processes only ever run in turns. Let loose on two processors that
    are idle otherwise, each turn is a wake-up of the other one, and all takes up to three times as
    long. Processes of pytest-xdist get one each; others the one with the fewest guests on it.
    """
    processors = sorted(os.sched_getaffinity(0))
    if worker := os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw"):
        return str(processors[int(worker) % len(processors)])
    taken = Counter(_pinned())
    return str(min(processors, key=lambda number: taken[number]))


def _pinned() -> Iterator[int]:
    """The processor of each process of a guest that runs on one alone."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cmdline").read_bytes().startswith(f"{LAB}/kernel-".encode()):
                processors = os.sched_getaffinity(int(process.name))
                if len(processors) == 1:
                    yield from processors
        except OSError:
            continue  # it has ended


def make_disk(path: Path) -> Path:
    """An empty ext4 file system that a guest can keep what it writes on; takes room as it fills."""
    with path.open("wb") as file:
        file.truncate(256 << 20)
    subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", path], check=True)
    return path


def new_share() -> Path:
    """A folder the guest sees as /lab; those of processes that are gone are removed."""
    run = LAB / "run"
    share = run / f"{os.getpid()}-{next(_numbers)}"
    with lock("run"):
        run.mkdir(exist_ok=True)
        for old in run.iterdir():
            if not Path(f"/proc/{old.name.partition('-')[0]}").exists():
                remove(old)
        share.mkdir()
    return share


def read_pings(text: str) -> Pings:
    """From what `ping -nOD` said; one that was on its way at the end is neither sent nor lost."""
    found = re.search(r"(\d+) packets transmitted, (\d+) received", text)
    assert found, f"ping said:\n{text[-500:]}"
    lines = re.findall(r"^\[(\d+\.\d+)\] (\d+ bytes|no answer).* icmp_seq=(\d+)", text, re.M)
    # The last line counts even when it says "no answer yet": silence at the end is a gap too.
    answers = tuple(float(at) for at, told, _ in lines if told != "no answer")
    times = (*answers, float(lines[-1][0])) if lines else ()
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    answered = {int(number) for _, told, number in lines if told != "no answer"}
    missing = []
    for n, (at, _, number) in enumerate(lines):
        if int(number) not in answered:
            missing.append((float(lines[max(n - 1, 0)][0]), float(at)))
    sent, received = int(found[1]), int(found[2])
    if lines and received < sent and int(lines[-1][2]) < sent:
        # Of the last one nothing is told: it was on its way when the ping was ended.
        sent -= 1
    return Pings(sent, received, max(gaps, default=float("inf")), answers, tuple(missing))
