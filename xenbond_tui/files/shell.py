"""Lossless editing of files of shell assignments: ifcfg-*, /etc/sysconfig/network.

Such files are sourced by root, so a value is only read when the shell would take it literally, and
only written so quoted that the shell can take it in no other way.
"""

import re

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.kept import Kept
from xenbond_tui.facts.utf8 import decoded
from xenbond_tui.files.shell_lexer import Assignment, Statement, statements
from xenbond_tui.regex import regex
from xenbond_tui.value import replace

_BARE = regex(r"[A-Za-z0-9_@%+=:,./-]*")
_KEY = regex(r"[A-Za-z_][A-Za-z0-9_]*")
_ASSIGNED = regex(
    r"(?<![A-Za-z0-9_])([A-Za-z_][A-Za-z0-9_]*+)(?=[+:]?=(?!=)|\[[^\]]{0,999}\]=)", re.ASCII
)
"""A key that is set somehow: an element of an array, or by `${KEY:=value}`, too."""
_NAMED = regex(r"\b(?:unset|read|mapfile|readarray|printf[ \t]+-v|for)\b([^;&|\n]*)")
"""A command of the shell that sets or unsets what it names."""
_SOURCES = regex(r"(?:^|[;&|({]|\b(?:then|else|do)\b)\s*(?:\.|source)\s+\S")
"""A command that reads another file in the place where it stands."""


def parse(data: bytes | str, name: str, kept: Kept | None = None) -> "ShellFile":
    """Read a file's content; `name` is its path, `kept` has what was read of this host already.

    Raises:
        XenbondError: the bytes are not UTF-8.
    """
    return ShellFile(name, data if isinstance(data, str) else decoded(name, data), kept)


