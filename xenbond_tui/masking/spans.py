"""Where the secrets of a file stand: half-open spans of offsets into its text.

No parser of ours is asked: a file that is broken, or half written, holds its secrets all the same.
"""

import re
from collections.abc import Iterator

from xenbond_tui.masking.keys import (
    ALL_SECRET_FILES,
    ALL_SECRET_SECTIONS,
    COMMANDS,
    WORDS,
    Format,
    format_of,
    is_secret,
)
from xenbond_tui.regex import regex

Span = tuple[int, int]

_SECTION = regex(r"[ \t]*\[([^\]\n]*)\]")
_OPTION = regex(r"[ \t]*+#*+[ \t]*+([A-Za-z][\w.-]*)[ \t]+(\S.*)", re.DOTALL)
_ASSIGNMENT = regex(r"(?<![\w.-])([A-Za-z_]\w*)\+?=")
_EXPRESSION = regex(
    r"""\(\s*([\w.-]+)\s+('(?:[^'\\]|\\.)*'?|"(?:[^"\\]|\\.)*"?|[^()\s]+)""", re.DOTALL
)
_YAML_KEY = regex(r"""(?:^|(?<=[\s{,\[?"']))["']?([\w.-]++)["']?[ \t]*:(?=\s|["'\[{]|$)""")


def spans(path: str, text: str) -> list[Span]:
    """The secrets of a file of that path: in order, apart from each other, none of them empty."""
    format = format_of(path)
    found = [*_words(text)]
    if format is Format.YAML:
        found += _yaml(text)
    if format in (Format.KEYFILE, Format.UNIT, Format.UNKNOWN):
        found += _settings(format, text)
    if format in (Format.SHELL, Format.UNKNOWN):
        found += _assignments(format, text, all_of_them=bool(ALL_SECRET_FILES.search(path)))
    if format in (Format.INTERFACES, Format.UNKNOWN):
        found += _options(format, text)
    if format in (Format.SEXPR, Format.UNKNOWN):
        found += _expressions(format, text)
    return _merged(text, found)


def words(text: str) -> list[Span]:
    """The secrets in text of any origin: an error's words, a finding's."""
    return _merged(text, _words(text))


def _merged(text: str, found: list[Span]) -> list[Span]:
    """In order, overlapping ones as one; line ends at their ends are not theirs."""
    merged: list[Span] = []
    for start, end in sorted(found):
        while end > start and text[end - 1] in "\r\n":
            end -= 1
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _words(text: str) -> list[Span]:
    found = [match.span(1) for match in WORDS.finditer(text)]
    for pattern in COMMANDS:
        found += [match.span(1) for match in pattern.finditer(text)]
    return found


def _lines(text: str) -> Iterator[Span]:
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield start, end
        start = end + 1


def _joined(text: str) -> Iterator[Span]:
    """Lines with those that a backslash continues them by; comments in between go along."""
    begun: int | None = None
    for start, end in _lines(text):
        begun = start if begun is None else begun
        line = text[start:end].rstrip("\r")
        goes_on = line.endswith("\\") or (begun < start and line.lstrip().startswith(("#", ";")))
        if not goes_on:
            yield begun, end
            begun = None
    if begun is not None:
        yield begun, len(text)


def _settings(format: Format, text: str) -> Iterator[Span]:
    """`key=value`: as one line says it, and as a backslash continues it."""
    for unit in (_lines, _joined):
        section = ""
        for start, end in unit(text):
            if head := _SECTION.match(text, start, end):
                section = head[1].strip().lower()
            sign = text.find("=", start, end)
            key = text[start:sign].strip(" \t#;")
            if sign >= 0 and (section in ALL_SECRET_SECTIONS or is_secret(format, key)):
                value = text[sign + 1 : end]
                yield end - len(value.lstrip(" \t")), end


def _options(format: Format, text: str) -> Iterator[Span]:
    """`key value`, where a backslash may break even the key."""
    for start, end in _lines(text):
        match = _OPTION.match(text, start, end)
        if match and is_secret(format, match[1]):
            yield match.start(2), end
    for start, end in _joined(text):
        logical = text[start:end].replace("\\\r\n", "").replace("\\\n", "")
        match = _OPTION.match(logical)
        if match and is_secret(format, match[1]):
            whole = _OPTION.match(text, start, end)
            # A key that is broken itself: nothing of these lines is shown.
            intact = whole is not None and whole[1] == match[1]
            yield (whole.start(2) if intact and whole is not None else start), end


def _assignments(format: Format, text: str, *, all_of_them: bool) -> Iterator[Span]:
    done = 0
    for match in _ASSIGNMENT.finditer(text):
        if match.end() > done and (all_of_them or is_secret(format, match[1])):
            line = text.rfind("\n", 0, match.start()) + 1
            if text[line : match.start()].lstrip().startswith("#"):
                done = text.find("\n", match.end())
                done = len(text) if done < 0 else done
            else:
                done = _end_of_word(text, match.end())
            yield match.end(), done


def _end_of_word(text: str, at: int) -> int:
    """Where a word of the shell ends; an open quote takes everything behind it."""
    while at < len(text) and text[at] not in " \t\n;&|":
        char = text[at]
        if char == "\\":
            at += 3 if text.startswith("\r\n", at + 1) else 2
        elif char in "\"'`":
            dollar = char == "'" and text[at - 1] == "$"
            at += 1
            while at < len(text) and text[at] != char:
                at += 2 if text[at] == "\\" and (char != "'" or dollar) else 1
            at += 1
        else:
            at += 1
    return min(at, len(text))


def _expressions(format: Format, text: str) -> Iterator[Span]:
    for match in _EXPRESSION.finditer(text):
        if is_secret(format, match[1]):
            yield match.span(2)


def _yaml(text: str) -> Iterator[Span]:
    from xenbond_tui.masking.yaml import values

    found = values(text)
    yield from _by_indentation(text, comments_only=found is not None)
    yield from found or ()


def _by_indentation(text: str, *, comments_only: bool) -> Iterator[Span]:
    """YAML that can't be read: a secret key's line, and whatever stands deeper below it."""
    begun, indent, quoted = None, 0, 0
    for start, end in _lines(text):
        line = text[start:end]
        depth = len(line) - len(line.lstrip())
        if begun is not None and line.strip() and depth <= indent and start >= quoted:
            yield begun, start
            begun = None
        comment = line.find("#")
        if begun is not None or (comments_only and comment < 0):
            continue
        for match in _YAML_KEY.finditer(line, comment if comments_only else 0):
            if is_secret(Format.YAML, match[1]):
                if comments_only or (0 <= comment < match.start()):
                    yield start + match.end(), end
                else:
                    begun, indent = start + match.end(), depth
                    quoted = _end_of_word(text, start + match.end() + _blanks(line, match.end()))
                break
    if begun is not None:
        yield begun, len(text)


def _blanks(line: str, at: int) -> int:
    return len(line) - at - len(line[at:].lstrip())
