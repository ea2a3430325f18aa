"""Numbers in text that somebody else wrote."""

MOST_DIGITS = 10
"""More have no meaning anywhere here, and int() refuses thousands."""


def whole(text: str | None) -> int | None:
    """The number that a text of up to ten ASCII digits is; None for any other text.

    str.isdigit also takes "²", which int() refuses, and digits of other scripts.
    """
    if not text or len(text) > MOST_DIGITS or not (text.isascii() and text.isdigit()):
        return None
    return int(text)
