"""How a live address moves under a bond without a gap: for every stack, when and in what order.

A stack asks `move` whether it can be, adds what its own files forbid, and either lets `KernelSteps`
do all of it by netlink, with its own steps where it takes charge, or puts `Pieces` together with
what its own programs do. A bond that is there already is changed while it runs (`edit`).
"""

from xenbond_tui.stacks.change_over.conditions import Gap, Move, move
from xenbond_tui.stacks.change_over.edit import Edit, edit
from xenbond_tui.stacks.change_over.kernel_steps import KernelSteps
from xenbond_tui.stacks.change_over.lease import lease_goes, lease_moves
from xenbond_tui.stacks.change_over.pieces import CARRIER_TIMEOUT, Pieces, softly

__all__ = [
    "CARRIER_TIMEOUT",
    "Edit",
    "Gap",
    "KernelSteps",
    "Move",
    "Pieces",
    "edit",
    "lease_goes",
    "lease_moves",
    "move",
    "softly",
]
