"""One dom0: a machine of QEMU's whose disk keeps what is written, reached over SSH as well."""

import socket
import subprocess
import time
from pathlib import Path

from tests.lab.qemu.machine import PORTS, Machine, disk_of
from tests.lab.xen import image

HOST = "192.168.0.222"
ADMINISTRATOR = "192.168.0.2"
SPARE = {
    "port4": ("e1000", "52:54:00:aa:00:04"),
    "port5": ("e1000", "52:54:00:aa:00:05"),
    "port6": ("e1000e", "52:54:00:aa:00:06"),
    "port7": ("e1000e", "52:54:00:aa:00:07"),
}
"""Port -> kind and MAC of a NIC that is there when its driver is loaded."""
OFFICE = "port3"
"""The switch's port with the administrator's computer behind it: QEMU's network of its user."""
PATIENCE = 300.0
"""Seconds of the dom0's own time (`Limit`) that a command may take; a set-up takes 60."""
_XEN = "dom0_mem=640M,max:640M console=com1 com1=115200 noreboot spec-ctrl=no"
_LINUX = "console=hvc0 quiet net.ifnames=0 mitigations=off lab.init=/sbin/init panic=-1"


class Dom0(Machine):
    """A booted dom0: eth0 has 192.168.0.222/24 by ifupdown, eth1 is free, no guest runs.

    The spare NICs of the driver that is loaded first become eth2 and eth3, others eth4 and eth5.
    """

    terminal = "/dev/hvc0"
    memory = 1100
    patience = 600.0
    nic = "virtio-net-pci,ctrl_rx=off,ctrl_rx_extra=off"
    """Takes what comes in for any address. With the filter, the emulator needs 2 to 150 ms for each
    address that moves to the new active slave, of which a NIC made of metal needs microseconds:
    that was a third of what a failover lost here, and all that a failback did (measured)."""

    def ports(self) -> tuple[str, ...]:
        return (*PORTS, *SPARE, OFFICE)

    def prepare(self) -> tuple[Path, tuple[str, ...]]:
        self.made = made = image.ready()
        self._ssh_port = _free_port()
        disk = self.share / "root.img"
        subprocess.run(["cp", "--sparse=always", made.disk, disk], check=True)
        modules = f"{made.kernel} {_LINUX},{made.initrd}"
        words = ("-kernel", str(made.xen), "-append", _XEN, "-initrd", modules)
        return made.root, (*words, *disk_of(disk, keeps=True))

    def more_hardware(self) -> tuple[str, ...]:
        """The spare NICs, and the administrator's computer.

        A port of this machine's own loopback leads to the dom0's SSH.
        """
        spare: list[str] = []
        for name, (kind, mac) in SPARE.items():
            spare += [*self.cable(name), "-device", f"{kind},netdev={name},mac={mac},romfile="]
        forward = f"hostfwd=tcp:127.0.0.1:{self._ssh_port}-{HOST}:22"
        net = f"restrict=on,ipv6=off,net=192.168.0.0/24,host={ADMINISTRATOR},dns=192.168.0.3"
        return (
            *spare,
            *("-netdev", f"user,id=office,{net},{forward}"),
            *("-netdev", "hubport,id=hub0,hubid=0,netdev=office"),
            *(*self.cable(OFFICE), "-netdev", f"hubport,id=hub1,hubid=0,netdev={OFFICE}"),
        )

    def unknown_again(self) -> None:
        """Who asks has nothing in its ARP table, and the switch no MAC of a port: as after minutes
        without a frame, or where a host has lost its power."""
        self.switch.peer.known.clear()
        for mac in [mac for mac, port in list(self.switch.learned.items()) if port in self.ports()]:
            del self.switch.learned[mac]

    def ssh(self, *options: str) -> list[str]:
        """The command line of a session with it, through whatever NIC has its address now."""
        known = ("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null")
        alive = ("-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=6")
        where = ("-i", str(self.made.key), "-p", str(self._ssh_port), "root@127.0.0.1")
        return ["ssh", "-q", *known, *alive, *options, *where]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


class Session:
    """An administrator's session over SSH, on a terminal, that runs one command."""

    def __init__(self, dom0: Dom0, command: str) -> None:
        self._dom0 = dom0
        self._said = dom0.share / f"session-{time.monotonic_ns()}"
        with self._said.open("wb") as out:
            self._process = subprocess.Popen(
                [*dom0.ssh("-tt"), command], stdin=subprocess.PIPE, stdout=out, stderr=out
            )

    @property
    def said(self) -> str:
        """All that it has printed."""
        return self._said.read_text(errors="replace").replace("\r", "")

    def wait_for(self, wanted: str, timeout: float = PATIENCE) -> None:
        """Wait until it has printed that."""
        limit = self._dom0.limit(timeout)
        while wanted not in self.said:
            assert self._process.poll() is None, f"the session has ended:\n{self.said}"
            assert not limit.over, f"no {wanted!r} in {timeout:.0f} s:\n{self.said}"
            time.sleep(0.1)

    def type(self, text: str) -> None:
        """Type a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{text}\n".encode())
        self._process.stdin.flush()

    def wait(self, timeout: float = PATIENCE) -> int:
        """Wait for its end; returns its exit status, 255 when the session has died."""
        limit = self._dom0.limit(timeout)
        while (status := self._process.poll()) is None:
            assert not limit.over, f"it does not end in {timeout:.0f} s:\n{self.said}"
            time.sleep(0.1)
        return status
