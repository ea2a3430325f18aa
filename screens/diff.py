"""A unified diff to scroll through; `+` and `-` are there without colour."""

from rich.style import Style
from typing_extensions import override

from screens.lines import Lines
from xenbond_tui.plan.file_change import FileChange


def diff_lines(change: FileChange) -> list[str]:
    """What is shown for one file; bytes that are no text are said to be."""
    if change.status == "unchanged":
        return ["unchanged"]
    lines = change.diff().removesuffix("\n").split("\n")
    if any("\udc80" <= char <= "\udcff" for line in lines for char in line):
        return [r"(bytes that are no UTF-8 are shown as \xNN)", *lines]
    return lines


def hunks(change: FileChange) -> list[str]:
    """The same without the two lines that only name the file."""
    lines = diff_lines(change)
    named = next((at for at, line in enumerate(lines) if line.startswith("+++ ")), None)
    return lines if named is None else lines[: named - 1] + lines[named + 1 :]


class DiffLines(Lines):
    """A diff; colours repeat what the first character says."""

    COMPONENT_CLASSES = {"diff--added", "diff--removed", "diff--place"}

    @override
    def style_of(self, index: int) -> Style:
        line = self.lines[index]
        if line.startswith("@@"):
            return self.get_component_rich_style("diff--place")
        if line.startswith("+") and not line.startswith("+++"):
            return self.get_component_rich_style("diff--added")
        if line.startswith("-") and not line.startswith("---"):
            return self.get_component_rich_style("diff--removed")
        return self.rich_style
