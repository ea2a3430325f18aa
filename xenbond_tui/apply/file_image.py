"""One file of the host: keep what it is, and make it exactly what it was or shall be.

A symbolic link is followed on purpose and stays a link: the file it leads to is replaced. Paths are
the host's own; with another system's tree links are followed inside that tree only. A file is put
back only where it was: should a directory on the way be a link meanwhile, or lead elsewhere, its
owner may want root to write where he may not.
"""

import errno
import os
import stat
from collections.abc import Collection, Mapping
from contextlib import suppress

from xenbond_tui.apply import durable
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.file_state import LINK
from xenbond_tui.host import door, regular
from xenbond_tui.host.resolve import Place
from xenbond_tui.value import dataclass, field

BYSTANDERS = ("/etc/resolv.conf",)
_MADE_BY_DAEMONS = ("/run/", "/var/run/")
"""Where systemd-resolved and resolvconf keep theirs: made again at every boot, theirs alone."""


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
    own: str = ""
    """Where the name `path` is itself, links followed in its directories only; "": as `real`."""


def locate(root: str, path: str) -> tuple[str, tuple[str, ...]]:
    """Follow every symbolic link inside `root`: the real path, and the directories missing above.

    Raises:
        XenbondError: a link leads nowhere or in circles, or something above is no directory.
    """
    try:
        tree = door.to(root)
        existing, rest = os.path.dirname(path), [os.path.basename(path)]
        while existing != "/" and not tree.exists(existing):
            existing, name = os.path.split(existing)
            rest.insert(0, name)
        if len(rest) > 1:
            with tree.locate(existing) as place:
                real = place.path.rstrip("/")
            made = [f"{real}/{'/'.join(rest[:count])}" for count in range(1, len(rest))]
            return f"{real}/{'/'.join(rest)}", tuple(made)
        with tree.locate(path) as place:
            if not place.exists() and tree.link(path) is not None:
                raise XenbondError(
                    f"{path} is a symbolic link to {place.path}, which does not exist; "
                    "nothing was written. Repair or remove the link first."
                )
            return place.path, ()
    except OSError as error:
        raise XenbondError.at(path, f"{error.strerror}; nothing was written.") from None


def keep(root: str, path: str) -> Image:
    """Everything about a path that is needed to make it so again; one that is absent included.

    Raises:
        XenbondError: it can't be kept: a directory, a device, a dangling link, unreadable.
    """
    try:
        tree = door.to(root)
        if _is_itself(path) and tree.exists(path) and tree.link(path) is not None:
            with tree.locate(path, follow=False) as own:
                return Image(path, own.path, (own.link() or "").encode(), mode=LINK)
        real, missing = locate(root, path)
        if missing:
            return Image(path, real, None, missing=missing)
        with tree.locate(path, follow=False) as own:
            symlink = own.link()
        with tree.locate(real, follow=False, links=0) as place:
            if not place.exists():
                return Image(path, real, None)
            kind = place.status().st_mode
            if not stat.S_ISREG(kind):
                what = "a directory" if stat.S_ISDIR(kind) else "no regular file"
                raise XenbondError(f"{path} is {what}; nothing was written. Move it away first.")
            with regular.opened(place) as fd:
                found = regular.content(fd, regular.MAX_NOTE_BYTES, path)
                return Image(
                    path,
                    real,
                    found.data,
                    mode=stat.S_IMODE(found.status.st_mode),
                    uid=found.status.st_uid,
                    gid=found.status.st_gid,
                    mtime_ns=found.status.st_mtime_ns,
                    xattrs=_xattrs(fd),
                    symlink=symlink,
                    own="" if symlink is None else own.path,
                )
    except OSError as error:
        raise XenbondError.at(path, f"{error.strerror}; nothing was written.") from None


def keep_if_any(root: str, path: str) -> Image | None:
    """As `keep`; None when it is nothing that can be kept (a dangling link)."""
    try:
        return keep(root, path)
    except XenbondError:
        return None


def bystanders(root: str, planned: Collection[str]) -> tuple[Image, ...]:
    """Those that are worth keeping: not in the plan, and not a link to what a daemon makes.

    No plan writes them and a stack's own tools do: `ifup` with DNS keys makes resolv.conf. They are
    put back when they are not the same any more: in a rollback always, by a later undo only when
    nobody has changed them since the change was kept.
    """
    images = (keep_if_any(root, path) for path in BYSTANDERS if path not in planned)
    return tuple(it for it in images if it and not it.real.startswith(_MADE_BY_DAEMONS))


