"""New YAML in few words: what is written where nothing stood before."""

from xenbond_tui.errors import XenbondError
from xenbond_tui.files.yaml_nodes import Data
from xenbond_tui.regex import regex

_BARE = regex(r"[A-Za-z0-9](?:[A-Za-z0-9_./+-]*[A-Za-z0-9])?")
_OTHER_THINGS = frozenset({"yes", "no", "on", "off", "y", "n", "null"})
"""Words some readers of YAML take for truth values or nothing."""


def scalar(text: str) -> str:
    """A value, in quotes where it could be read as anything but this text (MACs, IPv6).

    Raises:
        XenbondError: it has control characters or the like.
    """
    if _BARE.fullmatch(text) and text.lower() not in _OTHER_THINGS:
        return text
    if not text.isprintable():
        raise XenbondError(
            f"{text!r} has characters that can't be shown, and is not written to YAML again; "
            "nothing was changed. Correct it where it stands."
        )
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def flow(value: Data) -> str:
    """On one line: `{mode: active-backup, interfaces: [eth0, eth1]}`."""
    if isinstance(value, str):
        return scalar(value)
    if isinstance(value, list):
        return f"[{', '.join(flow(item) for item in value)}]"
    return f"{{{', '.join(f'{scalar(key)}: {flow(item)}' for key, item in value.items())}}}"


def entry(key: str, value: Data, column: int, step: int) -> list[str]:
    """A map's entry as lines of a block, the first one at `column`.

    Lists of plain values stay on one line; lists of maps get a dash per item.
    """
    pad = " " * column
    name = f"{pad}{scalar(key)}:"
    if isinstance(value, dict) and value:
        lines = [name]
        for inner, item in value.items():
            lines += entry(inner, item, column + step, step)
        return lines
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        lines = [name]
        for item in value:
            lines += list_item(item, column + step, step)
        return lines
    return [f"{name} {flow(value)}"]


def list_item(value: Data, column: int, step: int) -> list[str]:
    """A list's item as lines of a block, its dash at `column`."""
    if not isinstance(value, dict) or not value:
        return [f"{' ' * column}- {flow(value)}"]
    lines: list[str] = []
    for key, item in value.items():
        lines += entry(key, item, column + 2, step)
    lines[0] = f"{' ' * column}- {lines[0].lstrip()}"
    return lines
