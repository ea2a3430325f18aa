"""The man page names the options that there are, and no other."""

import argparse
import re
from importlib import import_module
from pathlib import Path

from xenbond_tui.commands import COMMANDS

FOR_ALL = {"--version", "--help"}
BY_THE_BOOT_GUARD = {"--boot"}
"""Not for people."""
PAGE = Path(__file__).parents[2] / "assets" / "man" / "xenbond.8"


def test_the_man_page_has_each_option_of_each_command_and_no_other() -> None:
    page = re.sub(r"\\f[BIR]", " ", PAGE.read_text(encoding="utf-8").replace("\\-", "-"))
    told = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page))
    there = set[str]()
    for name in COMMANDS:
        parser = argparse.ArgumentParser(prog=name)
        import_module(f"xenbond_tui.commands.{name}").configure(parser)
        there.update(flag for action in parser._actions for flag in action.option_strings)
    there = {flag for flag in there if flag.startswith("--")}
    assert told | FOR_ALL | BY_THE_BOOT_GUARD == there | FOR_ALL
