"""What a command does not need is not imported: it is run every minute, or over a slow disk."""

import subprocess
import sys
from pathlib import Path

import pytest

from xenbond_tui.commands.demo import DEFAULT
from xenbond_tui.demo.recordings import unpack
from xenbond_tui.stacks import STACKS

SCREENS = ("textual", "screens", "rich")
PLAN = ("xenbond_tui.plan", "xenbond_tui.facts.routing", "xenbond_tui.facts.host")
"""Two in three of the classes there are, and half of what a command has to load for nothing."""

PARSING = ("argparse", "gettext", "locale")
"""Loaded to refuse a command line, and to explain one."""
DEAR = (
    *("pyroute2", "ruamel", "asyncio", "dataclasses", "inspect", "subprocess", "typing", "socket"),
    *("json", *PARSING),
)
PLANNING = ("xenbond_tui.planner", "xenbond_tui.stacks", "xenbond_tui.plan")

KEEPING = ("hashlib", "zlib")
"""What names a directory, and what unpacks a module."""

OF_RUAMEL = ("typing", "base64")
"""What it loads besides itself, the second to make objects of a text, or a text of objects."""

IN_FEW_PLANS = (
    "fnmatch",
    "xenbond_tui.answers_file.writer",
    "xenbond_tui.masking.spans",
    "xenbond_tui.rules.slave_commands",
)
"""What reads patterns, writes answers, finds secrets and judges commands, where there are any."""

COMMANDS = [
    (("--version",), (*SCREENS, "pyroute2", "ruamel")),
    (("--help",), (*SCREENS, "pyroute2", "ruamel")),
    (
        ("status",),
        (*SCREENS, *PLAN, *DEAR, "signal", "xenbond_tui.host.known_commands"),
    ),
    (("status", "--json"), (*SCREENS, *DEAR)),
    (("nics",), (*SCREENS, *PLANNING, *DEAR)),
    (("nics", "--root", "ROOT"), (*SCREENS, *PLANNING, *DEAR, *KEEPING)),
    (
        ("plan", "--root", "ROOT", "--answers", "ROOT/answers.yaml"),
        (*SCREENS, "ruamel", *OF_RUAMEL, *KEEPING, "signal"),
    ),
    (("history",), (*SCREENS, *PLAN, "pyroute2", "ruamel", "socket", "subprocess")),
    (("history", "--root", "ROOT"), (*SCREENS, *PLAN, "pyroute2", "ruamel", "subprocess")),
    (("events",), (*SCREENS, *PLAN, "pyroute2", "ruamel", "asyncio")),
]


@pytest.mark.parametrize(("argv", "unwanted"), COMMANDS, ids=[" ".join(row[0]) for row in COMMANDS])
def test_not_imported(argv: tuple[str, ...], unwanted: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "answers.yaml").write_text("version: 1\nbond: {slaves: [eth0, eth1]}\n")
    imported = imported_by(tuple(word.replace("ROOT", str(tmp_path)) for word in argv))
    assert not imported & set(unwanted)


def test_a_plan_loads_its_own_stack_and_no_other(tmp_path: Path) -> None:
    """Of the others what every host is asked for: a folder's `places`."""
    unpack(DEFAULT, str(tmp_path))
    answers = tmp_path / "answers.yaml"
    answers.write_text("version: 1\nbond: {slaves: [eth0, eth1]}\nbridge: {name: xenbr0}\n")
    imported = imported_by(("plan", "--root", str(tmp_path), "--answers", str(answers)))
    begins = "xenbond_tui.stacks."
    inside = {name.removeprefix(begins) for name in imported if name.startswith(begins)}
    own = "ifupdown"
    assert f"{own}.set_up" in inside
    others = {stack.name for stack in STACKS} - {own}
    loaded = {name for name in inside if "." in name and name.split(".")[0] in others}
    assert loaded == {f"{name}.places" for name in others}
    # Nothing of a tree runs: there is an outage, and no way without one.
    assert f"{own}.activate" in inside
    assert not inside & {f"{own}.transition", "change_over.transition", "change_over.edit"}
    assert not imported & {*IN_FEW_PLANS}


def test_a_plan_loads_few_modules_more_than_a_list_of_nics(tmp_path: Path) -> None:
    """Each costs every plan an eighth of a millisecond, whatever is in it: most of its time."""
    unpack(DEFAULT, str(tmp_path))
    answers = tmp_path / "answers.yaml"
    answers.write_text("version: 1\nbond: {slaves: [eth0, eth1]}\nbridge: {name: xenbr0}\n")
    plan = imported_by(("plan", "--root", str(tmp_path), "--answers", str(answers)))
    more = plan - imported_by(("nics", "--root", str(tmp_path)))
    assert len(more) <= 112, sorted(more)


def imported_by(argv: tuple[str, ...]) -> set[str]:
    """Every module that a process of that command has at its end."""
    script = (
        "import sys; from xenbond_tui.cli import run; run(sys.argv[1:]);"
        "print('\\n'.join(['', 'IMPORTED', *sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", script, *argv], capture_output=True, text=True, check=True
    )
    assert "Traceback" not in done.stderr
    imported = set(done.stdout.split("IMPORTED")[1].split())
    assert "xenbond_tui" in imported
    return imported
