"""Asks where to save the answers, and saves them there."""

import os

from textual.app import ComposeResult
from typing_extensions import override

from screens.fields import FieldRow, TypedText
from screens.keys import Key
from screens.page import Page
from screens.plain import Plain
from xenbond_tui.answers import Answers
from xenbond_tui.answers_file.writer import dump
from xenbond_tui.apply.durable import save
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.machine import Machine
from xenbond_tui.planner import written_of
from xenbond_tui.rules.left_out import spoken
from xenbond_tui.shipped import style


class SaveScreen(Page[str | None]):
    """Gives back the path written, or None."""

    CSS = style("save")
    NAME = "Save answers"
    PURPOSE = "Where are the answers to be saved?"
    HELP_TEXT = """
The answers as a YAML file. `xenbond plan --answers FILE` shows the same plan again,
and `xenbond apply --answers FILE` carries it out, here or on another host."""

    SAVE = Key("", "Enter", "save")
    LEAVE = Key("leave", "Esc", "leave it", also="F8 ^P")
    KEYS: tuple[Key, ...] = (LEAVE,)

    def __init__(self, machine: Machine, facts: HostFacts, stack: str, answers: Answers) -> None:
        super().__init__(machine, facts, stack)
        self.answers = answers
        self._replaces = ""

    @override
    def body(self) -> ComposeResult:
        yield FieldRow("File", TypedText("xenbond.yaml", id="path", width=60))
        yield Plain(
            "`xenbond plan --answers FILE` shows this plan again, here or on another host.",
            id="hint",
        )
        yield Plain("", id="problem")

    @override
    def keys(self) -> tuple[Key | None, ...]:
        return (self.SAVE, self.LEAVE)

    @override
    def opened(self) -> None:
        self.query_one("#path", TypedText).focus()

    def on_input_submitted(self) -> None:
        """Save; a file that is there is replaced only when asked twice."""
        path = os.path.expanduser(self.query_one("#path", TypedText).value.strip())
        if not path:
            self.set_text("#problem", "! Say a file's name.")
            return
        if os.path.lexists(path) and self._replaces != path:
            self._replaces = path
            self.set_text("#problem", f"! {path} exists. Enter once more replaces it.")
            return
        try:
            today = None if self.facts is None else written_of(self.facts, self.answers)
            save(path, dump(spoken(self.answers, today)))
        except XenbondError as error:
            self.set_text("#problem", f"! {error}")
            return
        self.finish(path)

    def action_leave(self) -> None:
        """Save nothing."""
        self.finish(None)
