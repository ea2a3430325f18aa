"""Patterns that are compiled for their first use: each of them can be."""

import importlib
import pkgutil
import re
from fnmatch import fnmatchcase

from hypothesis import example, given, strategies as st

import xenbond_tui
from xenbond_tui.regex import fits, regex


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


SIGNS = st.text("ab.*?[]-!\n", max_size=6)


@given(st.text("ab.*[-\n", max_size=6), SIGNS)
@example("ab", "ab*b")
@example("a", "a*a")
@example("aba", "a*a")
@example("a*", "a[*]")
def test_a_name_fits_a_pattern_as_the_library_has_it(name: str, pattern: str) -> None:
    assert fits(name, pattern) == fnmatchcase(name, pattern)
