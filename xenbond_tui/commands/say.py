"""Lines for people on stdout: at once, and without what a file's content could do to a terminal."""

import sys

_CONTROL = {
    code: "�" for code in (*range(0x20), 0x7F, *range(0x80, 0xA0)) if chr(code) not in "\t\n"
}


def say(text: str = "") -> None:
    """One line, flushed, so that it is seen when it is true."""
    stream = sys.stdout
    encoding = stream.encoding or "ascii"
    stream.write(text.encode(encoding, "replace").decode(encoding) + "\n")
    stream.flush()


def clean(text: str) -> str:
    """Without control characters: an escape sequence in a file must not reach the terminal."""
    return text.translate(_CONTROL)


def no_bond(name: str | None) -> None:
    """There is none of that name; with None, none at all."""
    which = "no bond" if name is None else f"no bond called {name!r}"
    sys.stderr.write(f"xenbond: there is {which} here. `xenbond setup` makes one.\n")
