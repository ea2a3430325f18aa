"""What the terminal sends, as Textual's events. What can't be read is dropped, never a fault.

Noise on a serial line, a wrong baud rate, a break or a Latin-1 keyboard send bytes that are no
UTF-8; a paste or a guest's console can hold key reports that no keyboard makes.
"""

from codecs import getincrementaldecoder
from collections.abc import Iterator

from textual._xterm_parser import XTermParser
from textual.message import Message


class Incoming:
    """Bytes in, events out."""

    def __init__(self, debug: bool = False) -> None:
        self._debug = debug
        # Not "replace": its character is printable, and would be typed into a field.
        self._decode = getincrementaldecoder("utf-8")("ignore").decode
        self._parser = XTermParser(debug)

    def feed(self, data: bytes) -> Iterator[Message]:
        """The events of what has come; a report that is cut off waits for its rest."""
        # By character: of what came at once, only the report that can't be read is lost.
        for character in self._decode(data):
            yield from self._read(character)

    def tick(self) -> Iterator[Message]:
        """The key Esc, when nothing came behind it for long enough."""
        yield from self._read(None)

    def _read(self, character: str | None) -> list[Message]:
        parser = self._parser
        try:
            return list(parser.tick() if character is None else parser.feed(character))
        except Exception:
            # Textual's parser makes characters and ratios of any numbers (chr(1114112), x / 0);
            # once it has raised it can't be fed again.
            self._parser = XTermParser(self._debug)
            return []
