"""One file of the host: keep what it is, and make it exactly what it was or shall be.

A symbolic link is followed on purpose and stays a link: the file it leads to is replaced. Paths are
the host's own; with another system's tree links are followed inside that tree only.
"""

import errno
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field

from xenbond_tui.apply import durable
from xenbond_tui.errors import XenbondError
from xenbond_tui.host.tree import RootedTree


@dataclass(frozen=True, slots=True)
class Image:
    """One path as it was, or as it shall be. A wish's `None` means: leave it to the system."""

    path: str
    """As the plan names it."""
    real: str
    """Where its symbolic links lead, as the host names it; equals `path` mostly."""
    data: bytes | None
    """None: there is nothing at `path`."""
    mode: int = 0o644
    uid: int | None = None
    gid: int | None = None
    mtime_ns: int | None = None
    xattrs: Mapping[str, bytes] = field(default_factory=dict)
    symlink: str | None = None
    """What `path` itself points to, when it is a symbolic link."""
    missing: tuple[str, ...] = ()
    """Directories above it that did not exist, outermost first."""


def locate(root: str, path: str) -> tuple[str, tuple[str, ...]]:
    """Follow every symbolic link inside `root`: the real path, and the directories missing above.

    Raises:
        XenbondError: a link leads nowhere or in circles, or something above is no directory.
    """
    tree = RootedTree(root)
    existing, rest = os.path.dirname(path), [os.path.basename(path)]
    while existing != "/" and not tree.exists(existing):
        existing, name = os.path.split(existing)
        rest.insert(0, name)
    try:
        if len(rest) > 1:
            real = tree.locate(existing).removeprefix(root).rstrip("/")
            made = [f"{real}/{'/'.join(rest[:count])}" for count in range(1, len(rest))]
            return f"{real}/{'/'.join(rest)}", tuple(made)
        real = tree.locate(path)
        if os.path.islink(tree.locate(path, follow=False)) and not os.path.lexists(real):
            raise XenbondError(
                f"{path} is a symbolic link to {real.removeprefix(root)}, which does not exist; "
                "nothing was written. Repair or remove the link first."
            )
        return real.removeprefix(root), ()
    except OSError as error:
        raise XenbondError(f"{path}: {error.strerror}; nothing was written.") from None


