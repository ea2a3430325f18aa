"""The transactions of one host, as they lie under /var/lib/xenbond/transactions.

    ID/header.json      what it is: kind, stack, summary, files, deadline asked for
    ID/plan.json        the plan
    ID/backup/          every file of the plan as it was (see `backup`), bystanders too
    ID/settled/         bystanders that were not the same any more when the change was kept
    ID/network.json     the running network as it was
    ID/surroundings.json  values in /proc/sys and DHCP clients of its links as they were
    ID/checkpoint.json  the second clock's name, while there is one
    ID/journal.jsonl    each state, on the disk before the next step
    ID/progress.jsonl   what the operator sees while it runs
    ID/requests/        what the operator asks of the worker
    ID/worker.lock      held by the worker as long as it lives

Reading never fails for one damaged transaction: it is shown as unreadable.
"""

import json
import os
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from xenbond_tui.apply.codec import decode
from xenbond_tui.apply.files import locate
from xenbond_tui.apply.journal import Entry, read_journal
from xenbond_tui.apply.progress import GOING_BACK, read_progress
from xenbond_tui.apply.progress import Line as Line
from xenbond_tui.errors import XenbondError
from xenbond_tui.host import door
from xenbond_tui.machine import Machine

if TYPE_CHECKING:
    from xenbond_tui.plan import Expected, Plan


class State(StrEnum):
    """How far a transaction got."""

    PREPARED = "prepared"
    """Copies kept; nothing written yet."""
    WRITTEN = "written"
    """The files are written."""
    ACTIVE = "active"
    """Everything runs; waiting to be confirmed, else it goes back by itself."""
    CONFIRMED = "confirmed"
    ROLLED_BACK = "rolled-back"
    FAILED = "failed"
    """It could neither be carried out nor be taken back completely: an operator must look."""
    UNREADABLE = "unreadable"
    """Its notes on the disk are damaged."""


OPEN_STATES = frozenset({State.PREPARED, State.WRITTEN, State.ACTIVE})


@dataclass(frozen=True, slots=True)
class Header:
    """What a transaction is, written once before anything else happens."""

    id: str
    kind: str
    """apply or undo."""
    stack: str
    summary: str
    started: float
    """Wall clock, seconds since the epoch."""
    confirm_within: float
    """Seconds; 0 when only files are written."""
    changes: tuple[tuple[str, str], ...]
    """(path, new | changed | removed) of every file that changes."""
    files_only: bool = False
    undoes: str = ""
    """The transaction this one takes back."""
    by: str = ""
    """Who asked for it, in words: `alice on pts/3 from 192.168.0.9`."""
    connection: str = ""
    """The SSH_CONNECTION it was asked for over."""
    bystanders: tuple[str, ...] = ()
    """Files that are not in the plan, and kept because the stack's tools may write them."""
    cut_off: bool = False
    """It is meant to cut the operator off: the host need not be reached as before."""
    number: int = 0
    """One more than the one before it has: a clock that is set back does not turn the history."""


