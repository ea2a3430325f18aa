"""One file before and after, and how the difference is shown."""

from xenbond_tui.facts.file_state import LINK, FileState
from xenbond_tui.masking.shown import Line, shown_lines, unified
from xenbond_tui.typed import Self
from xenbond_tui.value import dataclass, field


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file, whole, before and after. `None` bytes mean: no such file."""

    path: str
    before: bytes | None
    after: bytes | None
    mode: int = 0o644
    """Permission bits after; a changed file keeps its own unless the stack demands another."""
    before_mode: int | None = None
    why: str = ""
    """What this change is for, in a few words: "eth0 becomes a slave of bond0"."""
    real: str = field(default="", compare=False)
    """Where the path led when the plan was made, links followed; "" when that is not known."""

    @classmethod
    def of(
        cls,
        path: str,
        state: FileState | None,
        after: bytes | None,
        why: str = "",
        most: int | None = None,
    ) -> Self:
        """A file as it was read, and as it will be.

        Args:
            path: which.
            state: as it was read; None: no such file.
            after: as it will be; None: no such file.
            why: what this change is for.
            most: permission bits of which it may have no others; None: it keeps its own, or is
                0644 where it is new.
        """
        if state is None:
            return cls(path, None, after, 0o644 if most is None else most, None, why)
        kept = state.mode if most is None or not state.mode & ~most else most
        return cls(path, state.data, after, kept, state.mode, why)

    @classmethod
    def of_link(cls, path: str, before: str | None, after: str | None, why: str = "") -> Self:
        """A symbolic link that is made or removed; None: no such link."""
        old, new = (None if item is None else item.encode() for item in (before, after))
        return cls(path, old, new, LINK, None if old is None else LINK, why)

    @property
    def is_link(self) -> bool:
        """Is it a symbolic link?"""
        return LINK in (self.mode, self.before_mode)

    @property
    def status(self) -> str:
        """new, changed, removed or unchanged; a changed mode counts as changed."""
        if self.before is None:
            return "unchanged" if self.after is None else "new"
        if self.after is None:
            return "removed"
        same_mode = self.before_mode is None or self.before_mode == self.mode
        return "unchanged" if self.before == self.after and same_mode else "changed"

    def diff(self) -> str:
        """Unified diff; a missing final newline and a changed mode are said. "" when unchanged.

        Passwords and keys are masked; a line that differs in nothing else is there all the same.
        """
        if self.status == "unchanged":
            return ""
        head = []
        if (
            self.before is not None
            and self.after is not None
            and self.before_mode not in (None, self.mode)
        ):
            head = [f"old mode {self.before_mode:04o}\n", f"new mode {self.mode:04o}\n"]
        elif self.before is None:
            head = ["new symbolic link\n" if self.is_link else f"new file mode {self.mode:04o}\n"]
        elif self.after is None:
            head = ["deleted symbolic link\n" if self.is_link else "deleted file\n"]
        before, after = self.before, self.after
        if self.is_link:
            before, after = (item and item + b"\n" for item in (before, after))
        lines = unified(
            _lines(self.path, before),
            _lines(self.path, after),
            "/dev/null" if self.before is None else self.path,
            "/dev/null" if self.after is None else self.path,
        )
        body = []
        for line in lines:
            body.append(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n")
        return "".join(head + body)

    def shown_after(self) -> str | None:
        """The file as it will be, its passwords and keys masked; None: no such file."""
        if self.after is None:
            return None
        return "".join(line.shown for line in _lines(self.path, self.after))

    @property
    def masked(self) -> bool:
        """Whether `diff` and `shown_after` show less than what is in the file."""
        return any(
            line.masked for data in (self.before, self.after) for line in _lines(self.path, data)
        )

    def counts(self) -> tuple[int, int]:
        """Lines added and removed."""
        return counted(self.diff())


def counted(diff: str) -> tuple[int, int]:
    """Lines that a diff adds and removes."""
    body = [line for line in diff.split("\n") if not line.startswith(("+++", "---"))]
    return (
        sum(line.startswith("+") for line in body),
        sum(line.startswith("-") for line in body),
    )


def _lines(path: str, data: bytes | None) -> list[Line]:
    return shown_lines(path, (data or b"").decode("utf-8", "surrogateescape"))
