"""Adding a network stack touches its own package and one line of the registry, nothing else."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

import screens
import xenbond_tui
from xenbond_tui.stacks import STACKS, Stack

PROGRAM = Path(xenbond_tui.__path__[0])
PACKAGES = PROGRAM / "stacks"
NAMES = tuple(stack.name for stack in STACKS)

NAMED_ELSEWHERE = {
    "codes.py": "a finding has that very code; a table of codes decides nothing",
    "apply/plan_json.py": "the value that earlier versions stored; it will never have another",
    "rules/managed_links.py": "what the daemons say of themselves, the one that renders for "
    "another included; a stack without a daemon has no part in it",
    "rules/owners.py": "two stacks that read the same files are no two owners",
}
"""Modules outside the stacks that know one by name, and why no new stack has to be added there."""


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module that is no stack's own, by its place in the program."""
    for root in (PROGRAM, Path(screens.__path__[0])):
        for path in sorted(root.rglob("*.py")):
            if PACKAGES not in path.parents:
                yield str(path.relative_to(root)), ast.parse(path.read_text())


def names_in(tree: ast.Module) -> set[str]:
    """Stacks that the code names: as a whole string, as a prose docstring is not."""
    texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {text for text in texts if isinstance(text, str) and text in NAMES}


def imports_of(tree: ast.Module) -> Iterator[str]:
    """Full names of the modules that are imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_nothing_else_decides_by_a_stacks_name() -> None:
    found = {place: names for place, tree in modules() if (names := names_in(tree))}
    assert found.keys() == NAMED_ELSEWHERE.keys(), found


def test_only_the_registry_imports_a_stack() -> None:
    own = {f"xenbond_tui.stacks.{name}" for name in NAMES}
    found = {
        place: wanted
        for place, tree in modules()
        if (wanted := [name for name in imports_of(tree) if name.startswith(tuple(own))])
    }
    assert found == {}


@pytest.mark.parametrize("stack", STACKS, ids=NAMES)
def test_a_stack_is_a_package_of_its_name_and_a_line_of_the_registry(stack: Stack) -> None:
    kind = type(stack)
    assert kind.__module__ == f"xenbond_tui.stacks.{stack.name}"
    lines = (PACKAGES / "__init__.py").read_text().splitlines()
    naming = [line for line in lines if kind.__name__ in line.replace("(", " ").split()]
    assert naming == [
        f"from xenbond_tui.stacks.{stack.name} import {kind.__name__}",
        f"    {kind.__name__}(),",
    ]


ASKED = {
    "paths": ("places", "paths"),
    "read": ("read", "read"),
    "inventory": ("inventory", "inventory"),
    "able": ("check", "able"),
    "set_up": ("set_up", "SetUpDraft"),
    "remove": ("remove", "RemovalDraft"),
}
"""What is asked of a stack: the module of its folder that answers, and what is called there."""


@pytest.mark.parametrize(
    ("stack", "method"),
    [
        pytest.param(stack, method, id=f"{stack.name}-{method}")
        for stack in STACKS
        for method in ASKED
        if getattr(type(stack), method) is getattr(Stack, method)
    ],
)
def test_a_folder_answers_what_it_is_asked_and_takes_the_same(stack: Stack, method: str) -> None:
    """No type checker sees that: the modules are imported by their names."""
    module, name = ASKED[method]
    answers = getattr(stack.module(module), name)
    _, *taken = inspect.signature(getattr(Stack, method)).parameters
    assert [*inspect.signature(answers).parameters] == taken
