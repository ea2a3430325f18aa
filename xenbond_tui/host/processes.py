"""Root's own processes: what /proc/PID says, believed only where nobody but root can say it.

Everybody writes their own argv, name and environment (proc(5)). So a process counts only when all
its user IDs are root's, it is in our own user, pid, mount and network namespaces (a container has
another root and another eth0) and root directory, and the program it runs is a file that nobody but
root can write.

A process may change while it is read: it is reached by one descriptor, which is of that process and
never of a later one with its number, and who it is is looked at before and after. A process that
has given up root can't take it back by itself.
"""

import contextlib
import os
import re
import signal
import stat
from collections.abc import Collection, Iterator, Sequence

from xenbond_tui.host.owned import not_roots
from xenbond_tui.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from xenbond_tui.effects import Process

_NAMESPACES = ("user", "pid", "mnt", "net")
"""Linux has all of these files since 3.8; before, those that it has must be the same."""
_MANY_NAMES = ("busybox",)
"""Programs that are many: which one, their first word says."""
_PYTHON = re.compile(r"python3?(\.\d+)?")
"""Its own name says nothing; that of the script, its first word with a whole path, does."""
_GONE = " (deleted)"
"""What the kernel adds to the path of a program whose file was replaced, as by an update."""
_MAX_BYTES = 1 << 16
_Place = tuple[str, tuple[tuple[int, int] | None, ...]]
"""Root directory as a path, because a bind mount's has the same inode; and namespaces."""


class LiveProcesses:
    """The processes of this host (effects.Processes)."""

    def __init__(self, proc: str = "/proc") -> None:
        self._proc = proc

    def of_root(self, programs: Collection[str]) -> "tuple[Process, ...]":
        """Root's own processes of these programs, in the namespaces that we are in ourselves.

        What can't be read, or ends meanwhile, is left out.
        """
        try:
            ours = _place(f"{self._proc}/self")
            numbers = sorted((name for name in os.listdir(self._proc) if name.isdecimal()), key=int)
        except OSError:
            return ()
        found = (self._process(number, frozenset(programs), ours) for number in numbers)
        return tuple(process for process in found if process is not None)

    def _process(self, number: str, programs: frozenset[str], ours: _Place) -> "Process | None":
        from xenbond_tui.effects import Process

        with contextlib.suppress(OSError, ValueError), _directory(f"{self._proc}/{number}") as here:
            if not _is_users(here):
                return None
            path = os.readlink("exe", dir_fd=here)
            file = os.stat("exe", dir_fd=here)
            argv = tuple(_read(here, "cmdline").decode("utf-8", "replace").split("\0")[:-1])
            program = os.path.basename(path.removesuffix(_GONE))
            if not argv:
                # It is about to become another program.
                return None
            if program in _MANY_NAMES:
                program = os.path.basename(argv[0])
            script = ""
            if _PYTHON.fullmatch(program):
                script = next((word for word in argv[1:] if word.startswith("/")), "")
                program = os.path.basename(script)
            if program not in programs or not _is_trusted(path, file):
                return None
            if script and not_roots(script):
                return None
            same = os.path.samestat(file, os.stat("exe", dir_fd=here))
            if same and _place(".", here) == ours and _is_users(here):
                return Process(program, argv, int(number))
        return None

    def signal(self, process: "Process", number: int) -> None:
        """As `effects.Processes`; needs Linux 5.3, where a descriptor is of one process alone."""
        with contextlib.suppress(ProcessLookupError):
            descriptor = os.pidfd_open(process.pid)
            try:
                if process in self.of_root((process.program,)):
                    signal.pidfd_send_signal(descriptor, number)
            finally:
                os.close(descriptor)


def cpu_time(argv: Sequence[str], proc: str = "/proc") -> float | None:
    """Seconds of CPU time of our own user's processes of that command line; None if there is none.

    For a process that we have started and that is nobody's child any more. proc(5): stat's fields
    utime and stime, in ticks.
    """
    wanted = b"".join(os.fsencode(word) + b"\0" for word in argv)
    numbers = (name for name in os.listdir(proc) if name.isdecimal())
    ours = _place(f"{proc}/self")
    found = [spent for name in numbers if (spent := _spent(f"{proc}/{name}", wanted, ours))]
    return sum(item[0] for item in found) if found else None


def _spent(path: str, wanted: bytes, ours: _Place) -> tuple[float] | None:
    user = os.geteuid()
    # It may end meanwhile.
    with contextlib.suppress(OSError, ValueError, IndexError), _directory(path) as here:
        if not _is_users(here, user) or _read(here, "cmdline") != wanted:
            return None
        # After the name, which may have blanks and parentheses in it.
        fields = _read(here, "stat").rpartition(b")")[2].split()
        if _place(".", here) == ours and _is_users(here, user):
            return ((int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"),)
    return None


@contextlib.contextmanager
def _directory(path: str) -> Iterator[int]:
    descriptor = os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _read(here: int, name: str) -> bytes:
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=here)
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read(_MAX_BYTES)


def _is_users(here: int, user: int = 0) -> bool:
    """Real, effective, saved and file system user ID (proc(5), status)."""
    for line in _read(here, "status").splitlines():
        if line.startswith(b"Uid:"):
            return line.split()[1:] == [b"%d" % user] * 4
    return False


def _is_trusted(path: str, file: os.stat_result) -> bool:
    """Root's program: the file that runs, and what is at its path now."""
    if not stat.S_ISREG(file.st_mode) or file.st_uid != 0 or file.st_mode & 0o022:
        return False
    here = path.removesuffix(_GONE)
    if not path.startswith("/") or not os.path.isfile(here) or not_roots(here):
        return False
    return here != path or os.path.samestat(file, os.stat(path))


def _place(directory: str, here: int | None = None) -> _Place:
    found: list[tuple[int, int] | None] = []
    for name in _NAMESPACES:
        try:
            item = os.stat(f"{directory}/ns/{name}", dir_fd=here)
        except FileNotFoundError:
            found.append(None)
        else:
            found.append((item.st_dev, item.st_ino))
    return os.readlink(f"{directory}/root", dir_fd=here), tuple(found)
