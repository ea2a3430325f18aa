"""The copies a transaction keeps: every file of its plan as it was, and the ones it displaced.

`backup/files/etc/…` holds the contents under their own names, so that an operator gets them back
with `cp` alone; `backup/index.json` the rest: mode, owner, times, attributes, links, absence.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace

from xenbond_tui.apply import durable
from xenbond_tui.apply.codec import decode, encode
from xenbond_tui.apply.files import Image
from xenbond_tui.errors import XenbondError
from xenbond_tui.host import door


@dataclass(frozen=True, slots=True)
class _Index:
    """What index.json holds; the images' contents lie beside it."""

    absent: tuple[str, ...]
    images: tuple[Image, ...]


def save(directory: str, images: Iterable[Image]) -> None:
    """Keep the images in a new directory; returns when they are on the disk.

    Raises:
        OSError: no room, not permitted …
    """
    images = tuple(images)
    durable.make_directory(directory, 0o700)
    for image in images:
        if image.data is not None:
            path = f"{directory}/files{image.path}"
            durable.make_directories(os.path.dirname(path), 0o700)
            durable.write_new(path, image.data, 0o600)
            durable.sync_directory(os.path.dirname(path))
    index = _Index(
        absent=tuple(image.path for image in images if image.data is None),
        images=tuple(replace(image, data=None) for image in images),
    )
    durable.replace(f"{directory}/index.json", json.dumps(encode(index), indent=1).encode())


def load(directory: str) -> dict[str, Image]:
    """The kept images by path.

    Raises:
        XenbondError: a copy is missing or damaged.
    """
    try:
        index: _Index = decode(_Index, json.loads(door.text(f"{directory}/index.json")))
        found = {}
        for image in index.images:
            _refuse_odd(image)
            data = None
            if image.path not in index.absent:
                data = door.read(f"{directory}/files{image.path}").data
            found[image.path] = replace(image, data=data)
        return found
    except OSError as error:
        raise XenbondError(
            f"{error.filename}: a kept copy can't be read: {error.strerror}."
        ) from None
    except ValueError:
        raise XenbondError(
            f"{directory}/index.json: damaged; the copies beside it may be whole."
        ) from None


def _refuse_odd(image: Image) -> None:
    """What the notes say of a file is used as it stands, so it must be what could be kept.

    Raises:
        ValueError: it is not.
    """
    own = (image.own,) if image.own else ()
    paths = (image.path, image.real, *own, *image.missing)
    numbers = (image.uid or 0, image.gid or 0)
    if (
        not all(normal(path) for path in paths)
        or not 0 <= image.mode <= 0o7777
        or not all(0 <= number < 1 << 32 for number in numbers)
        or not 0 <= abs(image.mtime_ns or 0) < 1 << 63
    ):
        raise ValueError(f"not a file's: {image.path}")


def normal(path: str) -> bool:
    """Is it an absolute path that names one place below the root, with no `..` in it?"""
    plain = path[:1] == "/" and path[1:2] not in ("", "/") and "\0" not in path
    return plain and path == os.path.normpath(path)


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
