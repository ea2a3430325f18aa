"""mutmut's mutants of files, all of them in each file, switched by name: mutmut's own way.

Two things differ from `mutmut run`. A string has one mutant, another text, for in other letters it
is that once more. And what stands under a property, a context manager or a cache is mutated too.
"""

import difflib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import libcst as cst
from mutmut.mutation import file_mutation, mutators

DECORATORS = {"property", "contextmanager", "contextlib.contextmanager", "functools.cache", "cache"}
SKIPS = file_mutation.MutationVisitor._skip_node_and_children
ARRANGES = file_mutation.function_trampoline_arrangement


def _decorators(function: cst.FunctionDef) -> set[str]:
    return {cst.Module([]).code_for_node(item.decorator) for item in function.decorators}


def _skips(visitor: Any, node: cst.CSTNode) -> bool:
    ours = isinstance(node, cst.FunctionDef) and node.decorators
    return SKIPS(visitor, node) if not ours or _decorators(node) - DECORATORS else False


def _arranges(function: cst.FunctionDef, mutants: Any, class_name: str | None) -> Any:
    if not function.decorators or _decorators(function) - DECORATORS:
        return ARRANGES(function, mutants, class_name)
    # Of the copies none is decorated; what switches between them is.
    bare = function.with_changes(decorators=[])
    declared, (switch, *copies), assigned, names = ARRANGES(bare, mutants, class_name)
    switch = switch.with_changes(decorators=[*function.decorators, *switch.decorators])
    return declared, [switch, *copies], assigned, names


def _one_string(node: cst.BaseString) -> Iterator[cst.BaseString]:
    yield from list(mutators.operator_string(node))[:1]


file_mutation.MutationVisitor._skip_node_and_children = _skips
file_mutation.function_trampoline_arrangement = _arranges
file_mutation.mutation_operators = [
    (kind, _one_string if operator is mutators.operator_string else operator)
    for kind, operator in file_mutation.mutation_operators
]


def mutate(paths: Iterable[Path]) -> dict[str, str]:
    """Write the mutants into these files; the names of all, each with what it changes."""
    found = {}
    for path in paths:
        made = file_mutation.mutate_file_contents(str(path), path.read_text(), None, None)
        path.write_text(made.code)
        lines, spans = made.code.splitlines(), made.line_span_by_function_name
        module = ".".join(path.with_suffix("").parts).removesuffix(".__init__")

        def text(name: str, lines: Any = lines, spans: Any = spans) -> list[str]:
            span = spans[name]
            return [line.replace(name, "F") for line in lines[span.start - 1 : span.end]]

        for name in made.mutant_names:
            whole = text(name.rpartition("__mutmut_")[0] + "__mutmut_orig")
            told = list(difflib.unified_diff(whole, text(name), lineterm="", n=0))[3:]
            found[f"{module}.{name}"] = f"{path}: " + "\n".join(told)
    return found
