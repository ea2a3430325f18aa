"""ruamel's reader, scanner and parser with their hottest methods written again, for six times less.

The grammar is ruamel's: what is here takes the plain words, keys and gaps of a text by a regular
expression instead of one character after the other, and leaves everything else to ruamel's own
methods. `tests/unit/test_yaml_scanner.py` holds tokens, events, places and errors against those of
ruamel alone. A place is an offset instead of a mark with line and column.

Loaded by `yaml_events`, as ruamel itself is, when the first text is read.
"""

import re

from ruamel.yaml import events, parser, reader, scanner
from ruamel.yaml import tokens as ruamel_tokens

from xenbond_tui.regex import regex
from xenbond_tui.typed import Any, override

tokens: Any = ruamel_tokens
"""Their marks are offsets here."""

_UNUSUAL = ("\n%", "\n...", "\x85", "\u2028", "\u2029", "\ufeff")
_LONE = regex(r"\r(?!\n)")
_GAP = r"{0}*+(?:#[^\r\n\0]*+)?(?:\r?\n{0}*+(?:#[^\r\n\0]*+)?)*+"
_GAPS = re.compile(_GAP.format(" ")), re.compile(_GAP.format(r"[ \t]"))
"""Blanks and comments up to the next token: in a block, between brackets."""
_KEY = re.compile(r"([A-Za-z0-9_/][A-Za-z0-9_./@-]{0,99}+):(?=[ \r\n])")
_ENTRY = re.compile(
    r"(?:([A-Za-z0-9_/][A-Za-z0-9_./@-]{0,99}+): +)?"
    r"([A-Za-z0-9_/][A-Za-z0-9_./@%+-]*+(?::(?=[A-Za-z0-9:/])[A-Za-z0-9_./@%+-]*+)*+)"
    r"(?=[,\]}])(?:(,) *)?"
)
"""A word between brackets that ends before the next of their signs, with its key or without."""
_AT_ONCE = 16
"""Of those."""
_WORDS = r"(?:[^ \n\0\t\r:{0}]++|:(?![ \n\0\t\r])| ++(?=[^ \n\0\t\r#:{0}]|:(?![ \n\0\t\r])))++"
_PLAINS = re.compile(_WORDS.format("")), re.compile(_WORDS.format(r",\[\]{}"))
"""A plain scalar as far as it goes on its line: in a block, between brackets."""
_BLANKS = re.compile(r" *+")
_BREAKS = re.compile(r"\r?\n[ \r\n]*+")
_DOCUMENT = re.compile(r"\n(?=(?:---|\.\.\.)[ \n\0\t\r])")
_LONGEST_KEY = 1024
"""Characters, as in ruamel."""


def unusual(text: str) -> int | None:
    """Where a text has what is not read here: other ends of lines, directives, ends of documents.

    None where it has nothing of the kind.
    """
    if text.startswith(("%", "...")):
        return 0
    lone = _LONE.search(text) if "\r" in text else None
    found = [text.find(sign) for sign in _UNUSUAL] + [-1 if lone is None else lone.start()]
    return min((at for at in found if at >= 0), default=None)


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    """Where what always fits ends."""
    found = pattern.match(text, start)
    return start if found is None else found.end()


class Reader(reader.Reader):
    """A text and how far it was read; `begin` is where the line begins."""

    begin = 0
    index = property(lambda self: self.pointer, lambda self, value: None)
    column = property(lambda self: self.pointer - self.begin, lambda self, value: None)
    line = property(lambda self: self.begin, lambda self, value: None)
    """Only ever compared with another."""

    @override
    def peek(self, index: int = 0) -> str:
        return self.buffer[self.pointer + index]

    @override
    def prefix(self, length: int = 1) -> str:
        return self.buffer[self.pointer : self.pointer + length]

    @override
    def forward(self, length: int = 1) -> None:
        self.go(self.pointer + length)

    def go(self, end: int) -> None:
        """Forward to an offset."""
        found = self.buffer.rfind("\n", self.pointer, end)
        if found >= 0:
            self.begin = found + 1
        self.pointer = end

    @override
    def get_mark(self) -> int:
        return self.pointer


def _key(text: str, start: int, end: int) -> tuple[Any, ...]:
    key = tokens.ScalarToken(text, True, start, end)
    return tokens.KeyToken(start, start), key, tokens.ValueToken(end, end + 1)


