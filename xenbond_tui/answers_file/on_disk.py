"""Answers files on disk, to be read."""

import codecs

from xenbond_tui.answers import Answers
from xenbond_tui.answers_file.reader import loads
from xenbond_tui.errors import XenbondError
from xenbond_tui.host import named, regular

LARGEST = 1 << 20
"""Bytes; an answers file has a few hundred."""


def load(path: str) -> Answers:
    """Read an answers file of this machine.

    Raises:
        XenbondError: it cannot be read, is not UTF-8, or says something wrong; with line and key.
    """
    return loads(read_text(path), path)


def read_text(path: str) -> str:
    """The text of an answers file; never hangs on a FIFO or a device.

    Links are followed as by `durable.save`: what root may read another user's link must not show.

    Raises:
        XenbondError: it is not there, not a readable file, too large or not UTF-8.
    """
    try:
        with named.place(path, follow=True) as place, regular.opened(place) as descriptor:
            data = regular.up_to(descriptor, LARGEST + 1)
    except FileNotFoundError:
        raise _unusable(path, "does not exist") from None
    except regular.NoFile as error:
        raise _unusable(path, f"is not a file: it {error.strerror}") from None
    except named.ForeignLinkError as error:
        raise _unusable(path, f"{error.strerror}, so it is not read") from None
    except (OSError, ValueError) as error:
        raise _unusable(path, f"cannot be read: {_reason(error)}") from None
    if len(data) > LARGEST:
        raise _unusable(path, "is larger than 1 MiB, so it is no answers file")
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise XenbondError.at(
            f"{path}:{line}",
            "the answers file is not UTF-8; nothing was changed. Save it as UTF-8 and try again.",
        ) from None


def _unusable(path: str, problem: str) -> XenbondError:
    return XenbondError(f"answers file {path} {problem}; nothing was changed.")


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
