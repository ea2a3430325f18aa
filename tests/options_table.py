"""Draws assets/options.md: which bonding option each network stack can say, from the code.

python -m tests.options_table
"""

from pathlib import Path

from xenbond_tui.options.kind import Choice
from xenbond_tui.options.option import Option
from xenbond_tui.options.table import OPTIONS
from xenbond_tui.stacks import STACKS

TABLE = Path(__file__).parents[1] / "assets" / "options.md"
HEAD = """\
# Bonding options

Which of the kernel's bonding options each network stack can say, and how its files spell it. Drawn
from the code by `make docs`; what a stack can't say is refused by its name, never left out in
silence.

"kernel" tells the first and last mainline release that has it; distributions back-port, so
nothing is decided by it.

"""


def table() -> str:
    """The whole document."""
    names = [stack.name for stack in STACKS]
    rows = [["option", "takes", "default", "modes", "kernel", *names]]
    rows += [_row(option) for option in OPTIONS.values()]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["| " + " | ".join(_padded(row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    titles = "".join(f"- `{stack.name}`: {stack.title}\n" for stack in STACKS)
    return HEAD + "\n".join(lines) + "\n\n" + titles


def _row(option: Option) -> list[str]:
    return [
        f"`{option.name}`",
        " ".join(option.kind.codes) if isinstance(option.kind, Choice) else option.allowed,
        option.default or "none",
        " ".join(option.modes) or "all",
        _lifetime(option),
        *(
            f"`{said}`" if (said := stack.dialect.spelling(option.name)) else "-"
            for stack in STACKS
        ),
    ]


def _lifetime(option: Option) -> str:
    parts = (("from", option.since), ("until", option.until))
    return "; ".join(f"{word} {release}" for word, release in parts if release)


def _padded(row: list[str], widths: list[int]) -> list[str]:
    return [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]


if __name__ == "__main__":
    TABLE.write_text(table())
