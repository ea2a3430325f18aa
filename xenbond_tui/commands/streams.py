"""What leaves on stdout and stderr: whoever writes, it is cleaned here.

Put before both streams for as long as a command runs, so that help, refusals, tracebacks and what
other threads print go the same way as everything else.
"""

import codecs
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

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

    def __init__(self, stream: TextIO, *, needed: bool = True) -> None:
        self._stream = stream
        self._needed = needed
        self.failure: OSError | None = None
        """Why it took nothing more: a full disk, a terminal that is gone, a pipe without reader."""

    def write(self, text: str) -> int:
        """Write it cleaned; what the stream's encoding has no code for is shown too, not lost."""
        encoding = self._stream.encoding or "ascii"
        shown = clean(text)
        if not shown.isascii():
            shown = shown.encode(encoding, _ENCODING_HAS_IT_NOT).decode(encoding)
        try:
            self._stream.write(shown)
        except OSError as error:
            self._fail(error)
        return len(text)

    def flush(self) -> None:
        """Send on what was written.

        Raises:
            OSError: it can't be, or could not be before, and is needed: nobody is told less than
                the exit code says. argparse passes over what `write` raises.
        """
        if self.failure is not None:
            raise self.failure
        try:
            self._stream.flush()
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError) -> None:
        # The interpreter would try once more when it ends, complain, and leave with 120.
        with suppress(OSError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
        if self._needed:
            self.failure = error
            raise error

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
    # What stderr does not take can't be told anywhere, and changes no exit code.
    sys.stdout, sys.stderr = (
        CleanStream(stream, needed=needed)
        if stream is not None and not isinstance(stream, CleanStream)
        else stream
        for stream, needed in zip(before, (True, False), strict=True)
    )
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
