"""The one way in which JSON is read that may be damaged or hostile: our notes, what a tree holds.

Bounded in depth and in the size of numbers, one meaning for each document.
"""

import json
import math
import re

from xenbond_tui.regex import regex
from xenbond_tui.typed import Any

MAX_DEPTH = 64
"""Lists and objects in each other; a plan has about a dozen."""
MAX_DIGITS = 100
"""Of one number; a time in ns has 19, and a float takes 308."""
_BRACKETS = regex(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]|[\]}]', re.DOTALL)
"""A string that does not end goes on to the end: each of its quotes is looked at once."""


def parse(data: bytes, *, endless: bool = False) -> Any:
    """One JSON document.

    Args:
        data: As it was read.
        endless: A number may be infinite: so long a step of a plan may wait.

    Raises:
        ValueError: it is none: not UTF-8, nested too deeply, a number that is too long or not
            finite, a key that stands twice.
    """
    text = data.decode("utf-8")
    depth = 0
    for match in _BRACKETS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(match[0], 0)
        if depth > MAX_DEPTH:
            raise ValueError("nested too deeply")
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_whole,
            parse_float=_any_real if endless else _real,
            parse_constant=_any_real if endless else _real,
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None


def is_wall_time(seconds: float) -> bool:
    """Can it be a time since the epoch, which a calendar can tell? Up to the year 10000."""
    return 0 <= seconds < 253402300800


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError("a number is too long")
    return int(digits)


def _real(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number is not finite")
    return value


def _any_real(text: str) -> float:
    value = float(text)
    if math.isnan(value):
        raise ValueError("a number is none")
    return value
