"""Links that a line names by a pattern, where bridge_ports, bond-slaves and the like list some.

`all` and `regex` are bridge-utils' (bridge-utils-interfaces(5)). `glob` and ranges are ifupdown2's
(parse_glob in its modulebase.py): swp1-10.300, swp[1-10].300, swp[1-10]sub[0-4].300.
"""

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from xenbond_tui.regex import regex
from xenbond_tui.stacks.ifupdown.moves import mentions

GRAMMAR = frozenset({"none", "all", "regex", "noregex", "glob", "noglob"})
"""Words of such a list that are no link's name."""
_NIC = regex(r"(eth|em|en|p\d+p|sl|wl|ww)")
"""Names that `bridge_ports all` takes (bridge-utils.sh)."""
_RANGE = regex(r"\[(\d{1,9})-(\d{1,9})\]|(?<=[A-Za-z])(\d{1,9})-(\d{1,9})")


def named(words: Iterable[str]) -> Iterator[str]:
    """The links that a list names; what patterns take is left out."""
    way = ""
    for word in words:
        if word in GRAMMAR:
            way = word
        elif way == "glob":
            way = ""
        elif way != "regex":
            yield word


def takes(ports: str, name: str) -> bool:
    """Is a link in this list without being named?"""
    way = ""
    for word in ports.split():
        if word in GRAMMAR:
            way = word
            if word == "all" and _NIC.match(name):
                return True
        elif word != name and (_matches(word, name) if way == "regex" else _fits(word, name)):
            return True
    return False


def _in_range(text: str, name: str) -> bool:
    """Is a link one of a range?"""
    found = [*_RANGE.finditer(text)]
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


def _fits(word: str, name: str) -> bool:
    return _in_range(word, name) or fnmatchcase(name, word)


def _matches(pattern: str, name: str) -> bool:
    try:
        return re.fullmatch(pattern, name) is not None
    except re.error:
        return mentions(pattern, name)
