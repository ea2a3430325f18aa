"""Faults at the system calls that write: an error, or the end of the process."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from xenbond_tui.apply import durable, files

CALLS = ("open", "write", "fchmod", "fchown", "fsync", "rename", "unlink", "symlink", "mkdir")
"""The system calls by which anything gets onto the disk."""


class Fault:
    """Raises or kills at the n-th system call that writes; counts them all."""

    def __init__(self, at: int, act: Callable[[], None]) -> None:
        self.count = 0
        self._at = at
        self._act = act

    def __call__(self) -> None:
        self.count += 1
        if self.count == self._at:
            self._act()


@contextmanager
def faulty(fault: Fault) -> Iterator[None]:
    """Let `fault` have a say before every writing system call of the two modules that make them."""

    class FaultyOs:
        def __getattr__(self, name: str) -> object:
            real = getattr(os, name)
            if name not in CALLS:
                return real

            def call(*args: object, **kwargs: object) -> object:
                if name != "open" or (len(args) > 1 and args[1] & (os.O_CREAT | os.O_WRONLY)):  # type: ignore[operator]
                    fault()
                return real(*args, **kwargs)

            return call

    original = (durable.os, files.os)
    durable.os = files.os = FaultyOs()  # type: ignore[assignment]
    try:
        yield
    finally:
        durable.os, files.os = original  # type: ignore[assignment]
