"""Faults at the system calls that write: an error, or the end of the process."""

import functools
import importlib
import os
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType
from unittest import mock

from xenbond_tui import apply

CALLS = (
    "open",
    "write",
    "pwrite",
    "ftruncate",
    "fchmod",
    "chmod",
    "fchown",
    "fsync",
    "rename",
    "link",
    "unlink",
    "rmdir",
    "symlink",
    "mkdir",
    "setxattr",
    "utime",
)
"""The system calls by which anything gets onto the disk."""


MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""Thousands of waits for a disk would make the run long; what is tried is the same."""


class Fault:
    """Raises or kills at the n-th system call that writes, or from it on; counts them all."""

    def __init__(self, at: int, act: Callable[[], None], *, lasting: bool = False) -> None:
        self.count = 0
        self._at = at
        self._act = act
        self._lasting = lasting

    def __call__(self) -> None:
        self.count += 1
        if self.count == self._at or (self._lasting and self.count > self._at > 0):
            self._act()


@contextmanager
def faulty(fault: Fault) -> Iterator[None]:
    """Let `fault` have a say before every writing system call that apply/ makes."""

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

    with ExitStack() as patches:
        for module in _modules():
            if getattr(module, "os", None) is os:
                patches.enter_context(mock.patch.object(module, "os", FaultyOs()))
        yield


@functools.cache
def _modules() -> list[ModuleType]:
    names = [item.name for item in pkgutil.iter_modules(apply.__path__)]
    return [importlib.import_module(f"xenbond_tui.apply.{name}") for name in names]


def raising(code: int) -> Callable[[], None]:
    """What a failing disk does."""

    def act() -> None:
        raise OSError(code, os.strerror(code))

    return act
