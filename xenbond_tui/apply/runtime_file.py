"""Files of networkd's below /run that a change needs while it lasts; a boot forgets them."""

import contextlib
import os

from xenbond_tui.apply import durable
from xenbond_tui.errors import XenbondError
from xenbond_tui.host.tree import RootedTree

_BELOW = "/run/systemd/network/"
"""Root's; there are users' directories below /run too."""


def set_runtime_file(root: str, path: str, text: str | None) -> None:
    """Write a file below /run/systemd/network, mode 0644, or take it away.

    One that is gone already is no error.

    Raises:
        XenbondError: it is not below that, or it can't be written.
    """
    if not path.startswith(_BELOW) or os.path.normpath(path) != path:
        raise XenbondError(f"{path!r} is not below {_BELOW}; nothing was written.")
    tree = RootedTree(root)
    try:
        if text is None:
            real = tree.locate(path, follow=False)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(real)
            with contextlib.suppress(OSError):
                os.rmdir(os.path.dirname(real))
            return
        durable.make_directories(f"{root}{os.path.dirname(path)}", 0o755)
        durable.replace(tree.locate(path, follow=False), text.encode(), 0o644)
    except OSError as error:
        if text is None and isinstance(error, FileNotFoundError):
            return
        raise XenbondError(f"{path}: {error.strerror}.") from None