class ShellFile:
    """One file, edited in place; `render()` gives back every byte that was not edited."""

    def __init__(self, name: str, text: str = "", kept: Kept | None = None) -> None:
        self.name = name
        found = (kept or Kept()).once(statements, text)
        self._set(list(found))
        self._newline = "\r\n" if "\r\n" in text else "\n"
        self._unclear: dict[str, Statement] = {}
        """Keys that are set in what no edit touches."""
        for one in found:
            if not one.opaque:
                continue
            named = (word for it in _NAMED.finditer(one.text) for word in _KEY.findall(it[1]))
            for key in (*(it[1] for it in _ASSIGNED.finditer(one.text)), *named):
                self._unclear.setdefault(key, one)

    def _set(self, found: list[Statement]) -> None:
        """Take these statements, and find out once which of them decides each key."""
        self._statements = found
        self._by_key = {item.key: (one, item) for one in found for item in one.assignments}

    def render(self) -> str:
        """The whole text."""
        return "".join(statement.text for statement in self._statements)

    def assigned(self) -> tuple[str, ...]:
        """The keys assigned, each once, in the order of first appearance."""
        return tuple(self._by_key)

    def get(self, key: str) -> str | None:
        """The value the shell ends up with: the last assignment's, unquoted; None without one.

        Raises:
            XenbondError: the value needs an expansion, or is set inside a block; names the line.
        """
        found = self._last(key)
        if found is None:
            return None
        statement, assignment = found
        if assignment.value is None:
            raise self._refusal(statement, f"{key} is computed by the shell ($…, `…`, ~)")
        return assignment.value

    def line(self, key: str) -> int | None:
        """Number of the line that decides a key's value, from 1."""
        found = self._last(key)
        if found is None:
            return None
        statement, assignment = found
        return statement.line + statement.text.count("\n", 0, assignment.start)

    def reads_others(self) -> tuple[tuple[int, str], ...]:
        """Line number and text of each statement that has the shell read another file."""
        found = (it for it in self._statements if it.opaque and _SOURCES.search(it.text))
        return tuple((it.line, it.text.strip()) for it in found)

    def unclear(self) -> tuple[tuple[int, str, str], ...]:
        """Line number, key and text of each key that is set on a condition, or not as a whole."""
        return tuple((it.line, key, it.text.strip()) for key, it in self._unclear.items())

    def source(self, key: str) -> str:
        """The deciding assignment as written: its whole line when it stands alone there.

        Raises:
            XenbondError: its value needs an expansion, so it means nothing in another file.
            KeyError: the key is not assigned.
        """
        found = self._last(key)
        if found is None or self.get(key) is None:
            raise KeyError(key)
        statement, assignment = found
        if len(statement.assignments) > 1:
            return statement.text[assignment.start : assignment.end]
        return statement.text.rstrip("\r\n")

    def set(self, key: str, value: str, *, bare: bool = False) -> None:
        """Give a key a value; a line that already says so is left as it is.

        With `bare` the value stands unquoted whatever the line looked like, for the keys that
        the network scripts look up with grep.

        Raises:
            XenbondError: the old value needs an expansion, the file can't be appended to, or the
                value can't be written in such a file.
        """
        if not _KEY.fullmatch(key) or any(ord(char) < 32 or ord(char) == 127 for char in value):
            raise XenbondError.at(self.name, f"{key}={value!r} can't be written to a shell file.")
        if bare and not _BARE.fullmatch(value):
            raise XenbondError.at(self.name, f"{key}={value!r} can't be written without quotes.")
        found = self._last(key)
        if found is None:
            self.add(f"{key}={_quote(value, '')}")
            return
        statement, assignment = found
        old = statement.text[assignment.value_start : assignment.end]
        prefix = statement.text[: assignment.value_start]
        if self.get(key) == value and not (bare and (old != value or prefix.strip() != f"{key}=")):
            return
        if bare and len(statement.assignments) > 1:
            self.remove(key)
            self.add(f"{key}={value}")
            return
        if bare:
            prefix = re.sub(rf"(^|[\s;])export[ \t]+(?={key}=$)", r"\1", prefix)
        new = prefix + (value if bare else _quote(value, old)) + statement.text[assignment.end :]
        self._replace(statement, new)

    def remove(self, key: str) -> None:
        """Remove every assignment of a key; a line left without any goes with it.

        Raises:
            XenbondError: the key is set inside a block or in a way that was not understood.
        """
        if self._last(key) is not None:
            kept = (_without(item, key) for item in self._statements)
            self._set([item for item in kept if item is not None])

    def add(self, line: str) -> None:
        """Add a line after the last assignment, in the file's own line-ending style.

        Raises:
            XenbondError: the file ends inside quotes, a continuation or a block.
        """
        kept = list(self._statements)
        plain = [index for index, item in enumerate(kept) if item.assignments]
        index = plain[-1] + 1 if plain else len(kept)
        if index and not kept[index - 1].text.endswith("\n"):
            last = kept[index - 1]
            kept[index - 1] = replace(last, text=last.text + self._newline)
        above = kept[index - 1] if index else Statement("", 1)
        new = statements(line + self._newline)
        if above.inside or not above.closed or len(new) != 1 or not new[0].assignments:
            problem = "a quote, a continuation line or a block is never closed"
            raise self._refusal(self._statements[-1], problem)
        number = 1 + sum(item.text.count("\n") for item in kept[:index])
        self._set([*kept[:index], replace(new[0], line=number), *kept[index:]])

    def _last(self, key: str) -> tuple[Statement, Assignment] | None:
        if key in self._unclear:
            problem = f"{key} is set in a way I can't edit safely"
            raise self._refusal(self._unclear[key], problem)
        return self._by_key.get(key)

    def _replace(self, statement: Statement, text: str) -> None:
        """Lines keep the numbers they had when the file was read: messages are about that one."""
        new = replace(statements(text)[0], line=statement.line)
        self._set([new if item is statement else item for item in self._statements])

    def _refusal(self, statement: Statement, problem: str) -> XenbondError:
        return XenbondError.at(
            f"{self.name}:{statement.line}",
            f"{problem}. It was left untouched; write the value plainly there and try again.",
        )


def _without(statement: Statement, key: str) -> Statement | None:
    """A line without its assignments of a key; None for one that has no others."""
    while mine := [item for item in statement.assignments if item.key == key]:
        if len(statement.assignments) == 1:
            return None
        head, tail = statement.text[: mine[-1].start], statement.text[mine[-1].end :]
        shortened = re.sub(r"^[ \t]*;?[ \t]*", "", tail)
        # A blank that the value before ends in is escaped, and no space between the two.
        kept = max((item.end for item in statement.assignments if item.end < len(head)), default=0)
        between = head[kept:].rstrip(" \t;")
        text = head + shortened if shortened.strip() else head[:kept] + between + tail
        statement = replace(statements(text)[0], line=statement.line)
    return statement


def _quote(value: str, old: str) -> str:
    """Quote for the shell, in the style of the old value where that is safe."""
    if len(old) >= 2 and old[0] == old[-1] == "'" and "'" not in value:
        return f"'{value}'"
    if _BARE.fullmatch(value) and not old.startswith('"'):
        return value
    escaped = re.sub(r'([\\"$`])', r"\\\1", value)
    return f'"{escaped}"'
