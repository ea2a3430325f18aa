"""What a cell looks like, and the shortest SGR sequence (ECMA-48) from one look to another."""

from functools import lru_cache
from typing import NamedTuple


class Style(NamedTuple):
    """Colours and attributes as SGR parameters, and the hyperlink the cell belongs to."""

    foreground: str = ""
    """"" is the terminal's own, else such as "31", "38;5;12" or "38;2;1;2;3"."""
    background: str = ""
    attributes: tuple[int, ...] = ()
    """Codes that are on (1 bold … 53 overline), ascending."""
    link: str = ""
    """OSC 8's "params;address"; "" outside a link."""


PLAIN = Style()

_ON = frozenset((*range(1, 10), 21, 51, 52, 53))
_OFF = {22: (1, 2), 23: (3,), 24: (4, 21), 25: (5, 6), 27: (7,), 28: (8,), 29: (9,)} | {
    54: (51, 52),
    55: (53,),
}
_SEEN_ON_BLANKS = frozenset((4, 5, 6, 7, 9, 21, 51, 52, 53))
"""Attributes that change how a space looks."""


@lru_cache(maxsize=4096)
def styled(style: Style, parameters: str) -> Style | None:
    """`style` after SGR with these parameters; None when one of them is not understood."""
    codes = [int(part or 0) for part in parameters.split(";")]
    foreground, background, attributes, link = style
    at = 0
    while at < len(codes):
        code = codes[at]
        if code == 0:
            foreground, background, attributes = "", "", ()
        elif code in _ON:
            attributes = tuple(sorted({*attributes, code}))
        elif code in _OFF:
            attributes = tuple(a for a in attributes if a not in _OFF[code])
        elif code in (38, 48):
            length = {5: 3, 2: 5}.get(codes[at + 1] if at + 1 < len(codes) else 0, 0)
            colour = codes[at : at + length]
            if not length or len(colour) < length:
                return None
            text = ";".join(map(str, colour))
            foreground, background = (text, background) if code == 38 else (foreground, text)
            at += length - 1
        elif 30 <= code <= 39 or 90 <= code <= 97:
            foreground = "" if code == 39 else str(code)
        elif 40 <= code <= 49 or 100 <= code <= 107:
            background = "" if code == 49 else str(code)
        else:
            return None
        at += 1
    return Style(foreground, background, attributes, link)


@lru_cache(maxsize=4096)
def on_blank(style: Style) -> Style:
    """The part of a style that shows on a space: without lines or reverse only its background."""
    if _SEEN_ON_BLANKS.isdisjoint(style.attributes):
        return Style(background=style.background, link=style.link)
    return style


@lru_cache(maxsize=4096)
def change(old: Style, new: Style) -> str:
    """The shortest sequence that makes a terminal that draws in `old` draw in `new`.

    Attributes are taken off by a reset only: the single off codes came with the VT220.
    """
    if old == new:
        return ""
    link = f"\x1b]8;{new.link or ';'}\x1b\\" if new.link != old.link else ""
    looks = (new.foreground, new.background)
    whole = ["", *map(str, new.attributes), *filter(None, looks)]
    best = f"\x1b[{';'.join(whole)}m"
    if set(old.attributes) <= set(new.attributes):
        added = [str(a) for a in new.attributes if a not in old.attributes]
        if new.foreground != old.foreground:
            added.append(new.foreground or "39")
        if new.background != old.background:
            added.append(new.background or "49")
        step = f"\x1b[{';'.join(added)}m" if added else ""
        best = min(step, best, key=len)
    return link + best
