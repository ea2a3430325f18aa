"""Where this host keeps what it did to another system's tree.

By the tree's real path and the identity of its root directory and file system: another disk that is
mounted at the same path is another tree.
"""

import os
import re
from collections.abc import Mapping
from contextlib import suppress

ROOTS_OWN = "/var/lib/xenbond"
"""Root's, whatever its environment says."""


def state_directory(tree: Mapping[str, str | int]) -> str:
    """The directory for the changes of that tree, for root and for any other user.

    Args:
        tree: Its `identity`.
    """
    # With OpenSSL behind it, and some 4 ms: who only looks at a tree does without.
    import hashlib

    words = "\n".join(f"{key} {value}" for key, value in tree.items())
    key = hashlib.sha256(os.fsencode(words)).hexdigest()[:16]
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", str(tree["path"])).strip("-.")[-40:]
    return f"{_base()}/trees/{name}-{key}"


def identity(root: str) -> dict[str, str | int]:
    """What tells a tree from every other one; `root` is its real path."""
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
