"""A command's arguments. `argparse` is asked only about a line that is not plainly right.

Its import, and that of what it translates and measures with, is a third of what `status` has to
load. So a line of known options and values is read here; for anything else, help and refusals
included, `argparse` gets what the command declared.
"""

from collections.abc import Callable, Sequence
from types import SimpleNamespace

from xenbond_tui.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

_READ_HERE = frozenset({"action", "choices", "default", "help", "metavar", "nargs", "required"})
"""What may be said of an argument that is read without `argparse`."""


class _Declared:
    """Takes a command's declarations as an `ArgumentParser` does, and keeps them."""

    def __init__(self, group: "_Declared | None" = None) -> None:
        self.group = group
        self.rows: list[tuple[tuple[str, ...], dict[str, Any], _Declared]] = (
            [] if group is None else group.rows
        )

    def add_argument(self, *names: str, **said: Any) -> None:
        """One argument."""
        self.rows.append((names, said, self))

    def add_mutually_exclusive_group(self) -> "_Declared":
        """Arguments of which one may be given."""
        return _Declared(self)


def read(configure: "Callable[[ArgumentParser], None]", argv: Sequence[str]) -> "Namespace | None":
    """What a command line says; None where only `argparse` can tell, or refuse it.

    Args:
        configure: declares the command's arguments.
        argv: what stands behind the command's name.
    """
    declared = _Declared()
    # What it takes of a parser is all that a command may call.
    parser: Any = declared
    configure(parser)
    given: dict[str, Any] = {}
    options: dict[str, tuple[str, dict[str, Any], _Declared]] = {}
    places: list[tuple[str, dict[str, Any]]] = []
    for names, said, group in declared.rows:
        if not _READ_HERE.issuperset(said) or said.get("nargs") not in (None, "?"):
            return None
        long = next((name for name in names if name.startswith("--")), names[0])
        to = long.lstrip("-").replace("-", "_")
        given[to] = False if said.get("action") == "store_true" else said.get("default")
        if names[0].startswith("-"):
            options.update(dict.fromkeys(names, (to, said, group)))
        else:
            places.append((to, said))
    words, found, groups = list(argv), set(), set()
    while words:
        word = words.pop(0)
        if word in options:
            to, said, group = options[word]
            if group.group is not None and group in groups:
                return None
            groups.add(group)
            value: Any = True
            if said.get("action") is None:
                value = words.pop(0) if words else "-"
        elif places:
            to, said = places.pop(0)
            value = word
        else:
            return None
        choices = said.get("choices", (value,))
        if to in found or said.get("action") not in (None, "store_true") or value not in choices:
            return None
        if value is not True and (not value or value.startswith("-")):
            return None
        given[to] = value
        found.add(to)
    missing = [to for to, said, _ in options.values() if said.get("required")]
    missing += [to for to, said in places if said.get("nargs") is None]
    as_argparse: Any = SimpleNamespace(**given) if found.issuperset(missing) else None
    read_here: Namespace | None = as_argparse
    return read_here
