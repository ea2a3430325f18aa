"""A file's bytes as text. Only UTF-8 is edited: a guess at another coding could lose some of it."""

from xenbond_tui.errors import XenbondError

MOST_LINES = 50_000
"""Of one file: a thousand VLANs of interfaces(5) have some five thousand."""


def decoded(path: str, data: bytes) -> str:
    """The text of a file.

    Args:
        path: The file's, for the message.
        data: Its content.

    Raises:
        XenbondError: it is not UTF-8, or has more lines than any configuration; names the line.
    """
    if max(data.count(b"\n"), data.count(b"\r")) > MOST_LINES:
        text = f"has more than {MOST_LINES} lines, as no configuration has. It was left untouched; "
        raise XenbondError.at(path, text + "take out what it does not need, and try again.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        text = "is not UTF-8 text. It was left untouched; save it as UTF-8."
        raise XenbondError.at(f"{path}:{line}", text) from error
