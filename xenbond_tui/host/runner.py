"""Runs commands: an argv, a fixed environment, a time limit. Never a shell.

What running takes is imported when a command is run: `xenbond status` runs none.
"""

import contextlib
import os
from collections.abc import Sequence

from xenbond_tui.host.owned import not_roots
from xenbond_tui.typed import IO, TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

    from xenbond_tui.effects import Completed

SAFE_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
"""Where commands are looked up, whatever the caller's PATH says: this runs as root."""
ENVIRONMENT = {"PATH": SAFE_PATH, "LC_ALL": "C", "HOME": "/"}
"""All a command sees of an environment; LC_ALL=C keeps messages and numbers the same everywhere."""
MAX_OUTPUT = 1 << 20
"""Bytes kept of each stream."""
GRACE_S = 2.0
"""Seconds between SIGTERM and SIGKILL for a command that ran out of time."""

TIMED_OUT = 124
NOT_EXECUTABLE = 126
NOT_FOUND = 127


class SystemRunner:
    """Runs commands on this host (effects.Runner)."""

    def run(self, argv: Sequence[str], timeout: float = 60.0) -> "Completed":
        """Run to its end or `timeout` seconds; never raises for a command's own failure.

        Returns when the command itself ends. What it left running (a DHCP client) keeps running
        and may keep its output open: output goes to memory files, so neither waits for the other.
        A command that runs out of time is killed with its whole process group. A program that
        somebody besides root could exchange is not run.
        """
        import subprocess

        from xenbond_tui.effects import Completed

        args = tuple(argv)
        program = args[0] if "/" in args[0] else self.which(args[0])
        if program is None:
            return Completed(args, NOT_FOUND, "", f"{args[0]}: not found in {SAFE_PATH}")
        if os.path.lexists(program) and (problem := not_roots(program)):
            return Completed(args, NOT_EXECUTABLE, "", f"{program} is not run: {problem}")
        with _memory_file("stdout") as out, _memory_file("stderr") as err:
            try:
                process = subprocess.Popen(
                    args,
                    executable=program,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=err,
                    cwd="/",
                    env=ENVIRONMENT,
                    start_new_session=True,
                )
            except FileNotFoundError:
                return Completed(args, NOT_FOUND, "", f"{program}: not found")
            except OSError as error:
                return Completed(args, NOT_EXECUTABLE, "", f"{program}: {error.strerror}")
            try:
                code = process.wait(timeout)
                note = ""
            except subprocess.TimeoutExpired:
                _kill_group(process)
                code, note = TIMED_OUT, f"{args[0]}: ended after {timeout:g} s without a result"
            except BaseException:
                _kill_group(process)
                raise
            stderr = _text(err)
            if note:
                stderr = f"{stderr.rstrip()}\n{note}".lstrip()
            return Completed(args, code, _text(out), stderr)

    def which(self, name: str) -> str | None:
        """Full path of a command in the fixed, safe search path, or None."""
        import shutil

        return shutil.which(name, path=SAFE_PATH)


class NoRunner:
    """Another system's tree: its commands cannot be run here (effects.Runner)."""

    def run(self, argv: Sequence[str], timeout: float = 60.0) -> "Completed":
        """Run nothing: exit status 127 and the reason on stderr."""
        from xenbond_tui.effects import Completed

        reason = f"{argv[0]}: not run, this is another system's tree (--root)"
        return Completed(tuple(argv), NOT_FOUND, "", reason)

    def which(self, name: str) -> str | None:
        """None: no command of that system can be run."""
        return None


def _memory_file(name: str) -> IO[bytes]:
    try:
        return os.fdopen(os.memfd_create(f"xenbond-{name}"), "w+b")
    except OSError:
        # Linux before 3.17 has no memfd_create.
        import tempfile

        return tempfile.TemporaryFile()


def _text(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read(MAX_OUTPUT).decode("utf-8", "replace")


def _kill_group(process: "subprocess.Popen[bytes]") -> None:
    import signal
    import subprocess

    # start_new_session made the command the leader of its group: the group's id is its pid.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(GRACE_S)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
