"""The guest's console: a terminal of its kernel, driven with keys and read as an 80x24 screen."""

import re
import select
import socket
import threading
from collections.abc import Callable

import pyte

from tests.lab.limit import Limit

KEYS = {
    "enter": "\r",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "escape": "\x1b",
    "backspace": "\x7f",
    "space": " ",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[1~",
    "end": "\x1b[4~",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "ctrl+c": "\x03",
    # As the Linux console and a VT220 send them.
    **{f"f{n}": f"\x1b[[{chr(64 + n)}" for n in range(1, 6)},
    **{
        f"f{n}": f"\x1b[{code}~"
        for n, code in zip(range(6, 13), (17, 18, 19, 20, 21, 23, 24), strict=True)
    },
}


# Sequences pyte takes for text, such as the keyboard protocol's `CSI < u`; a terminal ignores them.
_UNKNOWN_TO_PYTE = re.compile(rb"\x1b\[[<>=][0-9;]*[@-~]")
_UNFINISHED = re.compile(rb"\x1b(\[[<>=]?[0-9;]*)?\Z")


class _Screen(pyte.Screen):
    """A terminal that also answers what is asked of it (cursor position, device attributes)."""

    def __init__(self, columns: int, lines: int, reply: Callable[[str], None]) -> None:
        super().__init__(columns, lines)
        self._reply = reply

    def write_process_input(self, data: str) -> None:
        self._reply(data)


class Console:
    """One terminal. Its size is 80x24, but the line says 0x0, as a serial line does.

    What a program sees is a real tty, /dev/tty0 of the guest; a socket carries its bytes to here.
    On a tty of this machine user-mode Linux would start a helper for changes of size, in a session
    of its own: it would stay, with the guest's memory, when the guest is killed.
    """

    def __init__(self) -> None:
        self._line, self.far_end = socket.socketpair()
        self.everything = bytearray()
        """All bytes the guest wrote here."""
        self.stalled: Callable[[], float] = float
        """As the agent's (`channel.py`)."""
        self._screen = _Screen(80, 24, self._send)
        self._stream = pyte.ByteStream(self._screen)
        self._news = threading.Condition()
        self._closed = False
        self._tail = b""
        threading.Thread(target=self._read, daemon=True).start()

    def keys(self, *names: str) -> None:
        """Press keys one after another: names of `KEYS`, or text to be typed."""
        for name in names:
            self._send(KEYS.get(name, name))

    def text(self) -> str:
        """The screen as it is: 24 lines, without trailing blanks."""
        with self._news:
            return "\n".join(line.rstrip() for line in self._screen.display)

    def wait_for(self, *wanted: str, timeout: float = 60.0) -> str:
        """Wait until the screen matches every one of some regular expressions at once.

        Returns:
            The screen's text at that time; it may still be being painted where nothing is wanted.

        Raises:
            AssertionError: it did not in `timeout` seconds; shows the screen.
        """
        patterns = [re.compile(each, re.M) for each in wanted]
        limit = Limit(timeout, self.stalled)
        with self._news:
            while missing := [p.pattern for p in patterns if not p.search(self.text())]:
                if not self._news.wait(limit.left) and limit.over:
                    raise AssertionError(
                        f"{missing} did not appear in {timeout} s. The screen:\n{self.text()}"
                    )
            return self.text()

    def clear(self) -> None:
        """Forget what the screen shows, so that only what comes from now on is found."""
        with self._news:
            self._screen.reset()

    def close(self) -> None:
        """Hang up."""
        self._closed = True
        for end in (self._line, self.far_end):
            end.close()

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._line.sendall(data)

    def _send(self, data: str) -> None:
        self.send(data.encode())

    def _read(self) -> None:
        while not self._closed:
            try:
                if not select.select([self._line], [], [], 0.5)[0]:
                    continue
                data = self._line.recv(65536)
            except (OSError, ValueError):
                return
            if not data:
                return
            with self._news:
                self.everything += data
                data = self._tail + data
                cut = _UNFINISHED.search(data)
                self._tail = data[cut.start() :] if cut else b""
                whole = data[: cut.start()] if cut else data
                self._stream.feed(_UNKNOWN_TO_PYTE.sub(b"", whole))
                self._news.notify_all()
