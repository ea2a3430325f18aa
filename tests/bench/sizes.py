"""What size costs: a plan by the host's VLANs, a reader by the length of its file."""

import configparser
import json
import shlex
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from ruamel.yaml import YAML as RUAMEL

from tests.bench.programs import XENBOND, took
from tests.bench.table import Pair, Row
from tests.fuzz.readers import READERS
from tests.sized_texts import TEXTS, text_of
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.utf8 import decoded
from xenbond_tui.files.yaml_text import YamlText
from xenbond_tui.garbage import look_seldom

sys.path.append(str(Path(__file__).parents[1] / "unit"))

from sized_hosts import KINDS

SIZES = (1, 10, 100)
FEW = 2
"""VLANs of the host that each one is held against."""
WHOLE = 1 << 20
"""Characters of a file at size 100."""


def _ini(text: str) -> object:
    parser = configparser.RawConfigParser(strict=False, delimiters="=", comment_prefixes="#")
    parser.read_string(text)
    return parser


def _yaml(text: str) -> object:
    return [*RUAMEL(typ="safe", pure=True).parse(text)]


YAML = ("yaml", "yaml blocks")
PEERS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "answers": ("ruamel's events", _yaml),
    "json": ("json.loads", json.loads),
    "keyfile": ("configparser", _ini),
    "networkd": ("configparser", _ini),
    "shell": ("shlex.split", lambda text: shlex.split(text, comments=True)),
    **dict.fromkeys(YAML, ("ruamel's events", _yaml)),
}
WORDS = ("the words of each line", lambda text: [line.split() for line in text.split("\n")])
"""What a format is held against that no library reads."""


class Plans:
    """`xenbond plan` of hosts with ever more VLANs, each a process of its own."""

    rows = tuple(
        Row(f"plan, {stack}, {FEW * size} VLANs", "ms", f"of {FEW} VLANs", "<= 2x")
        for stack in KINDS
        for size in SIZES
    )

    def samples(self, repeats: int) -> Sequence[Sequence[Pair]]:
        """Each size in turn, the smallest first."""
        with tempfile.TemporaryDirectory(prefix="xenbond-bench-") as scratch:
            asked = {
                (stack, size): _command(Path(scratch) / f"{stack}-{size}", stack, FEW * size)
                for stack in KINDS
                for size in SIZES
            }
            return [_each(asked) for _ in range(repeats)]


class Readers:
    """Each format's editor at a hundredth, a tenth and the whole of a megabyte."""

    rows = tuple(
        Row(f"read and edit, {name}, {size} %", "ms", PEERS.get(name, WORDS)[0], "<= 1 s")
        for name in TEXTS
        for size in SIZES
    )

    def samples(self, repeats: int) -> Sequence[Sequence[Pair]]:
        """Each in turn with its peer."""
        look_seldom()
        texts = [(name, sized(name, size)) for name in TEXTS for size in SIZES]
        return [
            [
                (_timed(_edit, name, text), _timed(PEERS.get(name, WORDS)[1], text))
                for name, text in texts
            ]
            for _ in range(repeats)
        ]


def _each(asked: Mapping[tuple[str, int], tuple[str, ...]]) -> list[Pair]:
    ours = {which: took(argv) for which, argv in asked.items()}
    return [(milliseconds, ours[stack, SIZES[0]]) for (stack, _), milliseconds in ours.items()]


def sized(name: str, percent: int) -> str:
    """A text of a format, of so many hundredths of what is read of it at all."""
    return text_of(name, WHOLE * percent // 100)


def _edit(name: str, text: str) -> None:
    with suppress(XenbondError):
        decoded(name, text.encode())
        # The fuzzers' reader reads the edited text anew; a plan knows what it read.
        _edit_yaml(text) if name in YAML else READERS[name](text)


def _edit_yaml(text: str) -> None:
    file = YamlText("f", text)
    file.data()
    file.put(("network", "version"), "3")
    assert file.data(("network", "version")) == "3"


def _command(root: Path, stack: str, vlans: int) -> tuple[str, ...]:
    answers = KINDS[stack].write(root, vlans)
    told = ("plan", "--root", str(root), "--answers", str(answers), "--stack", stack)
    return (*XENBOND, *told)


def _timed(work: Callable[..., object], *given: str) -> float:
    """Milliseconds of the processor's time."""
    began = time.process_time()
    work(*given)
    return (time.process_time() - began) * 1000