class Scanner(scanner.Scanner):
    """Tokens, one at a time as they are asked for."""

    reader: Any = None
    scanner_processing_version = (1, 2)

    def __init__(self, loader: Any) -> None:
        self.reader = loader.reader
        self.sure = False
        """The first token is what it will be: nothing that follows puts another one before it."""
        super().__init__(loader)

    @override
    def check_token(self, *choices: type) -> bool:
        first = self.tokens[0] if self.sure else self.peek_token()
        return first is not None and (not choices or isinstance(first, choices))

    @override
    def peek_token(self) -> Any:
        if not self.sure:
            while self.need_more_tokens():
                self.fetch_more_tokens()
            self.sure = bool(self.tokens)
        return self.tokens[0] if self.sure else None

    @override
    def get_token(self) -> Any:
        if self.peek_token() is None:
            return None
        self.tokens_taken += 1
        token = self.tokens.pop(0)
        self.sure = bool(self.tokens) and not self.possible_simple_keys
        return token

    @override
    def need_more_tokens(self) -> bool:
        if self.done or not self.tokens:
            return not self.done
        keys = self.possible_simple_keys
        if not keys:
            return False
        self.stale_possible_simple_keys()
        return bool(keys) and keys[min(keys)].token_number == self.tokens_taken

    @override
    def stale_possible_simple_keys(self) -> None:
        # That of the outermost brackets began first: where it may be a key, all others may.
        keys = self.possible_simple_keys
        first = keys[min(keys)] if keys else None
        if first is not None and (
            first.line != self.reader.begin or self.reader.pointer - first.index > _LONGEST_KEY
        ):
            super().stale_possible_simple_keys()

    @override
    def fetch_more_tokens(self) -> None:
        source, flow, keys = self.reader, self.flow_context, self.possible_simple_keys
        buffer, start = source.buffer, source.pointer
        line = source.begin
        if buffer[start] in " \n\r#\t":
            source.go(_end(_GAPS[bool(flow)], buffer, start))
            start = source.pointer
        if not flow:
            if line != source.begin:
                self.allow_simple_key = True
            if keys:
                self.stale_possible_simple_keys()
            self.unwind_indent(start - source.begin)
        elif keys:
            self.stale_possible_simple_keys()
        sign = buffer[start]
        simple = self.allow_simple_key
        found = _ENTRY.match(buffer, start) if flow else None
        if found and (simple or found.end(1) < 0) and self._fits(found):
            self._take_entries(found)
        elif simple and (found := _KEY.match(buffer, start)) and self._fits(found):
            self._take_key(found)
        elif fetch := _FETCH.get(sign):
            fetch(self)
        elif sign == "-" and buffer[start + 1] in " \r\n":
            self.fetch_block_entry()
        elif sign in "%-?:.!&*|>@`\0\t":
            super().fetch_more_tokens()
        else:
            self.fetch_plain()

    def _fits(self, found: re.Match[str]) -> bool:
        """No key that began before is waited for here, or is too long by now."""
        keys = self.possible_simple_keys
        return not keys or (
            len(self.flow_context) not in keys
            and found.end() - keys[min(keys)].index <= _LONGEST_KEY
        )

    def _take_key(self, found: re.Match[str]) -> None:
        source, flow = self.reader, self.flow_context
        start, end = found.span(1)
        if not flow and self.add_indent(start - source.begin):
            self.tokens.append(tokens.BlockMappingStartToken(start, start))
        self.tokens += _key(found[1], start, end)
        self.allow_simple_key = False
        source.pointer = end + 1
        value = source.buffer[end + 1 : end + 3]
        if value[0] == " " and value[1].isalnum() and not (flow or self.possible_simple_keys):
            source.pointer = end + 2
            self.tokens.append(self.scan_plain())

    def _take_entries(self, found: re.Match[str] | None) -> None:
        source, taken = self.reader, self.tokens
        for _ in range(_AT_ONCE):
            if found is None:
                break
            if found.end(1) >= 0:
                taken += _key(found[1], *found.span(1))
            start, end = found.span(2)
            taken.append(tokens.ScalarToken(found[2], True, start, end))
            source.pointer = found.end()
            self.allow_simple_key = found.end(3) >= 0
            if self.allow_simple_key:
                taken.append(tokens.FlowEntryToken(end, end + 1))
            if self.possible_simple_keys or not self.allow_simple_key:
                break
            found = _ENTRY.match(source.buffer, source.pointer)

    def after(self, kind: type) -> Any:
        """The scalar that follows a token of this kind, both taken; None if not for certain."""
        first = self.peek_token()
        found = self.tokens
        if (
            first.__class__ is not kind
            or self.possible_simple_keys
            or len(found) < 2
            or found[1].__class__ is not tokens.ScalarToken
        ):
            return None
        scalar = found[1]
        del found[:2]
        self.tokens_taken += 2
        self.sure = bool(found)
        return scalar

    @override
    def scan_plain(self) -> Any:
        source, flow = self.reader, bool(self.flow_context)
        buffer, start = source.buffer, source.pointer
        at, end, space = start, start, ""
        chunks: list[str] = []
        while buffer[at] != "#" and (found := _PLAINS[flow].match(buffer, at)):
            self.allow_simple_key = False
            chunks += (space, found[0])
            end = found.end()
            at = _end(_BLANKS, buffer, end)
            breaks = _BREAKS.match(buffer, at)
            if breaks is None:
                break
            self.allow_simple_key = True
            document = _DOCUMENT.search(buffer, at, breaks.end() + 4)
            source.go(breaks.end() if document is None else document.end())
            at = source.pointer
            if document is not None or (not flow and at - source.begin <= self.indent):
                break
            space = "\n" * (breaks[0].count("\n") - 1) or " "
        source.pointer = at
        return tokens.ScalarToken("".join(chunks), True, start, end)


