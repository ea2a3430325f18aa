"""Whole files that a stack writes or takes away, in memory until the plan is made."""

from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.file_change import FileChange


class EditedFiles:
    """What becomes of a host's files."""

    def __init__(self, facts: HostFacts, most: int | None = None) -> None:
        """`most`: permission bits of which a file may have no others, as `FileChange.of`."""
        self._facts = facts
        self._most = most
        self._after: dict[str, tuple[bytes | None, str, int | None]] = {}

    def write(self, path: str, text: str, why: str, most: int | None = None) -> None:
        """A file is to have this text; `most` for this one alone."""
        self._after[path] = (text.encode(), why, most or self._most)

    def delete(self, path: str, why: str) -> None:
        """A file is to go."""
        self._after[path] = (None, why, self._most)

    def changes(self) -> tuple[FileChange, ...]:
        """What was written and deleted, sorted by path."""
        files = self._facts.files
        return tuple(
            FileChange.of(path, files.get(path), after, why, most)
            for path, (after, why, most) in sorted(self._after.items())
            if after is not None or path in files
        )
