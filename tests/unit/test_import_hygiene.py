"""What a command does not need is not imported: it is run every minute, or over a slow disk."""

import subprocess
import sys

import pytest

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

COMMANDS = [
    (("--version",), (*SCREENS, "pyroute2", "ruamel")),
    (("--help",), (*SCREENS, "pyroute2", "ruamel")),
    (
        ("status",),
        (*SCREENS, *PLAN, *DEAR, "signal", "xenbond_tui.host.known_commands"),
    ),
    (("status", "--json"), (*SCREENS, *DEAR)),
    (("nics",), (*SCREENS, *PLANNING, *DEAR)),
    (("nics", "--root", "ROOT"), (*SCREENS, *PLANNING, *DEAR)),
    (("plan", "--root", "ROOT", "--answers", "ROOT/answers.yaml"), SCREENS),
    (("history",), (*SCREENS, *PLAN, "pyroute2", "ruamel", "socket", "subprocess")),
    (("history", "--root", "ROOT"), (*SCREENS, *PLAN, "pyroute2", "ruamel", "subprocess")),
    (("events",), (*SCREENS, *PLAN, "pyroute2", "ruamel", "asyncio")),
]


@pytest.mark.parametrize(("argv", "unwanted"), COMMANDS, ids=[" ".join(row[0]) for row in COMMANDS])
def test_not_imported(argv: tuple[str, ...], unwanted: tuple[str, ...], tmp_path: object) -> None:
    argv = tuple(word.replace("ROOT", str(tmp_path)) for word in argv)
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
    assert not imported & set(unwanted)
