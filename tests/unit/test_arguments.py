"""What is read of a command line without `argparse` is what `argparse` reads of it."""

from importlib import import_module

import pytest
from hypothesis import given, strategies as st

from xenbond_tui import arguments
from xenbond_tui.cli import HIDDEN
from xenbond_tui.commands import COMMANDS
from xenbond_tui.commands.usage import parser_of
from xenbond_tui.errors import UsageError

NAMES = sorted({*COMMANDS, *HIDDEN})
WORDS = (
    *("--json", "--root", "--root=/mnt", "--nagios", "--answers", "--stack", "--yes", "--force"),
    *("--output", "-o", "-ofile", "--how", "pull", "link-down", "--confirm-within", "60", "-1"),
    *("--", "-", "", "bond0", "/mnt", "a b", "--rollback", "--id", "--js", "-h", "--boot", "--to"),
)


def by_argparse(name: str, argv: list[str]) -> dict[str, object] | None:
    """None: it is refused, or help."""
    configure = import_module(f"xenbond_tui.commands.{name}").configure
    try:
        return vars(parser_of(name, None, configure).parse_args(argv))
    except (UsageError, SystemExit):
        return None


@given(st.sampled_from(NAMES), st.lists(st.sampled_from(WORDS), max_size=5))
def test_it_is_what_argparse_reads(name: str, argv: list[str]) -> None:
    configure = import_module(f"xenbond_tui.commands.{name}").configure
    given = arguments.read(configure, argv)
    if given is not None:
        assert vars(given) == by_argparse(name, argv)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("status", ""),
        ("status", "bond0 --json"),
        ("status", "--nagios --root /mnt bond0"),
        ("nics", "--json"),
        ("plan", "--answers a.yaml --root /mnt --stack netplan --json"),
        ("history", "--root /mnt"),
        ("metrics", "--output /run/a.prom"),
        ("drill", "--how link-down --probe 192.0.2.1"),
    ],
)
def test_plain_lines_are_read_without_it(name: str, line: str) -> None:
    configure = import_module(f"xenbond_tui.commands.{name}").configure
    given = arguments.read(configure, line.split())
    assert given is not None
    assert vars(given) == by_argparse(name, line.split())


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("status", "--json --nagios"),
        ("status", "bond0 bond1"),
        ("status", "--root"),
        ("status", "--root --json"),
        ("status", "--root=/mnt"),
        ("plan", "--json"),
        ("completion", ""),
        ("completion", "csh"),
        ("drill", "--how cut"),
        ("nics", "--help"),
        ("nics", "--jso"),
        ("detach", "ls -l"),
    ],
)
def test_what_is_not_plainly_right_is_left_to_it(name: str, line: str) -> None:
    configure = import_module(f"xenbond_tui.commands.{name}").configure
    assert arguments.read(configure, line.split()) is None
