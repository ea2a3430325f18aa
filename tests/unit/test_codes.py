"""The registry of codes has each one that the code uses, and no other; the page says the same."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

import xenbond_tui
from tests.codes_table import PARTS, TABLE, table
from tests.not_for_health import FOR_A_CHANGE_ONLY, SEEN_BY_HEALTH_AS
from xenbond_tui import codes
from xenbond_tui.drill.model import Result
from xenbond_tui.errors import XenbondError
from xenbond_tui.health.findings import READ, UNDER_BRIDGE
from xenbond_tui.health.model import Level

PACKAGE = Path(xenbond_tui.__file__).parent
PLACE_OF_CODE = {
    **dict.fromkeys(
        ("refuse", "from_error", "warn", "note", "severe", "Reason", "UnsupportedPlatform"), 0
    ),
    **dict.fromkeys(("Finding", "_event", "_refusal"), 1),
}
"""Who is called with a code → which argument it is."""
PATTERNS = r"[a-z0-9]+(-[a-z0-9]+)*"


@cache
def nodes() -> tuple[tuple[Path, tuple[ast.Call, ...], frozenset[str]], ...]:
    """Each module's calls, and the strings that stand in it."""
    found = []
    for path in PACKAGE.rglob("*.py"):
        if path.name == "codes.py":
            continue
        every = tuple(ast.walk(ast.parse(path.read_text())))
        constants = (node.value for node in every if isinstance(node, ast.Constant))
        strings = frozenset(value for value in constants if isinstance(value, str))
        found.append((path, tuple(n for n in every if isinstance(n, ast.Call)), strings))
    return tuple(found)


def said(called: set[str], under: str = "") -> set[str]:
    """Codes, written out, in calls of these names."""
    found = set()
    for path, calls, _ in nodes():
        if not path.is_relative_to(PACKAGE / under):
            continue
        for node in calls:
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name not in called or len(node.args) <= max(1, PLACE_OF_CODE[name]):
                continue
            first = node.args[PLACE_OF_CODE[name]]
            # `refuse` of the answers file and of procfs are others.
            others = path.match("answers_file/*") or path.match("host/*")
            if isinstance(first, ast.Constant) and not others:
                found.add(str(first.value))
    return {code for code in found if re.fullmatch(PATTERNS, code)}


def constants() -> frozenset[str]:
    """Every string that stands anywhere in the program."""
    return frozenset[str]().union(*(strings for _, _, strings in nodes()))


PUT_TOGETHER = {
    *(
        f"{stack}-not-{what}"
        for stack in ("networkd", "networkmanager")
        for what in ("enabled", "running")
    ),
    *("slave-of-another-bond", "port-of-another-bridge"),
    *(f"slave-{status}" for status in ("up", "down", "going-down", "going-back", "unknown")),
    *(f"verdict-{level}" for level in Level),
    *(f"drill-{result}" for result in Result),
}
"""Codes that stand nowhere as they are: daemon.py, networkd/check.py, timeline.py, drill."""


def test_every_code_of_a_finding_is_in_the_registry() -> None:
    used = said(
        {
            "refuse",
            "from_error",
            "warn",
            "note",
            "severe",
            "Finding",
            "UnsupportedPlatform",
            "_refusal",
        }
    )
    assert {"no-link-monitoring", "gap", "wicked", "file-not-editable"} <= used
    progress = {"ok", "failed"}
    assert used - progress - set(codes.FINDINGS) == set(), "add them to xenbond_tui/codes.py"


def test_every_code_of_a_reason_and_an_event_is_in_the_registry() -> None:
    assert said({"Reason"}, "health") - set(codes.REASONS) == set()
    events = said({"_event"}, "health")
    assert {"link-down", "gateway-back"} <= events
    assert events - set(codes.EVENTS) == set()


def test_every_code_of_an_error_is_in_the_registry() -> None:
    import xenbond_tui.apply.steps
    import xenbond_tui.apply.store  # noqa: F401 - they have kinds of their own

    def kinds(kind: type[XenbondError]) -> set[str]:
        return {kind.code}.union(*map(kinds, kind.__subclasses__()))

    assert kinds(XenbondError) == set(codes.ERRORS)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part[0])
def test_the_registry_has_no_code_that_nothing_uses(part: tuple[str, str, dict[str, str]]) -> None:
    meanings = part[2]
    assert list(meanings) == sorted(meanings)
    assert set(meanings) - constants() - PUT_TOGETHER == set()
    for code, meaning in meanings.items():
        assert re.fullmatch(PATTERNS, code)
        assert meaning.endswith("."), code


def test_the_page_is_up_to_date() -> None:
    assert TABLE.read_text() == table(), "assets/codes.md is older than the code: make docs"


def test_an_error_tells_its_place_and_its_remedy_apart_from_its_text() -> None:
    error = XenbondError.at("/etc/a:3", "is not UTF-8 text.", "Save it as UTF-8.")
    assert (error.where, error.text, error.remedy) == (
        "/etc/a:3",
        "is not UTF-8 text.",
        "Save it as UTF-8.",
    )
    assert str(error) == "/etc/a:3: is not UTF-8 text. Save it as UTF-8."
    assert str(XenbondError("No change is waiting.")) == "No change is waiting."


def test_health_reads_every_finding_or_it_is_said_why_not() -> None:
    """A new code is read by both, or has a reason why the planner alone does."""
    apart = [code for words in FOR_A_CHANGE_ONLY.values() for code in words.split()]
    told = [*READ, *SEEN_BY_HEALTH_AS, *apart]
    where = "READ of health/findings.py, or FOR_A_CHANGE_ONLY of not_for_health.py"
    assert set(codes.FINDINGS) - set(told) == set(), f"add them to {where}"
    assert set(told) - set(codes.FINDINGS) == set()
    assert len(told) == len(set(told)), "a code has one place"
    assert set(SEEN_BY_HEALTH_AS.values()) <= set(codes.REASONS)
    assert set(READ) >= UNDER_BRIDGE
