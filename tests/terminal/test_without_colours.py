"""A terminal without colours is sent none, and everything else as it was."""

import pytest

from xenbond_tui.terminal.outgoing import without_colours


@pytest.mark.parametrize(
    ("sent", "left"),
    [
        ("\x1b[1;30;40mbold", "\x1b[1mbold"),
        ("\x1b[;30;40mplain", "\x1b[mplain"),
        ("\x1b[0mplain\x1b[m", "\x1b[0mplain\x1b[m"),
        ("\x1b[97;107mwhite\x1b[39;49m", "white"),
        ("\x1b[38;5;7;4mby number", "\x1b[4mby number"),
        ("\x1b[7;38;2;1;4;7;48;2;5;6;7;9mby parts", "\x1b[7;9mby parts"),
        ("\x1b[38mcut short", "cut short"),
        ("\x1b[38;5mcut short", "cut short"),
        ("\x1b[53;21mlines", "\x1b[53;21mlines"),
        ("\x1b[40Gno colour\x1b[30;40H\x1b[2J", "\x1b[40Gno colour\x1b[30;40H\x1b[2J"),
    ],
)
def test_colours_are_left_out_and_nothing_else(sent: str, left: str) -> None:
    assert without_colours(sent) == left
