"""Makes a terminal ready for the screens. To be called before Textual is imported."""

import os
import sys
from collections.abc import MutableMapping

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.number import whole
from xenbond_tui.terminal.profile import Profile, profile
from xenbond_tui.terminal.size import ensure_size

ESCDELAY_OVER_SSH = "500"
"""ms until a lone Escape counts: over a slow line an arrow key arrives in pieces."""

LONGEST_ESCDELAY = 10_000


def prepare_terminal(environ: MutableMapping[str, str] = os.environ) -> Profile:
    """Judge the terminal, give it a size if it has none, and set what Textual reads at import.

    Raises:
        XenbondError: no screen can be drawn here.
    """
    # Textual reads keys from stdin and draws on stderr.
    source, target = sys.__stdin__, sys.__stderr__
    tty = source is not None and target is not None and source.isatty() and target.isatty()
    found = profile(environ, target.encoding if target is not None else None, tty)
    if found.refusal is not None or target is None:
        raise XenbondError(found.refusal or "there is no terminal to draw on.")
    ensure_size(target.fileno(), environ)
    # Textual takes an empty NO_COLOR for a wish.
    environ.pop("NO_COLOR", None)
    if found.monochrome:
        environ["NO_COLOR"] = "1"
    # Textual's own switches are for its developers: a wrong one is a fault, others write files.
    for name in [name for name in environ if name.startswith("TEXTUAL_")]:
        del environ[name]
    if not 0 < (whole(environ.get("ESCDELAY")) or 0) <= LONGEST_ESCDELAY:
        environ.pop("ESCDELAY", None)
    environ["TEXTUAL_ANIMATIONS"] = "none"
    environ["TEXTUAL_SMOOTH_SCROLL"] = "0"
    if found.old:
        environ["TEXTUAL_DISABLE_KITTY_KEY"] = "1"
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        environ.setdefault("ESCDELAY", ESCDELAY_OVER_SSH)
    return found
