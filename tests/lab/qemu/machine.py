"""One machine of QEMU's: two NICs with permanent MACs, plugged into a switch that learns."""

import json
import shutil
import socket
import subprocess
import time
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
_BOOT = 180.0
"""Seconds; it takes 10 on a machine that has nothing else to do."""


class Machine(Commands):
    """A booted machine; a context manager that ends it. No network of the host is touched.

    eth0 and eth1 are there and down, and nothing configures them.
    """

    terminal = "/dev/ttyS0"

    def __init__(self) -> None:
        """Boot.

        Raises:
            errors.NoLab: this machine can't.
            AssertionError: it did not come up.
        """
        made = image.ready()
        self._share = new_share()
        inside = Path(__file__).parent / "inside"
        shutil.copytree(inside.parents[1] / "inside", self._share / "root/inside")
        shutil.copytree(inside, self._share / "root/inside/qemu")
        bundle.install(self._share / "root", made.root)
        image.disk_of(self._share / "root", self._share / "lab.img")
        self.switch = Switch(PORTS)
        self.console = Console()
        self._ends = [socket.socketpair() for _ in ("agent", "monitor")]
        began = time.monotonic()
        self._process = self._start(made)
        (self._line, _), (self._monitor, _) = self._ends
        self.agent = Agent(self._line)
        self._answers = self._monitor.makefile()
        self._order("qmp_capabilities")
        limit = began + _BOOT
        while not self.agent.ready.wait(0.1):
            if self._process.poll() is not None or time.monotonic() > limit:
                said = self.console.everything.decode(errors="replace")[-3000:]
                errors = (self._share / "errors").read_text()
                self.stop()
                raise AssertionError(f"the machine did not come up: {errors}\n{said}")
        self.boot_seconds = time.monotonic() - began

    def _start(self, made: image.Image) -> "subprocess.Popen[bytes]":
        agent, monitor = (theirs.fileno() for _, theirs in self._ends)
        console = self.console.far_end.fileno()
        nics: list[str] = []
        for (name, end), mac in zip(self.switch.ends.items(), MACS, strict=True):
            nics += ["-netdev", f"dgram,id={name},local.type=fd,local.str={end.fileno()}"]
            nics += ["-device", f"virtio-net-pci,netdev={name},mac={mac}"]
        ends = [agent, monitor, console, *(end.fileno() for end in self.switch.ends.values())]
        disks: list[str] = []
        for file in (made.disk, self._share / "lab.img"):
            disks += ["-drive", f"file={file},format=raw,if=virtio,snapshot=on"]
        with (self._share / "errors").open("w") as errors:
            return subprocess.Popen(
                [
                    image.QEMU,
                    *("-M", "pc", "-accel", "tcg,thread=multi", "-cpu", "qemu64", "-m", "768"),
                    *("-nodefaults", "-display", "none", "-no-reboot", *disks, *nics),
                    *("-chardev", f"socket,id=agent,fd={agent}", "-device", "virtio-serial-pci"),
                    *("-device", "virtserialport,chardev=agent"),
                    *("-chardev", f"socket,id=monitor,fd={monitor}"),
                    *("-mon", "chardev=monitor,mode=control"),
                    *("-chardev", f"socket,id=console,fd={console}", "-serial", "chardev:console"),
                    *("-kernel", str(made.kernel), "-initrd", str(made.initrd)),
                    *("-append", _COMMAND_LINE),
                ],
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                pass_fds=ends,
            )

    def __enter__(self) -> "Machine":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Cut the power."""
        self._process.kill()
        self._process.wait()
        self.console.close()
        self.switch.stop()
        self._answers.close()
        for ends in self._ends:
            for end in ends:
                end.close()
        shutil.rmtree(self._share, ignore_errors=True)

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
            self.switch.unplug(PORTS[nic])
            limit = time.monotonic() + _PATIENCE
            while self.switch.in_the_cable(PORTS[nic]):
                assert time.monotonic() < limit, f"eth{nic} does not take its frames"
                time.sleep(_WIRE)
            self._order("set_link", name=PORTS[nic], up=False)
        return at

    def plug(self, *nics: int) -> float:
        """Put them back."""
        at = time.monotonic()
        for nic in nics:
            self.switch.plug(PORTS[nic])
            self._order("set_link", name=PORTS[nic], up=True)
        return at
