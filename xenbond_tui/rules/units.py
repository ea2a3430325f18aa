"""Is a unit started at boot? By the links that `systemctl enable` and `update-rc.d` leave.

`status` asks every minute, so a host's facts are not imported here.
"""

from __future__ import annotations

import re
import shlex

from xenbond_tui.regex import fits
from xenbond_tui.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from xenbond_tui.effects import Tree
    from xenbond_tui.facts.host import HostFacts

_MASKS = "/etc/systemd/system"
_SYSTEMD = ("/etc/systemd/system/*.wants/{}", "/etc/systemd/system/*.requires/{}")
_SYSV = ("/etc/rc[2345S].d/S[0-9][0-9]{}", "/etc/rc.d/rc[2345].d/S[0-9][0-9]{}")


def patterns(unit: str) -> tuple[str, ...]:
    """Where links for a unit may be; a script's are named without `.service`."""
    script = unit.removesuffix(".service")
    return tuple(
        item.format(name) for forms, name in ((_SYSTEMD, unit), (_SYSV, script)) for item in forms
    )


def paths(tree: Tree, *units: str) -> tuple[str, ...]:
    """The links to these units on that host, whatever target wants them, for `started_by`."""
    found = {path for unit in units for item in patterns(unit) for path in tree.glob(item)}
    return tuple(sorted(found | {f"{_MASKS}/{unit}" for unit in units}))


def started_by(facts: HostFacts, *units: str) -> str | None:
    """The link that has one of these units started at boot; None when nothing does.

    Units that ship enabled by a link under /usr/lib count as enabled nowhere: no network stack's
    does. A masked unit is not started by the links that still name it.
    """
    known = sorted({*facts.files, *facts.unreadable, *facts.present})
    for unit in units:
        if masked(facts, unit):
            continue
        named = [path for path in known if path.endswith((unit, unit.removesuffix(".service")))]
        for pattern in patterns(unit):
            for path in named:
                if fits(path, pattern) and path.count("/") == pattern.count("/"):
                    return path
    return None


def quoted(words: tuple[str, ...], *, dollar: bool = True) -> str:
    """Words as a unit file has them; specifiers, and variables in a command, are only text."""
    escaped = (word.replace("%", "%%") for word in words)
    plain = (word.replace("$", "$$") if dollar else word for word in escaped)
    return " ".join(shlex.quote(word) if re.search(r"\s", word) else word for word in plain)


def masked(facts: HostFacts, unit: str) -> bool:
    """Is the unit a link to /dev/null in /etc/systemd/system?"""
    bad = facts.unreadable.get(f"{_MASKS}/{unit}")
    return bad is not None and bad.masked
