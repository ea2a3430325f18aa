"""Notes on the disk: sealed when they are written, bounded and checked when they are read.

A note is one JSON document. Around it stands its checksum, so that a byte that has changed since
is found and not believed; the whole is JSON still, for people and jq. What the release before wrote
has no seal: it is read as it is.
"""

import binascii
import json
import re

from xenbond_tui.apply import durable
from xenbond_tui.host import door, regular
from xenbond_tui.host.document import parse
from xenbond_tui.regex import regex
from xenbond_tui.typed import Any

MAX_BYTES = 64 << 20
"""Of one note. A plan with 20 files of 1 MiB as base64 is below half of that."""
_SEAL = regex(rb'\{"format": 2, "crc32": "([0-9a-f]{8})", "value":\n(.*)\n\}\n', re.DOTALL)
_BEGIN = b'{"format": 2, "crc32": "'


class DamagedError(ValueError):
    """A note is not as it was written; its text says how, and quotes nothing of it."""


def reason(error: OSError | ValueError) -> str:
    """Why a note can't be read, in words: "is missing"."""
    if isinstance(error, FileNotFoundError):
        return "is missing"
    if isinstance(error, OSError):
        return error.strerror or str(error)
    # What a decoder says of a value helps nobody, and the value may be a secret.
    return str(error) if isinstance(error, DamagedError) else "is damaged"


def seal(body: bytes) -> bytes:
    """A document with its checksum; `unseal` gives it back."""
    return _BEGIN + checksum(body).encode() + b'", "value":\n' + body + b"\n}\n"


def unseal(data: bytes) -> bytes:
    """The document that was sealed; what never had a seal comes back as it is.

    A seal that is broken so that it is none any more leaves a document of another form, which no
    reader takes for its own.

    Raises:
        ValueError: it is not as it was written.
    """
    match = _SEAL.fullmatch(data)
    if match is None:
        if data.startswith(_BEGIN):
            raise DamagedError("is cut short or damaged")
        return data
    if checksum(match[2]).encode() != match[1]:
        raise DamagedError("is damaged: its checksum is another one")
    return match[2]


def checksum(data: bytes) -> str:
    """CRC-32, which finds every change of up to 32 bits in a row, as 8 hexadecimal digits."""
    return f"{binascii.crc32(data):08x}"


def write_note(path: str, body: bytes) -> None:
    """Write a note whole, sealed; returns when it is on the disk.

    Raises:
        OSError: it could not be written; the one before is still there.
    """
    durable.replace(path, seal(body))


def read_note(path: str) -> bytes:
    """The document of a note.

    Raises:
        OSError: it is missing, or can't be read.
        ValueError: it is not what was written.
    """
    data = read_bounded(path, MAX_BYTES)
    if not data:
        raise DamagedError("is empty")
    return unseal(data)


def write_json(path: str, value: object, indent: int | None = None) -> None:
    """A note of what `json.dumps` takes, as `write_note`."""
    write_note(path, json.dumps(value, indent=indent).encode())


def read_json(path: str) -> Any:
    """What a note holds, as `read_note`."""
    return parse(read_note(path))


def read_bounded(path: str, limit: int) -> bytes:
    """A regular file's content; links are not followed, and nothing is waited for.

    Raises:
        OSError: it is missing, or can't be read.
        ValueError: it is no regular file, or has more than `limit` bytes.
    """
    try:
        with door.place(path) as place, regular.opened(place) as descriptor:
            data = regular.read_bounded(descriptor, limit)
    except regular.NoFile as error:
        raise DamagedError(error.strerror) from None
    if data is None:
        raise DamagedError(f"has more than {limit} bytes")
    return data
