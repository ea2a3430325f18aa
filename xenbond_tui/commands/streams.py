"""What leaves on stdout and stderr: whoever writes, it is cleaned here.

Put before both streams for as long as a command runs, so that help, refusals, tracebacks and what
other threads print go the same way as everything else.
"""

import codecs
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from xenbond_tui.text import clean, stand_in
from xenbond_tui.typed import Any, TextIO

_ENCODING_HAS_IT_NOT = "xenbond.stand-in"


def _stand_ins(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(stand_in, error.object[error.start : error.end])), error.end


codecs.register_error(_ENCODING_HAS_IT_NOT, _stand_ins)


class CleanStream:
    """A text stream in front of another one; everything but writing is the other one's."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write it cleaned; what the stream's encoding has no code for is shown too, not lost."""
        encoding = self._stream.encoding or "ascii"
        shown = clean(text)
        if not shown.isascii():
            shown = shown.encode(encoding, _ENCODING_HAS_IT_NOT).decode(encoding)
        self._stream.write(shown)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def clean_streams() -> Iterator[None]:
    """Stdout and stderr are cleaned until this ends; one that is closed stays so."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (
        CleanStream(stream)
        if stream is not None and not isinstance(stream, CleanStream)
        else stream
        for stream in before
    )
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
