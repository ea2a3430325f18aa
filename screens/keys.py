"""The keys of a screen: one table makes its bindings and the words of its key line."""

from collections.abc import Iterable, Iterator

from textual.binding import Binding

from xenbond_tui.value import dataclass, replace

_ARROWS = ("up", "down", "left", "right")
_NAMES = {"Esc": "escape", "?": "question_mark", "/": "slash"}


@dataclass(frozen=True, slots=True)
class Key:
    """What one action is called by."""

    action: str
    """As a Binding has it; "" where the widget that has the focus takes the key."""
    shown: str
    """The names in the key line: `U`, `F8/P`, `Up Down`."""
    words: str = ""
    """What it does, in the key line."""
    typing: str = ""
    """The names while letters go into a field, where `shown` is a letter: `F8/^P`."""
    also: str = ""
    """Names that are not shown: `Esc ^N N`."""

    def saying(self, words: str) -> "Key":
        """The same key with other words."""
        return replace(self, words=words)

    def text(self, *, typing: bool) -> str:
        """As the key line has it."""
        return f"{(typing and self.typing) or self.shown} {self.words}"


def names(shown: str) -> Iterator[tuple[str, ...]]:
    """Textual's names of each key that is shown: a letter works in both cases, for Caps Lock."""
    for name in shown.replace("/", " ").split() if shown != "/" else [shown]:
        if name == "Arrows":
            yield from ((arrow,) for arrow in _ARROWS)
        elif len(name) == 1 and name.isalpha():
            yield (name.lower(), name.upper())
        elif len(name) == 2 and name[0] == "^":
            yield (f"ctrl+{name[1].lower()}",)
        else:
            yield (_NAMES.get(name, name.lower()),)


def bindings(keys: Iterable[Key]) -> list[Binding]:
    """The bindings of a table of keys."""
    made = {}
    for key in keys:
        for shown in (key.shown, key.typing, key.also):
            for name in names(shown):
                made.update(dict.fromkeys(name, key.action) if key.action else {})
    return [Binding(name, action, show=False) for name, action in made.items()]


def key_line(keys: Iterable["Key | None"], *, typing: bool) -> list[str]:
    """What the key line shows; None is a key that does nothing now."""
    return [key.text(typing=typing) for key in keys if key is not None]


MOVE = Key("", "Up Down", "move")
CHOOSE = Key("", "Space", "choose")
SCROLL = Key("", "Arrows", "scroll")
