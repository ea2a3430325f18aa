"""A learning switch on UNIX datagram sockets, with a host of its own behind it (`peer.py`)."""

import contextlib
import fcntl
import selectors
import socket
import termios
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.lab.qemu import frames
from tests.lab.qemu.peer import MAC, Peer, Pinging

NAME = "lab-switch"
_OWN = frames.mac("52:54:00:ff:ff:00")
_TOLD = 1.0
"""Seconds between two LLDP frames; a real switch's are 30 apart."""
_LOOK = 0.2
"""Seconds at most until the thread sees that it shall end, or that pinging begins."""
_PEER = "peer"
_ON_ITS_WAY = 3.0
"""Seconds that an answer may take before it counts as lost."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A frame that came in."""

    at: float
    """Seconds of the monotonic clock."""
    port: str
    frame: bytes
    out: tuple[str, ...]
    """The ports it left by."""


class Switch:
    """A switch, from its making until `stop`.

    As many do that have other switches between them and the host, it keeps what it learned of a
    port whose link goes down; unless it `forgets`.
    """

    forgets = False

    def __init__(self, ports: Sequence[str]) -> None:
        self.log: list[Passed] = []
        """Every frame that came in; only ever grows."""
        self.learned = {MAC: _PEER}
        """MAC -> port."""
        self.peer = Peer()
        pairs = {name: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM) for name in ports}
        self.ends = {name: theirs for name, (_, theirs) in pairs.items()}
        """The other ends of the cables."""
        self._ports = {name: ours for name, (ours, _) in pairs.items()}
        self._out: set[str] = set()
        self._stop = False
        self._told = 0.0
        for ours in self._ports.values():
            ours.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="switch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Switch off."""
        self._stop = True
        self._thread.join()
        for end in (*self._ports.values(), *self.ends.values()):
            end.close()

    def unplug(self, port: str) -> None:
        """From now on nothing passes by that port."""
        self._out.add(port)
        if self.forgets:
            for mac in [mac for mac, learned in list(self.learned.items()) if learned == port]:
                del self.learned[mac]

    def plug(self, port: str) -> None:
        """It passes again."""
        self._out.discard(port)

    def in_the_cable(self, port: str) -> bool:
        """Whether the machine has not taken all yet that left by that port."""
        unread = fcntl.ioctl(self._ports[port], termios.TIOCOUTQ, bytes(4))
        return any(unread)

    @contextlib.contextmanager
    def pinging(self, ip: str, interval: float = 0.05) -> Iterator[Pinging]:
        """Let the host behind the switch ping an address for as long as the block runs.

        Those that are on their way then are waited for, a while.
        """
        pinging = Pinging(ip, interval)
        self.peer.pinging.append(pinging)
        try:
            yield pinging
        finally:
            pinging.over = True
            limit = time.monotonic() + _ON_ITS_WAY
            while time.monotonic() < limit and any(
                at > limit - 2 * _ON_ITS_WAY for at in pinging.lost()
            ):
                time.sleep(_LOOK / 10)
            self.peer.pinging.remove(pinging)

    def since(self, at: float) -> list[Passed]:
        """What came in since then."""
        return [passed for passed in self.log[:] if passed.at >= at]

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            for name, ours in self._ports.items():
                selector.register(ours, selectors.EVENT_READ, name)
            while not self._stop:
                for key, _ in selector.select(self._patience()):
                    self._take(key.data)
                now = time.monotonic()
                for frame in self.peer.due(now):
                    self._pass(_PEER, frame, now)
                if now >= self._told + _TOLD:
                    self._told = now
                    for name in self._ports:
                        self._send(name, frames.lldp(_OWN, NAME, name))

    def _patience(self) -> float:
        due = min((it.due for it in self.peer.pinging[:] if not it.over), default=float("inf"))
        return min(_LOOK, max(0.0, due - time.monotonic()))

    def _take(self, port: str) -> None:
        while True:
            try:
                frame = self._ports[port].recv(65536)
            except BlockingIOError:
                return
            if port not in self._out and len(frame) >= 14:
                self._pass(port, frame, time.monotonic())

    def _pass(self, port: str, frame: bytes, now: float) -> None:
        to, by = frame[:6], frame[6:12]
        self.learned[by] = port
        known = self.learned.get(to)
        wanted = [known] if known and not to[0] & 1 else [*self._ports, _PEER]
        out = tuple(name for name in wanted if name != port and self._send(name, frame))
        self.log.append(Passed(now, port, frame, out))
        if _PEER in out:
            for answer in self.peer.take(frame, now):
                self._pass(_PEER, answer, time.monotonic())

    def _send(self, port: str, frame: bytes) -> bool:
        if port == _PEER:
            return True
        if port in self._out:
            return False
        try:
            self._ports[port].send(frame)
        except BlockingIOError:
            return False  # as a switch does whose queue is full
        return True
