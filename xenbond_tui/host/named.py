"""A file that the operator names, to be written: where it lies, and that nobody else steers there.

It may lie in a directory that others write (/tmp, a user's home below sudo). What they can put
there is a link, so that root would replace a file of their choice: the kernel's own protection
(fs.protected_symlinks) is for who opens through a link, not for who reads it and goes on.
"""

import errno
import os
import stat
from collections.abc import Container

from xenbond_tui.host import door
from xenbond_tui.host.resolve import Place

_OTHERS_WRITE = 0o022


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
    ours = {0, os.geteuid()}

    def judge(link: str, name: str, directory: int) -> None:
        status = os.stat(name, dir_fd=directory, follow_symlinks=False)
        why = _foreign(status, os.stat(".", dir_fd=directory), ours)
        if why:
            raise ForeignLinkError(errno.EPERM, f"is reached by the link {link}, {why}", path)

    return door.to("").judged(os.path.join(os.getcwd(), path), judge, follow=follow)


def _foreign(link: os.stat_result, above: os.stat_result, ours: Container[int]) -> str:
    """Who else could have made a link in a directory, in words; "" when nobody."""
    if link.st_uid not in ours:
        return f"which belongs to user {link.st_uid}"
    if above.st_uid not in ours:
        return f"in a directory of user {above.st_uid}"
    # Where the sticky bit is set, nobody removes or renames what is another's.
    if above.st_mode & _OTHERS_WRITE and not above.st_mode & stat.S_ISVTX:
        return "in a directory that others can write"
    return ""
