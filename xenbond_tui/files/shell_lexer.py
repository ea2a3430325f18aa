"""Splits shell text into statements, kept to the byte, and finds the plain assignments in them.

Only what files of settings use is understood (bash(1), QUOTING and PARAMETERS). Everything else is
kept as it is and marked opaque, so that nobody edits what was not understood.
"""

import re

from xenbond_tui.regex import regex
from xenbond_tui.value import dataclass

_NAME = regex(r"[A-Za-z_][A-Za-z0-9_]*=")
_OPERATORS = "&|<>()"
_PLAIN = regex(r"[^\s\\'\"$`~;&|<>()]+")
"""Characters of a word that stand for themselves."""
_WORD = regex(rf"(?:[ \t]|\r(?=\n))*+((?!#){_PLAIN.pattern}+)(?=[ \t\n;&|<>()]|\Z)")
"""A word of nothing else, and the blanks before it."""
_QUOTED = regex(r'(?:[^"`$\\]|\\.)+', re.DOTALL)
"""What stands for itself inside double quotes, escapes included."""
_ESCAPED = regex(r'\\([$`"\\\n])')
_INERT = regex(r"[^\\'\"(){}]+")
"""What neither opens nor closes anything inside an expansion."""
_BLANK = regex(r"(?:[ \t]|\r(?=\n))+")
_BRACKETS = regex(r"\(+|\)+")
_EMPTY = regex(r"[ \t]*(?:#[^\n]*)?(?:\r?\n|\Z)")
"""A line that says nothing."""
_ALONE = re.compile(
    r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)="
    rf"(\"((?:[^\"`$\\]+|\$\w)*+)\"|'([^']*)'|(?:{_PLAIN.pattern})?)"
    r"(?:[ \t]+#[^\n]*|[ \t]*)(?:\r?\n|\Z)",
    re.ASCII,
)
"""A line of one plain assignment, as most are; `$name` may stand in its double quotes."""
_MAX_DEPTH = 32
"""Quotes and expansions inside each other; what is deeper is kept unread."""
_ENDS_WORD = " \t\n;" + _OPERATORS
_OPENERS = frozenset({"if", "case", "for", "while", "until", "select", "{"})
_CLOSERS = frozenset({"fi", "esac", "done", "}"})
_ANSI_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"', "a": "\a"}


@dataclass(frozen=True, slots=True)
class Assignment:
    """One `KEY=value` inside a statement; offsets are into the statement's text."""

    key: str
    start: int
    value_start: int
    end: int
    value: str | None
    """Unquoted; None when the shell would have to expand something to know it."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One logical line: continuation lines and quoted newlines belong to it."""

    text: str
    """As in the file, its line ending included."""
    line: int
    """Number of its first line, from 1."""
    assignments: tuple[Assignment, ...] = ()
    """Empty for comments, blank lines and whatever is opaque."""
    opaque: bool = False
    """Holds something other than plain assignments, or stands inside a block such as `if`."""
    closed: bool = True
    """False when the text ends inside quotes or after a backslash: nothing can follow it."""
    inside: bool = False
    """What follows it stands inside a block, brackets or a here-document."""


@dataclass(slots=True)
class _Word:
    start: int
    end: int
    raw: str
    value: str | None


def statements(text: str) -> tuple[Statement, ...]:
    """All statements of a text; joining their texts gives the text back. Never raises."""
    found: list[Statement] = []
    position, line, blocks, parentheses, rest_unknown = 0, 1, 0, 0, False
    while position < len(text):
        inside = blocks > 0 or parentheses > 0 or rest_unknown
        empty = _EMPTY.match(text, position)
        if match := empty or _ALONE.match(text, position):
            found.append(_simple(match, line, inside, empty=empty is not None))
            line += match[0].count("\n")
            position = match.end()
            continue
        lexer = _Lexer(text, position)
        lexer.run()
        piece = text[position : lexer.position]
        blocks = max(0, blocks + lexer.blocks)
        parentheses = max(0, parentheses + lexer.parentheses)
        rest_unknown = rest_unknown or lexer.here_document
        assignments = None if inside else lexer.assignments()
        meaningful = bool(lexer.commands) or lexer.odd
        found.append(
            Statement(
                piece,
                line,
                assignments or (),
                opaque=meaningful and assignments is None,
                closed=lexer.closed,
                inside=blocks > 0 or parentheses > 0 or rest_unknown,
            )
        )
        line += piece.count("\n")
        position = lexer.position
    return tuple(found)


