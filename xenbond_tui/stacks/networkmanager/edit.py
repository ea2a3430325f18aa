"""A bond that NetworkManager runs, changed while it runs: by sysfs what can be.

NICs come and go by NetworkManager itself, which would lose track of them otherwise.
"""

from collections.abc import Mapping

from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks.change_over import Edit
from xenbond_tui.stacks.networkmanager.commands import RELOAD, bring_up, disconnect, load
from xenbond_tui.stacks.networkmanager.transition import Charge
from xenbond_tui.stacks.networkmanager.write import Named
from xenbond_tui.stacks.steps import Files


def forward(edit: Edit, charge: Charge, files: Files | None = None) -> tuple[Step, ...]:
    """From the bond that runs to the planned one."""
    slaves = charge.slaves
    hand_over = (
        *charge.settings,
        load((*charge.made, *slaves.values())),
        *(bring_up(name, slaves[name]) for name in edit.added),
        *map(disconnect, edit.removed),
        RELOAD,
    )
    return edit.options_only.forward(files=files, hand_over=hand_over)


def rollback(
    edit: Edit, former: Mapping[str, Named], files: Files | None = None
) -> tuple[Step, ...]:
    """Back, from any point of `forward`.

    Args:
        edit: what changes.
        former: slave → the profile it has today.
        files: how they are put back.
    """
    again = (bring_up(name, former[name], "as before") for name in edit.removed if name in former)
    return edit.options_only.rollback(
        files=files, release=map(disconnect, edit.added), activate=(RELOAD, *again)
    )
