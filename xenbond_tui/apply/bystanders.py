"""Files that no plan writes and a stack's own tools do: `ifup` with DNS keys makes resolv.conf.

They are kept with the copies, and put back when they are not the same any more: in a rollback
always, by a later undo only when nobody has changed them since the change was kept.
"""

from collections.abc import Collection

from xenbond_tui.apply import file_image
from xenbond_tui.apply.file_image import Image
from xenbond_tui.errors import XenbondError

PATHS = ("/etc/resolv.conf",)
_MADE_BY_DAEMONS = ("/run/", "/var/run/")
"""Where systemd-resolved and resolvconf keep theirs: made again at every boot, theirs alone."""


def kept(root: str, planned: Collection[str]) -> tuple[Image, ...]:
    """Those that are worth keeping: not in the plan, and not a link to what a daemon makes."""
    found = []
    for path in PATHS:
        image = now(root, path)
        if image and path not in planned and not image.real.startswith(_MADE_BY_DAEMONS):
            found.append(image)
    return tuple(found)


def now(root: str, path: str) -> Image | None:
    """One as it is; None when it is nothing that can be kept (a dangling link)."""
    try:
        return file_image.keep(root, path)
    except XenbondError:
        return None
