"""Lossless editing of files of shell assignments: ifcfg-*, /etc/sysconfig/network.

Such files are sourced by root, so a value is only read when the shell would take it literally, and
only written so quoted that the shell can take it in no other way.
"""

import re
from dataclasses import replace

from xenbond_tui.errors import XenbondError
from xenbond_tui.files.shell_lexer import Assignment, Statement, statements
from xenbond_tui.files.utf8 import decoded

_BARE = re.compile(r"[A-Za-z0-9_@%+=:,./-]*")
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def parse(data: bytes | str, name: str) -> "ShellFile":
    """Read a file's content; `name` is its path, for messages.

    Raises:
        XenbondError: the bytes are not UTF-8.
    """
    if isinstance(data, str):
        return ShellFile(name, data)
    return ShellFile(name, decoded(name, data))


class ShellFile:
    """One file, edited in place; `render()` gives back every byte that was not edited."""

    def __init__(self, name: str, text: str = "") -> None:
        self.name = name
        self._statements: list[Statement] = list(statements(text))
        self._newline = "\r\n" if "\r\n" in text else "\n"

    def render(self) -> str:
        """The whole text."""
        return "".join(statement.text for statement in self._statements)

    def assigned(self) -> tuple[str, ...]:
        """The keys assigned, each once, in the order of first appearance."""
        return tuple(dict.fromkeys(item.key for _, item in self._all()))

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

    def source(self, key: str) -> str:
        """The deciding assignment as written: its whole line when it stands alone there.

        Raises:
            XenbondError: its value needs an expansion, so it means nothing in another file.
            KeyError: the key is not assigned.
        """
        if self.get(key) is None:
            raise KeyError(key)
        found = self._last(key)
        assert found is not None  # noqa: S101 - get() has just found it
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
        while (found := self._last(key)) is not None:
            statement, assignment = found
            if len(statement.assignments) == 1:
                self._statements.remove(statement)
                continue
            head = statement.text[: assignment.start]
            tail = statement.text[assignment.end :]
            shortened = re.sub(r"^[ \t]*;?[ \t]*", "", tail)
            self._replace(
                statement, head + shortened if shortened.strip() else head.rstrip(" \t;") + tail
            )

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
        before = "".join(item.text for item in kept[:index])
        after = statements(before + line + self._newline)
        if len(after) != index + 1 or not after[index].assignments:
            problem = "a quote, a continuation line or a block is never closed"
            raise self._refusal(self._statements[-1], problem)
        self._statements = [*kept[:index], after[index], *kept[index:]]

    def _all(self) -> list[tuple[Statement, Assignment]]:
        return [(item, found) for item in self._statements for found in item.assignments]

    def _last(self, key: str) -> tuple[Statement, Assignment] | None:
        for statement in self._statements:
            if statement.opaque and _mentions(statement.text, key):
                raise self._refusal(statement, f"{key} is set in a way I can't edit safely")
        found = [pair for pair in self._all() if pair[1].key == key]
        return found[-1] if found else None

    def _replace(self, statement: Statement, text: str) -> None:
        """Lines keep the numbers they had when the file was read: messages are about that one."""
        index = self._statements.index(statement)
        self._statements[index] = replace(statements(text)[0], line=statement.line)

    def _refusal(self, statement: Statement, problem: str) -> XenbondError:
        return XenbondError.at(
            f"{self.name}:{statement.line}",
            f"{problem}. It was left untouched; write the value plainly there and try again.",
        )


def _mentions(text: str, key: str) -> bool:
    pattern = rf"(?<![A-Za-z0-9_]){re.escape(key)}(\+|\[[^\]]*\])?="
    return re.search(pattern, text) is not None


def _quote(value: str, old: str) -> str:
    """Quote for the shell, in the style of the old value where that is safe."""
    if len(old) >= 2 and old[0] == old[-1] == "'" and "'" not in value:
        return f"'{value}'"
    if _BARE.fullmatch(value) and not old.startswith('"'):
        return value
    escaped = re.sub(r'([\\"$`])', r"\\\1", value)
    return f'"{escaped}"'
