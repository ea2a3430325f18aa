"""One machine of QEMU's: two NICs with permanent MACs, plugged into a switch that learns."""

import json
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from tests.lab import bundle
from tests.lab.channel import Agent
from tests.lab.commands import Commands
from tests.lab.console import Console
from tests.lab.guest import new_share
from tests.lab.qemu import image
from tests.lab.qemu.switch import Switch

MACS = ("52:54:00:aa:00:01", "52:54:00:aa:00:02")
PORTS = ("port1", "port2")
"""Where they are plugged in."""
NICS = tuple(zip(PORTS, MACS, strict=True))
_COMMAND_LINE = " ".join(
    (
        *("console=ttyS0", "quiet", "net.ifnames=0", "mitigations=off"),
        # On a machine with a lot to do the timer is so late that the kernel takes it for broken.
        "no_timer_check",
        # QEMU ends then.
        "panic=-1",
    )
)
_WIRE = 0.02
"""Seconds from one look to the next whether a frame of the switch's is in the cable still."""
_PATIENCE = 30.0
"""Seconds until it has taken all of them."""


class Machine(Commands):
    """A booted machine; a context manager that ends it. No network of the host is touched.

    eth0 and eth1 are there and down, and nothing configures them.
    """

    terminal = "/dev/ttyS0"
    memory = 768
    """MiB."""
    patience = 180.0
    """Seconds until it is up; it takes 10 on a machine that has nothing else to do."""
    nic = "virtio-net-pci"
    """QEMU's name of the kind that eth0 and eth1 are."""

    def __init__(self) -> None:
        """Boot.

        Raises:
            errors.NoLab: this machine can't.
            AssertionError: it did not come up.
        """
        self.share = new_share()
        inside = Path(__file__).parent / "inside"
        shutil.copytree(inside.parents[1] / "inside", self.share / "root/inside")
        shutil.copytree(inside, self.share / "root/inside/qemu")
        root, words = self.prepare()
        bundle.install(self.share / "root", root)
        image.disk_of(self.share / "root", self.share / "lab.img")
        self._hardware = (*words, *disk_of(self.share / "lab.img"))
        self.switch = Switch(self.ports())
        self.console = Console()
        self._on = False
        self.boot()

    def ports(self) -> tuple[str, ...]:
        """Of the switch, those of eth0 and eth1 first."""
        return PORTS

    def prepare(self) -> tuple[Path, tuple[str, ...]]:
        """What its root was made of, and QEMU's words for what it boots, the root's disk last."""
        made = image.ready()
        words = ("-kernel", str(made.kernel), "-initrd", str(made.initrd), "-append", _COMMAND_LINE)
        return made.root, (*words, *disk_of(made.disk))

    def boot(self) -> None:
        """Switch on, and wait until it takes commands."""
        self._ends = [socket.socketpair() for _ in ("agent", "monitor")]
        began = time.monotonic()
        self._process = self._start()
        self._on = True
        (self._line, _), (self._monitor, _) = self._ends
        self.agent = Agent(self._line)
        self.agent.stalled = self.console.stalled = self.stalled
        self._answers = self._monitor.makefile()
        self._order("qmp_capabilities")
        limit = self.limit(self.patience)
        while not self.agent.ready.wait(0.1):
            if self._process.poll() is not None or limit.over:
                said = self.console.everything.decode(errors="replace")[-3000:]
                errors = (self.share / "errors").read_text()
                self.stop()
                raise AssertionError(f"the machine did not come up: {errors}\n{said}")
        self.boot_seconds = time.monotonic() - began

    def stalled(self) -> float:
        """Seconds for which its processor has waited for one of this machine's (schedstats.rst)."""
        tasks = Path(f"/proc/{self._process.pid}/task").glob("*/schedstat")
        with suppress(OSError):
            return max((int(task.read_text().split()[1]) for task in tasks), default=0) / 1e9
        return 0.0

    def _start(self) -> "subprocess.Popen[bytes]":
        agent, monitor = (theirs.fileno() for _, theirs in self._ends)
        console = self.console.far_end.fileno()
        nics: list[str] = []
        for name, mac in NICS:
            nics += [*self.cable(name), "-device", f"{self.nic},netdev={name},mac={mac}"]
        ends = [agent, monitor, console, *(end.fileno() for end in self.switch.ends.values())]
        with (self.share / "errors").open("w") as errors:
            return subprocess.Popen(
                [
                    image.QEMU,
                    *("-M", "pc", "-accel", "tcg,thread=multi", "-cpu", "qemu64"),
                    *("-m", str(self.memory), "-nodefaults", "-display", "none", "-no-reboot"),
                    *("-chardev", f"socket,id=agent,fd={agent}", "-device", "virtio-serial-pci"),
                    *("-device", "virtserialport,chardev=agent,name=lab"),
                    *("-chardev", f"socket,id=monitor,fd={monitor}"),
                    *("-mon", "chardev=monitor,mode=control"),
                    *("-chardev", f"socket,id=console,fd={console}", "-serial", "chardev:console"),
                    *(*self._hardware, *nics, *self.more_hardware()),
                ],
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                pass_fds=ends,
            )

    def more_hardware(self) -> tuple[str, ...]:
        """QEMU's words for what else there is."""
        return ()

    def cable(self, port: str) -> tuple[str, ...]:
        """QEMU's words for a cable's end, named as the port of the switch is."""
        end = self.switch.ends[port].fileno()
        return ("-netdev", f"dgram,id={port},local.type=fd,local.str={end}")

    def __enter__(self) -> "Machine":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Cut the power, and forget everything."""
        self.cut()
        self.console.close()
        self.switch.stop()
        shutil.rmtree(self.share, ignore_errors=True)

    def cut(self) -> None:
        """Cut the power."""
        if not self._on:
            return
        self._on = False
        self._process.kill()
        self._process.wait()
        self._answers.close()
        for ends in self._ends:
            for end in ends:
                end.close()

    def _order(self, command: str, **arguments: object) -> None:
        """One command of QEMU's machine protocol, which must succeed."""
        self._monitor.sendall(json.dumps({"execute": command, "arguments": arguments}).encode())
        for line in self._answers:
            answer = json.loads(line)
            if "return" in answer:
                return
            assert "error" not in answer, answer
        raise AssertionError(f"{command}: QEMU is gone")

    # Cables

    def pull(self, *nics: int) -> float:
        """Pull cables, of eth0, eth1; returns when, by this machine's monotonic clock."""
        at = time.monotonic()
        for nic in nics:
            port = self.ports()[nic]
            self.switch.unplug(port)
            limit = time.monotonic() + _PATIENCE
            while self.switch.in_the_cable(port):
                assert time.monotonic() < limit, f"eth{nic} does not take its frames"
                time.sleep(_WIRE)
            self._order("set_link", name=port, up=False)
        return at

    def plug(self, *nics: int) -> float:
        """Put them back."""
        at = time.monotonic()
        for nic in nics:
            self.switch.plug(self.ports()[nic])
            self._order("set_link", name=self.ports()[nic], up=True)
        return at


def disk_of(file: Path, *, keeps: bool = False) -> tuple[str, ...]:
    """QEMU's words for a disk; what is written to it is thrown away, unless it keeps that."""
    kept = "cache=unsafe" if keeps else "snapshot=on"
    return ("-drive", f"file={file},format=raw,if=virtio,{kept}")
