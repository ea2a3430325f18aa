"""What .link files say of the slaves: udev reads them before any stack brings a NIC up.

What reads them is networkd's, and loaded where there is one.
"""

from collections.abc import Iterable, Iterator

from xenbond_tui.answers import Request, SetUp
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.rules.findings import Finding
from xenbond_tui.rules.inventory import Item


def with_files_of_stack(
    facts: HostFacts, request: Request, own: Iterable[Item]
) -> tuple[Item, ...]:
    """The items of the stack, and before them each about a slave that none of them overrides.

    Raises:
        XenbondError: a file can't be read.
    """
    items = tuple(own)
    if not _there(facts):
        return items
    from xenbond_tui.stacks.networkd.link_files import not_overridden

    return (*not_overridden(facts, request.answers.bond.slaves, items), *items)


def check(facts: HostFacts, request: Request) -> Iterator[Finding]:
    """NICs that have another name at the next boot, and what may be about one.

    Raises:
        XenbondError: a file can't be read.
    """
    if isinstance(request, SetUp) and _there(facts):
        from xenbond_tui.stacks.networkd import link_files

        yield from link_files.check(facts, request.answers)


def _there(facts: HostFacts) -> bool:
    return any(path.endswith(".link") for path in (*facts.files, *facts.unreadable))
