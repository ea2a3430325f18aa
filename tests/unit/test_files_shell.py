"""The editor of shell assignment files: nothing is lost, nothing is guessed."""

import subprocess

import pytest
from hypothesis import example, given, strategies as st

from xenbond_tui.errors import XenbondError
from xenbond_tui.files.shell import ShellFile, parse
from xenbond_tui.files.shell_lexer import statements

SNIPPETS = st.sampled_from(
    [
        *("DEVICE=eth0", "export IPADDR=10.0.0.1", 'A="x y"', "B='q'", "C=$'t\\t'", "D=a\\ b"),
        *("E=$A", "# note", "  ", "if true; then", "fi", "F=1 G=2", "H=1; I=2 # both", 'J="open'),
        *("K=\\", "\\", "L='", "M=$(date)", "N=`id`", "O=(1 2)", "cat <<EOF", "EOF", "P+=x"),
        *("export Q", "R=a#b", "S="),
    ]
)
ENDINGS = st.sampled_from(["\n", "\r\n", "\n\n", "", "\t\n", " "])
SHELL_TEXT = st.lists(st.tuples(SNIPPETS, ENDINGS), max_size=8).map(
    lambda parts: "".join(a + b for a, b in parts)
)


@given(st.one_of(st.text(), SHELL_TEXT))
@example("A='\n")
@example('"$(')
@example("A=$'\\")
def test_any_text_is_given_back_to_the_byte(text: str) -> None:
    assert ShellFile("f", text).render() == text


@given(st.one_of(st.text(), SHELL_TEXT))
def test_statements_know_their_line_numbers(text: str) -> None:
    line = 1
    for statement in statements(text):
        assert statement.line == line
        line += statement.text.count("\n")


@given(
    SHELL_TEXT, st.sampled_from("ABCDFGHJRS"), st.sampled_from(["", "v", "a b", "x'y", '$(z)"`'])
)
@example("C=$'t\\t'J=\"open\nJ=\"open\n", "C", "")
def test_setting_a_key_changes_one_statement_and_is_read_back(
    text: str, key: str, value: str
) -> None:
    file = ShellFile("f", text)
    try:
        file.set(key, value)
    except XenbondError:
        assert file.render() == text
        return
    assert file.get(key) == value
    assert ShellFile("f", file.render()).get(key) == value
    before, after = (
        [part.text.rstrip("\r\n") for part in statements(t)] for t in (text, file.render())
    )
    if len(after) == len(before):
        changed = [old for old, new in zip(before, after, strict=True) if old != new]
        assert len(changed) <= 1
        assert all(f"{key}=" in statement for statement in changed)
    else:
        assert any([*after[:n], *after[n + 1 :]] == before for n in range(len(after)))


@given(SHELL_TEXT, st.sampled_from("ABCDFGHJRS"))
def test_removing_a_key_removes_nothing_else(text: str, key: str) -> None:
    file = ShellFile("f", text)
    others = _values(file)
    others.pop(key, None)
    try:
        file.remove(key)
    except XenbondError:
        assert file.render() == text
        return
    again = ShellFile("f", file.render())
    assert _values(again) == others


def test_removing_a_key_keeps_the_escaped_blank_before_it() -> None:
    file = ShellFile("f", "K=\\  J=1\n")
    file.remove("J")
    assert file.render() == "K=\\ \n"


def _values(file: ShellFile) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for key in file.assigned():
        try:
            found[key] = file.get(key)
        except XenbondError:
            found[key] = "refused"
    return found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("K=v\n", "v"),
        ("K=v", "v"),
        ("K=\n", ""),
        ("export K=v\n", "v"),
        ("\t K='a b' # why\n", "a b"),
        ('K="a \\"b\\" \\\\ \\$x"\n', 'a "b" \\ $x'),
        ("K=a'b'\"c\"d\n", "abcd"),
        ("K=$'a\\tb'\n", "a\tb"),
        ("K=a\\ b\n", "a b"),
        ("K=one \\\n L=2\n", "one"),
        ('K="one\\\ntwo"\n', "onetwo"),
        ('K="one\ntwo"\n', "one\ntwo"),
        ("K=a#b # c\n", "a#b"),
        ("K=1\nK=2\n", "2"),
        ("J=1; K=2\n", "2"),
        ("J=1 K=2\n", "2"),
        ("K=v\r\n", "v"),
        ("# K=v\nJ=1\n", None),
        ("", None),
    ],
)
def test_reads_what_the_shell_would_read(text: str, value: str | None) -> None:
    assert parse(text.encode(), "f").get("K") == value


@pytest.mark.parametrize(
    "text",
    [
        "K=v\n",
        'K=\'a b\' L="c\\"d"\n',
        "K=$'x\\ty\\\\z'\n",
        "export K=a\\ b;L=2\n",
        'K="a\\\nb"\nL=a"b"\'c\'\n',
        "L=1\nK=2 # c\nK=3\n",
        'K="$"\nL=a$\n',
    ],
)
def test_agrees_with_a_real_shell(text: str) -> None:
    script = text + '\nprintf "%s|%s" "$K" "$L"'
    shell = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    file = parse(text, "f")
    assert f"{file.get('K') or ''}|{file.get('L') or ''}" == shell.stdout


