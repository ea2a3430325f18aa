"""The network stacks this program speaks. Adding one is a file and a line here."""

from collections.abc import Callable

from xenbond_tui.facts.host import HostFacts
from xenbond_tui.stacks.base import Stack
from xenbond_tui.stacks.ifcfg import Ifcfg
from xenbond_tui.stacks.ifcfg.stack import as_leased
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

__all__ = ["READ", "STACKS", "Stack", "propose"]
