"""The transactions of one host, as they lie under /var/lib/xenbond/transactions.

    ID/header.json      what it is: kind, stack, summary, files, deadline asked for
    ID/plan.json        the plan
    ID/backup/          every file of the plan as it was (see `backup`), bystanders too
    ID/settled/         bystanders that were not the same any more when the change was kept
    ID/network.json     the running network as it was
    ID/surroundings.json  values in /proc/sys and DHCP clients of its links as they were
    ID/checkpoint.json  the second clock's name, while there is one
    ID/journal.jsonl    each state, on the disk before the next step
    ID/ended.json       the journal's last line once more
    ID/progress.jsonl   what the operator sees while it runs
    ID/requests/        what the operator asks of the worker
    ID/worker.lock      held by the worker as long as it lives

Reading never fails for one damaged transaction: it is shown as unreadable. Unless its journal says
how it ended, or a later change was begun, an unreadable one counts as open. What is no transaction
is passed over, and named.
"""

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from xenbond_tui.apply import backup_index, notes
from xenbond_tui.apply.codec import decode
from xenbond_tui.apply.file_image import locate
from xenbond_tui.apply.journal import ENDED, Journal, read_end, read_journal
from xenbond_tui.apply.progress import Line as Line, read_progress
from xenbond_tui.apply.record import (
    OPEN_STATES as OPEN_STATES,
    Header as Header,
    Progress as Progress,
    Record as Record,
    State as State,
)
from xenbond_tui.errors import XenbondError
from xenbond_tui.host import door, keeping
from xenbond_tui.host.document import is_wall_time
from xenbond_tui.machine import Machine
from xenbond_tui.value import dataclass, field, replace

if TYPE_CHECKING:
    from xenbond_tui.plan.plan import Expected, Plan

Texts = Mapping[str, tuple[bytes | None, bytes | None]]
"""Path of each file of one change → its content before and after."""
_SMALL = 1 << 20
"""Bytes of notes that hold a name or a list of names."""


class NotPermittedError(XenbondError):
    """Who asks may not look: only root may."""

    code = "not-permitted"


