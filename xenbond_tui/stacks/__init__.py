"""The network stacks this program speaks. Adding one is a file and a line here."""

from collections.abc import Callable, Sequence

from xenbond_tui.facts.host import Evidence, HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.rules.owners import ranked
from xenbond_tui.stacks.base import Stack
from xenbond_tui.stacks.ifcfg import Ifcfg
from xenbond_tui.stacks.ifcfg.places import as_leased
from xenbond_tui.stacks.ifupdown import Ifupdown
from xenbond_tui.stacks.ifupdown2 import Ifupdown2
from xenbond_tui.stacks.netplan import Netplan
from xenbond_tui.stacks.networkd import Networkd
from xenbond_tui.stacks.networkmanager import NetworkManager
from xenbond_tui.stacks.propose import propose

STACKS: tuple[Stack, ...] = (
    Ifcfg(),
    Ifupdown(),
    Ifupdown2(),
    Netplan(),
    Networkd(),
    NetworkManager(),
)

READ: tuple[Callable[[HostFacts], HostFacts], ...] = (as_leased,)
"""What a stack's files tell of running links that the kernel does not."""

__all__ = ["READ", "STACKS", "Stack", "owners", "propose"]


def owners(facts: HostFacts, about: Sequence[Link] = ()) -> tuple[Evidence, ...]:
    """The stacks that seem to own the network, strongest evidence first; `about` as in `owns`."""
    found = [evidence for stack in STACKS if (evidence := stack.owns(facts, about)) is not None]
    return ranked(facts, found)
