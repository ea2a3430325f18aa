"""One host as the program sees it: its doors, given once by `xenbond_tui.compose`."""

import shlex
from collections.abc import Callable, Mapping, Sequence

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.access import Access, AtBoot
from xenbond_tui.typed import TYPE_CHECKING, Protocol
from xenbond_tui.value import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Collection

    from xenbond_tui.effects import (
        Clock,
        KernelReader,
        KernelWriter,
        Process,
        Processes,
        Runner,
        Tree,
    )


Started = Callable[[], float | None]
"""CPU time in seconds that a started process has had; None while none is seen."""


class Launcher(Protocol):
    """Starts a process that outlives the terminal, the session and this program."""

    def start(self, name: str, argv: Sequence[str], after: Sequence[str] = ()) -> Started:
        """Start `argv` detached; `name` is its unit's name where there are units.

        Where there are, `after` is run when it has ended, however it ended.

        Raises:
            XenbondError: it could not be started; nothing runs.
        """
        ...


class NoProcesses:
    """Another system's tree: nothing runs there (effects.Processes)."""

    def of_root(self, programs: "Collection[str]") -> "tuple[Process, ...]":
        """None."""
        return ()

    def signal(self, process: "Process", number: int) -> None:
        """To nobody."""


def no_writer() -> "KernelWriter":
    """Another system's tree has no network that could be changed.

    Raises:
        XenbondError: always.
    """
    raise XenbondError("Another system's tree (--root) has no running network to change.")


@dataclass(frozen=True, slots=True)
class Machine:
    """Everything one host is reached by."""

    access: Access
    """Which host it is, and what can be done with it."""
    tree: "Tree"
    kernel: "KernelReader"
    runner: "Runner"
    clock: "Clock"
    launcher: Launcher
    environ: Mapping[str, str] = field(default_factory=dict)
    """The operator's environment (SSH_CONNECTION); empty for another system's tree."""
    at_boot: Callable[[], AtBoot] = AtBoot
    """Whether what this process runs from may be run at boot; only of the live host a question."""
    processes: "Processes" = field(default_factory=NoProcesses)
    writer: "Callable[[], KernelWriter]" = no_writer
    """The running network for who changes it."""
    state: Callable[[], str] | None = None
    """Where this host keeps what it did to another system's tree; None for a host's own changes."""
    remarks: list[str] = field(default_factory=list, compare=False)
    """What was found on the way and must be told besides, each once."""

    @property
    def state_dir(self) -> str:
        """Where transactions are kept (real path, the root's prefix included)."""
        return self.state() if self.state else self.own_dir

    @property
    def own_dir(self) -> str:
        """Where the system keeps what it does to itself; of another's tree, to be shown only."""
        return f"{self.access.root}/var/lib/xenbond"

    def command(self, words: str) -> str:
        """The command line by which an operator asks for something here: `xenbond undo`."""
        tree = f" --root {shlex.quote(self.access.root)}" if self.access.other_tree else ""
        return f"xenbond {words}{tree}"

    def tell(self, remark: str) -> None:
        """Have something told besides, once."""
        if remark not in self.remarks:
            self.remarks.append(remark)
