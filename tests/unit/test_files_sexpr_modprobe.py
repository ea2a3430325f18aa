"""The editors of xend-config.sxp and modprobe.conf."""

import pytest
from hypothesis import given, strategies as st

from xenbond_tui.errors import XenbondError
from xenbond_tui.files import modprobe
from xenbond_tui.files.sexpr import comment_out

SXP = st.lists(
    st.sampled_from(
        [
            *("(network-script network-bridge)", "  (network-script 'network-bridge netdev=eth1')"),
            *("#(network-script x)", "(vif-script vif-bridge)", "(network-script", " a)", "'", ""),
            *("# it's (", "(dom0-cpus 0)", "(network-scripts x)", "(a (network-script b))"),
            "(x) (network-script y)",
        ]
    ),
    max_size=8,
).map("\n".join)


@given(st.one_of(st.text(), SXP))
def test_only_whole_lines_are_commented_and_nothing_else_touched(text: str) -> None:
    data = text.encode()
    try:
        result = comment_out(data, "network-script", "f")
    except XenbondError:
        return
    before, after = text.split("\n"), result.decode().split("\n")
    assert len(before) == len(after)
    for old, new in zip(before, after, strict=True):
        assert new in (old, "#" + old)
    assert comment_out(result, "network-script", "f") == result


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("(network-script network-bridge)\n", "#(network-script network-bridge)\n"),
        ("\t (network-script 'my bridge') # mine\n", "#\t (network-script 'my bridge') # mine\n"),
        ("(network-script\n   (a b)\n)\r\nx", "#(network-script\n#   (a b)\n#)\r\nx"),
        ("# (network-script a)\n(vif-script vif-bridge)\n", None),
        ("(network-scripts a)\n(x 'a (network-script b)')\n", None),
        ("# don't\n(network-script a)", "# don't\n#(network-script a)"),
        ("(network-script /bin/true)\n" * 2, "#(network-script /bin/true)\n" * 2),
    ],
)
def test_comments_out_the_active_network_scripts(text: str, after: str | None) -> None:
    result = comment_out(text.encode(), "network-script", "f")
    assert result.decode() == (text if after is None else after)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a\n(network-script a) (vif-script b)\n", "/etc/x:2: .*shares its line"),
        (b"(vif-script b) (network-script a)\n", "/etc/x:1: .*shares its line"),
        (b"(a\n (network-script b))\n", "/etc/x:2: .*inside another"),
        (b"\n(network-script a\n", "/etc/x:2: .*never closed"),
        (b"\n\n\xff\n", "/etc/x:3: is not UTF-8"),
    ],
)
def test_refuses_what_can_not_be_commented_out_safely(data: bytes, message: str) -> None:
    with pytest.raises(XenbondError, match=message):
        comment_out(data, "network-script", "/etc/x")


@given(st.text())
def test_modprobe_text_is_given_back_to_the_byte(text: str) -> None:
    assert modprobe.render(modprobe.parse(text.encode(), "f")) == text.encode()


def test_continuation_lines_belong_to_their_directive() -> None:
    found = modprobe.parse(
        b"# a\noptions bonding mode=1 \\\n  miimon=100\nalias bond0 bonding\n", "f"
    )
    assert [item.line for item in found] == [1, 2, 4]
    assert found[0].words == ()
    assert found[1].parameters == {"mode": "1", "miimon": "100"}
    assert found[2].words == ("alias", "bond0", "bonding")


@pytest.mark.parametrize(
    ("text", "names", "after"),
    [
        ("options bond0 mode=1 miimon=100\n", {"mode"}, "options bond0 miimon=100\n"),
        ("options bond0 mode=1\tuse_carrier=0", {"use_carrier"}, "options bond0 mode=1"),
        ("options bonding use_carrier=0\n", {"use_carrier"}, "#options bonding use_carrier=0\n"),
        ("options b mode=1 \\\n miimon=5 x=2\n", {"miimon"}, "options b mode=1 \\\n x=2\n"),
        (
            "options b mode=1 \\\n miimon=5\n",
            {"miimon", "mode"},
            "#options b mode=1 \\\n# miimon=5\n",
        ),
    ],
)
def test_parameters_are_taken_out_of_an_options_line(
    text: str, names: set[str], after: str
) -> None:
    (directive,) = modprobe.parse(text.encode(), "f")
    assert directive.without(frozenset(names)) == after


def test_modprobe_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(XenbondError, match=r"/etc/modprobe\.conf:1: is not UTF-8"):
        modprobe.parse(b"\xff", "/etc/modprobe.conf")
