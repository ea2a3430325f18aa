"""The script: a text that is the same for every plan, and the plan as shell functions in it.

What the script does is in assets/export/setup.sh; here is only what it is told. It restarts the
network by the stack's own commands: the order of steps without an outage asks netlink what comes of
each, which a shell can't.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator

from xenbond_tui import __version__
from xenbond_tui.errors import XenbondError
from xenbond_tui.plan.actions import Run
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.plan.plan import Expected, Plan
from xenbond_tui.shipped import asset
from xenbond_tui.stacks import STACKS
from xenbond_tui.stacks.base import Restart
from xenbond_tui.text import one_line
from xenbond_tui.value import replace

LARGEST = 1 << 16
"""Bytes of a script; it is sent over slow lines, and read before it is run."""
_DATA = "#@DATA@\n"
_HEAD = "#!/bin/sh\n"
_UNSAFE = re.compile(r"[\0-\x1f\x7f]")


def script(plan: Plan, notes: Iterable[str] = ()) -> str:
    """The whole script, ASCII.

    Args:
        plan: of a set-up.
        notes: what was found on the way, a line each; they are comments in it.

    Raises:
        XenbondError: a file's name can't be written, or it would be too large.
    """
    expected = plan.expected
    restart = next((stack.restart for stack in STACKS if stack.name == plan.stack), None)
    if expected is None or restart is None:
        raise XenbondError(f"{plan.stack}: its plan has no restart; nothing was written.")
    data = "\n".join((*_comments(plan, notes), *_facts(plan, expected, restart), *_files(plan)))
    # Both are known to the script as one: which of two scripts a change was made by.
    id = hashlib.sha256(data.encode()).hexdigest()[:16]
    template = asset("export", "setup.sh").read_text(encoding="ascii")
    text = template.replace(_DATA, f"ID={id}\n{data}\n", 1)
    if len(text) > LARGEST:
        largest = max(plan.changed, key=lambda change: len(change.after or b""))
        raise XenbondError.at(
            largest.path,
            f"is too large: the script would be {len(text) // 1024} KiB of at most "
            f"{LARGEST // 1024}; nothing was written. Make the change with `xenbond apply`.",
        )
    return text


def _comments(plan: Plan, notes: Iterable[str]) -> Iterator[str]:
    yield f"# Made by xenbond {__version__} of a plan: {one_line(plan.summary)}"
    for note in notes:
        yield "# " + one_line(note).encode("ascii", "backslashreplace").decode()


def _facts(plan: Plan, expected: Expected, restart: Restart) -> Iterator[str]:
    outage = replace(restart.outage, why="while the whole network is stopped and started again")
    values = {
        "SUMMARY": plan.summary,
        "OUTAGE": outage.text,
        "PATIENCE": str(outage.longest),
        "BOND": expected.bond,
        "BRIDGE": expected.bridge or "",
        "HOLDER": expected.holder,
        "DAEMONS": " ".join(restart.daemons),
        "SLAVES": " ".join(expected.slaves),
        "ADDRESSES": " ".join(item.cidr for item in expected.addresses),
        "FILES": str(len(plan.changes)),
    }
    yield from (f"{name}={quoted(value)}" for name, value in values.items())
    steps = {
        step.action for step in (*plan.forward, *plan.rollback) if isinstance(step.action, Run)
    }
    yield _function("stack_stop", restart.stop)
    yield _function("stack_start", restart.start)
    yield _function("stack_remake", [run.argv for run in plan.at_boot if run in steps])
    yield _function("stack_at_boot", [run.argv for run in plan.at_boot if run not in steps])


def _function(name: str, commands: Iterable[tuple[str, ...]]) -> str:
    lines = [" ".join(map(quoted, argv)) for argv in commands] or [":"]
    return f"{name}() {{\n" + "".join(f"\t{line}\n" for line in lines) + "}"


def _files(plan: Plan) -> Iterator[str]:
    """`file N` sets what is known of the Nth file; `new_N` prints its contents."""
    yield "file() {\n\tmode='' why='' masked=no todo=yes\n\tcase $1 in"
    for number, change in enumerate(plan.changes, 1):
        yield f"\t{number})\n" + "".join(f"\t\t{line}\n" for line in _known(change)) + "\t\t;;"
    yield "\tesac\n}"
    for number, change in enumerate(plan.changes, 1):
        if change.status == "unchanged":
            continue
        if change.after is not None:
            yield printing(f"new_{number}", change.after)
        if change.masked:
            yield printing(f"masked_{number}", change.diff().encode("utf-8", "surrogateescape"))


def _known(change: FileChange) -> Iterator[str]:
    real = change.real or change.path
    for name in (change.path, real):
        if _UNSAFE.search(name):
            raise XenbondError.at(
                one_line(name),
                "has a control character in its name, which no script can say safely; nothing was "
                "written. Rename it.",
            )
    yield f"path={printed(change.path)}"
    yield f"real={printed(real)}"
    same = change.status == "unchanged"
    yield f"was={_digest(change.before)} now={_digest(change.before if same else change.after)}"
    if same:
        yield "todo=no"
        return
    if change.after is not None and change.mode != change.before_mode:
        yield f"mode={change.mode:04o}"
    yield f"why={printed(change.why)}"
    if change.masked:
        yield "masked=yes"


def _digest(data: bytes | None) -> str:
    # Against a change since, not against an attacker: who writes these files is root already.
    return "-" if data is None else hashlib.sha1(data, usedforsecurity=False).hexdigest()


def quoted(text: str) -> str:
    """One word for the shell, whatever is in it.

    Raises:
        XenbondError: it is not ASCII.
    """
    if not text.isascii() or _UNSAFE.search(text):
        raise XenbondError(f"{one_line(text)!r} can't be said in a script; nothing was written.")
    return "'" + text.replace("'", r"'\''") + "'" if not _PLAIN.fullmatch(text) else text


_PLAIN = re.compile(r"[A-Za-z0-9_./:=@%+-]+")


def printed(text: str) -> str:
    """As `quoted`, also for bytes beyond ASCII: those by printf(1)."""
    data = text.encode("utf-8", "surrogateescape")
    return quoted(text) if data.isascii() else f'"$(printf {_format(data)})"'


def printing(name: str, data: bytes) -> str:
    """A function that prints those bytes: a printf(1) for each line."""
    lines = [f"\tprintf {_format(line)}\n" for line in data.splitlines(keepends=True)]
    return f"{name}() {{\n" + ("".join(lines) or "\t:\n") + "}"


def _format(data: bytes) -> str:
    """A format that prints exactly these bytes, in every printf of a shell.

    A "-" in front would be an option for some, and a digit behind an octal code is none of it: a
    code has always three.
    """
    text = "".join(_character(byte) for byte in data)
    return "'" + (r"\055" + text[1:] if text.startswith("-") else text) + "'"


def _character(byte: int) -> str:
    known = {0x0A: r"\n", 0x09: r"\t", 0x25: "%%", 0x5C: r"\\"}
    if byte in known:
        return known[byte]
    return chr(byte) if 0x20 <= byte < 0x7F and byte != 0x27 else f"\\{byte:03o}"
