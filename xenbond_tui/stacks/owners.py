"""Which stacks own this host's network, and links of it."""

from collections.abc import Sequence

from xenbond_tui.facts.host import Evidence, HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.rules.owners import ranked
from xenbond_tui.stacks import STACKS


def owners(facts: HostFacts, about: Sequence[Link] = ()) -> tuple[Evidence, ...]:
    """The stacks that seem to own the network, strongest evidence first; `about` as in `owns`."""
    found = [evidence for stack in STACKS if (evidence := stack.owns(facts, about)) is not None]
    return ranked(facts, found)
