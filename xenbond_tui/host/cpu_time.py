"""The CPU time of a process that we have started and that is nobody's child any more."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress


def cpu_time(argv: Sequence[str], proc: str = "/proc") -> float | None:
    """Seconds that our own user's processes of that command line have had; None if there is none.

    proc(5): stat's fields utime and stime, in ticks. Who has started them is not looked at: this
    decides how long is waited, and nothing else.
    """
    wanted = b"".join(os.fsencode(word) + b"\0" for word in argv)
    found = [*_of(wanted, proc)]
    return sum(found) if found else None


def _of(wanted: bytes, proc: str) -> Iterator[float]:
    tick = os.sysconf("SC_CLK_TCK")
    for number in filter(str.isdecimal, os.listdir(proc)):
        # It may end meanwhile.
        with suppress(OSError, ValueError, IndexError):
            here = f"{proc}/{number}"
            if os.stat(here).st_uid != os.geteuid() or _read(f"{here}/cmdline") != wanted:
                continue
            # After the name, which may have blanks and parentheses in it.
            fields = _read(f"{here}/stat").rpartition(b")")[2].split()
            yield (int(fields[11]) + int(fields[12])) / tick


def _read(path: str) -> bytes:
    with open(path, "rb") as stream:
        return stream.read(1 << 16)