@pytest.mark.parametrize(
    "value", ["plain", "a b", "it's", '"', "$(reboot)", "`x`", "a\\b", "", "!x"]
)
@pytest.mark.parametrize("old", ["", "K=old\n", "K='old'\n", 'K="old"\n', "K=$'old'\n"])
def test_what_is_written_means_the_same_to_a_real_shell(value: str, old: str) -> None:
    file = parse(old, "f")
    file.set("K", value)
    script = file.render() + '\nprintf %s "$K"'
    shell = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert shell.stdout == value


COMPUTED = [
    ("A=1\nK=$(hostname)\n", 2),
    ("K=$A\n", 1),
    ('K="x${A}"\n', 1),
    ("K=`id`\n", 1),
    ("K=~/x\n", 1),
]
NOT_PLAIN = [
    ("if true; then\nK=1\nfi\n", 2),
    ("A=1\n[ -f x ] && K=1\n", 2),
    ("K+=x\n", 1),
    ("K=(a b)\n", 1),
    ("K=1 command\n", 1),
    ("K='never closed\n", 1),
    ("cat <<X\nK=1\nX\n", 2),
]


@pytest.mark.parametrize(("text", "line"), COMPUTED + NOT_PLAIN)
def test_refuses_to_interpret_and_names_the_line(text: str, line: int) -> None:
    file = parse(text, "/etc/ifcfg-eth0")
    with pytest.raises(XenbondError, match=f"^/etc/ifcfg-eth0:{line}:"):
        file.get("K")
    with pytest.raises(XenbondError, match=f"^/etc/ifcfg-eth0:{line}:"):
        file.set("K", "v")
    assert file.render() == text


@pytest.mark.parametrize(("text", "line"), NOT_PLAIN)
def test_refuses_to_remove_what_is_not_a_plain_line(text: str, line: int) -> None:
    with pytest.raises(XenbondError, match=f"^/etc/ifcfg-eth0:{line}:"):
        parse(text, "/etc/ifcfg-eth0").remove("K")


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("K=v\n", "K=new\n"),
        ("export K='v'  # keep\n", "export K='new'  # keep\n"),
        ('K="v"\n', 'K="new"\n'),
        ("A=1\n\n# end\n", "A=1\nK=new\n\n# end\n"),
        ("A=1\r\nB=2\r\n", "A=1\r\nB=2\r\nK=new\r\n"),
        ("A=1", "A=1\nK=new\n"),
        ("", "K=new\n"),
        ("K=1\nK=2\n", "K=1\nK=new\n"),
        ("# only a comment\n", "# only a comment\nK=new\n"),
        ("if x; then\nB=1\nfi\n", "if x; then\nB=1\nfi\nK=new\n"),
    ],
)
def test_set_edits_one_line_in_the_file_s_own_style(text: str, after: str) -> None:
    file = parse(text, "f")
    file.set("K", "new")
    assert file.render() == after


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ('MASTER="bond0"\n', "MASTER=bond0\n"),
        ("export MASTER=bond1 # x\n", "MASTER=bond0 # x\n"),
        ("A=1 MASTER=bond0\n", "A=1\nMASTER=bond0\n"),
        ("MASTER=bond0\n", "MASTER=bond0\n"),
    ],
)
def test_bare_values_are_found_by_the_scripts_grep(text: str, after: str) -> None:
    file = parse(text, "f")
    file.set("MASTER", "bond0", bare=True)
    assert file.render() == after


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("A=1\nK=2\nB=3\nK=4", "A=1\nB=3\n"),
        ("A=1 K=2 B=3\n", "A=1 B=3\n"),
        ("K=1; B=2 # c\n", "B=2 # c\n"),
        ("A=1; K=2\n", "A=1\n"),
        ("export A=1 K=2\n", "export A=1\n"),
    ],
)
def test_remove_takes_only_that_key(text: str, after: str) -> None:
    file = parse(text, "f")
    file.remove("K")
    assert file.render() == after


def test_a_moved_line_keeps_its_quotes_and_comment() -> None:
    file = parse("A=1 B='x y'\n  IPADDR='10.0.0.1'   # old office\n", "f")
    assert file.source("IPADDR") == "  IPADDR='10.0.0.1'   # old office"
    assert file.source("B") == "B='x y'"


def test_nothing_is_added_behind_an_open_quote() -> None:
    file = parse("A='open\n", "/etc/x")
    with pytest.raises(XenbondError, match=r"/etc/x:1: .*never closed"):
        file.set("K", "v")


@pytest.mark.parametrize("value", ["a\nb", "a\x00", "\x7f"])
def test_control_characters_are_never_written(value: str) -> None:
    with pytest.raises(XenbondError, match="can't be written"):
        parse("", "/etc/x").set("K", value)


def test_bytes_that_are_no_text_are_refused_by_name_and_line() -> None:
    with pytest.raises(XenbondError, match=r"^/etc/x:2: is not UTF-8 text"):
        parse(b"A=1\nB=\xff\n", "/etc/x")
