"""What another program's files say of a link that it leaves alone once the planned stack has it."""

from collections.abc import Iterable, Iterator, Sequence

from xenbond_tui.rules.findings import Finding, warn
from xenbond_tui.rules.inventory import Item, Kind

_ROLES = frozenset({Kind.MASTER, Kind.BOND, Kind.STAYS_DOWN, Kind.PERHAPS, Kind.MAC})
"""What the link was to be, which the plan says anew."""


def let_go(
    items: Iterable[Item], links: Sequence[str], theirs: str, planned: str
) -> Iterator[Finding]:
    """One warning for each of these links of which the other program's files say something.

    Args:
        items: what its files say.
        links: those that it lets go of.
        theirs: its stack.
        planned: the stack whose files will name them.
    """
    said: dict[str, list[Item]] = {}
    for it in items:
        if it.link in links and it.kind not in _ROLES:
            said.setdefault(it.link, []).append(it)
    for link, lines in said.items():
        told = ", ".join(f"`{it.text}` (line {it.line})" for it in lines)
        yield warn(
            "line-without-effect",
            lines[0].where,
            f"{theirs} leaves {link} alone as soon as {planned}'s files name it, and what its file "
            f"says ends: {told}.",
            f"Write for {planned} what of it is still needed.",
        )
