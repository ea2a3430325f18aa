"""Takes the place of Rich's, which colours source text that is not here: the same in plain text."""

import traceback

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text


class Traceback:
    """The exception that is handled now."""

    def __init__(self, *args: object, **options: object) -> None:
        self._text = traceback.format_exc()

    @classmethod
    def from_exception(cls, *args: object, **options: object) -> "Traceback":
        """The same: it is handled when it is shown."""
        return cls()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """As Rich asks for it."""
        yield Text(self._text)
