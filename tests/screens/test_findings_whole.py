"""What is to be read before it is ticked is there to be read, in the smallest window too."""

from dataclasses import replace
from pathlib import Path

import frozen
import pytest
import ways
from keys import shows, text, until
from test_terms import to_part
from textual._compositor import Compositor, ReflowResult
from textual.geometry import Size
from textual.widget import Widget

from screens.review import SAID, ReviewScreen
from screens.rows import Rows
from xenbond_tui.app import XenbondApp
from xenbond_tui.rules.findings import Finding, Severity

SENTENCE = "Line {} of what is found names a file, a NIC and what would become of it."


def finding(severity: Severity, sentences: int) -> Finding:
    said = " ".join(SENTENCE.format(number) for number in range(sentences))
    return Finding(severity, "line-goes", "eth0", said, "Do the last thing first.")


@pytest.mark.parametrize("severity", SAID)
@pytest.mark.parametrize("sentences", [1, 3, 8])
async def test_a_finding_under_the_cursor_is_shown_to_its_last_word(
    severity: Severity, sentences: int, tmp_path: Path
) -> None:
    await shown_whole(severity, sentences, tmp_path)


async def test_so_it_is_whoever_asks_for_a_size_before_the_layout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then Textual sends no Resize: what it compares with has the new size already."""
    reflow = Compositor.reflow

    def asked_before(self: Compositor, parent: Widget, size: Size) -> ReflowResult:
        self._full_map_invalidated = True
        assert self.full_map is not None
        return reflow(self, parent, size)

    monkeypatch.setattr(Compositor, "reflow", asked_before)
    await shown_whole(Severity.NOTE, 8, tmp_path)


async def shown_whole(severity: Severity, sentences: int, tmp_path: Path) -> None:
    host = frozen.running(tmp_path / "host", "debian12-dom0")
    async with XenbondApp(lambda: host, "wizard").run_test(size=(80, 24)) as pilot:
        await ways.to_review(pilot)
        await shows(pilot, "A tick all")
        screen = pilot.app.screen
        assert isinstance(screen, ReviewScreen)
        assert screen.proposal is not None
        plan = None if severity is Severity.REFUSE else screen.proposal.plan
        found = (*screen.proposal.findings, finding(severity, sentences))
        screen.show_proposal(replace(screen.proposal, findings=found, plan=plan), (), False)
        await to_part(pilot, "findings")
        rows = screen.query_one("#findings", Rows)
        await pilot.press("end")
        whole = f"{SAID[severity]}: {found[-1].text} {found[-1].remedy}"
        await until(pilot, lambda: whole in " ".join(text(pilot).split()))
        assert rows.row is not None
        assert rows.row.id == str(len(found) - 1)
        # The row that it is about is in sight, once the rows know what room is left to them.
        await until(
            pilot, lambda: any(it.lstrip().startswith("> ") for it in text(pilot).splitlines())
        )
        assert whole in " ".join(text(pilot).split())
        assert "F8" in text(pilot).splitlines()[-1]
