"""Echo requests at a steady pace, each with the time it was sent and the time it was answered.

From raw sockets bound to one link: an answer that comes in another way does not count, nor does one
that is not `echo.Echo`'s. Needs root. When an answer came the kernel tells (SO_TIMESTAMPNS,
socket(7)): on a busy machine we may be late to read it.
"""

import math
import os
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

from xenbond_tui.effects import PROBES_LAST_S, Probe
from xenbond_tui.errors import XenbondError
from xenbond_tui.host import socket_filter
from xenbond_tui.host.echo import Echo

_SO_TIMESTAMPNS = 35
"""asm-generic/socket.h; Python has no name for it."""
_STAMP = struct.Struct("@ll")
"""struct timespec, of the wall clock."""
_STALE_S = 10.0
"""Seconds: an answer that lay there longer than that did not; the wall clock was set."""
_READ = 64
"""Answers read for each request sent: somebody who sees one could send its answer without end."""
_PATIENCE_S = 1.0
"""Seconds `answers` waits."""


class EchoPinger:
    """Asks one address every `interval` seconds from `start` to `stop`, in a separate thread."""

    def __init__(self, ip: str, link: str, interval: float, clock: Callable[[], float]) -> None:
        """Open the socket.

        Args:
            ip: IPv4 or IPv6 address.
            link: the link to ask through.
            interval: seconds.
            clock: seconds that never go back; what the times of probes are read from.

        Raises:
            XenbondError: not permitted, or there is no such link.
        """
        self._interval, self._clock = interval, clock
        self._sent: dict[int, float] = {}
        self._answered: dict[int, float] = {}
        self._first = 0
        self._next = 0
        self._guard = threading.Lock()
        self._stopping, self._stop = os.pipe2(os.O_CLOEXEC)
        self._left = _READ
        try:
            scope = socket.if_nametoindex(link) if ":" in ip else 0
            self._echo = Echo(ip)
            self._wire = _open(self._echo, link)
        except OSError as error:
            self._close_pipe()
            why = error.strerror or "that is no IP address"
            raise XenbondError.at(ip, f"can't be probed by {link}: {why}.") from None
        self._to = (ip, 0, 0, scope) if ":" in ip else (ip, 0)
        self._wire.setblocking(False)
        with suppress(OSError):
            self._wire.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._thread = threading.Thread(target=self._run, name=f"ping {ip}", daemon=True)
        self._thread.start()

    def probes(self, since: float = 0.0) -> tuple[Probe, ...]:
        """Every probe sent since then, oldest first."""
        recent = []
        with self._guard:
            # From the newest on: who asks every second asks for a few of many thousands.
            for number, at in reversed(self._sent.items()):
                if at < since:
                    break
                recent.append(Probe(at, self._answered.get(number)))
        return tuple(reversed(recent))

    def stop(self) -> None:
        """Send no more; the probes stay readable. Doing it again does no harm."""
        if self._stop < 0:
            return
        os.write(self._stop, b".")
        self._thread.join(1.0)
        self._wire.close()
        self._close_pipe()

    def _close_pipe(self) -> None:
        os.close(self._stopping)
        os.close(self._stop)
        self._stop = -1

    def _run(self) -> None:
        waiting = select.poll()
        for source in (self._stopping, self._wire.fileno()):
            waiting.register(source, select.POLLIN)
        due = time.monotonic()
        while True:
            now = time.monotonic()
            if now >= due:
                self._send()
                # After a stall no burst: what was missed is not made up for.
                due = max(due + self._interval, now)
            # What lies there then is read after the next request; its time is the kernel's.
            waiting.modify(self._wire.fileno(), select.POLLIN if self._left > 0 else 0)
            left = max(0.0, due - time.monotonic())
            for source, _ in waiting.poll(math.ceil(left * 1000)):
                if source == self._stopping:
                    return
                self._receive()
                self._left -= 1

    def _send(self) -> None:
        number = self._next
        self._next += 1
        self._left = _READ
        packet = self._echo.request(number)
        with self._guard:
            now = self._sent[number] = self._clock()
            while self._sent[self._first] < now - PROBES_LAST_S:
                del self._sent[self._first]
                self._answered.pop(self._first, None)
                self._first += 1
        try:
            self._wire.sendto(packet, self._to)
        except OSError:
            # No route, link down: this probe is lost, which is what is being measured.
            return

    def _receive(self) -> None:
        try:
            data, said, _, source = self._wire.recvmsg(2048, socket.CMSG_SPACE(_STAMP.size))
        except OSError:
            return
        at = self._clock() - _lay(said)
        number = self._echo.answered(data, source, self._next - 1)
        if number is None:
            return
        with self._guard:
            if number in self._sent:
                self._answered.setdefault(number, max(at, self._sent[number]))


def answers(ip: str) -> bool:
    """Does an address answer one request within a second, by whatever way the routes take?

    False also for what is no address, and without permission to ask.
    """
    until = time.monotonic() + _PATIENCE_S
    try:
        echo = Echo(ip)
        with _open(echo) as wire:
            wire.sendto(echo.request(0), (ip, 0))
            for _ in range(_READ):
                wire.settimeout(max(0.001, until - time.monotonic()))
                data, source = wire.recvfrom(2048)
                if echo.answered(data, source, 0) is not None:
                    return True
    except OSError:
        return False
    return False


def _open(echo: Echo, link: str | None = None) -> socket.socket:
    """A raw socket that lets in answers to these requests alone."""
    wire = socket.socket(echo.family, socket.SOCK_RAW, echo.protocol)
    try:
        if link is not None:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, link.encode())
        socket_filter.attach(wire, echo.filter)
    except OSError:
        wire.close()
        raise
    return wire


def _lay(said: Iterable[tuple[int, int, bytes]]) -> float:
    """Seconds since the kernel had the answer; 0 where it does not say."""
    for level, kind, data in said:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS) and len(data) >= _STAMP.size:
            seconds, nanoseconds = _STAMP.unpack_from(data)
            lay = time.time() - seconds - nanoseconds * 1e-9
            return lay if 0 <= lay < _STALE_S else 0.0
    return 0.0
