"""What a command says: lines for people, documents for machines. `door` cleans either once more."""

import sys

from xenbond_tui.commands.streams import CleanStream
from xenbond_tui.text import json_text


def say(text: str = "") -> None:
    """Text for people, flushed, so that it is seen when it is true."""
    stream = sys.stdout
    (stream if isinstance(stream, CleanStream) else CleanStream(stream)).write(text + "\n")
    stream.flush()


def say_json(document: object) -> None:
    """A document for machines, as `json_text` writes it."""
    say(json_text(document))


def no_bond(name: str | None) -> None:
    """There is none of that name; with None, none at all."""
    which = "no bond" if name is None else f"no bond called {name!r}"
    sys.stderr.write(f"xenbond: there is {which} here. `xenbond setup` makes one.\n")
