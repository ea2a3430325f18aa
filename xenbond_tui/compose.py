"""Builds a Machine: the live host, another system's tree or the demo. The only chooser."""

from collections.abc import Callable

from xenbond_tui.errors import UsageError
from xenbond_tui.facts.access import Access, AtBoot, HostKind, parse_access
from xenbond_tui.machine import Launcher, Machine
from xenbond_tui.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import TypeVar

    from xenbond_tui.effects import KernelWriter, Processes, Runner

    T = TypeVar("T")


def _at_boot() -> AtBoot:
    from xenbond_tui.host.at_boot import at_boot

    return at_boot()


def _live_writer() -> "KernelWriter":
    from xenbond_tui.host.kernel_writer import LiveWriter

    return LiveWriter()


class _WhenNeeded:
    """A door that is made when something is first asked of it.

    One look at a host runs and starts nothing, and must not pay for the imports of what does.
    """

    def __init__(self, make: Callable[[], object]) -> None:
        self._make = make

    def __getattr__(self, name: str) -> Any:
        made = self._make()
        self._make = lambda: made
        return getattr(made, name)


def _when_needed(make: "Callable[[], T]") -> "T":
    door: Any = _WhenNeeded(make)
    as_made: T = door
    return as_made


def _runner() -> "Runner":
    from xenbond_tui.host.known_commands import KnownCommands
    from xenbond_tui.host.runner import SystemRunner

    return KnownCommands(SystemRunner())


def _processes() -> "Processes":
    from xenbond_tui.host.processes import LiveProcesses

    return LiveProcesses()


def live() -> Machine:
    """The host this runs on."""
    import os

    from xenbond_tui.host.clock import SystemClock
    from xenbond_tui.host.kernel import LiveKernel
    from xenbond_tui.host.tree import RootedTree

    runner = _when_needed(_runner)

    def launcher() -> Launcher:
        from xenbond_tui.apply.launch import DetachedLauncher

        return DetachedLauncher(runner)

    return Machine(
        access=Access(),
        tree=RootedTree(""),
        kernel=LiveKernel(),
        writer=_live_writer,
        runner=runner,
        clock=SystemClock(),
        launcher=_when_needed(launcher),
        environ=dict(os.environ),
        at_boot=_at_boot,
        processes=_when_needed(_processes),
    )


def offline(root: str) -> Machine:
    """Another system's tree: files under `root`, and its proc and sys where they are there.

    Raises:
        UsageError: `root` is not a directory, or this user may not look into it.
    """
    import os

    from xenbond_tui.host.clock import SystemClock
    from xenbond_tui.host.recorded_kernel import RecordedKernel
    from xenbond_tui.host.runner import NoRunner
    from xenbond_tui.host.tree import RootedTree

    try:
        # Files in it are asked for by name, and looked for by pattern.
        os.stat(f"{root}/.")
        os.listdir(root)
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(f"--root {root}: no such directory") from None
    except OSError as error:
        raise UsageError(f"--root {root}: {error.strerror}; nothing was looked at") from None
    from xenbond_tui.host.tree_state import identity, state_directory

    root = os.path.realpath(root).rstrip("/")
    tree = identity(root)

    def launcher() -> Launcher:
        from xenbond_tui.apply.launch import NoLauncher

        return NoLauncher()

    return Machine(
        access=Access(HostKind.TREE, root),
        tree=RootedTree(root),
        kernel=RecordedKernel(root),
        runner=NoRunner(),
        clock=SystemClock(),
        launcher=_when_needed(launcher),
        state=lambda: state_directory(tree),
    )


def open_machine(spec: str) -> Machine:
    """The machine another process named by `Access.spec`.

    Raises:
        UsageError: the spec is of no known form.
    """
    access = parse_access(spec)
    if access is None:
        raise UsageError(f"--machine {spec}: must be live, root:DIR or demo:DIR")
    if access.kind is HostKind.DEMO:
        from xenbond_tui.demo.host import open_demo

        return open_demo(access.root)
    return offline(access.root) if access.other_tree else live()


def chosen(root: str | None) -> Machine:
    """What `--root` asked for: that tree, or the live host."""
    return live() if root is None or root == "/" else offline(root)
