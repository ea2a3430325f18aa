"""The copies a transaction keeps: every file of its plan as it was, and the ones it displaced.

`backup/files/etc/…` holds the contents under their own names, so that an operator gets them back
with `cp` alone; `backup/index.json`, and once more `backup/index.again.json`, the rest: mode,
owner, times, attributes, links, absence, checksums.
"""

import hashlib
import os
from collections.abc import Iterable

from xenbond_tui.apply import backup_index, durable, notes
from xenbond_tui.apply.backup_index import Index
from xenbond_tui.apply.file_image import Image
from xenbond_tui.errors import XenbondError
from xenbond_tui.host import door
from xenbond_tui.value import dataclass, replace

MAX_BYTES = 256 << 20
"""Of one copy."""
_NOTHING = Index((), ())


class Images(dict[str, Image]):
    """The kept images by path; asked for another one it raises XenbondError."""

    def __init__(self, directory: str) -> None:
        super().__init__()
        self._directory = directory

    def __missing__(self, path: str) -> Image:
        raise XenbondError(f"{path}: no copy of it is kept in {self._directory}.")


@dataclass(frozen=True, slots=True)
class Kept:
    """What can be had back of a transaction's copies."""

    images: Images
    lost: dict[str, str]
    """Path → why it can't be had back, in words."""
    index: Index


def save(directory: str, images: Iterable[Image], about: Index = _NOTHING) -> None:
    """Keep the images in a new directory; returns when they are on the disk.

    Args:
        directory: It must not exist yet.
        images: What is to be kept.
        about: What the index says of the transaction.

    Raises:
        OSError: no room, not permitted …
    """
    images = tuple(images)
    durable.make_directory(directory, 0o700)
    sums = {}
    for image in images:
        if image.data is not None:
            path = _copy(directory, image)
            durable.make_directories(os.path.dirname(path), 0o700)
            durable.write_new(path, image.data, 0o600)
            durable.sync_directory(os.path.dirname(path))
            sums[image.path] = hashlib.sha256(image.data).hexdigest()
    absent = tuple(image.path for image in images if image.data is None)
    bare = tuple(replace(image, data=None) for image in images)
    backup_index.write(directory, replace(about, absent=absent, images=bare, sums=sums))


def salvage(directory: str) -> Kept:
    """Every kept image that can be had back byte for byte, and which can't.

    Raises:
        XenbondError: nothing tells any more what the copies are of.
    """
    try:
        index, _ = backup_index.read(directory)
    except ValueError as error:
        raise XenbondError.at(
            directory,
            f"{error}; the copies in {directory}/files may be whole, each under its own name.",
        ) from None
    images, lost = Images(directory), {}
    for image in index.images:
        try:
            images[image.path] = replace(image, data=_content(directory, index, image))
        except OSError as error:
            why = f"a kept copy can't be read: {error.strerror}"
            lost[image.path] = f"{_copy(directory, image)}: {why}"
        except ValueError as error:
            lost[image.path] = f"{_copy(directory, image)}: a kept copy can't be read: it {error}"
    return Kept(images, lost, index)


def load(directory: str) -> Images:
    """Every kept image.

    Raises:
        XenbondError: a copy is missing or damaged.
    """
    kept = salvage(directory)
    for why in kept.lost.values():
        raise XenbondError(f"{why}.")
    return kept.images


def there(directory: str) -> bool:
    """True when something was kept there."""
    return any(door.exists(f"{directory}/{name}") for name in backup_index.FILES)


def _content(directory: str, index: Index, image: Image) -> bytes | None:
    if image.path in index.absent:
        return None
    data = notes.read_bounded(_copy(directory, image), MAX_BYTES)
    told = index.sums.get(image.path)
    if told is None and not index.is_old:
        raise notes.DamagedError("has no checksum")
    if told is not None and hashlib.sha256(data).hexdigest() != told:
        raise notes.DamagedError("is not what was kept: its checksum is another one")
    return data


def _copy(directory: str, image: Image) -> str:
    return f"{directory}/files{image.path}"


def displace(directory: str, image: Image) -> str:
    """Keep a file that is about to be overwritten although someone else wrote it.

    Returns:
        Where it is kept.

    Raises:
        OSError: it could not be kept.
    """
    assert image.data is not None  # noqa: S101 - absent files have nothing to keep
    number = 1
    while door.exists(path := f"{directory}/displaced-{number}{image.path}"):
        number += 1
    durable.make_directories(os.path.dirname(path), 0o700)
    durable.write_new(path, image.data, 0o600)
    return path
