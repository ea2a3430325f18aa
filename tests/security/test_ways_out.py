"""Each way out by itself, with anything that Python can hold in a string."""

import io
import json
import sys
from collections.abc import Callable
from typing import cast

import pytest
from hypothesis import given, strategies as st

from tests.security.hostile import ALL, raw
from xenbond_tui import machine
from xenbond_tui.apply.news import announce
from xenbond_tui.commands.say import say, say_json
from xenbond_tui.commands.streams import CleanStream, clean_streams
from xenbond_tui.effects import Completed
from xenbond_tui.text import cells, clean, json_text, one_line, pad, shortened

anything = st.text(st.characters(exclude_categories=()), max_size=60)


def stream(encoding: str) -> tuple[io.BytesIO, io.TextIOWrapper]:
    below = io.BytesIO()
    return below, io.TextIOWrapper(below, encoding=encoding, newline="")


def through_the_door(text: str, encoding: str) -> str:
    below, wrapper = stream(encoding)
    CleanStream(wrapper).write(text)
    wrapper.flush()
    return below.getvalue().decode(encoding)


def told_everyone(text: str) -> str:
    class Runner:
        said: list[str] = []

        def which(self, name: str) -> str:
            return f"/bin/{name}"

        def run(self, argv: tuple[str, ...], timeout: float) -> Completed:
            assert not any("\0" in word for word in argv)
            self.said += [word for word in argv if word not in ("wall", "logger")]
            return Completed(argv, 0, "", "")

    class Machine:
        runner = Runner()

    announce(cast(machine.Machine, Machine()), text)
    return "".join(Machine.runner.said)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=3), inner),
    max_leaves=12,
)


@given(JSON)
def test_json_is_laid_out_as_pythons_own(document: object) -> None:
    assert json_text(document) == json.dumps(document, indent=2)
    with pytest.raises(TypeError, match="JSON has no bytes"):
        json_text([document, b""])


def document(text: str) -> str:
    written = json_text({text: [text, {"x": (text, float("nan"), None, True)}]})
    # Readers that take no half characters: what they would get is what they can write again.
    json.dumps(json.loads(written), ensure_ascii=False).encode()
    return written


DIRECT: dict[str, Callable[[str], str]] = {
    "stdout and stderr, UTF-8": lambda text: through_the_door(text, "utf-8"),
    "stdout and stderr, ASCII": lambda text: through_the_door(text, "ascii"),
    "stdout and stderr, Latin-1": lambda text: through_the_door(text, "latin-1"),
    "JSON": document,
    "wall and the system's log": told_everyone,
    "one line": one_line,
}


@pytest.mark.parametrize("way", DIRECT)
@given(text=anything)
def test_each_way_out(way: str, text: str) -> None:
    assert raw(DIRECT[way](text), "" if way == "one line" else "\n\t") == []


@given(text=anything)
def test_what_is_clean_stays_as_it_is(text: str) -> None:
    line = one_line(text)
    assert clean(line) == one_line(line) == line
    assert clean(clean(text)) == clean(text)


@given(text=st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_text_in_ascii_is_not_touched(text: str) -> None:
    assert one_line(text) == clean(text) == text


def test_what_stands_for_what() -> None:
    assert one_line("\x1b[m\x7f\n\t") == r"\x1b[m\x7f\x0a\x09"
    assert one_line("\udc9b \u009b \u202e \U000e0001 \ud800") == (
        r"\x9b \u009b \u202e \U000e0001 \ud800"
    )
    assert clean("a\n\tb\r\n") == "a\n\tb\\x0d\n"
    assert one_line("na\u0308her, \u6f22, caf\u00e9") == "na\u0308her, \u6f22, caf\u00e9"
    assert one_line("e" + "\u0301" * 5) == "e\u0301\u0301\u0301" + r"\u0301" * 2


@given(text=anything, width=st.integers(3, 40))
def test_columns_hold(text: str, width: int) -> None:
    shown = one_line(text)
    assert cells(shortened(shown, width)) <= width
    assert cells(pad(shortened(shown, width), width)) == width


def test_nothing_goes_round_the_doors(capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.stdout
    with clean_streams():
        print(ALL)
        print(ALL, file=sys.stderr)
        sys.stdout.writelines([ALL])
        say(ALL)
        say_json({"x": ALL})
        with clean_streams():
            print(ALL)
    assert sys.stdout is before
    out, err = capsys.readouterr()
    assert raw(out + err) == []
