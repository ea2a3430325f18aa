"""Paths into a YAML document: what stands at one, and what the document says with it changed."""

import copy

from xenbond_tui.files.yaml_nodes import Data, Node

Path = tuple[str | int, ...]
"""Keys of maps and positions in lists, from the top."""


def lookup(top: Node | None, path: Path, known: dict[str, Node] | None = None) -> Node | None:
    """The node at a path; None when there is none. Aliases are followed by `known` anchors."""
    node = _followed(top, known)
    for key in path:
        if node is None:
            return None
        if isinstance(key, int):
            node = node.items[key] if key < len(node.items) else None
        else:
            node = node.get(key)
        node = _followed(node, known)
    return node


def _followed(node: Node | None, known: dict[str, Node] | None) -> Node | None:
    if node is not None and node.kind == "alias" and known is not None:
        return known.get(node.value)
    return node


def stored(document: Data, path: Path, value: Data) -> Data:
    """A copy of what a document says, with one value set; maps on the way are made."""
    if not path:
        return copy.deepcopy(value)
    key, below = path[0], path[1:]
    if isinstance(document, list) and isinstance(key, int):
        changed = [copy.deepcopy(item) for item in document]
        changed[key] = stored(document[key], below, value)
        return changed
    entries = copy.deepcopy(document) if isinstance(document, dict) else {}
    entries[str(key)] = stored(entries.get(str(key), {}), below, value)
    return entries


def dropped(document: Data, path: Path) -> Data:
    """A copy of what a document says, without the entry or item at a path."""
    key, below = path[0], path[1:]
    if isinstance(document, list) and isinstance(key, int):
        items = [copy.deepcopy(item) for item in document]
        items[key : key + 1] = [dropped(document[key], below)] if below else []
        return items
    entries = copy.deepcopy(document) if isinstance(document, dict) else {}
    inner = entries.pop(str(key))
    if not below:
        return entries
    return {**entries, str(key): dropped(inner, below)}
