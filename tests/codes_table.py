"""Draws assets/codes.md: what each code of the JSON means, from the registry.

python -m tests.codes_table
"""

from collections.abc import Mapping
from pathlib import Path

from xenbond_tui import codes

TABLE = Path(__file__).parents[1] / "assets" / "codes.md"
HEAD = """\
# Codes

What the codes mean that `--json`, the metrics and the timeline have. Drawn by `make docs` from
`xenbond_tui/codes.py`. A code keeps its meaning for good; the text beside it is for people, and
may change.
"""
PARTS = (
    ("Findings", "`plan --json`, `findings`: severity, code, where, text, remedy.", codes.FINDINGS),
    ("Reasons", "`status --json`, `reasons`, and the metrics.", codes.REASONS),
    ("Events", "`events --json` and the timeline.", codes.EVENTS),
    ("Errors", "What a command ends with that could not do its work.", codes.ERRORS),
)


def table() -> str:
    """The whole document."""
    return HEAD + "".join(_part(*part) for part in PARTS)


def _part(title: str, where: str, meanings: Mapping[str, str]) -> str:
    rows = [(f"`{code}`", meaning) for code, meaning in meanings.items()]
    width = max(len(code) for code, _ in rows)
    lines = [f"| {code:<{width}} | {meaning} |\n" for code, meaning in (("code", "means"), *rows)]
    lines.insert(1, f"|{'-' * (width + 2)}|-------|\n")
    return f"\n## {title}\n\n{where}\n\n" + "".join(lines)


if __name__ == "__main__":
    TABLE.write_text(table())
