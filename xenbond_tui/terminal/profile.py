"""What a terminal can show, judged from its TERM, its encoding and the operator's wishes."""

import codecs
import os
import sys
from collections.abc import Mapping, MutableMapping

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.number import whole
from xenbond_tui.terminal.old import is_old
from xenbond_tui.terminal.size import ensure_size
from xenbond_tui.value import dataclass

ESCDELAY_OVER_SSH = "500"
"""ms until a lone Escape counts: over a slow line an arrow key arrives in pieces."""

LONGEST_ESCDELAY = 10_000
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


def prepare_terminal(environ: MutableMapping[str, str] = os.environ) -> Profile:
    """Judge the terminal, give it a size if it has none, and set what Textual reads at import.

    To be called before that.

    Raises:
        XenbondError: no screen can be drawn here.
    """
    # Textual reads keys from stdin and draws on stderr.
    source, target = sys.__stdin__, sys.__stderr__
    tty = source is not None and target is not None and source.isatty() and target.isatty()
    found = profile(environ, target.encoding if target is not None else None, tty)
    if found.refusal is not None or target is None:
        raise XenbondError(found.refusal or "there is no terminal to draw on.")
    ensure_size(target.fileno(), environ)
    # Textual takes an empty NO_COLOR for a wish.
    environ.pop("NO_COLOR", None)
    if found.monochrome:
        environ["NO_COLOR"] = "1"
    # Textual's own switches are for its developers: a wrong one is a fault, others write files.
    for name in [name for name in environ if name.startswith("TEXTUAL_")]:
        del environ[name]
    if not 0 < (whole(environ.get("ESCDELAY")) or 0) <= LONGEST_ESCDELAY:
        environ.pop("ESCDELAY", None)
    environ["TEXTUAL_ANIMATIONS"] = "none"
    environ["TEXTUAL_SMOOTH_SCROLL"] = "0"
    if found.old:
        environ["TEXTUAL_DISABLE_KITTY_KEY"] = "1"
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        environ.setdefault("ESCDELAY", ESCDELAY_OVER_SSH)
    return found


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
