"""Runs a program on a terminal of 80x24 and tells when the kernel said what, and what was painted.

    painted.py BOND ROUNDS PROGRAM…

Pulls the cable of the active slave ROUNDS times, in the switch's namespace, and plugs it in again.
Prints JSON: `events`, [seconds, ifindex of the active slave] as the kernel's netlink messages of
the bond have it (linux/if_link.h), `painted`, [seconds, hexadecimal bytes] as the program wrote
them, `links`, name -> ifindex, and `began`, the active slave's before the first pull. All times are
of one process and one clock.
"""

import fcntl
import json
import os
import pty
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import time

RTMGRP_LINK, RTM_NEWLINK = 1, 16
IFLA_IFNAME, IFLA_LINKINFO, IFLA_INFO_DATA, IFLA_BOND_ACTIVE_SLAVE = 3, 18, 2, 2
FIRST, CALM = 10.0, 1.5
NESTED = 0x7FFF
"""What the type is without its flags (NLA_TYPE_MASK, nearly)."""


def attributes(data: bytes) -> dict[int, bytes]:
    """Attribute -> its bytes (linux/netlink.h)."""
    found, at = {}, 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        if length < 4:
            break
        found[kind & NESTED] = data[at + 4 : at + length]
        at += (length + 3) & ~3
    return found


def active_slaves(message: bytes, bond: str) -> list[int]:
    """The ifindex of the bond's active slave, of each message about it; 0 when it has none."""
    found, at = [], 0
    while at + 16 <= len(message):
        length, kind = struct.unpack_from("=IH", message, at)
        body = attributes(message[at + 32 : at + length])
        if kind == RTM_NEWLINK and body.get(IFLA_IFNAME, b"").rstrip(b"\0").decode() == bond:
            info = attributes(body.get(IFLA_LINKINFO, b""))
            index = attributes(info.get(IFLA_INFO_DATA, b"")).get(IFLA_BOND_ACTIVE_SLAVE)
            found.append(struct.unpack("=I", index)[0] if index else 0)
        at += (length + 3) & ~3
    return found


def active(bond: str) -> str:
    """Name of the active slave."""
    with open(f"/sys/class/net/{bond}/bonding/active_slave") as file:
        return file.read().strip()


def cable(nic: str, state: str) -> None:
    """Pull or plug: the port of that NIC goes down or up."""
    port = "p" + nic.removeprefix("eth")
    subprocess.run(["ip", "-n", "switch", "link", "set", port, state], check=True)


class Watcher:
    """The terminal and the kernel's messages, read as they come."""

    def __init__(self, bond: str, argv: list[str]) -> None:
        self.bond = bond
        self.events: list[tuple[float, int]] = []
        self.painted: list[tuple[float, str]] = []
        self.wire = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        self.wire.bind((0, RTMGRP_LINK))
        self.pid, self.terminal = pty.fork()
        if not self.pid:
            os.execvpe(argv[0], argv, {**os.environ, "TERM": "linux"})  # noqa: S606
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))

    def listen(self, seconds: float) -> None:
        """Read for that long."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            for source in select.select([self.wire, self.terminal], [], [], left)[0]:
                now = time.monotonic()
                if source is self.wire:
                    seen = active_slaves(self.wire.recv(65536), self.bond)
                    self.events += [(now, index) for index in seen]
                else:
                    self.painted.append((now, os.read(self.terminal, 65536).hex()))


def main() -> None:
    """Pull, wait until it is calm, plug, wait again; then tell."""
    bond, rounds, argv = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    watcher = Watcher(bond, argv)
    watcher.listen(FIRST)
    began = socket.if_nametoindex(active(bond))
    for _ in range(rounds):
        nic = active(bond)
        cable(nic, "down")
        watcher.listen(CALM)
        cable(nic, "up")
        watcher.listen(CALM)
    os.kill(watcher.pid, signal.SIGTERM)
    os.waitpid(watcher.pid, 0)
    links = {name: index for index, name in socket.if_nameindex()}
    seen = {"events": watcher.events, "painted": watcher.painted}
    print(json.dumps({**seen, "links": links, "began": began}))


if __name__ == "__main__":
    main()
