"""Who may change this host now: flock(2), which the kernel lets go when its holder dies."""

import errno
import fcntl
import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from xenbond_tui.apply import durable
from xenbond_tui.facts.number import whole
from xenbond_tui.host import door, regular
from xenbond_tui.value import dataclass

if TYPE_CHECKING:
    from xenbond_tui.effects import Clock

_RETRY_S = 0.05
"""Seconds between two tries of a lock that is waited for."""


@dataclass(slots=True)
class Lock:
    """One lock. `take` it, then `release` it; the holder's pid is in the file for messages."""

    path: str
    _fd: int = -1

    def take(self, clock: "Clock", wait: float = 0.0) -> bool:
        """True when it is ours; False when someone else still had it after `wait` seconds.

        Raises:
            OSError: the file can't be made.
        """
        fd = self._opened(os.O_CREAT)
        until = clock.monotonic() + wait
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if clock.monotonic() >= until:
                    os.close(fd)
                    return False
                clock.sleep(_RETRY_S)
                continue
            self._fd = fd
            # Only a message needs it: a full disk must not prevent a rollback.
            with suppress(OSError):
                os.ftruncate(fd, 0)
                os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
            return True

    def release(self) -> None:
        """Let it go; letting go twice is no error."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def holder(self) -> int | None:
        """Process id of who has it, 0 when that is not known; None when it is free.

        One that can't be looked at counts as held; for who may not look there, there is none.
        """
        try:
            fd = self._opened()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            return 0 if os.geteuid() == 0 else None
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return None
        except BlockingIOError:
            text = os.pread(fd, 32, 0).decode("ascii", "replace").strip()
            return whole(text) or 0
        finally:
            os.close(fd)

    def strange(self) -> str:
        """Why nobody can tell who has it: it is no plain file; "" where it is one, or is free."""
        try:
            os.close(self._opened())
        except (FileNotFoundError, NotADirectoryError):
            return ""
        except OSError as error:
            return f"{self.path}: {error.strerror}" if os.geteuid() == 0 else ""
        return ""

    def put_right(self) -> None:
        """Move away what is no plain file: at boot, when nobody can have it yet.

        Raises:
            OSError: it can't be.
        """
        if self.strange():
            durable.rename(self.path, f"{self.path}.strange")

    def _opened(self, flags: int = 0) -> int:
        flags |= os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with door.place(self.path) as place:
            fd = os.open(place.name, flags, 0o600, dir_fd=place.directory)
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise regular.NoFile(errno.EINVAL, "is no regular file", self.path)
        return fd
