"""Lossless editing of YAML: an edit touches its own lines, everything else stays byte for byte.

ruamel's own writer would format the whole file again (indentation, quotes, long lines), so the text
is cut and joined where ruamel says a value is, and then read again: it must say what it said before
with this one edit, else the edit is refused. So a shared anchor, or a style nobody thought of, ends
in a refusal with file and line, never in a changed meaning.
"""

import re
from contextlib import suppress

from xenbond_tui.errors import XenbondError
from xenbond_tui.files import yaml_write
from xenbond_tui.files.yaml_nodes import Data, Node, anchors, data
from xenbond_tui.files.yaml_paths import Path, dropped, lookup, said_at, stored
from xenbond_tui.files.yaml_reader import Pieces, parse
from xenbond_tui.regex import regex
from xenbond_tui.typed import NoReturn

_COMMA = regex(r"\s*,")

Splice = tuple[int, int, str]
"""Start, end, and what stands there afterwards."""


class YamlText:
    """One YAML file, open for editing."""

    def __init__(self, path: str, text: str, pieces: Pieces | None = None) -> None:
        """Read a file's text.

        Args:
            path: for messages.
            text: all of it.
            pieces: what was read of this host's files before.

        Raises:
            XenbondError: it is no YAML that can be edited; names file and line.
        """
        self.path = path
        self.text = text
        self._pieces = Pieces() if pieces is None else pieces
        self.top = parse(text, path, self._pieces)
        self._known = anchors(self.top) if self.top is not None else {}
        self._eol = "\r\n" if "\r\n" in text else "\n"

    def node(self, path: Path) -> Node | None:
        """The node at a path, aliases followed; None when there is none."""
        return lookup(self.top, path, self._known)

    def data(self, path: Path = ()) -> Data | None:
        """What a node says, aliases written out; None when there is none.

        Raises:
            XenbondError: its aliases stand for too much, or for themselves.
        """
        if self.top is not None and self.top.said is not None:
            return said_at(self.top.said, path)
        node = self.node(path)
        if node is None or self.top is None:
            return None
        try:
            return data(node, self._known)
        except (ValueError, RecursionError):
            self._refuse(node.line, "its aliases stand for too much or for themselves")

    def where(self, path: Path) -> str:
        """`/etc/netplan/50-cloud-init.yaml:7`: the entry's line, or that of what is above it."""
        return f"{self.path}:{self._line(path)}"

    def put(self, path: Path, value: Data) -> None:
        """Give the entry at a path a value; maps that are missing on the way are made.

        Raises:
            XenbondError: it can't be done without touching anything else; names file and line.
        """
        before = self.data(path)
        if before is not None and before == value:
            return
        wanted = stored(self.data() or {}, path, value)
        depth = len(path)
        while depth and self._at(path[:depth]) is None:
            depth -= 1
        self._unshared(path[:depth], whole=depth == len(path))
        node = self._at(path[:depth])
        if depth == len(path) and node is not None:
            splice = self._replaced(path, node, value)
        else:
            for key in reversed(path[depth + 1 :]):
                value = {str(key): value}
            splice = self._added(path[:depth], str(path[depth]), value)
        self._settle([splice], wanted, path)

    def append(self, path: Path, value: Data) -> None:
        """Add an item at the end of a list; a missing list is made.

        Raises:
            XenbondError: as `put`.
        """
        node = self._at(path)
        present = self.data(path)
        items = list(present) if isinstance(present, list) else []
        if node is None or not node.items:
            self.put(path, [*items, value])
            return
        self._unshared(path)
        last = node.items[-1]
        if node.flow:
            splice = (last.end, last.end, f", {yaml_write.flow(value)}")
        else:
            lines = yaml_write.list_item(value, node.column, self._step())
            splice = self._insertion(self._behind(last, node.column), lines)
        self._settle([splice], stored(self.data() or {}, path, [*items, value]), path)

    def drop(self, path: Path) -> None:
        """Take an entry of a map, or an item of a list, out; comments above it stay.

        Raises:
            XenbondError: as `put`; also when an alias elsewhere names something in it.
        """
        self._unshared(path)
        self._settle(self._cut(path), dropped(self.data() or {}, path), path)

    def move(self, source: Path, target: Path) -> None:
        """Move an entry, in its own spelling and with the comment lines above it, to another map.

        The map that `target` goes into must be there, with an entry in it.

        Raises:
            XenbondError: as `put`.
        """
        value = self.data(source)
        place = self._at(target[:-1])
        if value is None or place is None or place.kind != "map" or not place.entries:
            self._refuse(self._line(source), f"{_name(source)} can't be moved to {target[-1]}")
        self._unshared(source)
        self._unshared(target[:-1])
        wanted = dropped(stored(self.data() or {}, target, value), source)
        end = place.entries[-1][1].end
        if place.flow:
            splice = (end, end, f", {self._inline(source, value)}")
        else:
            pad = " " * place.column
            lines = [f"{pad}{line}" if line else "" for line in self._lifted(source, value)]
            splice = self._insertion(self._behind(place.entries[-1][1], place.column), lines)
        self._settle([splice, *self._cut(source, with_comments=True)], wanted, source)

    def _at(self, path: Path) -> Node | None:
        return lookup(self.top, path)

    def _line(self, path: Path) -> int:
        line, node = 1, self.node(())
        for key in path:
            found = node.entry(key) if node is not None and isinstance(key, str) else None
            if found is None or found[1].kind == "alias":
                node = lookup(node, (key,), self._known)
            else:
                node = found[1]
            place = found[0] if found is not None else node
            if place is None:
                break
            line = place.line
        return line

    def _refuse(self, line: int, problem: str) -> NoReturn:
        raise XenbondError.at(f"{self.path}:{line}", f"{problem}; nothing was changed.")

    def _unshared(self, path: Path, *, whole: bool = True) -> None:
        """Refuse to touch what an alias shares with another place."""
        if self.top is None:
            return
        nodes = self.top.walk() if self._known else ()
        used = {node.value: node.line for node in nodes if node.kind == "alias"}
        for depth in range(len(path) + 1):
            node = self._at(path[:depth])
            goes_in = node is None or (depth == len(path) and not whole)
            into = self._at(path[: depth - 1]) if node is None else node
            if goes_in and into is not None and into.kind == "alias":
                self._refuse(
                    into.line, f"*{into.value} stands for lines used elsewhere; write it out"
                )
            if node is None:
                return
            if node.anchor in used:
                self._refuse(
                    node.line,
                    f"line {used[node.anchor]} uses these lines too, as *{node.anchor}; write "
                    "them out there",
                )

    def _step(self) -> int:
        """How far this file indents."""
        top = self.top
        if top is not None and not top.flow:
            for _, value in top.entries:
                if value.kind == "map" and not value.flow and value.column > top.column:
                    return value.column - top.column
        return 2

    def _replaced(self, path: Path, node: Node, value: Data) -> Splice:
        if node.kind in ("text", "alias") or node.flow:
            gap = " " if self.text[node.start - 1 : node.start] == ":" else ""
            return (node.start, node.end, gap + yaml_write.flow(value))
        parent = self._at(path[:-1])
        entry = parent.entry(str(path[-1])) if parent is not None else None
        if entry is None or "#" in self.text[node.start : node.end]:
            self._refuse(node.line, f"{_name(path)} has a comment inside; write it again")
        lines = yaml_write.entry(str(path[-1]), value, entry[0].column, self._step())
        return (entry[0].start, node.end, self._eol.join(lines).lstrip())

    def _added(self, path: Path, key: str, value: Data) -> Splice:
        """A new entry in the map at a path; an empty value becomes a map."""
        node, step = self._at(path), self._step()
        if node is None:
            return self._insertion(len(self.text), yaml_write.entry(key, value, 0, step))
        if node.flow and node.kind == "map":
            end = node.entries[-1][1].end if node.entries else node.end - 1
            comma = ", " if node.entries else ""
            return (end, end, comma + yaml_write.flow({key: value})[1:-1])
        if node.kind == "map":
            lines = yaml_write.entry(key, value, node.column, step)
            return self._insertion(self._behind(node.entries[-1][1], node.column), lines)
        parent = self._at(path[:-1])
        above = parent.entry(str(path[-1])) if parent is not None and path else None
        if not node.empty or parent is None or above is None:
            self._refuse(node.line, f"{_name(path)} is no map")
        if parent.flow:
            return (node.start, node.end, f" {yaml_write.flow({key: value})}")
        lines = yaml_write.entry(key, value, above[0].column + step, step)
        return self._insertion(self._line_end(node.end), lines)

    def _line_start(self, offset: int) -> int:
        return self.text.rfind("\n", 0, offset) + 1

    def _line_end(self, offset: int) -> int:
        """Behind the line break, or the end of the text."""
        end = self.text.find("\n", offset)
        return len(self.text) if end < 0 else end + 1

    def _behind(self, node: Node, column: int) -> int:
        """Where the lines of an entry end that stands at a column: its deeper comments included."""
        end = position = self._line_end(max(node.start, node.end - 1))
        while position < len(self.text):
            after = self._line_end(position)
            line = self.text[position:after]
            content = line.strip()
            if content and not (content.startswith("#") and line.index("#") > column):
                break
            position = after
            if content:
                end = after
        return end

    def _insertion(self, offset: int, lines: list[str]) -> Splice:
        text = self._eol.join(lines)
        if offset and self.text[offset - 1] != "\n":
            return (offset, offset, self._eol + text)
        return (offset, offset, text + self._eol)

    def _region(self, path: Path, *, with_comments: bool) -> tuple[int, int]:
        """The lines of an entry or item of a block.

        Raises:
            XenbondError: something else stands on its first line.
        """
        parent, node = self._at(path[:-1]), self._at(path)
        if parent is None or node is None:
            self._refuse(self._line(path), f"{_name(path)} is not there")
        entry = parent.entry(str(path[-1])) if parent.kind == "map" else None
        first = entry[0].start if entry is not None else node.start
        start = self._line_start(first)
        if self.text[start:first].strip() not in ("", "-" if entry is None else ""):
            self._refuse(node.line, f"{_name(path)} shares its line with something else")
        if entry is not None and node.kind == "text" and node.end < entry[0].end:
            self._refuse(node.line, f"{_name(path)} can't be found")
        end = self._behind(node, parent.column)
        while with_comments and start:
            above = self._line_start(start - 1)
            line = self.text[above:start]
            if not line.strip().startswith("#") or line.index("#") != parent.column:
                break
            start = above
        return start, end

    def _cut(self, path: Path, *, with_comments: bool = False) -> list[Splice]:
        parent = self._at(path[:-1])
        if parent is None:
            self._refuse(self._line(path), f"{_name(path)} is not there")
        if parent.flow:
            return [self._cut_flow(parent, path)]
        start, end = self._region(path, with_comments=with_comments)
        splices = [(start, end, "")]
        if len(parent.entries) + len(parent.items) == 1:
            nothing = " {}" if parent.kind == "map" else " []"
            above = self._at(path[:-2])
            entry = above.entry(str(path[-2])) if above is not None and len(path) > 1 else None
            if entry is None:
                self._refuse(self._line(path), f"{_name(path)} is all there is")
            colon = self.text.index(":", entry[0].end) + 1
            splices.append((colon, colon, nothing))
        return splices

    def _cut_flow(self, parent: Node, path: Path) -> Splice:
        spans = [(key.start, value.end) for key, value in parent.entries] or [
            (item.start, item.end) for item in parent.items
        ]
        names: list[str | int] = [key.value for key, _ in parent.entries] or [
            *range(len(parent.items))
        ]
        index = names.index(path[-1])
        start, end = spans[index]
        if index + 1 < len(spans):
            end = spans[index + 1][0]
        elif index:
            start = spans[index - 1][1]
        else:
            # `[a, ]` may end in a comma, `[, ]` may not.
            comma = _COMMA.match(self.text, end)
            end = end if comma is None else comma.end()
        if "#" in self.text[start:end]:
            self._refuse(self._line(path), f"{_name(path)} has a comment beside it; write it again")
        return (start, end, "")

    def _lifted(self, path: Path, value: Data) -> list[str]:
        """An entry's lines with the comments above, without their common indentation."""
        parent = self._at(path[:-1])
        if parent is None or parent.flow:
            return [self._inline(path, value)]
        start, end = self._region(path, with_comments=True)
        lines = [line.rstrip("\r\n") for line in self.text[start:end].split("\n")]
        if not lines[-1]:
            lines.pop()
        return [re.sub(rf"^ {{0,{parent.column}}}", "", line) for line in lines]

    def _inline(self, path: Path, value: Data) -> str:
        """An entry on one line: as it is, or written again when it is on several."""
        parent = self._at(path[:-1])
        entry = parent.entry(str(path[-1])) if parent is not None else None
        if parent is None or entry is None:
            self._refuse(self._line(path), f"{_name(path)} is not there")
        text = self.text[entry[0].start : entry[1].end]
        if "\n" not in text and not (entry[1].kind == "text" and not parent.flow):
            return text
        end = entry[1].end
        if "#" in text or (not parent.flow and "#" in self.text[end : self._line_end(end)]):
            self._refuse(entry[0].line, f"{_name(path)} has a comment that would be lost")
        return yaml_write.flow({str(path[-1]): value})[1:-1]

    def _settle(self, splices: list[Splice], wanted: Data, path: Path) -> None:
        """Make an edit if it says what it should and nothing else.

        Raises:
            XenbondError: it doesn't.
        """
        text = self.text
        for start, end, new in sorted(splices, reverse=True):
            text = text[:start] + new + text[end:]
        after = None
        with suppress(XenbondError):
            after = YamlText(self.path, text, self._pieces)
        if after is None or (after.data() or {}) != wanted:
            self._refuse(
                self._line(path),
                f"{_name(path)} is written in a way I can't edit safely; write it in plain lines",
            )
        self.text, self.top, self._known = after.text, after.top, after._known


def _name(path: Path) -> str:
    """What an entry is called in a message: its key, of a list's item the list's."""
    return next((key for key in reversed(path) if isinstance(key, str)), "this")
