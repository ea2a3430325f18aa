"""Tells when the kernel said what, and what two programs wrote of it to a terminal.

    painted.py BOND ROUNDS PROGRAM…

The program runs on a terminal of 80x24, and `ip -d monitor link` on another. Pulls the cable of the
active slave ROUNDS times, in the switch's namespace, and plugs it in again. Prints JSON: `events`,
[seconds, ifindex of the active slave] as the kernel's netlink messages of the bond have it
(linux/if_link.h), `painted` and `peer`, [seconds, hexadecimal bytes] as the programs wrote them,
`rounds`, [seconds of the pull, of the plugging in, of the end] of each, `links`, name -> ifindex,
and `began`, the active slave's before the first pull. All times are of one process and one clock.
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
BEGUN = b"HEALTHY"
"""What the program has written when it has begun to watch."""
FIRST, CALM = 30.0, 2.0
PEER = ["ip", "-d", "monitor", "link"]
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


class Terminal:
    """A program on a terminal of its own, and what it has written there."""

    def __init__(self, argv: list[str]) -> None:
        self.written: list[tuple[float, str]] = []
        self.pid, self.end = pty.fork()
        if not self.pid:
            os.execvpe(argv[0], argv, {**os.environ, "TERM": "linux"})  # noqa: S606
        fcntl.ioctl(self.end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))

    def read(self, now: float) -> bytes:
        """Take in what has come."""
        data = os.read(self.end, 65536)
        self.written.append((now, data.hex()))
        return data

    def stop(self) -> None:
        """End it."""
        os.kill(self.pid, signal.SIGTERM)
        os.waitpid(self.pid, 0)


class Watcher:
    """The terminals and the kernel's messages, read as they come."""

    def __init__(self, bond: str, argv: list[str]) -> None:
        self.bond = bond
        self.events: list[tuple[float, int]] = []
        self.wire = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        self.wire.bind((0, RTMGRP_LINK))
        self.program, self.peer = Terminal(argv), Terminal(PEER)

    def listen(self, seconds: float, until: bytes | None = None) -> None:
        """Read for that long, or until the program has written that."""
        end = time.monotonic() + seconds
        terminals = {terminal.end: terminal for terminal in (self.program, self.peer)}
        while (left := end - time.monotonic()) > 0:
            for source in select.select([self.wire, *terminals], [], [], left)[0]:
                now = time.monotonic()
                if source is self.wire:
                    seen = active_slaves(self.wire.recv(65536), self.bond)
                    self.events += [(now, index) for index in seen]
                    continue
                data = terminals[source].read(now)
                if until is not None and until in data:
                    return


def main() -> None:
    """Pull, wait until it is calm, plug, wait again; then tell."""
    bond, times, argv = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    watcher = Watcher(bond, argv)
    watcher.listen(FIRST, BEGUN)
    watcher.listen(CALM)
    began = socket.if_nametoindex(active(bond))
    rounds = []
    for _ in range(times):
        nic, pulled = active(bond), time.monotonic()
        cable(nic, "down")
        watcher.listen(CALM)
        plugged = time.monotonic()
        cable(nic, "up")
        watcher.listen(CALM)
        rounds.append((pulled, plugged, time.monotonic()))
    watcher.program.stop()
    watcher.peer.stop()
    links = {name: index for index, name in socket.if_nameindex()}
    seen = {"events": watcher.events, "rounds": rounds, "links": links, "began": began}
    written = {"painted": watcher.program.written, "peer": watcher.peer.written}
    print(json.dumps({**seen, **written}))


if __name__ == "__main__":
    main()
