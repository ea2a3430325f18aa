"""Where this host keeps what it did to another system's tree.

By the tree's real path and the identity of its root directory and file system: another disk that is
mounted at the same path is another tree, and so is another copy, though a file system gives it the
inode of the one that was removed.
"""

import os
import re
import struct
from collections.abc import Mapping
from contextlib import suppress

ROOTS_OWN = "/var/lib/xenbond"
"""Root's, whatever its environment says."""
_AT_FDCWD, _BTIME, _BORN = -100, 0x800, 80
"""Of statx(2): from the current directory; when it was made, in its mask; and in its 256 bytes."""


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
        "born": _born(root),
    }


def _born(path: str) -> str:
    """When a directory was made, to the nanosecond; "" where that is not known.

    Python has no statx(2); the C library has it since glibc 2.28, the kernel since 4.11. NFS, and
    file systems of long ago, do not keep it.
    """
    with suppress(ImportError, OSError, AttributeError):
        # As openat2 needs it, by which each file of a tree is opened.
        import ctypes

        room = ctypes.create_string_buffer(256)
        if not ctypes.CDLL(None).statx(_AT_FDCWD, os.fsencode(path), 0, _BTIME, room):
            (mask,) = struct.unpack_from("=I", room)
            seconds, nanoseconds = struct.unpack_from("=qI", room, _BORN)
            return f"{seconds}.{nanoseconds:09}" if mask & _BTIME else ""
    return ""


def _base() -> str:
    if os.geteuid() == 0:
        return ROOTS_OWN
    home = os.environ.get("XDG_STATE_HOME", "")
    if not home.startswith("/"):
        # XDG Base Directory Specification: a path that is not absolute is to be ignored.
        home = os.path.expanduser("~/.local/state")
    return f"{home}/xenbond"
