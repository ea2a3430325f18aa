"""A bare `xenbond`: the wizard, or the health screen where a bond under a bridge runs.

And how the screens run on one machine, which setup, watch and demo share.
"""

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from xenbond_tui import compose

if TYPE_CHECKING:
    from xenbond_tui.machine import Machine


def show(
    open_machine: "Callable[[], Machine]", start: str = "auto", bond: str | None = None
) -> int:
    """Draw on this terminal until the operator leaves; returns the exit code.

    Args:
        open_machine: Opens the host; called once the terminal shows something.
        start: "auto", "wizard" or "health".
        bond: For health: which one.

    Raises:
        XenbondError: no screen can be drawn on this terminal.
    """
    from xenbond_tui.terminal.profile import prepare_terminal

    # Before Textual is imported: it reads the environment then.
    profile = prepare_terminal()

    from xenbond_tui.app import XenbondApp
    from xenbond_tui.terminal.driver import ChangedCellsDriver

    app = XenbondApp(
        open_machine,
        start,
        bond,
        theme=profile.theme,
        ascii_only=profile.ascii,
        driver_class=ChangedCellsDriver,
    )
    app.run(mouse=False)
    if app.fault is not None:
        raise app.fault
    if app.machine is not None:
        _remind(app.machine)
    return app.return_code or 0


def _remind(machine: "Machine") -> None:
    """Say on the way out that a change has not ended."""
    from xenbond_tui.apply.holder import killed
    from xenbond_tui.apply.store import State, Store

    waiting = Store(machine).open() if machine.access.this_host else None
    if waiting is None:
        return
    if killed(machine, waiting.id):
        end = "was interrupted: `xenbond recover` rolls it back, and so does the next `xenbond`."
    elif waiting.state is State.ROLLING_BACK:
        end = "is being rolled back, also without this terminal; `xenbond history` tells the end."
    else:
        end = "goes on without this terminal. Keep it: `xenbond confirm`, else it rolls back."
    sys.stdout.write(f"Change {waiting.id} {end}\n")


def configure(parser: argparse.ArgumentParser) -> None:
    """It takes no options."""


def run(args: argparse.Namespace) -> int:
    """Open the screens on this host."""
    return show(compose.live)
