"""The network stacks this program speaks. Adding one is a file and a line here."""

from xenbond_tui.stacks.base import Stack
from xenbond_tui.stacks.ifcfg import Ifcfg
from xenbond_tui.stacks.ifupdown import Ifupdown

STACKS: tuple[Stack, ...] = (
    Ifcfg(),
    Ifupdown(),
)

__all__ = ["STACKS", "Stack"]
