"""How long a change waits to be kept, and whether it is meant to cut the operator off."""

from textual.app import ComposeResult
from textual.containers import Vertical
from typing_extensions import override

from screens.fields import FieldRow, TypedText
from screens.rows import Row, Rows
from xenbond_tui.apply.expect_disconnect import told
from xenbond_tui.apply.requests import LONGEST_S, SHORTEST_S, USUAL_S
from xenbond_tui.facts.number import whole
from xenbond_tui.value import dataclass

IDS = ("within", "cut-off")
"""The parts that `about` explains."""


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a change is carried out."""

    seconds: float = USUAL_S
    """How long it waits to be kept."""
    expect_disconnect: bool = False
    """That the host is not reached as before is no reason to roll back at once."""


class TermsForm(Vertical):
    """A field for the time, and a tick that is only there when the change gives something up."""

    def __init__(self, within: str = str(USUAL_S)) -> None:
        super().__init__()
        self._within = within
        self._loses: tuple[str, ...] = ()
        self._needed = False
        self._expect_disconnect = False

    @override
    def compose(self) -> ComposeResult:
        field = TypedText(self._within, id="within", width=4, digits=True)
        yield FieldRow("Keep within", field, f"s ({SHORTEST_S} to {LONGEST_S}), else it rolls back")
        yield Rows(id="cut-off")

    def on_mount(self) -> None:
        """The tick is offered when it is known what is given up."""
        self.offer(())

    def offer(self, loses: tuple[str, ...], *, needed: bool = False) -> None:
        """Offer the tick where the change gives up what the host is reached by; off again.

        Args:
            loses: what it gives up, in words.
            needed: nothing is left to be reached by, so that without the tick it can't last.
        """
        self._loses, self._needed, self._expect_disconnect = loses, needed, False
        self.query_one("#cut-off").display = bool(loses)
        self._show()

    def _show(self) -> None:
        mark = "x" if self._expect_disconnect else " "
        why = ": needed, no address is left" if self._needed else ""
        row = Row("cut-off", f"[{mark}] This change is meant to cut me off{why}")
        self.query_one("#cut-off", Rows).show_rows([row])

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """Tick it, or take the tick away."""
        event.stop()
        self._expect_disconnect = not self._expect_disconnect
        self._show()

    def on_rows_moved(self, event: Rows.Moved) -> None:
        """It is explained when it has the focus."""
        event.stop()

    def about(self, id: str) -> str:
        """What the part of that id is for."""
        if id == "within":
            return (
                "Nobody has kept it by then: files and network are rolled back. Leave "
                "yourself the time to log in once more from somewhere else."
            )
        return told(self._loses, self._needed, "the tick")

    def read(self) -> tuple[Terms, str]:
        """The terms, and what is wrong with them ("" if nothing)."""
        text = self.query_one("#within", TypedText).value
        seconds = whole(text)
        if seconds is None or not SHORTEST_S <= seconds <= LONGEST_S:
            problem = f"Keep within: {SHORTEST_S} to {LONGEST_S} seconds, not {text or 'nothing'}."
            return Terms(expect_disconnect=self._expect_disconnect), problem
        return Terms(float(seconds), self._expect_disconnect), ""
