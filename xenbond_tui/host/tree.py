"""A host's files, read only, under an optional root prefix that is never left."""

import errno
import fnmatch
import os
import stat

from xenbond_tui.facts.files import FileState, UnreadableFile

MAX_BYTES = 1 << 20
"""No configuration file is larger; reading one would only fill the memory."""
MAX_LINKS = 40
"""Symbolic links followed on the way to one file: the kernel's limit, path_resolution(7)."""

_SPECIAL = (
    (stat.S_ISFIFO, "is a named pipe"),
    (stat.S_ISSOCK, "is a socket"),
    (stat.S_ISCHR, "is a character device"),
    (stat.S_ISBLK, "is a block device"),
)


class RootedTree:
    """Files under `root` ("" for the running host); implements effects.Tree.

    Under a root, symbolic links mean what they mean on that system: an absolute target starts at
    the root again and `..` cannot climb out of it.
    """

    def __init__(self, root: str) -> None:
        self._root = root.rstrip("/")

    def locate(self, path: str, *, follow: bool = True) -> str:
        """The real path behind a path of the host; with `follow` its last link is followed too.

        Raises:
            OSError: a directory on the way is missing, not a directory, or not to be searched, or
                the links run in a circle (ELOOP). That the last component is missing is no error.
        """
        if not self._root and not follow:
            return path
        pending = [part for part in path.split("/") if part][::-1]
        done: list[str] = []
        links = 0
        while pending:
            part = pending.pop()
            if part == ".":
                continue
            if part == "..":
                del done[-1:]
                continue
            here = "/".join((self._root, *done, part))
            if not pending and not follow:
                return here
            try:
                target = os.readlink(here)
            except OSError as error:
                # EINVAL: there, but no link. A missing last component is the caller's to judge.
                if error.errno == errno.EINVAL or (error.errno == errno.ENOENT and not pending):
                    done.append(part)
                    continue
                raise
            links += 1
            if links > MAX_LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
            if target.startswith("/"):
                done.clear()
            pending += [piece for piece in target.split("/") if piece][::-1]
        return "/".join((self._root, *done)) or "/"

    def read(self, path: str) -> FileState | UnreadableFile | None:
        """The file, why it can't be used, or None when there is nothing at that path."""
        try:
            entry = self.locate(path, follow=False)
            status = os.lstat(entry)
            symlink = os.readlink(entry) if stat.S_ISLNK(status.st_mode) else None
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            return UnreadableFile(path, _reason(error))
        prefix = "" if symlink is None else f"is a symbolic link to {symlink}, which "
        try:
            return self._read_target(path, symlink, prefix)
        except (FileNotFoundError, NotADirectoryError):
            # Between lstat and open the file may have gone; a link's target may never have been.
            return None if symlink is None else UnreadableFile(path, f"{prefix}does not exist")
        except OSError as error:
            if error.errno == errno.ELOOP:
                return UnreadableFile(path, "is a symbolic link that leads back to itself")
            reason = _reason(error)
            return UnreadableFile(path, f"{prefix}cannot be read: {reason}" if symlink else reason)

    def _read_target(
        self, path: str, symlink: str | None, prefix: str
    ) -> FileState | UnreadableFile:
        real = self.locate(path)
        mode = os.stat(real, follow_symlinks=False).st_mode
        if stat.S_ISDIR(mode):
            return UnreadableFile(path, f"{prefix}is a directory")
        # Decided before open(): opening a fifo waits and opening a device can do things.
        for is_special, words in _SPECIAL:
            if is_special(mode):
                return UnreadableFile(path, f"{prefix}{words}")
        descriptor = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as stream:
            status = os.fstat(descriptor)
            data = stream.read(MAX_BYTES + 1) if status.st_size <= MAX_BYTES else None
        if data is None or len(data) > MAX_BYTES:
            return UnreadableFile(path, f"{prefix}is larger than {MAX_BYTES >> 20} MiB")
        return FileState(
            path,
            data,
            stat.S_IMODE(status.st_mode),
            status.st_uid,
            status.st_gid,
            symlink,
        )

    def exists(self, path: str) -> bool:
        """True when anything is there, a dangling symbolic link included."""
        try:
            return os.path.lexists(self.locate(path, follow=False))
        except OSError:
            return False

    def glob(self, pattern: str) -> tuple[str, ...]:
        """Paths that match a shell pattern, sorted; as the host names them.

        As in a shell, `*` does not match a leading dot and nothing matches `/`.
        """
        found = [""]
        for part in (piece for piece in pattern.split("/") if piece):
            if not any(sign in part for sign in "*?["):
                found = [f"{parent}/{part}" for parent in found]
                continue
            found = [
                f"{parent}/{name}"
                for parent in found
                for name in self.names(parent or "/")
                if fnmatch.fnmatchcase(name, part)
                and (part.startswith(".") or not name.startswith("."))
            ]
        return tuple(sorted(path for path in found if self.exists(path)))

    def names(self, directory: str) -> tuple[str, ...]:
        """Names in a directory, sorted; none when it is missing or may not be listed."""
        try:
            return tuple(sorted(os.listdir(self.locate(directory))))
        except OSError:
            return ()


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