@dataclass(frozen=True, slots=True)
class Record:
    """One transaction, for the history."""

    id: str
    state: State
    started: float
    """Wall clock, seconds since the epoch; 0 when unreadable."""
    ended: float | None
    summary: str
    stack: str
    kind: str
    """apply or undo."""
    changes: tuple[tuple[str, str], ...]
    """(path, new | changed | removed) of every file that changes."""
    result: str
    """How it ended, or why it is unreadable, in words; "" while it is open."""
    files_only: bool = False
    undoes: str = ""
    by: str = ""
    """Who asked for it, in words; "" when it is not known."""
    number: int = 0
    """Which came after which, whatever the clock said."""

    @property
    def is_open(self) -> bool:
        """True while it still has to be confirmed or taken back."""
        return self.state in OPEN_STATES


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a transaction is, read from its notes: any process may ask, as often as it likes."""

    state: State
    lines: tuple[Line, ...] = ()
    deadline: float | None = None
    """Wall clock when it goes back by itself; None when it is not waiting."""
    remaining: float | None = None
    """Seconds until then, by the monotonic clock; None when it is not waiting."""
    message: str = ""
    """What is going on or how it ended, in words."""

    @property
    def going_back(self) -> bool:
        """Is the change being taken back now: too late to keep it?"""
        said = self.message.startswith(GOING_BACK)
        return self.state in OPEN_STATES and (
            said or any(line.status == "undone" for line in self.lines)
        )


@dataclass(slots=True)
class Store:
    """Reads the transactions of one machine. Writing them is `transaction`'s and `journal`'s."""

    machine: Machine
    directory: str = field(init=False)
    """Real path of the transactions' directory; it may not exist yet."""

    def __post_init__(self) -> None:
        root = self.machine.root
        state_dir = self.machine.state_dir.removeprefix(root)
        self.directory = f"{root}{locate(root, state_dir)[0]}/transactions"

    def path(self, id: str, *parts: str) -> str:
        """Real path of something of one transaction.

        Raises:
            XenbondError: `id` is no transaction's name.
        """
        if not id or "/" in id or id.startswith("."):
            raise XenbondError(f"{id!r} is not the name of a change; `xenbond history` lists them.")
        return os.path.join(self.directory, id, *parts)

    def ids(self) -> tuple[str, ...]:
        """Names of all transactions, sorted.

        Raises:
            XenbondError: not permitted.
        """
        try:
            return tuple(name for name in door.names(self.directory) if not name.startswith("."))
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise XenbondError(f"{unusable(self.directory, error)}.") from None

    def history(self) -> tuple[Record, ...]:
        """All transactions, newest first, damaged ones included."""
        records = [self.record(id) for id in self.ids()]
        records.sort(key=lambda item: (item.number, item.started, item.id), reverse=True)
        return tuple(records)

    @property
    def removed_path(self) -> str:
        """Where the names of transactions are noted that are not kept any more."""
        return os.path.join(os.path.dirname(self.directory), "removed")

    def removed(self) -> tuple[str, ...]:
        """Names of transactions that were removed for their age, in that order."""
        try:
            return tuple(door.text(self.removed_path).split())
        except OSError:
            return ()

    def open(self) -> Record | None:
        """The transaction that has not ended; None also for someone not permitted to see it."""
        try:
            return next((item for item in self.history() if item.is_open), None)
        except XenbondError:
            return None

    def record(self, id: str) -> Record:
        """One transaction; what is damaged comes back in the state unreadable.

        Raises:
            XenbondError: there is none of that name.
        """
        if not door.is_directory(self.path(id)):
            gone = " any more: its copies were removed" if id in self.removed() else ""
            raise XenbondError(f"There is no change {id}{gone}; `xenbond history` lists them.")
        try:
            header = self.header(id)
            entries = self.journal(id)
        except XenbondError as error:
            return Record(id, State.UNREADABLE, 0.0, None, "", "", "", (), str(error))
        state = entries[-1].state if entries else State.PREPARED
        ended = state not in OPEN_STATES
        return Record(
            id,
            State(state),
            header.started,
            entries[-1].at if ended else None,
            header.summary,
            header.stack,
            header.kind,
            header.changes,
            entries[-1].text if ended else "",
            header.files_only,
            header.undoes,
            header.by,
            header.number,
        )

    def header(self, id: str) -> Header:
        """What the transaction is.

        Raises:
            XenbondError: it can't be read.
        """
        try:
            header: Header = decode(Header, json.loads(self._read(id, "header.json")))
        except (OSError, ValueError) as error:
            raise XenbondError(
                f"change {id} can't be read: header.json: {_reason(error)}"
            ) from None
        return header

    def journal(self, id: str) -> tuple[Entry, ...]:
        """Its states so far, in order.

        Raises:
            XenbondError: it can't be read.
        """
        try:
            return read_journal(self.path(id, "journal.jsonl"))
        except (OSError, ValueError) as error:
            raise XenbondError(
                f"change {id} can't be read: journal.jsonl: {_reason(error)}"
            ) from None

    def plan(self, id: str) -> "Plan":
        """What it did or does.

        Raises:
            XenbondError: it can't be read.
        """
        # Listing changes needs no plan, and a plan's classes are half of what that would import.
        from xenbond_tui.apply.plan_json import plan_from_json

        try:
            return plan_from_json(self._read(id, "plan.json"))
        except (OSError, ValueError) as error:
            raise XenbondError(f"change {id} can't be read: plan.json: {_reason(error)}") from None

    def expected(self, id: str) -> "Expected | None":
        """What it has the kernel run; of an undo, what the change has that it takes back.

        None also where that one is not kept any more.

        Raises:
            XenbondError: it can't be read.
        """
        header = self.header(id)
        while header.undoes and door.is_directory(self.path(header.undoes)):
            id, header = header.undoes, self.header(header.undoes)
        return self.plan(id).expected

    def progress(self, id: str) -> Progress:
        """How far it is. Cheap: three small files.

        Raises:
            XenbondError: there is no such transaction.
        """
        record = self.record(id)
        lines, message = read_progress(self.path(id, "progress.jsonl"))
        if record.state is not State.ACTIVE:
            return Progress(record.state, lines, message=record.result or message)
        deadlines = [entry.deadline for entry in self.journal(id) if entry.deadline is not None]
        limit = deadlines[-1] if deadlines else 0.0
        remaining = max(0.0, limit - self.machine.clock.monotonic())
        return Progress(
            record.state, lines, self.machine.clock.now() + remaining, remaining, message
        )

    def _read(self, id: str, name: str) -> str:
        return door.read(self.path(id, name)).data.decode()


def unusable(path: str, error: OSError) -> str:
    """Why nothing can be kept or read in a directory, and what to do, without the last stop."""
    if isinstance(error, PermissionError):
        return f"{path}: {error.strerror}. Run it as root"
    if isinstance(error, NotADirectoryError | FileExistsError):
        while os.path.dirname(path) != path and not door.exists(path):
            path = os.path.dirname(path)
        return f"{path} is a file where changes are kept in a directory. Move it away"
    return f"{path}: {error.strerror}"


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "is missing"
    return (error.strerror or str(error)) if isinstance(error, OSError) else "is damaged"