def _is_itself(path: str) -> bool:
    """Is a link there one because it is a link? A unit is started by one (systemd.unit(5))."""
    return os.path.dirname(path).endswith((".wants", ".requires"))


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
        XenbondError: the path leads elsewhere than it did.
    """
    refuse_elsewhere(root, image)
    if image.data is None:
        return
    _make_directories(root, os.path.dirname(image.real))
    with _place(root, image, image.real) as place:
        temporary = durable.beside(place, _temporary(image, tag))
        if temporary.exists():
            os.unlink(temporary.name, dir_fd=temporary.directory)
        if image.mode == LINK:
            os.symlink(image.data, temporary.name.encode(), dir_fd=temporary.directory)
            return
        durable.write_new(temporary, image.data, image.mode, lambda fd: _dress(fd, image))


def _make_directories(root: str, path: str) -> None:
    """As `durable.make_directories`, and no link is followed."""
    if path in ("", "/"):
        return
    with suppress(FileNotFoundError), door.to(root).locate(path, follow=False, links=0) as place:
        if place.exists():
            return
    _make_directories(root, os.path.dirname(path))
    with door.to(root).locate(path, follow=False, links=0) as place:
        durable.make_directory(place, 0o755)


def _place(root: str, image: Image, path: str) -> Place:
    """Where a path is that had no link in it when it was kept.

    Raises:
        OSError: its directory is not there.
        XenbondError: it leads elsewhere now.
    """
    try:
        return door.to(root).locate(path, follow=False, links=0)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise _elsewhere(image, "through a link") from None


def refuse_elsewhere(root: str, image: Image) -> None:
    """A path is written only where it led when it was kept: who may change the way is not root.

    Raises:
        XenbondError: it leads elsewhere now.
    """
    expected = image.own or (image.real if image.symlink is None else "")
    # Something on the way that is no directory any more is told to whoever writes there.
    with suppress(OSError), _place(root, image, image.real):
        pass
    try:
        now = _own_place(root, image.path)
    except XenbondError:
        return
    if expected and now != expected:
        raise _elsewhere(image, f"to {now}")


def _elsewhere(image: Image, where: str) -> XenbondError:
    return XenbondError(
        f"{image.path} leads {where} now, and led to {image.own or image.real} when it was kept: "
        "somebody exchanged a directory on the way, and nothing was written there"
    )


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
        XenbondError: the path leads elsewhere than it did.
    """
    if image.data is None:
        with suppress(FileNotFoundError), _own(root, image) as place:
            if place.exists():
                durable.unlink(place)
        return
    with _place(root, image, image.real) as place:
        durable.rename(durable.beside(place, _temporary(image, tag)), place)


def _own(root: str, image: Image) -> Place:
    """Where the path's own name is; notes of older versions do not tell."""
    return _place(root, image, image.own or _own_place(root, image.path))


def restore(root: str, image: Image, tag: str) -> None:
    """Make the path exactly what was kept: content, mode, owner, mtime, attributes, link, absence.

    Raises:
        OSError: it could not be.
        XenbondError: the path leads elsewhere than it did; nothing was written.
    """
    refuse_elsewhere(root, image)
    discard(root, image, tag)
    now = keep_if_any(root, image.path)
    if (
        now is None
        or now.real != image.real
        or not (same(image, now) and image.mtime_ns == now.mtime_ns)
    ):
        stage(root, image, tag)
        commit(root, image, tag)
    settle(root, image, tag)


def settle(root: str, image: Image, tag: str) -> None:
    """After `commit`: the path's own symbolic link, and no directory left that was made for it.

    Raises:
        OSError: the link could not be made.
    """
    if image.symlink is not None:
        with _own(root, image) as place:
            if place.link() != image.symlink:
                durable.symlink(image.symlink, place, f"{place.name}.{tag}")
    if image.data is None:
        _remove_made_directories(root, image)


def discard(root: str, image: Image, tag: str) -> None:
    """Remove what an interrupted `stage` left beside the file, if anything.

    Raises:
        OSError: it could not be.
        XenbondError: the path leads elsewhere than it did.
    """
    with suppress(FileNotFoundError), _place(root, image, image.real) as place:
        temporary = durable.beside(place, _temporary(image, tag))
        if temporary.exists():
            durable.unlink(temporary)
    _remove_made_directories(root, image)


def _temporary(image: Image, tag: str) -> str:
    # Hidden, so that no `source dir/*` and no run-parts reads it meanwhile.
    return f".{os.path.basename(image.real)[:150]}.{tag}"


def _own_place(root: str, path: str) -> str:
    """Where the path's own name is, links followed in its directories only."""
    parent = locate(root, os.path.dirname(path))[0].rstrip("/")
    return f"{parent}/{os.path.basename(path)}"


def _remove_made_directories(root: str, image: Image) -> None:
    for directory in reversed(image.missing):
        try:
            with _place(root, image, directory) as place:
                durable.remove_directory(place)
        except FileNotFoundError:
            continue
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                # Someone else put something there: not ours to remove.
                return
            raise
