"""What a terminal can show, judged from its TERM, its encoding and the operator's wishes."""

import codecs
from collections.abc import Mapping

from xenbond_tui.terminal.old import is_old
from xenbond_tui.value import dataclass

_WITHOUT_SCREEN = ("", "dumb", "unknown")
_WAY_OUT = "`xenbond plan` and `xenbond apply` with an answers file need none."


@dataclass(frozen=True, slots=True)
class Profile:
    """How to draw on one terminal."""

    ascii: bool = False
    """Lines, bars and marks in ASCII: no UTF-8, or a font that may lack them."""
    theme: str = "textual-dark"
    """Textual's theme: "ansi-dark" keeps to the operator's 16 colours and costs 40 % less."""
    monochrome: bool = False
    """No colours at all; every state is said by word and mark anyway."""
    old: bool = False
    """Knows only what a VT220 or the Linux console does."""
    refusal: str | None = None
    """Why no screen can be drawn here, in words for the operator; None: it can."""


def profile(env: Mapping[str, str], stream_encoding: str | None, tty: bool) -> Profile:
    """Judge a terminal.

    Args:
        env: TERM, COLORTERM, NO_COLOR (https://no-color.org: set and not empty) and XENBOND_ASCII.
        stream_encoding: Of the stream that is drawn on.
        tty: Whether keys come from a terminal and what is drawn goes to one.
    """
    term = env.get("TERM", "")
    old = is_old(term)
    monochrome = bool(env.get("NO_COLOR")) or term.startswith("vt")
    colourful = _colours(env) > 16 and not monochrome
    return Profile(
        ascii=old or not _is_utf8(stream_encoding) or env.get("XENBOND_ASCII") == "1",
        theme="textual-dark" if colourful else "ansi-dark",
        monochrome=monochrome,
        old=old,
        refusal=_refusal(term, tty),
    )


def _refusal(term: str, tty: bool) -> str | None:
    if not tty:
        return f"the screens need a terminal, and this is a pipe or a file. {_WAY_OUT}"
    if term in _WITHOUT_SCREEN:
        said = f"TERM is {term!r}" if term else "TERM is not set"
        return (
            f"{said}: the screens need a terminal that can move its cursor. "
            f"On a serial line try TERM=vt100; {_WAY_OUT}"
        )
    return None


def _is_utf8(encoding: str | None) -> bool:
    try:
        return codecs.lookup(encoding or "ascii").name == "utf-8"
    except LookupError:
        return False


def _colours(env: Mapping[str, str]) -> int:
    """How many colours Textual would use: it goes by the end of TERM and by COLORTERM."""
    if env.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return 1 << 24
    kind = env.get("TERM", "").strip().lower().rpartition("-")[2]
    return 256 if kind in ("256color", "kitty") else 16
