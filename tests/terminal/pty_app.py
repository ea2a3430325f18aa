"""Runs a program on a pseudo-terminal and reads its screen as a person would see it.

Used by the terminal and bench tests and by the lab. Nothing here sleeps for luck: every wait is
for a condition on the screen, for silence, or for the end of the program.
"""

import codecs
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

KEYS = {
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "space": " ",
    "backspace": "\x7f",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f3": "\x1bOR",
    "f4": "\x1bOS",
    "f5": "\x1b[15~",
    "f6": "\x1b[17~",
    "f7": "\x1b[18~",
    "f8": "\x1b[19~",
    "f9": "\x1b[20~",
    "f10": "\x1b[21~",
    "pagedown": "\x1b[6~",
    "pageup": "\x1b[5~",
    "home": "\x1b[H",
    "end": "\x1b[F",
}

# xterm's own sequences that pyte prints the tail of; a terminal that knows them shows nothing.
_XTERM_ONLY = re.compile(r"\x1b\[<u|\x1b\[\?[0-9]+\$p")
_PARTIAL = re.compile(r"\x1b(\[[0-?]*[ -/]*)?$")
_OLD = re.compile(r"(linux|vt\d+|ansi)$")


class _Screen(pyte.Screen):
    """A pyte screen that answers what the program asks, such as where the cursor is."""

    def __init__(self, columns: int, rows: int, answer: Callable[[str], None]) -> None:
        super().__init__(columns, rows)
        self._answer = answer

    def write_process_input(self, data: str) -> None:
        self._answer(data)


