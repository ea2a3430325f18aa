"""Unified diffs of files whose secrets are masked."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from xenbond_tui.masking.shown import Line

_CONTEXT = 3


def unified(
    before: Sequence[Line], after: Sequence[Line], before_name: str, after_name: str
) -> Iterator[str]:
    """The diff's lines, as difflib.unified_diff gives them.

    Compared is what the files say, so that another password is a change; printed is what may be
    shown. A line that is the same and masked in one of the two is shown masked.
    """
    matcher = SequenceMatcher(None, [line.said for line in before], [line.said for line in after])
    begun = False
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        if not begun:
            begun = True
            yield f"--- {before_name}\n"
            yield f"+++ {after_name}\n"
        first, last = group[0], group[-1]
        yield f"@@ -{_range(first[1], last[2])} +{_range(first[3], last[4])} @@\n"
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                for one, other in zip(before[i1:i2], after[j1:j2], strict=True):
                    yield f" {one.shown if one.masked else other.shown}"
                continue
            yield from (f"-{line.shown}" for line in before[i1:i2])
            yield from (f"+{line.shown}" for line in after[j1:j2])


def _range(start: int, stop: int) -> str:
    """As diff(1) prints it: lines count from 1, and an empty range names the line before it."""
    length = stop - start
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"
