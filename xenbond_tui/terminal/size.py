"""The size of a terminal whose kernel end does not know it: serial lines and virtual consoles."""

import fcntl
import os
import select
import struct
import termios
import time
from collections.abc import Mapping

from xenbond_tui.facts.number import whole
from xenbond_tui.regex import regex

FALLBACK = (80, 24)
ASK = "\x1b[999;999H\x1b[6n"
"""Into the last corner, and where is that (DSR 6)? The answer is `CSI row ; column R`."""

_LARGEST = 999
"""Columns, and rows. Every cell is kept several times: 65535x65535 would take all memory."""

_ANSWER = regex(rb"\x1b\[(\d+);(\d+)R")


def believable(columns: int, rows: int) -> bool:
    """Can a screen be drawn at that size?"""
    return 1 < columns <= _LARGEST and 1 < rows <= _LARGEST


def known_size(fd: int) -> tuple[int, int] | None:
    """Columns and rows as the kernel has them; None when it has none (0x0), nonsense, or no tty."""
    try:
        size = os.get_terminal_size(fd)
    except OSError:
        return None
    return (size.columns, size.lines) if believable(size.columns, size.lines) else None


def set_size(fd: int, columns: int, rows: int) -> None:
    """Tell the kernel the size; it sends SIGWINCH to the terminal's foreground when it changes.

    Raises:
        OSError: `fd` is not a terminal of ours.
    """
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def ensure_size(fd: int, env: Mapping[str, str], timeout: float = 1.0) -> tuple[int, int]:
    """Give the terminal on `fd` a size if it has none, and return it.

    From the operator's COLUMNS and LINES where both are set, else by asking the terminal, else
    80x24. `timeout` is in seconds; an answer takes 20 ms at 9600 baud.
    """
    size = known_size(fd)
    if size is None:
        size = _from(env) or ask_size(fd, timeout) or FALLBACK
        set_size(fd, *size)
    return size


def _from(env: Mapping[str, str]) -> tuple[int, int] | None:
    columns, rows = whole(env.get("COLUMNS")) or 0, whole(env.get("LINES")) or 0
    return (columns, rows) if believable(columns, rows) else None


def ask_size(fd: int, timeout: float) -> tuple[int, int] | None:
    """Ask the terminal itself; None when it does not answer in `timeout` seconds.

    What was typed ahead is lost: it can't be told from an answer.
    """
    before = termios.tcgetattr(fd)
    quiet = termios.tcgetattr(fd)
    quiet[3] &= ~(termios.ICANON | termios.ECHO)
    termios.tcsetattr(fd, termios.TCSAFLUSH, quiet)
    try:
        os.write(fd, f"\x1b7{ASK}\x1b8".encode())
        return _answer(fd, timeout)
    finally:
        termios.tcsetattr(fd, termios.TCSAFLUSH, before)


def _answer(fd: int, timeout: float) -> tuple[int, int] | None:
    received, end = b"", time.monotonic() + timeout
    while (left := end - time.monotonic()) > 0:
        if not select.select([fd], [], [], left)[0]:
            break
        data = os.read(fd, 256)
        received += data
        if match := _ANSWER.search(received):
            rows, columns = int(match[1]), int(match[2])
            return (columns, rows) if believable(columns, rows) else None
        if not data:
            break
    return None
