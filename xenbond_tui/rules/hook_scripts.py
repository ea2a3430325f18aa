"""Scripts that a network stack or the boot runs, where they name a link that changes its place.

They make VLANs, bridges, routes and addresses of which no file of a stack tells. What a script
does is not guessed; that it names the link is told by file and line. Those that packages bring work
by $IFACE and name none. Sources: interfaces(5), run-parts(8), NetworkManager-dispatcher(8),
networkd-dispatcher(8), initscripts' ifup-post, dhclient-script(8).
"""

import re
from collections.abc import Iterator, Sequence

from xenbond_tui.effects import Tree
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.regex import regex
from xenbond_tui.rules.findings import Finding, refuse, warn
from xenbond_tui.rules.inventory import UNKNOWN, Item, Kind
from xenbond_tui.rules.link_commands import Variables, made

_SCRIPTS = (
    *("/sbin/ifup-local", "/sbin/ifup-pre-local", "/sbin/ifdown-local", "/sbin/ifdown-pre-local"),
    *("/usr/sbin/ifup-local", "/usr/sbin/ifdown-local", "/etc/rc.local", "/etc/rc.d/rc.local"),
)
_FOLDERS = (
    "/etc/network/if-*.d/*",
    "/etc/NetworkManager/dispatcher.d/*",
    "/etc/NetworkManager/dispatcher.d/*.d/*",
    "/etc/networkd-dispatcher/*.d/*",
)
_SOURCED = ("/etc/dhcp/dhclient-*-hooks.d/*", "/etc/systemd/system/*.service")
"""Read whether executable or not."""
_BY_RUN_PARTS = regex(r"/etc/network/if-[a-z-]+\.d/.*[^\w-][^/]*")
"""run-parts passes over names with other characters than these: copies."""

_CONTINUED = regex(r"(?<!\\)(?:\\\\)*\\[ \t]*$")


def paths(tree: Tree) -> set[str]:
    """Every script there is."""
    return {*_SCRIPTS, *(path for it in (*_FOLDERS, *_SOURCED) for path in tree.glob(it))}


def named_in(
    facts: HostFacts, names: Sequence[str], become: str, remedy: str, *, goes: bool = False
) -> Iterator[Finding]:
    """Each line of a script that names one of these.

    Args:
        facts: the host.
        names: of links.
        become: what they are afterwards.
        remedy: what to write there.
        goes: they are no more, and a link that a script makes on one would be nowhere.
    """
    if not names:
        return
    word = regex(rf"(?<![\w-])({'|'.join(map(re.escape, names))})(?![\w-])")
    for where, line, meant in commands(facts):
        naming = (text for text in meant if any(name in text for name in names))
        found = next(filter(None, map(word.search, naming)), None)
        if found is None:
            continue
        above = next(filter(None, (_made_on(it, names) for it in meant)), "") if goes else ""
        if above:
            yield refuse(
                "link-above",
                where,
                f"This script makes {above} on {found[1]}, {become}: `{line.strip()}`.",
                "Take it out there first, or put that link on another one.",
            )
        else:
            yield warn(
                "script-names-a-link",
                where,
                f"This script names {found[1]}, {become}: `{line.strip()}`. It stays as it is.",
                remedy,
            )


def commands(facts: HostFacts) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Each command of a script: `path:line`, as it stands there, and what it may mean."""
    told = set[bytes]()
    for path in sorted(facts.files):
        state = facts.files[path]
        if not _is_run(path, state.mode) or state.data in told or b"\0" in state.data:
            continue
        # Two ways to one file: /etc/rc.local and /etc/rc.d/rc.local, /sbin and /usr/sbin.
        told.add(state.data)
        for number, line, meant in _commands(state.text):
            yield f"{path}:{number}", line, meant


def _commands(text: str) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Each command: number of its first line, the command, and what it may mean."""
    variables = Variables()
    pieces: list[str] = []
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        comment = not pieces and line.lstrip().startswith("#")
        goes_on = not comment and number < len(lines) and _CONTINUED.search(line) is not None
        pieces.append(line.rstrip()[:-1] if goes_on else line)
        if goes_on:
            continue
        whole, first = " ".join(it.strip() for it in pieces), number - len(pieces) + 1
        pieces = []
        if not comment:
            yield first, whole, variables.meanings(whole)


def _made_on(line: str, names: Sequence[str]) -> str:
    """What a line of a script makes on one of these; "" for nothing."""
    command = Item("", 0, "", Kind.COMMAND, f"up {line.strip()}", line)
    found = ((name, lower) for name, lower in made(command) if lower in names)
    name = next((name for name, _ in found), "")
    return "a link" if name == UNKNOWN else name


def _is_run(path: str, mode: int) -> bool:
    if path.startswith(("/etc/dhcp/dhclient-", "/etc/systemd/system/")):
        return True
    scripts = ("/etc/NetworkManager/dispatcher.d/", "/etc/networkd-dispatcher/", "/etc/network/if-")
    if path not in _SCRIPTS and not path.startswith(scripts):
        return False
    return bool(mode & 0o111) and _BY_RUN_PARTS.fullmatch(path) is None
