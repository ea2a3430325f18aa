"""Classes of values: what `dataclasses` makes of the same lines, asked in the same ways."""

import copy
import dataclasses
import subprocess
import sys
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from xenbond_tui import value


def made_by(module: Any) -> Any:
    """The same classes by `dataclasses` or by ours."""
    dataclass, field = module.dataclass, module.field

    @dataclass(frozen=True, slots=True)
    class Point:
        """A point."""

        x: int
        y: int = 2
        names: Mapping[str, int] = field(default_factory=dict, compare=False)
        note: str = field(default="", metadata={"formerly": "remark"})

        @property
        def sum(self) -> int:
            return self.x + self.y

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Named(Point):
        """With fields that are given by name alone."""

        name: str
        y: int = 7

    @dataclass(slots=True)
    class Counter:
        """Changes."""

        start: int
        count: int = field(init=False)
        seen: list[int] = field(default_factory=list, init=False)
        step: int = field(default=1, init=False)

        def __post_init__(self) -> None:
            self.count = self.start * 2

    @dataclass(frozen=True, slots=True, eq=False)
    class Itself:
        """Equal to itself alone."""

        x: int = 0

    @dataclass(frozen=True, slots=True)
    class Empty:
        """Of no fields."""

    return SimpleNamespace(Empty=Empty, Point=Point, Named=Named, Counter=Counter, Itself=Itself)


BOTH = [made_by(dataclasses), made_by(value)]
THEIRS, OURS = BOTH


def everything_of(made: Any) -> list[Any]:
    """What can be asked of these classes, as far as it does not name the module."""
    point = made.Point(1)
    counter = made.Counter(3)
    named = made.Named(x=1, name="a")
    other = value.replace if made is OURS else dataclasses.replace
    return [
        [point.x, point.y, point.names, point.note, point.sum],
        repr(point).rpartition(".")[2],
        repr(named).rpartition(".")[2],
        [point == made.Point(1, 2, {"a": 1}), point == made.Point(1, 3), point == (1, 2)],
        [hash(point) == hash(made.Point(1)), len({point, made.Point(1), made.Point(2)})],
        [other(point, y=5).y, other(point, y=5).x, other(named, name="b").name],
        [dataclasses.replace(point, y=5).y, dataclasses.asdict(named)],
        [
            (item.name, item.type, item.init, item.compare, dict(item.metadata))
            for cls in (made.Point, made.Named, made.Counter)
            for item in dataclasses.fields(cls)
        ],
        [item.default for item in dataclasses.fields(made.Point)][1],
        [dataclasses.is_dataclass(made.Point), dataclasses.is_dataclass(point)],
        [counter.count, counter.seen, counter.step, counter.seen is made.Counter(3).seen],
        [made.Point.__match_args__, made.Counter.__hash__],
        [
            copy.deepcopy(point) == point,
            copy.copy(named) == named,
            copy.deepcopy(counter) == counter,
        ],
        [made.Empty() == made.Empty(), len({made.Empty(), made.Empty()}), made.Empty.__slots__],
        [made.Itself() == made.Itself(), len({made.Itself(), made.Itself()})],
        [hasattr(point, "__dict__"), made.Point.__slots__, made.Named.__slots__],
        [made.Point.__doc__, made.Point.__name__, made.Point.__module__],
    ]


def test_everything_is_as_dataclasses_have_it() -> None:
    theirs, ours = map(everything_of, BOTH)
    for expected, found in zip(theirs, ours, strict=True):
        assert found == expected


def test_the_first_values_are_as_the_later_ones() -> None:
    """The first are filled one field after the other; for the rest that is compiled."""
    made = made_by(value)
    every = [everything_of(made) for _ in range(20)]
    assert "first_init" not in made.Point.__init__.__qualname__
    assert all(found == every[0] for found in every)


@pytest.mark.parametrize("values", [0, 20], ids=["the first", "later"])
def test_what_is_no_argument_is_refused_whenever_it_comes(values: int) -> None:
    made = made_by(value)
    for _ in range(values):
        made.Point(1), made.Named(1, name="a"), made.Counter(3)
    test_what_can_not_be_done(made)


@pytest.mark.parametrize("made", BOTH, ids=["dataclasses", "ours"])
def test_what_can_not_be_done(made: Any) -> None:
    point = made.Point(1)
    for wrong in (
        lambda: made.Point(),
        lambda: made.Point(1, 2, {}, "", 3),
        lambda: made.Point(1, z=3),
        lambda: made.Point(1, x=1),
        lambda: made.Named(1, "a"),
        lambda: made.Named(x=1),
        lambda: made.Counter(1, count=2),
        lambda: {made.Counter(1)},
    ):
        with pytest.raises(TypeError):
            wrong()
    for change in (lambda: setattr(point, "x", 2), lambda: delattr(point, "x")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            change()
    with pytest.raises(AttributeError):
        made.Counter(1).other = 2
    assert point.x == 1


def test_an_annotation_that_is_text_is_a_field() -> None:
    @value.dataclass(frozen=True, slots=True)
    class Text:
        """As `from __future__ import annotations` has them."""

        x: "int"

    assert Text(1).x == 1
    assert [item.type for item in dataclasses.fields(Text)] == ["int"]


def test_a_class_without_slots_is_refused() -> None:
    with pytest.raises(TypeError, match="slots"):
        value.dataclass(slots=False)


def test_values_load_nothing_that_takes_long() -> None:
    script = (
        "import sys; from xenbond_tui.value import dataclass, replace\n"
        "@dataclass(frozen=True, slots=True)\n"
        "class A:\n    x: int = 1\n"
        "assert replace(A(), x=2) == A(2) and hash(A()) and repr(A())\n"
        "sys.exit(bool({'dataclasses', 'inspect', 'typing'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-I", "-c", script], check=False).returncode == 0
