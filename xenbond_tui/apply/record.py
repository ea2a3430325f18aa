"""What a transaction is, how far it got, and what the history tells of it: values only."""

from enum import StrEnum

from xenbond_tui.apply.progress import Line
from xenbond_tui.facts import FORMERLY
from xenbond_tui.value import dataclass, field


class State(StrEnum):
    """How far a transaction got."""

    PREPARED = "prepared"
    """Copies kept; nothing written yet."""
    WRITTEN = "written"
    """The files are written."""
    ACTIVE = "active"
    """Everything runs; waiting to be confirmed, else it is rolled back."""
    ROLLING_BACK = "rolling-back"
    """Files and network are being put back: it can't be kept any more."""
    CONFIRMED = "confirmed"
    ROLLED_BACK = "rolled-back"
    FAILED = "failed"
    """It could neither be carried out nor be rolled back completely: an operator must look."""
    UNREADABLE = "unreadable"
    """Its notes on the disk are damaged."""


OPEN_STATES = frozenset({State.PREPARED, State.WRITTEN, State.ACTIVE, State.ROLLING_BACK})


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
    """The transaction this one undoes."""
    by: str = ""
    """Who asked for it, in words: `alice on pts/3 from 192.168.0.9`."""
    connection: str = ""
    """The SSH_CONNECTION it was asked for over."""
    bystanders: tuple[str, ...] = ()
    """Files that are not in the plan, and kept because the stack's tools may write them."""
    expect_disconnect: bool = field(default=False, metadata={FORMERLY: "cut_off"})
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
    """Which came after which, whatever the clock said; 0 when that can't be read."""
    end: State | None = None
    """How it ended by its journal, also where the rest of its notes is damaged."""
    superseded: bool = False
    """A later change was begun, so that this one had ended, whatever can't be read of it."""
    ours: bool = True
    """False: its directory is another user's, and nothing in it is believed."""

    @property
    def is_open(self) -> bool:
        """True while it still has to be confirmed or rolled back: also when that can't be read."""
        if self.state is State.UNREADABLE:
            return self.end is None and not self.superseded
        return self.state in OPEN_STATES


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a transaction is, read from its notes: any process may ask, as often as it likes."""

    state: State
    lines: tuple[Line, ...] = ()
    deadline: float | None = None
    """Wall clock when it is rolled back by itself; None when it is not waiting."""
    remaining: float | None = None
    """Seconds until then, by the monotonic clock; None when it is not waiting."""
    message: str = ""
    """What is going on or how it ended, in words."""
