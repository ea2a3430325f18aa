"""What stands on a link: VLANs and macvlans over it, and the bridges and bonds it is a port of."""

from collections.abc import Collection, Iterable

from xenbond_tui.facts.link import Link


def above(links: Iterable[Link], names: Collection[str]) -> frozenset[str]:
    """These links and every one that stands on them, directly or not.

    Other ports of a bridge that stands on them do not.
    """
    known, found = tuple(links), set(names)
    while True:
        more = {link.name for link in known if link.lower in found}
        more |= {link.master for link in known if link.name in found and link.master}
        if more <= found:
            return frozenset(found)
        found |= more
