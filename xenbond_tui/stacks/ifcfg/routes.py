"""Files of routes and rules that belong to one link, and go to the bridge with its address.

Two formats (ifup-routes): lines for `ip route add`, which name the link, or ADDRESS0= … blocks of
shell assignments, which do not.
"""

import re

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.utf8 import decoded
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.regex import regex
from xenbond_tui.stacks.ifcfg.files import Scripts
from xenbond_tui.stacks.ifcfg.places import DIRECTORY, NETWORK

KINDS = ("route-{}", "route6-{}", "rule-{}", "rule6-{}", "{}.route")
"""Names of such files; the last is system-config-network's."""
_BLOCKS = regex(r"^[ \t]*ADDRESS\d+=", re.MULTILINE)


def moved_routes(facts: HostFacts, names: tuple[str, ...], bridge: str) -> tuple[FileChange, ...]:
    """The files of a link (known as `names`: its own and its ifcfg file's) made the bridge's.

    Raises:
        XenbondError: a line can't be rewritten safely, or the bridge has such a file already.
    """
    done: list[FileChange] = []
    for kind in KINDS:
        for name in dict.fromkeys(names):
            old, new = (f"{DIRECTORY}/{kind.format(item)}" for item in (name, bridge))
            if old == new:
                continue
            if old in facts.unreadable:
                raise XenbondError.at(
                    old, f"{facts.unreadable[old].reason}. It was left untouched."
                )
            state = facts.files.get(old)
            if state is None:
                continue
            after = _rewritten(state, names[0], bridge).encode()
            there = facts.files.get(new)
            if (there is not None and there.data.strip()) or any(c.path == new for c in done):
                raise XenbondError.at(
                    new,
                    f"is there already, and the routes of {old} would have to go into it. "
                    "Both were left untouched; merge them yourself.",
                )
            done.append(FileChange.of(new, there, after, f"the routes of {name} go to {bridge}"))
            done.append(FileChange.of(old, state, None, f"its routes are {bridge}'s now"))
    return tuple(done)


def _rewritten(state: FileState, link: str, bridge: str) -> str:
    text = decoded(state.path, state.data)
    mention = re.compile(rf"(?<![A-Za-z0-9_.:-]){re.escape(link)}(?![A-Za-z0-9_:-])")
    device = re.compile(rf"(?<!\S)((?:dev|iif|oif)[ \t]+){re.escape(link)}(?!\S)")
    table = re.compile(rf"(?<!\S)(?:table|lookup)[ \t]+{re.escape(link)}(?!\S)")
    blocks = _BLOCKS.search(text) is not None
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if line.lstrip().startswith("#"):
            continue
        after = line if blocks else device.sub(lambda found: found[1] + bridge, line)
        if mention.search(table.sub("", after)):
            raise XenbondError.at(
                f"{state.path}:{number + 1}",
                f"names {link} in a way I can't rewrite safely. "
                "It was left untouched; edit that line yourself and try again.",
            )
        lines[number] = after
    return "\n".join(lines)


def moved_gateway_device(
    scripts: Scripts, links: tuple[str, ...], bridge: str
) -> tuple[FileChange, ...]:
    """/etc/sysconfig/network, with GATEWAYDEV following the address to the bridge.

    Raises:
        XenbondError: the file can't be read, or the value can't be changed safely.
    """
    file = scripts.network()
    for key in ("GATEWAYDEV", "IPV6_DEFAULTDEV"):
        if file.get(key) in links:
            file.set(key, bridge)
    state = scripts.facts.files.get(NETWORK)
    if state is None:
        return ()
    return (
        FileChange.of(
            NETWORK, state, file.render().encode(), f"the default route leaves by {bridge}"
        ),
    )
