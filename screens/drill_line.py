"""The drill that runs, in one line for who watches the bond: whoever began it, from wherever."""

from contextlib import suppress

from xenbond_tui.apply.progress import read_progress
from xenbond_tui.drill.directories import Drills
from xenbond_tui.errors import XenbondError
from xenbond_tui.machine import Machine


def drill_line(machine: Machine) -> str:
    """Which bond is drilled and where it stands; "" when none is. Reads files."""
    drills = Drills(machine)
    id = drills.running()
    if id is None:
        return ""
    with suppress(XenbondError):
        bond, *_ = drills.order(id)
        lines, said = read_progress(drills.path(id, "progress.jsonl"))
        doing = [line.label for line in lines[-1:] if line.status == "running"]
        stands = ": ".join(part.rstrip(".") for part in (said, *doing) if part)
        return (
            f"A drill of {bond} runs. {stands}. D shows it."
            if stands
            else (f"A drill of {bond} begins. D shows it.")
        )
    return ""
