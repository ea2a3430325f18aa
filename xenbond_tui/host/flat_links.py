"""A copy of /sys whose symbolic links are files that hold their targets.

So git checks them out where core.symlinks is off (git-config(1)), and so some archives unpack. Only
below a root: on the running host a link of sysfs is one.
"""

import posixpath

from xenbond_tui.host.door import Door

_SYS = "/sys/"
_NET = f"{_SYS}class/net"
_UP = "../"
"""Every link of sysfs is relative (sysfs_create_link() in fs/sysfs/symlink.c)."""


class FlatLinks:
    """Follows them in one tree; where the copy has true links every path is as it was."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._targets: dict[str, str | None] = {}
        self._any: bool | None = None

    def target(self, path: str) -> str | None:
        """What such a file holds; None for everything else."""
        return self._target(self.followed(path)) if self._there() else None

    def followed(self, path: str) -> str:
        """The path with each of them on the way resolved, but for the last part."""
        if not path.startswith(_SYS) or not self._there():
            return path
        *parents, last = (part for part in path.split("/") if part)
        done = "/"
        for part in parents:
            done = posixpath.join(done, part)
            target = self._target(done)
            if target is not None:
                done = posixpath.normpath(posixpath.join(posixpath.dirname(done), target))
        return posixpath.join(done, last)

    def directory(self, path: str) -> str:
        """The path with the last part resolved too."""
        return posixpath.dirname(self.followed(f"{path}/.")) if path.startswith(_SYS) else path

    def _there(self) -> bool:
        if self._any is None:
            names = self._names() if self._door.root else []
            self._any = any(self._target(f"{_NET}/{name}") is not None for name in names)
        return self._any

    def _names(self) -> list[str]:
        try:
            return self._door.names(_NET)
        except OSError:
            return []

    def _target(self, path: str) -> str | None:
        if path not in self._targets:
            self._targets[path] = self._read(path)
        return self._targets[path]

    def _read(self, path: str) -> str | None:
        try:
            text = self._door.read(path).data.decode("utf-8", "surrogateescape").rstrip("\n")
        except OSError:
            return None
        return text if text.startswith(_UP) and "\n" not in text else None
