"""What stood in a host's files, stands in none afterwards, and no finding tells of.

Found in the bytes alone, by no reader.
"""

import re
from collections.abc import Iterable, Mapping

_TOKEN = re.compile(r"[0-9A-Za-z][\w/-]*(?:[.:]+[\w/-]+)+|\b7777\b")
"""An address, a MAC, a domain, `10.0.0.1/8`, `eth0.5`; what has a dot or a colon inside."""
_DERIVED = re.compile(r"255\..*|[\d.]*\.(255|0)|802\.3ad|0\.1|interface-name:.*")
"""Masks, networks and broadcast addresses, which come of an address; what goes with a bond: its
options, and the file that keeps NetworkManager off guests' ports.
"""


def vanished(
    before: Mapping[str, bytes], after: Iterable[bytes], told: Iterable[str]
) -> dict[str, list[str]]:
    """Such words, by `path:line`.

    Args:
        before: path → bytes.
        after: of every file.
        told: what findings say; a line that one names by its place has been told.
    """
    said = " ".join(told)
    left = {word.lower() for word in _TOKEN.findall(b"\n".join(after).decode("utf-8", "replace"))}
    # `192.168.0.5/24` also stands for `192.168.0.5` with its mask in a line of its own.
    left |= {word.partition("/")[0] for word in left}
    found: dict[str, list[str]] = {}
    for path, data in sorted(before.items()):
        for number, line in enumerate(data.decode("utf-8", "replace").split("\n"), 1):
            place = f"{path}:{number}"
            words = [] if line.lstrip().startswith(("#", ";")) else _TOKEN.findall(line)
            gone = [word for word in words if not _known(word, left)]
            if gone and not re.search(rf"{re.escape(place)}(?!\d)", said):
                found[place] = gone
    return found


def _known(word: str, left: set[str]) -> bool:
    low = word.lower()
    return low in left or low.partition("/")[0] in left or bool(_DERIVED.fullmatch(word))
