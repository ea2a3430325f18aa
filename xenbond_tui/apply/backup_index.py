"""What stands beside the copies of a transaction: whatever of a file is not its content.

It is written twice, and says by itself which files the change writes and which it only watches: the
copies can be put back with one of the two, whatever else of the transaction is damaged.
"""

from collections.abc import Mapping

from xenbond_tui.apply import notes
from xenbond_tui.apply.codec import decode, encode, is_path
from xenbond_tui.apply.file_image import Image
from xenbond_tui.facts.file_state import LINK
from xenbond_tui.value import dataclass, field

FILES = ("index.json", "index.again.json")


@dataclass(frozen=True, slots=True)
class Index:
    """What index.json holds; the images' contents lie beside it."""

    absent: tuple[str, ...]
    images: tuple[Image, ...]
    sums: Mapping[str, str] = field(default_factory=dict)
    """Path → SHA-256 of its copy. Empty in an index of the release before, which had one file."""
    changed: tuple[str, ...] = ()
    """The files the change writes."""
    bystanders: tuple[str, ...] = ()
    """The files it only watches."""
    undoes: str = ""
    """The transaction it undoes."""
    number: int = 0
    """The transaction's."""

    @property
    def is_old(self) -> bool:
        """Written by the release before, which left most of it out."""
        return not self.number and not self.sums


def write(directory: str, index: Index) -> None:
    """Keep it, twice.

    Raises:
        OSError: it could not be.
    """
    for name in reversed(FILES):
        notes.write_json(f"{directory}/{name}", encode(index), indent=1)


def read(directory: str) -> tuple[Index, tuple[str, ...]]:
    """It, and what is damaged of the two files of that directory, in words.

    Raises:
        DamagedError: neither can be read; says why.
    """
    found: Index | None = None
    damage = []
    for name in FILES:
        try:
            index: Index = decode(Index, _as_is_now(notes.read_json(f"{directory}/{name}")))
            for image in index.images:
                _refuse_odd(image)
            found = found or index
        except (OSError, ValueError) as error:
            damage.append(f"{name}: {notes.reason(error)}")
    if found is None:
        raise notes.DamagedError("; ".join(damage))
    return found, () if found.is_old else tuple(damage)


def number(directory: str) -> int:
    """The transaction's number; 0 where that can't be read."""
    try:
        return read(directory)[0].number
    except ValueError:
        return 0


def _as_is_now(document: object) -> object:
    """The release before called it `_Index`."""
    if isinstance(document, dict) and document.get("is") == "_Index":
        return {**document, "is": "Index"}
    return document


def _refuse_odd(image: Image) -> None:
    """What the notes say of a file is used as it stands, so it must be what could be kept.

    Raises:
        ValueError: it is not.
    """
    own = (image.own,) if image.own else ()
    paths = (image.path, image.real, *own, *image.missing)
    numbers = (image.uid or 0, image.gid or 0)
    if (
        not all(map(is_path, paths))
        or not (0 <= image.mode <= 0o7777 or image.mode == LINK)
        or not all(0 <= number < 1 << 32 for number in numbers)
        or not 0 <= abs(image.mtime_ns or 0) < 1 << 63
    ):
        raise notes.DamagedError("is damaged: what it says of a file can't be")
