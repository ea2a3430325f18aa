"""Tells everyone on the host that a change was rolled back: terminals and the system log."""

from xenbond_tui.machine import Machine
from xenbond_tui.text import one_line


def announce(machine: Machine, text: str) -> None:
    """By wall(1) and logger(1), where they are; failing to tell stops nothing."""
    runner, text = machine.runner, one_line(text)
    if runner.which("wall") is not None:
        runner.run(("wall", f"xenbond: {text}"), 10.0)
    if runner.which("logger") is not None:
        runner.run(("logger", "-t", "xenbond", "-p", "daemon.warning", "--", text), 10.0)