@dataclass(slots=True)
class Store:
    """Reads the transactions of one machine. Writing them is `transaction`'s and `journal`'s."""

    machine: Machine
    directory: str = field(init=False)
    """Real path of the transactions' directory; it may not exist yet."""

    def __post_init__(self) -> None:
        if self.machine.state:
            self.directory = f"{locate('', self.machine.state_dir)[0]}/transactions"
            return
        root = self.machine.access.root
        state_dir = self.machine.state_dir.removeprefix(root)
        self.directory = f"{root}{locate(root, state_dir)[0]}/transactions"

    @property
    def places(self) -> tuple[str, ...]:
        """Every directory of ours down to the transactions', the outermost first."""
        above = [os.path.dirname(self.directory)]
        if self.machine.state:
            # BASE/trees/TREE/transactions
            above = [os.path.dirname(os.path.dirname(above[0])), os.path.dirname(above[0]), *above]
        return (*above, self.directory)

    def path(self, id: str, *parts: str) -> str:
        """Real path of something of one transaction.

        Raises:
            XenbondError: `id` is no transaction's name.
        """
        if not id or "/" in id or "\0" in id or id.startswith("."):
            raise XenbondError(f"{id!r} is not the name of a change; {self._listed_by} lists them.")
        return os.path.join(self.directory, id, *parts)

    @property
    def _listed_by(self) -> str:
        return f"`{self.machine.command('history')}`"

    def ids(self) -> tuple[str, ...]:
        """Names of all transactions, sorted. What else lies there is told (`Machine.tell`).

        Raises:
            NotPermittedError: whoever runs this may not look.
            XenbondError: it can't be listed, or is not ours alone.
        """
        try:
            for place in self.places:
                keeping.look_after(self.machine, place)
            names = door.names(self.directory)
        except FileNotFoundError:
            return ()
        except OSError as error:
            kind = NotPermittedError if isinstance(error, PermissionError) else XenbondError
            raise kind(f"{unusable(self.directory, error)}.") from None
        except XenbondError as error:
            raise XenbondError(f"{error}.") from None
        found = [name for name in names if keeping.CHANGE.fullmatch(name) and self._is_one(name)]
        ours = (name for name in names if keeping.HALF_MADE.fullmatch(name))
        strange = [name for name in names if name not in {*found, *ours}]
        if strange:
            self.machine.tell(
                f"{self.directory} has what is no change of xenbond: "
                f"{', '.join(map(ascii, strange[:5]))}{' …' if strange[5:] else ''}. "
                "It was passed over; move it away."
            )
        return tuple(found)

    def _is_one(self, name: str) -> bool:
        """What can't be looked at counts as a change: it may be the open one."""
        path = os.path.join(self.directory, name)
        try:
            with door.place(path) as place:
                return stat.S_ISDIR(place.status().st_mode)
        except FileNotFoundError:
            return False
        except OSError:
            return True

    def _is_there(self, id: str) -> bool:
        tree, inside = door.at(self.path(id))
        try:
            return stat.S_ISDIR(tree.status(inside).st_mode)
        except PermissionError as error:
            raise NotPermittedError(f"{unusable(self.directory, error)}.") from None
        except OSError:
            return False

    def history(self) -> tuple[Record, ...]:
        """All transactions, newest first, damaged ones included.

        Raises:
            XenbondError: they can't be listed.
        """
        records = [self.record(id) for id in self.ids()]
        last = max((record.number for record in records), default=0)
        records = [_in_order(record, last) for record in records]
        records.sort(key=lambda item: (item.number, item.started, item.id), reverse=True)
        return tuple(records)

    def undoable(self) -> Iterator[Record]:
        """The changes that were kept and have not been undone since, the newest first.

        An undo that was undone itself took nothing back.

        Raises:
            XenbondError: they can't be listed.
        """
        undone: set[str] = set()
        for record in self.history():
            if record.state is State.CONFIRMED and record.id not in undone:
                if record.undoes:
                    undone.add(record.undoes)
                else:
                    yield record

    def files_before(self) -> tuple[Texts, ...]:
        """What the files were before earlier changes, who had the address then; newest first.

        A change that was undone, or that can't be read any more, has no say.
        """
        found: list[Texts] = []
        with suppress(XenbondError):
            for record in self.undoable():
                with suppress(XenbondError):
                    changed = self.plan(record.id).changed
                    found.append({it.path: (it.before, it.after) for it in changed})
        return tuple(found)

    @property
    def removed_path(self) -> str:
        """Where the names of transactions are noted that are not kept any more."""
        return os.path.join(os.path.dirname(self.directory), "removed")

    def removed(self) -> tuple[str, ...]:
        """Names of transactions that were removed for their age, in that order."""
        try:
            data = notes.read_bounded(self.removed_path, _SMALL)
        except (OSError, ValueError):
            return ()
        return tuple(data.decode("utf-8", "replace").split())

    def open(self) -> Record | None:
        """The transaction that has not ended, or of which that can't be read.

        None also for someone who may not see it, and could not begin another one either.

        Raises:
            XenbondError: it can't be known.
        """
        try:
            return next((item for item in self.history() if item.is_open), None)
        except NotPermittedError:
            if os.geteuid() == 0:
                raise
            return None

    def record(self, id: str) -> Record:
        """One transaction; what is damaged comes back in the state unreadable.

        Raises:
            NotPermittedError: whoever runs this may not look.
            XenbondError: there is none of that name.
        """
        if not self._is_there(id):
            gone = " any more: its copies were removed" if id in self.removed() else ""
            raise XenbondError(f"There is no change {id}{gone}; {self._listed_by} lists them.")
        try:
            keeping.look_after(self.machine, self.path(id))
        except (OSError, XenbondError) as error:
            why = f"{error}."
            return Record(id, State.UNREADABLE, 0.0, None, "", "", "", (), why, ours=False)
        damage = []
        header = None
        try:
            header = self.header(id)
        except XenbondError as error:
            damage.append(str(error))
        journal = self.journal(id)
        if journal.damage:
            damage.append(str(_unread(id, "journal.jsonl", journal.damage)))
        last = journal.entries[-1] if journal.entries else None
        if journal.end_lost:
            last = read_end(self.path(id, ENDED), journal.lines)
        end = State(last.state) if last and last.state not in OPEN_STATES else None
        state = State.UNREADABLE
        if header is None:
            number = backup_index.number(self.path(id, "backup"))
            begun = journal.entries[0].at if journal.entries else 0.0
            header = Header(id, "", "", "", begun, 0.0, (), number=number)
        elif last is not None and not journal.end_lost:
            state = State(last.state)
        said = [*damage] if state is State.UNREADABLE else []
        if end is not None and last is not None:
            said.append(last.text)
        return Record(
            id,
            state,
            header.started,
            last.at if end is not None and last is not None else None,
            header.summary,
            header.stack,
            header.kind,
            header.changes,
            " ".join(said),
            header.files_only,
            header.undoes,
            header.by,
            header.number,
            end,
        )

    def header(self, id: str) -> Header:
        """What the transaction is.

        Raises:
            XenbondError: it can't be read.
        """
        try:
            header: Header = decode(Header, notes.read_json(self.path(id, "header.json")))
            if not is_wall_time(header.started):
                raise notes.DamagedError("is damaged")
        except (OSError, ValueError) as error:
            raise _unread(id, "header.json", notes.reason(error)) from None
        return header

    def journal(self, id: str) -> Journal:
        """Its states so far, as far as they can be read."""
        try:
            return read_journal(self.path(id, "journal.jsonl"))
        except OSError as error:
            return Journal(damage=notes.reason(error), end_lost=True)

    def plan(self, id: str) -> "Plan":
        """What it did or does.

        Raises:
            XenbondError: it can't be read.
        """
        # Listing changes needs no plan, and a plan's classes are half of what that would import.
        from xenbond_tui.apply.plan_json import plan_from_json

        try:
            return plan_from_json(notes.read_note(self.path(id, "plan.json")).decode())
        except (OSError, ValueError) as error:
            raise _unread(id, "plan.json", notes.reason(error)) from None

    def expected(self, id: str) -> "Expected | None":
        """What it has the kernel run; of an undo, what the change has that it undoes.

        None also where that one is not kept any more.

        Raises:
            XenbondError: it can't be read.
        """
        header = self.header(id)
        seen = {id}
        while header.undoes and door.is_directory(self.path(header.undoes)):
            if header.undoes in seen:
                raise _unread(id, "header.json", "it undoes itself")
            seen.add(header.undoes)
            id, header = header.undoes, self.header(header.undoes)
        return self.plan(id).expected

    def progress(self, id: str) -> Progress:
        """How far it is. Cheap: three small files.

        Raises:
            XenbondError: there is no such transaction.
        """
        record = self.record(id)
        lines, message = read_progress(self.path(id, "progress.jsonl"))
        if record.state is State.UNREADABLE:
            # Until it has ended it is rolled back, or has to be.
            state = record.end or State.PREPARED
            return Progress(state, lines, message=record.result or message)
        if record.state is not State.ACTIVE:
            return Progress(record.state, lines, message=record.result or message)
        entries = self.journal(id).entries
        deadlines = [entry.deadline for entry in entries if entry.deadline is not None]
        limit = deadlines[-1] if deadlines else 0.0
        remaining = max(0.0, limit - self.machine.clock.monotonic())
        return Progress(
            record.state, lines, self.machine.clock.now() + remaining, remaining, message
        )


def _in_order(record: Record, last: int) -> Record:
    """A change is begun when every one before it has ended: whatever this one says, it has."""
    if not record.is_open or not 0 < record.number < last or not record.ours:
        return record
    told = record.result or f"change {record.id}: its journal lacks its end."
    return replace(record, state=State.UNREADABLE, superseded=True, result=told)


def _unread(id: str, name: str, why: str) -> XenbondError:
    return XenbondError.at(f"change {id} can't be read", f"{name}: {why}")


def unusable(path: str, error: OSError) -> str:
    """Why nothing can be kept or read in a directory, and what to do, without the last stop."""
    if isinstance(error, PermissionError):
        return f"{path}: {error.strerror}. Run it as root"
    if isinstance(error, NotADirectoryError | FileExistsError):
        while os.path.dirname(path) != path and not door.exists(path):
            path = os.path.dirname(path)
        return f"{path} is a file where changes are kept in a directory. Move it away"
    return f"{path}: {error.strerror}"
