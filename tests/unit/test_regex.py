"""Patterns that are compiled for their first use: each of them can be."""

import importlib
import pkgutil
import re

import xenbond_tui
from xenbond_tui.regex import regex


def test_every_pattern_of_the_program_compiles() -> None:
    found = [
        item
        for module in pkgutil.walk_packages(xenbond_tui.__path__, "xenbond_tui.")
        if not module.name.endswith("__main__")
        for item in vars(importlib.import_module(module.name)).values()
        if isinstance(item, regex)  # type: ignore[arg-type]
    ]
    assert len(found) > 80
    for item in found:
        assert re.compile(item.pattern, item.flags & ~re.UNICODE)


def test_a_pattern_is_what_re_compiles_of_it() -> None:
    ours, theirs = regex(r"(?P<a>x)|y", re.IGNORECASE), re.compile(r"(?P<a>x)|y", re.IGNORECASE)
    assert (ours.pattern, ours.flags) == (theirs.pattern, theirs.flags)
    assert ours.findall("X y") == theirs.findall("X y")
    assert ours.match("x")["a"] == "x"
