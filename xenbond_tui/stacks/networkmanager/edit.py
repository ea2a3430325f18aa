"""A bond that NetworkManager runs, changed while it runs: by sysfs what can be.

NICs come and go by NetworkManager itself, which would lose track of them otherwise.
"""

from collections.abc import Mapping

from xenbond_tui.stacks.change_over.edit import Edit
from xenbond_tui.stacks.networkmanager.commands import RELOAD, bring_up, disconnect, load
from xenbond_tui.stacks.networkmanager.transition import Charge
from xenbond_tui.stacks.networkmanager.write import Named
from xenbond_tui.stacks.steps import OWN_FILES, Files
from xenbond_tui.value import replace


def by_networkmanager(
    edit: Edit, charge: Charge, former: Mapping[str, Named], files: Files = OWN_FILES
) -> Edit:
    """The same change as NetworkManager carries it out.

    Args:
        edit: what changes.
        charge: the profiles as they are to be.
        former: slave → the profile it has today.
        files: how they are written and put back.
    """
    slaves, back = charge.slaves, [name for name in edit.removed if name in former]
    return replace(
        edit,
        added=(),
        removed=(),
        files=files,
        hand_over=(
            *charge.settings,
            load((*charge.made, *slaves.values())),
            *(bring_up(name, slaves[name]) for name in edit.added),
            *map(disconnect, edit.removed),
            RELOAD,
        ),
        release=tuple(map(disconnect, edit.added)),
        activate=(RELOAD, *(bring_up(name, former[name], "as before") for name in back)),
    )