class PtyApp:
    """One program on one terminal. Use as a context manager; the program never outlives it.

    Args:
        argv: The program.
        env: Its whole environment; `TERM` decides whether xterm's sequences are understood.
        size: Columns and rows of the terminal.
        reported: What the kernel says the size is; (0, 0) is a serial line.
    """

    def __init__(
        self,
        argv: Sequence[str],
        env: Mapping[str, str] | None = None,
        size: tuple[int, int] = (80, 24),
        reported: tuple[int, int] | None = None,
        cwd: str | None = None,
    ) -> None:
        environment = dict(os.environ if env is None else env)
        self._strict = _OLD.match(environment.get("TERM", "")) is not None
        self.received = bytearray()
        self.screen = _Screen(*size, self.send)
        self._stream = pyte.Stream(self.screen)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        self.master, slave = os.openpty()
        _set_size(slave, reported or size)
        self.started = time.perf_counter()
        self.first_output: float | None = None
        """Seconds from the start to the first byte."""
        self.process = subprocess.Popen(
            argv,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            cwd=cwd,
            start_new_session=True,
            preexec_fn=_own_terminal,
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def display(self) -> list[str]:
        """The lines on the screen, without the blanks at their end."""
        return [line.rstrip() for line in self.screen.display]

    @property
    def text(self) -> str:
        """The whole screen as one text."""
        return "\n".join(self.display)

    def send(self, data: str) -> None:
        """Type raw characters."""
        self.send_bytes(data.encode())

    def send_bytes(self, data: bytes) -> None:
        """Type what need not be text."""
        os.write(self.master, data)

    def press(self, *keys: str) -> None:
        """Press keys by name (`KEYS`, `ctrl+x`), or type the text itself."""
        for key in keys:
            control = re.fullmatch(r"ctrl\+([a-z])", key)
            self.send(chr(ord(control[1]) - 96) if control else KEYS.get(key, key))

    def resize(self, columns: int, rows: int) -> None:
        """Change the terminal's size, as dragging a window's corner does."""
        self.screen.resize(rows, columns)
        _set_size(self.master, (columns, rows))

    def pump(self, timeout: float) -> bool:
        """Read once, waiting at most `timeout` seconds; False when nothing came."""
        ready, _, _ = select.select([self.master], [], [], max(0.0, timeout))
        if not ready:
            return False
        try:
            data = self.read(65536)
        except OSError:
            # Linux says EIO once the last program on the terminal has closed it.
            data = b""
        if not data:
            return False
        if self.first_output is None:
            self.first_output = time.perf_counter() - self.started
        self.received += data
        self._feed(self._decoder.decode(data))
        return True

    def read(self, most: int) -> bytes:
        """What the program has written, as many bytes at most."""
        return os.read(self.master, most)

    def _feed(self, text: str) -> None:
        if not self._strict:
            # A sequence cut by the read would escape the filter: its head waits for its tail.
            text = self._held + text
            cut = partial.start() if (partial := _PARTIAL.search(text)) else len(text)
            text, self._held = _XTERM_ONLY.sub("", text[:cut]), text[cut:]
        self._stream.feed(text)

    def wait_until(self, condition: Callable[[], bool], timeout: float, what: str) -> None:
        """Read until `condition` holds.

        Raises:
            AssertionError: it does not within `timeout` seconds; the message holds the screen.
        """
        end = time.monotonic() + timeout
        while not condition():
            left = end - time.monotonic()
            if left <= 0 or (not self.pump(min(left, 0.5)) and self.process.poll() is not None):
                while self.pump(0):
                    pass
                if condition():
                    return
                state = self.process.poll()
                raise AssertionError(
                    f"no {what} within {timeout} s (exit status {state}); the screen:\n{self.text}"
                )

    def wait_for(self, text: str, timeout: float = 180.0) -> None:
        """Read until `text` stands on the screen."""
        self.wait_until(lambda: text in self.text, timeout, repr(text))

    def wait_gone(self, text: str, timeout: float = 180.0) -> None:
        """Read until `text` no longer stands on the screen."""
        self.wait_until(lambda: text not in self.text, timeout, f"end of {text!r}")

    def settle(self, quiet: float = 0.3, timeout: float = 180.0) -> None:
        """Read until the program has been silent for `quiet` seconds, or `timeout` has passed.

        It is not silent while one of its threads waits for a processor or a disk.
        """
        end = time.monotonic() + timeout
        while time.monotonic() < end and (self.pump(quiet) or self._at_work()):
            pass

    def _at_work(self) -> bool:
        """Whether a thread of it runs, or would if there were a processor for it."""
        for task in Path(f"/proc/{self.process.pid}/task").glob("*/stat"):
            with suppress(OSError):
                if task.read_text().rpartition(")")[2].split()[0] in "RD":
                    return True
        return False

    def listen(self, seconds: float) -> int:
        """Read for that long; the number of bytes that came."""
        before, end = len(self.received), time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.pump(left)
            if self.process.poll() is not None:
                break
        return len(self.received) - before

    def wait_exit(self, timeout: float = 180.0) -> int:
        """Read until the program ends; its exit status, negative for a signal."""
        self.wait_until(lambda: self.process.poll() is not None, timeout, "end of the program")
        while self.pump(0):
            pass
        return self.process.returncode

    def signal(self, number: int) -> None:
        """Send the program a signal."""
        self.process.send_signal(number)

    def hang_up(self) -> None:
        """Close the terminal, as a dying connection does."""
        if self.master >= 0:
            os.close(self.master)
            self.master = -1

    @property
    def cpu_seconds(self) -> float:
        """Processor time of all its threads so far, to the nanosecond (schedstat)."""
        total = 0
        for task in os.listdir(f"/proc/{self.process.pid}/task"):
            with open(f"/proc/{self.process.pid}/task/{task}/schedstat") as file:
                total += int(file.read().split()[0])
        return total / 1e9

    @property
    def rss(self) -> int:
        """Resident memory in bytes."""
        with open(f"/proc/{self.process.pid}/status") as file:
            row = next(line for line in file if line.startswith("VmRSS:"))
        return int(row.split()[1]) * 1024

    def close(self) -> None:
        """End the program and everything it left in its session's process group."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.hang_up()


def _own_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _set_size(fd: int, size: tuple[int, int]) -> None:
    columns, rows = size
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
