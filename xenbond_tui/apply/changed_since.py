"""A file that someone changed after xenbond wrote it: before, as xenbond wrote it, and now."""

from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.value import dataclass


@dataclass(frozen=True, slots=True)
class ChangedSince:
    """Three states of one file; None bytes mean: no such file. Modes are permission bits."""

    path: str
    before: bytes | None
    before_mode: int
    written: bytes | None
    written_mode: int
    now: bytes | None
    now_mode: int
    by: str = ""
    """The later change of ours that did it; "" when it was someone else."""

    @property
    def since(self) -> FileChange:
        """What was done to it since: what overwriting it would lose."""
        return _step(
            self.path, (self.written, self.written_mode), (self.now, self.now_mode), self.who
        )

    @property
    def who(self) -> str:
        """`change 2026-11-22T15-20-17-1` or `someone else`."""
        return f"change {self.by}" if self.by else "someone else"

    def text(self) -> str:
        """The three-way difference: what the change did to it, then what was done to it since."""
        ours = _step(
            self.path, (self.before, self.before_mode), (self.written, self.written_mode), ""
        )
        return (
            f"{self.path}, before the change > as it was written:\n{ours.diff() or _SAME}"
            f"{self.path}, as it was written > now, by {self.who}:\n{self.since.diff() or _SAME}"
        )


_SAME = "(no difference)\n"


def _step(
    path: str, old: tuple[bytes | None, int], new: tuple[bytes | None, int], why: str
) -> FileChange:
    return FileChange(path, old[0], new[0], new[1], None if old[0] is None else old[1], why)
