"""An answers file that is read without ruamel says what ruamel reads in it, line by line."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.sized_texts import text_of
from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers
from xenbond_tui.answers_file import dump
from xenbond_tui.answers_file.nodes import parse
from xenbond_tui.answers_file.plain import plain
from xenbond_tui.errors import XenbondError

WRITTEN = dump(
    Answers(
        stack="ifupdown",
        bond=BondAnswers(slaves=("eth0", "eth1"), options={"primary": "eth0", "updelay": "200"}),
        bridge=BridgeAnswers(
            name="xenbr0",
            addresses=("192.168.0.222/24", "2001:db8::2/64"),
            gateway="192.168.0.1",
            dns=("192.168.0.1",),
            search=("example.com",),
            mac="00:50:da:7a:51:45",
            mtu=9000,
        ),
    )
)
BY_HAND = """\
# who reads this at 3 a.m.
version: 1
bond:
    slaves:   # by MAC
    - 00:14:22:36:11:22
    -   eth1
    mode: active-backup     # the switch knows nothing of it
    options: {primary: eth1, num_grat_arp: 3}

bridge:
  name: xenbr0
  address: dhcp
  announce: no
"""

words = st.sampled_from(
    [
        *(
            "eth0",
            "vif1.0",
            "10.0.0.1/24",
            "00:14:22:36:11:22",
            "00:14",
            "2001:db8::1/64",
            "fe80::",
        ),
        *("1", "0", "100", "010", "0x10", "0o7", "1e3", "1.5", "1_0", "12:30:45", "2026-11-29"),
        *("true", "True", "no", "on", "yes", "null", "None", "NaN", ".inf", "inf", "~", "-", "="),
        *("a:b", "a:", ":b", "a::b", "a::", "a b", "a #b", "a#b", "#b", "a: b", "- a", "? a"),
        *("'q'", '"q"', '"q: r"', '"a\\n"', '"q" r', '"a', '""', "&a", "*a", "!t", "|", ">"),
        *(
            "[a,b]",
            "[ a , b ]",
            "[]",
            "[a,]",
            "[a",
            "[a]b",
            "[a:b]",
            "[::1]",
            "[1::, a]",
            '["q", 1]',
        ),
        *("{a: b}", "{a: 1, a: 2}", "{a: b, c: 1:2}", "{}", "{a}", "{a:b}", '{a: "q"}', "{a: b,}"),
    ]
)
keys = st.sampled_from(["version", "bond", "a", "slaves", "<<", "on", "a b", "1", '"q"', "? a"])
starts = st.sampled_from(["", "  ", "    ", "- ", "  - ", " ", "\t"])
ends = st.sampled_from(["", "", " ", " # c", "#c", "  ", "\r"])
lines = st.one_of(
    st.builds("{}{}: {}{}".format, starts, keys, words, ends),
    st.builds("{}{}:{}".format, starts, keys, ends),
    st.builds("{}- {}{}".format, starts, words, ends),
    st.builds("{}{}{}".format, starts, words, ends),
    st.sampled_from(["", "# c", "  # c", "---", "...", "%YAML 1.1", "é: 1"]),
)


def check(text: str) -> bool:
    """What is read here is what ruamel reads; False for what is left to it."""
    top = plain(text, "f")
    if top is None:
        return False
    assert top == parse(text, "f")
    return True


@given(st.lists(lines, max_size=8).map("\n".join))
@example("a: b\n  - c")
@example("a:\n- b\n c: d")
@example("a:\n    b: c\n  d: e")
@example("a: [b]\n  # c\nd: e #")
@example("a: b: c")
@example("a: [b:c, 1:2]\nb: {c: d:e}")
@example("a: [b , c]\nb: [ c]")
@example("a:\n- b\n- c\nd: - e")
def test_it_reads_what_ruamel_reads_or_nothing(text: str) -> None:
    try:
        check(text)
    except XenbondError as error:
        raise AssertionError(f"ruamel refuses what was read: {error}") from error


pieces = st.builds(
    "{}{}: {}".format,
    st.sampled_from(["", "  "]),
    st.sampled_from("abcdef"),
    st.sampled_from(["eth0", "1", "true", "[a, b]", "{a: b}", '"q r"', "10.0.0.1/24", "b:c"]),
)


@given(st.lists(pieces, min_size=1, max_size=6, unique_by=lambda line: line.strip()[0]))
def test_plain_lines_in_any_order(found: list[str]) -> None:
    check("\n".join(["top:", *found, "end: here"]))


@pytest.mark.parametrize("text", [WRITTEN, BY_HAND], ids=["saved", "by hand"])
def test_what_the_wizard_saves_and_what_a_hand_writes_is_plain(text: str) -> None:
    assert check(text)


def test_what_nobody_writes_is_left_to_ruamel() -> None:
    assert not check(text_of("answers", 100_000))
    assert not check("\n".join(f"{' ' * depth}a:" for depth in range(5_000)) + " b")
    assert plain("\n".join(f"{' ' * depth}a:" for depth in range(150)) + " b", "f") is None


@pytest.mark.parametrize(
    "text", ["version: 1\nversion: 1\n", "a: {b: 1, b: 2}\n", "bond:\n", "- a\n"]
)
def test_what_is_refused_or_odd_is_ruamels(text: str) -> None:
    assert not check(text)


def test_a_plan_of_a_host_without_netplan_files_loads_no_ruamel(tmp_path: Path) -> None:
    (tmp_path / "answers.yaml").write_text(WRITTEN)
    (tmp_path / "etc/network").mkdir(parents=True)
    (tmp_path / "etc/network/interfaces").write_text("auto eth0\niface eth0 inet dhcp\n")
    script = (
        "import sys; from xenbond_tui.cli import run;"
        "code = run(sys.argv[1:]);"
        "print('ended', code, *{'ruamel', 'typing', 'datetime'}.intersection(sys.modules), 'end')"
    )
    told = ("plan", "--root", str(tmp_path), "--answers", str(tmp_path / "answers.yaml"))
    argv = [sys.executable, "-I", "-c", script, *told]
    done = subprocess.run(argv, check=False, capture_output=True, text=True)
    # Refused by the rules: ifenslave is not there.
    assert "ended 2 end" in done.stdout, done.stdout + done.stderr
