"""Data is never a template: only constants are format strings."""

import re
from collections.abc import Iterator
from pathlib import Path

from xenbond_tui import cli

PROGRAM = Path(cli.__file__).parent


def _calls() -> Iterator[tuple[str, str]]:
    for folder in (PROGRAM, PROGRAM.parent / "screens"):
        for path in sorted(folder.rglob("*.py")):
            for line in path.read_text().splitlines():
                for match in re.finditer(r"([\w.\])\"']+)\.format\(", line):
                    yield f"{path.name}: {line.strip()}", match[1]


LOCAL = {
    "item": "rules/units.py",
    "name": "apply/surroundings.py",
    "p": "ifcfg/hitless.py",
    "pattern": "ifcfg/hitless.py",
    "kind": "ifcfg/routes.py",
    "words": "screens/xen.py",
}
"""Loop variables over constants of ours."""


def test_only_constants_are_format_strings() -> None:
    for where, receiver in _calls():
        constant = re.fullmatch(r"_?[A-Z][A-Z_0-9]+", receiver.rpartition(".")[2])
        assert constant or receiver in LOCAL, where
