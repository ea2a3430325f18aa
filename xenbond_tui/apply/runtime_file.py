"""Files of networkd's below /run that a change needs while it lasts; a boot forgets them."""

import contextlib
import os

from xenbond_tui.apply import durable
from xenbond_tui.errors import XenbondError

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
    real = f"{root}{path}"
    try:
        if text is None:
            with contextlib.suppress(FileNotFoundError):
                durable.unlink(real)
            with contextlib.suppress(OSError):
                durable.remove_directory(os.path.dirname(real))
            return
        durable.make_directories(os.path.dirname(real), 0o755)
        durable.replace(real, text.encode(), 0o644)
    except OSError as error:
        raise XenbondError.at(path, f"{error.strerror}.") from None
