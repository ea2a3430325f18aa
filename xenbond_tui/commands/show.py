"""Runs the screens on one machine; what setup, watch, demo and a bare `xenbond` share."""

from xenbond_tui.machine import Machine


def show(machine: Machine, start: str = "auto", bond: str | None = None) -> int:
    """Draw on this terminal until the operator leaves; returns the exit code.

    Args:
        machine: The host.
        start: "auto", "wizard" or "health".
        bond: For health: which one.

    Raises:
        XenbondError: no screen can be drawn on this terminal.
    """
    from xenbond_tui.terminal.prepare import prepare_terminal

    # Before Textual is imported: it reads the environment then.
    profile = prepare_terminal()

    from xenbond_tui.app import XenbondApp
    from xenbond_tui.terminal.driver import ChangedCellsDriver

    app = XenbondApp(
        machine,
        start,
        bond,
        theme=profile.theme,
        ascii_only=profile.ascii,
        driver_class=ChangedCellsDriver,
    )
    code = app.run(mouse=False)
    return app.return_code or code or 0
