"""Where this host keeps what it did to another system's tree.

By the tree's real path and the identity of its root directory and file system: another disk that is
mounted at the same path is another tree.
"""

import hashlib
import os
import re
from contextlib import suppress

ROOTS_OWN = "/var/lib/xenbond"
"""Root's, whatever its environment says."""


def state_directory(root: str) -> str:
    """The directory for the changes of that tree, for root and for any other user.

    Args:
        root: The tree's real path.
    """
    words = "\n".join(f"{key} {value}" for key, value in identity(root).items())
    key = hashlib.sha256(os.fsencode(words)).hexdigest()[:16]
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", root).strip("-.")[-40:]
    return f"{_base()}/trees/{name}-{key}"


def identity(root: str) -> dict[str, str | int]:
    """What tells a tree from every other one."""
    status = os.stat(root)
    system = 0
    with suppress(OSError):
        # Of ext4, XFS and btrfs from what tells one file system from all others.
        system = os.statvfs(root).f_fsid
    return {
        "path": root,
        "device": f"{os.major(status.st_dev)}:{os.minor(status.st_dev)}",
        "inode": status.st_ino,
        "filesystem": f"{system:016x}",
    }


def _base() -> str:
    if os.geteuid() == 0:
        return ROOTS_OWN
    home = os.environ.get("XDG_STATE_HOME", "")
    if not home.startswith("/"):
        # XDG Base Directory Specification: a path that is not absolute is to be ignored.
        home = os.path.expanduser("~/.local/state")
    return f"{home}/xenbond"
