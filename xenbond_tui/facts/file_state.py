"""A file of the host, a path that can't be used as one, and where a path leads."""

from xenbond_tui.value import dataclass

LINK = 0o120777
"""The mode of a symbolic link (S_IFLNK); kept as a file, its bytes are where it leads."""


@dataclass(frozen=True, slots=True)
class FileState:
    """One file of the host as it was read. A path that does not exist has no FileState."""

    path: str
    """As the host names it, without any --root prefix."""
    data: bytes
    mode: int
    """Permission bits, e.g. 0o644."""
    uid: int = 0
    gid: int = 0
    symlink: str | None = None
    """What the path itself points to when it is a symbolic link; `data` is the target's."""

    @property
    def text(self) -> str:
        """Its text; what is not UTF-8 is replaced."""
        return self.data.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class UnreadableFile:
    """A path that is there but cannot be used as a file; whoever needs it must refuse."""

    path: str
    reason: str
    """In words: "is a directory", "is a symbolic link to /x, which does not exist"."""
    directory: bool = False
    """Is it a directory, not a link to one?"""
    symlink: str | None = None
    """As `FileState.symlink`."""

    @property
    def masked(self) -> bool:
        """Is it a link to /dev/null, by which one says that there is to be no such file?"""
        return self.symlink is not None and self.symlink.endswith("/dev/null")


@dataclass(frozen=True, slots=True)
class Way:
    """Where a path leads, every symbolic link followed."""

    real: str
    """As the host names it."""
    others: str = ""
    """Who besides root could make it lead elsewhere, or write there, in words; "" when nobody."""