def keep(root: str, path: str) -> Image:
    """Everything about a path that is needed to make it so again; one that is absent included.

    Raises:
        XenbondError: it can't be kept: a directory, a device, a dangling link, unreadable.
    """
    try:
        real, missing = locate(root, path)
        own = root + os.path.join(locate(root, os.path.dirname(path))[0], os.path.basename(path))
        symlink = os.readlink(own) if os.path.islink(own) else None
        try:
            kind = os.lstat(root + real).st_mode
        except FileNotFoundError:
            return Image(path, real, None, missing=missing)
        # Decided before open(): opening a pipe waits, opening a device can do things.
        if not stat.S_ISREG(kind):
            what = "a directory" if stat.S_ISDIR(kind) else "no regular file"
            raise XenbondError(f"{path} is {what}; nothing was written. Move it away first.")
        fd = os.open(root + real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(fd, "rb") as stream:
            status = os.fstat(fd)
            return Image(
                path,
                real,
                stream.read(),
                mode=stat.S_IMODE(status.st_mode),
                uid=status.st_uid,
                gid=status.st_gid,
                mtime_ns=status.st_mtime_ns,
                xattrs=_xattrs(fd),
                symlink=symlink,
            )
    except OSError as error:
        raise XenbondError(f"{path}: {error.strerror}; nothing was written.") from None


def _xattrs(fd: int) -> dict[str, bytes]:
    try:
        return {name: os.getxattr(fd, name) for name in os.listxattr(fd)}
    except OSError as error:
        if error.errno == errno.ENOTSUP:
            return {}
        raise


def same(image: Image, other: Image) -> bool:
    """True when nothing a reader of the file could notice differs (times apart)."""
    if image.data is None or other.data is None:
        return image.data is other.data
    return (
        image.data == other.data
        and image.mode == other.mode
        and image.uid in (None, other.uid)
        and image.gid in (None, other.gid)
        and dict(image.xattrs) == dict(other.xattrs)
        and image.symlink == other.symlink
    )


def stage(root: str, image: Image, tag: str) -> None:
    """Write the content beside its place, under a name nothing reads; `commit` puts it there.

    Raises:
        OSError: no room, read-only, no permission … nothing readable has changed yet.
    """
    if image.data is None:
        return
    durable.make_directories(os.path.dirname(root + image.real), 0o755)
    temporary = _temporary(root, image, tag)
    if os.path.lexists(temporary):
        os.unlink(temporary)
    durable.write_new(temporary, image.data, image.mode, lambda fd: _dress(fd, image))


def _dress(fd: int, image: Image) -> None:
    status = os.fstat(fd)
    uid = status.st_uid if image.uid is None else image.uid
    gid = status.st_gid if image.gid is None else image.gid
    if (uid, gid) != (status.st_uid, status.st_gid):
        os.fchown(fd, uid, gid)
        os.fchmod(fd, image.mode)
    for name, value in image.xattrs.items():
        os.setxattr(fd, name, value)
    if image.mtime_ns is not None:
        os.utime(fd, ns=(image.mtime_ns, image.mtime_ns))


def commit(root: str, image: Image, tag: str) -> None:
    """Put what was staged in its place, or remove the file when it shall be absent.

    Raises:
        OSError: it could not be; the file is as it was before the call.
    """
    if image.data is None:
        own = root + _own_place(root, image.path)
        if os.path.lexists(own):
            durable.unlink(own)
        return
    durable.rename(_temporary(root, image, tag), root + image.real)


def restore(root: str, image: Image, tag: str) -> None:
    """Make the path exactly what was kept: content, mode, owner, mtime, attributes, link, absence.

    Raises:
        OSError: it could not be.
    """
    discard(root, image, tag)
    now = _now(root, image)
    if now is None or not (same(image, now) and image.mtime_ns == now.mtime_ns):
        stage(root, image, tag)
        commit(root, image, tag)
    settle(root, image, tag)


def settle(root: str, image: Image, tag: str) -> None:
    """After `commit`: the path's own symbolic link, and no directory left that was made for it.

    Raises:
        OSError: the link could not be made.
    """
    if image.symlink is not None:
        own = root + _own_place(root, image.path)
        if not os.path.islink(own) or os.readlink(own) != image.symlink:
            durable.symlink(image.symlink, own, f"{own}.{tag}")
    if image.data is None:
        _remove_made_directories(root, image)


def discard(root: str, image: Image, tag: str) -> None:
    """Remove what an interrupted `stage` left beside the file, if anything."""
    temporary = _temporary(root, image, tag)
    if os.path.lexists(temporary):
        durable.unlink(temporary)
    _remove_made_directories(root, image)


def _now(root: str, image: Image) -> Image | None:
    """The file as it is; None when it is something else altogether."""
    try:
        now = keep(root, image.path)
    except XenbondError:
        return None
    return now if now.real == image.real else None


def _temporary(root: str, image: Image, tag: str) -> str:
    directory, name = os.path.split(root + image.real)
    # Hidden, so that no `source dir/*` and no run-parts reads it meanwhile.
    return f"{directory}/.{name[:150]}.{tag}"


def _own_place(root: str, path: str) -> str:
    """Where the path's own name is, links followed in its directories only."""
    parent = locate(root, os.path.dirname(path))[0]
    return f"{parent}/{os.path.basename(path)}"


def _remove_made_directories(root: str, image: Image) -> None:
    for directory in reversed(image.missing):
        if not os.path.lexists(root + directory):
            continue
        try:
            os.rmdir(root + directory)
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                # Someone else put something there: not ours to remove.
                return
            raise
