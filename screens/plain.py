"""Text on a screen as it is: no markup in it, nothing in it that a terminal would obey."""

from textual.visual import VisualType
from textual.widgets import Static
from typing_extensions import override

from xenbond_tui.text import clean


class Plain(Static):
    """A Static for text of any origin. Brackets stay, what can't be shown has a mark."""

    def __init__(
        self, content: str = "", *, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(clean(content), id=id, classes=classes, markup=False)

    @override
    def update(self, content: VisualType = "", *, layout: bool = True) -> None:
        super().update(clean(content) if isinstance(content, str) else content, layout=layout)
