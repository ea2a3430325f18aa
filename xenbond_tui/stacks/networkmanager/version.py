"""Which NetworkManager this host has, by the directory of its plug-ins: no command is run."""

from xenbond_tui.facts.host import HostFacts
from xenbond_tui.regex import regex

_NUMBER = regex(r"/NetworkManager/(\d+)\.(\d+)(?:\.(\d+))?[^/]*/libnm-")

Version = tuple[int, ...]
"""Two numbers or more: (1, 32, 12) is later than (1, 32)."""


def version(facts: HostFacts) -> Version | None:
    """(1, 42, 4); None where no plug-in tells."""
    found = (_NUMBER.search(path) for path in (*facts.files, *facts.unreadable))
    return max(
        (tuple(int(part or 0) for part in match.groups()) for match in found if match),
        default=None,
    )
