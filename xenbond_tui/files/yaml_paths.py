"""Paths into a YAML document: what stands at one, and what the document says with it changed."""

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


def said_at(document: Data, path: Path) -> Data | None:
    """What a document says at a path; None where it says nothing. Never to be changed."""
    found: Data | None = document
    for key in path:
        if isinstance(key, int):
            found = found[key] if isinstance(found, list) and key < len(found) else None
        else:
            found = found.get(key) if isinstance(found, dict) else None
    return found


def stored(document: Data, path: Path, value: Data) -> Data:
    """What a document says with one value set; maps on the way are made. It shares all the rest."""
    if not path:
        return value
    key, below = path[0], path[1:]
    if isinstance(document, list) and isinstance(key, int):
        return [*document[:key], stored(document[key], below, value), *document[key + 1 :]]
    entries = document if isinstance(document, dict) else {}
    return {**entries, str(key): stored(entries.get(str(key), {}), below, value)}


def dropped(document: Data, path: Path) -> Data:
    """What a document says without the entry or item at a path. It shares all the rest."""
    key, below = path[0], path[1:]
    if isinstance(document, list) and isinstance(key, int):
        left = [dropped(document[key], below)] if below else []
        return [*document[:key], *left, *document[key + 1 :]]
    entries = document if isinstance(document, dict) else {}
    if below:
        return {**entries, str(key): dropped(entries[str(key)], below)}
    return {name: value for name, value in entries.items() if name != str(key)}
