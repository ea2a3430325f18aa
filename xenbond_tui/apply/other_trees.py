"""What was done to another system's tree is kept on this host; what lies in the tree is told only.

A tree is another's: a guest's image, a disk that came by post. Whatever lies in its own
/var/lib/xenbond was written by nobody we know, and is never acted on.
"""

from xenbond_tui.apply import notes
from xenbond_tui.host import door
from xenbond_tui.host.tree_state import identity
from xenbond_tui.machine import Machine

NOTE = "tree.json"
_LEFT = "/var/lib/xenbond/transactions"


def label(machine: Machine, directory: str) -> None:
    """Note in that directory which tree it is about, for people; losing it costs nothing else.

    Raises:
        OSError: no room, or not permitted.
    """
    path = f"{directory}/{NOTE}"
    if not door.exists(path):
        notes.write_json(path, identity(machine.access.root), indent=1)


def mention(machine: Machine) -> None:
    """Have it told that the tree has its own notes: they are passed over."""
    left = machine.tree.glob(f"{_LEFT}/[0-9]*") if machine.state else ()
    if left:
        count = "a change" if len(left) == 1 else f"{len(left)} changes"
        machine.tell(
            f"{machine.access.root}{_LEFT} has notes of {count}, made by that system itself or by "
            "an older xenbond with --root. They are not believed here and were left alone: that "
            "system's own `xenbond history` shows them."
        )
