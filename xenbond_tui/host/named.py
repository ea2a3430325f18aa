"""A file that the operator names, to be written: where it lies, and that nobody else steers there.

It may lie in a directory that others write (/tmp, a user's home below sudo). What they can put
there is a link, so that root would replace a file of their choice: the kernel's own protection
(fs.protected_symlinks) is for who opens through a link, not for who reads it and goes on.
"""

import errno
import os

from xenbond_tui.host import door
from xenbond_tui.host.owned import foreign, is_sticky
from xenbond_tui.host.resolve import Place


class ForeignLinkError(OSError):
    """A link on the way that somebody besides root and this user could have made."""


def place(path: str, *, follow: bool = False) -> Place:
    """The directory of a path that the operator named, held, and the name in it.

    Links are followed where nobody but root and this user could have made them.

    Args:
        path: As it was named; may be relative.
        follow: Follow a link that is the file itself, too.

    Raises:
        ForeignLinkError: on the way is another one; `strerror` tells whose.
        OSError: a directory is missing, or is none.
        ValueError: it is no path.
    """
    uids, gids = {0, os.geteuid()}, {0, os.getegid()}

    def judge(link: str, name: str, directory: int) -> None:
        above = os.stat(".", dir_fd=directory)
        why = foreign(link, os.stat(name, dir_fd=directory, follow_symlinks=False), uids=uids)
        if not why and not (is_sticky(above) and above.st_uid in uids):
            why = foreign(os.path.dirname(link) or "/", above, uids=uids, gids=gids)
        if why:
            raise ForeignLinkError(errno.EPERM, f"is reached by the link {link}, but {why}", path)

    return door.to("").judged(os.path.join(os.getcwd(), path), judge, follow=follow)