_FETCH = {
    "[": Scanner.fetch_flow_sequence_start,
    "{": Scanner.fetch_flow_mapping_start,
    "]": Scanner.fetch_flow_sequence_end,
    "}": Scanner.fetch_flow_mapping_end,
    ",": Scanner.fetch_flow_entry,
    "'": Scanner.fetch_single,
    '"': Scanner.fetch_double,
}
"""What one character says for certain."""


class Parser(parser.Parser):
    """Events of the tokens."""

    scanner: Any = None

    def __init__(self, loader: Any) -> None:
        self.scanner = loader.scanner
        super().__init__(loader)

    @override
    def parse_node(self, block: bool = False, indentless_sequence: bool = False) -> Any:
        token = self.scanner.peek_token()
        if token.__class__ is tokens.ScalarToken:
            return self._scalar(self.scanner.get_token(), self.states.pop())
        event, flow, state = _STARTS.get(token.__class__, _NONE)
        if event is None or not (block or flow):
            return super().parse_node(block, indentless_sequence)
        self.state = getattr(self, state)
        return event(None, None, True, token.start_mark, token.end_mark, flow)

    def _scalar(self, token: Any, state: Any) -> Any:
        self.state = state
        implicit = _PLAIN if token.plain else _QUOTED
        place = token.start_mark, token.end_mark
        return events.ScalarEvent(None, None, implicit, token.value, *place, token.style)

    @override
    def parse_block_mapping_key(self) -> Any:
        scalar = self.scanner.after(tokens.KeyToken)
        if scalar is None:
            return super().parse_block_mapping_key()
        return self._scalar(scalar, self.parse_block_mapping_value)

    @override
    def parse_block_mapping_value(self) -> Any:
        scalar = self.scanner.after(tokens.ValueToken)
        if scalar is None:
            return super().parse_block_mapping_value()
        return self._scalar(scalar, self.parse_block_mapping_key)

    @override
    def parse_flow_mapping_key(self, first: bool = False) -> Any:
        if not first and self.scanner.check_token(tokens.FlowEntryToken):
            self.scanner.get_token()
            first = True
        scalar = self.scanner.after(tokens.KeyToken) if first else None
        if scalar is None:
            return super().parse_flow_mapping_key(first)
        return self._scalar(scalar, self.parse_flow_mapping_value)

    @override
    def parse_flow_mapping_value(self) -> Any:
        scalar = self.scanner.after(tokens.ValueToken)
        if scalar is None:
            return super().parse_flow_mapping_value()
        return self._scalar(scalar, self.parse_flow_mapping_key)

    @override
    def parse_flow_sequence_entry(self, first: bool = False) -> Any:
        scalar = None if first else self.scanner.after(tokens.FlowEntryToken)
        if scalar is None:
            return super().parse_flow_sequence_entry(first)
        return self._scalar(scalar, self.parse_flow_sequence_entry)


_PLAIN, _QUOTED = (True, False), (False, True)
_MAP, _LIST = events.MappingStartEvent, events.SequenceStartEvent
_STARTS: dict[type, tuple[Any, bool, str]] = {
    tokens.BlockMappingStartToken: (_MAP, False, "parse_block_mapping_first_key"),
    tokens.BlockSequenceStartToken: (_LIST, False, "parse_block_sequence_first_entry"),
    tokens.FlowMappingStartToken: (_MAP, True, "parse_flow_mapping_first_key"),
    tokens.FlowSequenceStartToken: (_LIST, True, "parse_flow_sequence_first_entry"),
}
"""What a map or a list without tag or anchor begins with: event, in brackets, what comes next."""
_NONE = (None, False, "")
