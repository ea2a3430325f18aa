"""A file as it may be shown, line by line, each with what it really says for comparing."""

from xenbond_tui.masking.spans import spans, words
from xenbond_tui.value import dataclass

MASK = "(masked)"
"""In the place of a secret, whatever its length; one of several lines is one line less."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line; the last of a file may be without its line feed."""

    shown: str
    said: str
    """What is in the file: two are the same only when this is."""

    @property
    def masked(self) -> bool:
        """Whether something of it is not shown."""
        return self.shown != self.said


def shown_lines(path: str, text: str) -> list[Line]:
    """A file's text in lines that may be shown."""
    lines: list[Line] = []
    shown, begun, at = "", 0, 0

    def take(piece: str) -> None:
        """What may be shown as it is: it ends a line wherever it has a line feed."""
        nonlocal shown, begun, at
        for part in _parts(piece):
            shown += part
            at += len(part)
            if part.endswith("\n"):
                lines.append(Line(shown, text[begun:at]))
                shown, begun = "", at

    for start, end in spans(path, text):
        take(text[at:start])
        shown += MASK
        at = end
    take(text[at:])
    if shown:
        lines.append(Line(shown, text[begun:]))
    return lines


def masked_words(text: str) -> str:
    """Words for the operator, which may quote a line of a file."""
    out, at = "", 0
    for start, end in words(text):
        out += text[at:start] + MASK
        at = end
    return out + text[at:]


def _parts(text: str) -> list[str]:
    """Lines with their line feeds: no other character ends one."""
    *whole, last = text.split("\n")
    return [*(line + "\n" for line in whole), *([last] if last else [])]
