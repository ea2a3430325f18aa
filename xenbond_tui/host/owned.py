"""Who could exchange a file: the one rule of what is root's alone."""

import os
import stat
from collections.abc import Container

MAX_LINKS = 40
"""Symbolic links followed on the way to one file: the kernel's limit, path_resolution(7)."""


def foreign(
    name: str,
    status: os.stat_result,
    *,
    uids: Container[int] = (0,),
    gids: Container[int] = (),
) -> str:
    """Why somebody besides these could write this very file, directory or link; "" when nobody.

    Args:
        name: What it is called, for the words.
        status: What it is; of a link, the link itself.
        uids: Whose it may be.
        gids: Groups that may write it.
    """
    if status.st_uid not in uids:
        return f"{name} belongs to user {status.st_uid}, not to root"
    # A link has no mode.
    if stat.S_ISLNK(status.st_mode):
        return ""
    if status.st_mode & stat.S_IWOTH:
        return f"{name} can be written by everybody"
    if status.st_mode & stat.S_IWGRP and status.st_gid not in gids:
        return f"{name} can be written by group {status.st_gid}"
    return ""


def is_sticky(status: os.stat_result) -> bool:
    """A directory in which nobody removes or renames what is another's, as /tmp."""
    return stat.S_ISDIR(status.st_mode) and bool(status.st_mode & stat.S_ISVTX)


def not_roots(path: str, known: set[str] | None = None) -> str:
    """Why somebody besides root could exchange what is at an absolute path; "" when nobody can.

    Looked at are the file itself, every symbolic link on the way and every directory that holds one
    of them, up to "/". A directory that others may write is refused with the sticky bit too: they
    can't remove what is there, but put something beside it. An access list (acl(5)) that lets
    others write shows in the group's bits. What is not there is no problem by itself: where all
    that it would be in is root's, nobody else can make it.

    Args:
        path: as it is used, links and all.
        known: paths found to be root's; looked at no second time, and added to.
    """
    known = set() if known is None else known
    pending = [part for part in path.split("/") if part][::-1]
    here, links = "", 0
    problem = _judged("/", known)
    while pending and not problem:
        part = pending.pop()
        if part == ".":
            continue
        if part == "..":
            here = os.path.dirname(here).rstrip("/")
            continue
        entry = f"{here}/{part}"
        problem = _judged(entry, known)
        if problem:
            break
        try:
            target = os.readlink(entry)
        except OSError:
            # EINVAL: no link. Anything else shows at the next part.
            here = entry
            continue
        links += 1
        if links > MAX_LINKS:
            return f"{path} is a symbolic link that leads back to itself"
        if target.startswith("/"):
            here = ""
        pending += [piece for piece in target.split("/") if piece][::-1]
    return problem


def not_roots_below(directory: str, known: set[str]) -> str:
    """The same for everything below a directory, which is itself root's; "" when nobody can.

    What can't be looked into counts as somebody else's.
    """
    pending = [directory]
    while pending:
        here = pending.pop()
        try:
            with os.scandir(here) as entries:
                found = list(entries)
        except OSError as error:
            return f"{here} can't be looked into: {error.strerror}"
        for entry in found:
            if entry.is_symlink():
                problem = not_roots(entry.path, known)
                if problem:
                    return problem
                # Where it leads is root's. A directory elsewhere is looked through once.
                real = os.path.realpath(entry.path)
                if os.path.isdir(real) and f"{real}/" not in known:
                    known.add(f"{real}/")
                    pending.append(real)
                continue
            problem = _judged(entry.path, known)
            if problem:
                return problem
            if entry.is_dir(follow_symlinks=False):
                pending.append(entry.path)
    return ""


def _judged(path: str, known: set[str]) -> str:
    """Why somebody besides root could write this very file, directory or link."""
    if path in known:
        return ""
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"{path} can't be looked at: {error.strerror}"
    problem = foreign(path, status)
    if not problem:
        known.add(path)
    return problem
