"""The embedded host: a recorded machine in a scratch directory, behind the same doors."""

from pathlib import Path

from xenbond_tui.apply.launch import ForkLauncher
from xenbond_tui.demo.kernel import DemoKernel
from xenbond_tui.demo.ours import refuse_foreign
from xenbond_tui.demo.recordings import has_demo
from xenbond_tui.demo.rendered_tree import RenderedTree
from xenbond_tui.demo.runner import DemoRunner
from xenbond_tui.errors import UsageError
from xenbond_tui.facts.access import Access, HostKind
from xenbond_tui.host.clock import SystemClock
from xenbond_tui.host.known_commands import KnownCommands
from xenbond_tui.machine import Machine


def open_demo(directory: str) -> Machine:
    """The demo host in that directory, for the screens and for the detached worker alike.

    Raises:
        UsageError: no demo host was unpacked there, or somebody else could exchange it.
    """
    root = str(Path(directory).resolve())
    refuse_foreign(root)
    if not has_demo(root):
        raise UsageError.at(directory, f"no demo host; `xenbond demo --dir {directory}` makes one.")
    kernel = DemoKernel(root)
    runner = DemoRunner(kernel)
    machine = Machine(
        access=Access(HostKind.DEMO, root),
        tree=RenderedTree(root, kernel.file),
        kernel=kernel,
        writer=lambda: kernel,
        runner=KnownCommands(runner),
        clock=SystemClock(),
        launcher=ForkLauncher(),
        environ={"USER": "root", "SSH_CONNECTION": kernel.file.load().ssh},
    )
    runner.machine = machine
    return machine