def _simple(match: re.Match[str], line: int, inside: bool, *, empty: bool) -> Statement:
    """What `_EMPTY` or `_ALONE` has found."""
    if empty or inside:
        return Statement(match[0], line, opaque=not empty, inside=inside)
    start, begin, (value_start, end) = match.start(), match.start(1), match.span(2)
    value = next((part for part in (match[3], match[4]) if part is not None), match[2])
    expands = match[3] is not None and "$" in value
    known = None if expands else value
    found = Assignment(match[1], begin - start, value_start - start, end - start, known)
    return Statement(match[0], line, (found,))


class _Lexer:
    """Reads one statement from `start`; `position` is behind it afterwards."""

    def __init__(self, text: str, start: int) -> None:
        self.text = text
        self.start = start
        self.position = start
        self.closed = True
        self.odd = False
        self.here_document = False
        self.blocks = 0
        self.parentheses = 0
        self.depth = 0
        self.commands: list[list[_Word]] = []

    def run(self) -> None:
        command: list[_Word] = []
        while True:
            if word := _WORD.match(self.text, self.position):
                self.position = word.end()
                command.append(self._kept(word.start(1), word[1], word[1]))
                continue
            char = self._peek()
            if char in ("", "\n"):
                self.position += len(char)
                break
            if blank := _BLANK.match(self.text, self.position):
                self.position = blank.end()
            elif char == "#":
                end = self.text.find("\n", self.position)
                self.position = len(self.text) if end < 0 else end
            elif self.text.startswith("\\\n", self.position):
                self.position += 2
                self.closed = self.position < len(self.text)
            elif char == ";":
                self._keep(command)
                command = []
                self.position += 1
                self.odd = self.odd or self._peek() == ";"
            elif char in _OPERATORS:
                self._operator(char)
            else:
                command.append(self._word())
        self._keep(command)

    def assignments(self) -> tuple[Assignment, ...] | None:
        """The plain assignments, or None when there is anything else in the statement."""
        if self.odd or not self.closed:
            return None
        found: list[Assignment] = []
        for command in self.commands:
            exported = command[0].raw == "export"
            for word in command[1:] if exported else command:
                match = _NAME.match(word.raw)
                if match is None:
                    if exported and word.raw.isidentifier():
                        continue
                    return None
                start = word.start - self.start
                found.append(
                    Assignment(
                        match.group()[:-1],
                        start,
                        start + match.end(),
                        word.end - self.start,
                        None if word.value is None else word.value[match.end() :],
                    )
                )
        return tuple(found)

    def _keep(self, command: list[_Word]) -> None:
        if command:
            self.commands.append(command)

    def _peek(self) -> str:
        return self.text[self.position : self.position + 1]

    def _operator(self, char: str) -> None:
        self.odd = True
        if brackets := _BRACKETS.match(self.text, self.position):
            count = len(brackets[0])
            self.parentheses += count if char == "(" else -count
            self.position += count
            return
        if self.text.startswith("<<", self.position):
            self.here_document = not self.text.startswith("<<<", self.position)
            self.position += 1
        self.position += 1

    def _word(self) -> _Word:
        start = self.position
        value: list[str] | None = []
        while (char := self._peek()) and char not in _ENDS_WORD:
            if self.text.startswith("\r\n", self.position):
                break
            if plain := _PLAIN.match(self.text, self.position):
                self.position = plain.end()
                if value is not None:
                    value.append(plain[0])
                continue
            after = self.position > start and self.text[self.position - 1] in "=:"
            piece = self._segment(char, at_value_start=after)
            if piece is None:
                value = None
            elif value is not None:
                value.append(piece)
        raw = self.text[start : self.position]
        return self._kept(start, raw, None if value is None else "".join(value))

    def _kept(self, start: int, raw: str, value: str | None) -> _Word:
        self.blocks += (raw in _OPENERS) - (raw in _CLOSERS)
        return _Word(start, self.position, raw, value)

    def _segment(self, char: str, at_value_start: bool) -> str | None:
        """One part of a word; None when its value depends on an expansion."""
        following = self.text[self.position + 1 : self.position + 2]
        if char == "\\":
            self.position += 1 + len(following)
            if following in ("", "\n") and self.position == len(self.text):
                self.closed = False
            return "" if following == "\n" else following
        if char == "'":
            return self._until_quote(1)
        if char == '"':
            return self._double_quoted()
        if char == "$" and following == "'":
            return self._ansi_quoted()
        if char == "$" and following == '"':
            self.position += 1
            return self._double_quoted()
        if char == "`" or (char == "$" and _expands(following)):
            self._expansion()
            return None
        self.position += 1
        if char == "~" and at_value_start:
            return None
        return char

    def _until_quote(self, skip: int) -> str:
        begin = self.position + skip
        end = self.text.find("'", begin)
        if end < 0:
            self.closed = False
            self.position = len(self.text)
            return self.text[begin:]
        self.position = end + 1
        return self.text[begin:end]

    def _ansi_quoted(self) -> str | None:
        match = regex(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL).match(self.text, self.position)
        if match is None:
            self.closed = False
            self.position = len(self.text)
            return None
        self.position = match.end()
        body = match.group(1)
        codes = re.findall(r"\\(.)", body, re.DOTALL)
        if any(code not in _ANSI_ESCAPES for code in codes):
            return None
        return re.sub(r"\\(.)", lambda found: _ANSI_ESCAPES[found.group(1)], body, flags=re.DOTALL)

    def _double_quoted(self) -> str | None:
        self.position += 1
        pieces: list[str] = []
        known = True
        while (char := self._peek()) != '"':
            if plain := _QUOTED.match(self.text, self.position):
                pieces.append(_ESCAPED.sub(lambda found: found[1].strip("\n"), plain[0]))
                self.position = plain.end()
                continue
            following = self.text[self.position + 1 : self.position + 2]
            if not char:
                self.closed = False
                return None
            if char == "`" or (char == "$" and _expands(following)):
                self._expansion()
                known = False
            else:
                pieces.append(char)
                self.position += 1
        self.position += 1
        return "".join(pieces) if known else None

    def _expansion(self) -> None:
        """Skip `$name`, `${…}`, `$(…)` or a backtick command; only its extent matters."""
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            self._skip_to(None)
        else:
            self._skip_expansion()
        self.depth -= 1

    def _skip_expansion(self) -> None:
        if self._peek() == "`":
            match = regex(r"`(?:[^`\\]|\\.)*`", re.DOTALL).match(self.text, self.position)
            self._skip_to(match.end() if match else None)
            return
        self.position += 1
        opening = self._peek()
        if opening not in ("(", "{"):
            self.position += 1
            return
        closing, depth = {"(": ")", "{": "}"}[opening], 0
        while char := self._peek():
            if char == "\\":
                self.position += 2
            elif char == "'" and opening == "(":
                self._until_quote(1)
            elif char == '"':
                self._double_quoted()
            elif inert := _INERT.match(self.text, self.position):
                self.position = inert.end()
            else:
                depth += (char == opening) - (char == closing)
                self.position += 1
                if depth == 0:
                    return
        self._skip_to(None)

    def _skip_to(self, end: int | None) -> None:
        self.closed = self.closed and end is not None
        self.position = len(self.text) if end is None else end


def _expands(following: str) -> bool:
    return following.isalnum() or following in ("_", "{", "(", "@", "*", "#", "?", "-", "$", "!")
