"""What a guest, a switch, a file or an environment may hold to steer a terminal or a reader."""

import re

STRINGS = {
    "escape sequences": "\x1b[31mred\x1b[2J\x1b[1;1Hx\x1b7\x1bc",
    "clipboard": "\x1b]52;c;ZXZpbA==\x07",
    "window title": "\x1b]0;owned\x1b\\\x1b]2;owned\x07",
    "device control": "\x1bP$q\x1b\\\x1b_a\x1b\\\x1b^b\x1b\\",
    "enquiry": "\x05\x0e\x0f\x07",
    "c1 character": "\u009b31m\u009d52;c;eA==\u009c\x85",
    "c1 byte": "\udc9b31m\udc9d\udcff",
    "bidi": "\u202etxt.exe\u2066\u200f",
    "zero width": "a\u200b\u200d\ufeff\u2060b",
    "soft hyphen and tags": "so\u00adft\U000e0041\U000e007f",
    "line separators": "a\u2028b\u2029c\x0bd\x0ce\x1cf",
    "surrogates": "\ud800\udfff",
    "nul": "a\0b",
    "new lines": "a\nXENBOND OK - forged\r\nbond9  HEALTHY\rx",
    "tab, backspace, delete": "a\tb\b\bc\x7f",
    "markup": "[bold red]x[/] [@click=app.quit]y[/] [link=http://h]z[/link]",
    "braces": "{} {0.__class__} {slave} %s %(x)s $(id) `id`",
    "quotes": "a'b\"c|d=e;f\\g,h",
    "pile of marks": "e" + "\u0301" * 60,
    "mark first": "\u0301\u20dd",
    "wide": "\u6f22\u5b57\U0001f642\uff21",
    "private and unassigned": "\ue000\U0010ffff\u0378\ufdd0",
    "fillers": "\u3164\u115f\ufe0f\u00a0\u2003",
    "very long": "x" * 10_000,
}
ALL = "".join(text for name, text in STRINGS.items() if name != "very long")

COCKTAILS = {
    "controls": "".join(
        text for text in STRINGS.values() if re.search(r"[\x00-\x1f\x7f-\x9f]", text)
    ),
    "unicode": "".join(text for name, text in STRINGS.items() if not text.isascii()),
    "text": STRINGS["markup"] + STRINGS["braces"] + STRINGS["quotes"],
    "very long": STRINGS["very long"],
}
"""All of them in four strings, for sources that are slow to try."""


def raw(text: str, kept: str = "\n\t") -> list[str]:
    """What of a text a terminal or a reader of lines would obey, or not show at all."""
    return [char for char in text if char not in kept and not char.isprintable()]


def name(text: str, longest: int = 200) -> str:
    """As much of it as a file's name can hold."""
    cut = text.replace("/", "").replace("\0", "")
    while len(cut.encode("utf-8", "surrogatepass")) > longest:
        cut = cut[:-1]
    # A file's name is bytes: other surrogates than those of single bytes are none.
    return "".join(
        char
        for char in cut
        if (not "\ud800" <= char <= "\udc7f" and char < "\udd00") or char > "\udfff"
    )
