"""Links that a line names by a pattern, where bridge_ports, bond-slaves and the like list some.

`all` and `regex` are bridge-utils' (bridge-utils-interfaces(5)). `glob` and ranges are ifupdown2's
(parse_glob in its modulebase.py): swp1-10.300, swp[1-10].300, swp[1-10]sub[0-4].300.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from xenbond_tui.regex import fits, regex
from xenbond_tui.stacks.ifupdown.moves import mentions

GRAMMAR = frozenset({"none", "all", "regex", "noregex", "glob", "noglob"})
"""Words of such a list that are no link's name."""
_NIC = regex(r"(eth|em|en|p\d+p|sl|wl|ww)")
"""Names that `bridge_ports all` takes (bridge-utils.sh)."""
_SIGNS = frozenset("*?[")
_RANGE = regex(r"\[(\d{1,9})-(\d{1,9})\]|(?<=[A-Za-z])(\d{1,9})-(\d{1,9})")


def listed(words: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each name or pattern, and how it is read: "" for a name, else all, regex or glob."""
    way = ""
    for word in words:
        if word in GRAMMAR:
            way = word
            if word == "all":
                yield word, word
        elif way == "glob":
            way = ""
            yield word, "glob"
        else:
            yield word, "regex" if way == "regex" else ""


def named(words: Iterable[str]) -> Iterator[str]:
    """The links that a list names; what patterns take is left out."""
    return (word for word, way in listed(words) if not way)


def takes(text: str, name: str) -> bool:
    """Is a link in this list without being named?"""
    found = (it for it in listed(text.split()) if it[1] or it[0] != name)
    return any(_takes(word, way, name) for word, way in found)


def ports(text: str, names: Sequence[str]) -> Iterator[str]:
    """The links that a list names, and those of these names that it takes by a pattern."""
    for word, way in listed(text.split()):
        pattern = way or not _SIGNS.isdisjoint(word)
        many = pattern or _ranges(word)
        yield from (it for it in names if _takes(word, way, it)) if many else ()
        yield from () if pattern else (word,)


def _takes(word: str, way: str, name: str) -> bool:
    if way == "all":
        return _NIC.match(name) is not None
    return _matches(word, name) if way == "regex" else _in_range(word, name) or fits(name, word)


def _ranges(text: str) -> list[re.Match[str]]:
    return [*_RANGE.finditer(text)] if "-" in text else []


def _in_range(text: str, name: str) -> bool:
    """Is a link one of a range?"""
    found = _ranges(text)
    if not found:
        return False
    at, pattern = 0, ""
    for part in found:
        pattern += re.escape(text[at : part.start()]) + r"(\d{1,9})"
        at = part.end()
    numbers = re.fullmatch(pattern + re.escape(text[at:]), name)
    bounds = ((int(it[1] or it[3]), int(it[2] or it[4])) for it in found)
    return numbers is not None and all(
        low <= int(number) <= high
        for (low, high), number in zip(bounds, numbers.groups(), strict=True)
    )


def _matches(pattern: str, name: str) -> bool:
    try:
        return re.fullmatch(pattern, name) is not None
    except re.error:
        return mentions(pattern, name)
