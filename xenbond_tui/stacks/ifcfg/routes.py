"""Files of routes and rules that belong to one link, and go to the bridge with its address.

Two formats (ifup-routes): lines for `ip route add`, which name the link, or ADDRESS0= … blocks of
shell assignments, which do not.
"""

import re

from xenbond_tui.answers import Answers, BridgeAnswers
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.utf8 import decoded
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.regex import regex
from xenbond_tui.stacks.ifcfg import address
from xenbond_tui.stacks.ifcfg.files import Scripts
from xenbond_tui.stacks.ifcfg.places import DIRECTORY, NETWORK

KINDS = ("route-{}", "route6-{}", "rule-{}", "rule6-{}", "{}.route")
"""Names of such files; the last is system-config-network's."""
_BLOCKS = regex(r"^[ \t]*ADDRESS\d+=", re.MULTILINE)


def left_behind(scripts: Scripts, answers: Answers, link: str) -> tuple[str, ...]:
    """The link's files, where the bridge keeps its own address and does not get the link's."""
    paths = (f"{DIRECTORY}/{kind.format(link)}" for kind in KINDS)
    found = tuple(path for path in paths if path in scripts.facts.files)
    own = scripts.of_device(answers.bridge.name) if found else ()
    if not any(address.has_address(it.file, listens=scripts.listens) for it in own):
        return ()
    written = {it for cfg in scripts.of_device(link) for it in address.addresses(cfg.file)}
    return () if written.intersection(answers.bridge.addresses) else found


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


def on_link(
    facts: HostFacts, bridge: BridgeAnswers, moved: tuple[FileChange, ...]
) -> tuple[FileChange, ...]:
    """The same files, in which a gateway on the link itself has a route, and is the default one.

    Args:
        facts: for the bridge's own file.
        bridge: the answers.
        moved: what `moved_routes` makes of it.

    Raises:
        XenbondError: the file has the other format, in which a route can't be said to a link.
    """
    gateway = bridge.gateway or ""
    kind = "route6" if ":" in gateway else "route"
    path = f"{DIRECTORY}/{kind}-{bridge.name}"
    there = next((it for it in moved if it.path == path), None)
    state = facts.files.get(path)
    data = there.after if there is not None else None if state is None else state.data
    text = decoded(path, data or b"")
    if _BLOCKS.search(text):
        raise XenbondError.at(
            path,
            f"has ADDRESS0= lines, which know no way to {gateway} on the link itself. It was left "
            "untouched; write its routes as `ip route add` takes them, and try again.",
        )
    lines = text.splitlines()
    default = f"default via {gateway} dev {bridge.name}"
    if any(
        re.match(rf"(default|0\.0\.0\.0/0|::/0)\s+via\s+{re.escape(gateway)}(\s|$)", it)
        for it in lines
    ):
        return moved
    lines = [it for it in lines if not re.match(r"(default|0\.0\.0\.0/0|::/0)\s", it)]
    itself = f"{gateway} dev {bridge.name}"
    lines += [it for it in (itself, default) if it not in lines]
    after = "".join(f"{it}\n" for it in lines).encode()
    why = f"{gateway} is on the link of {bridge.name} itself"
    others = tuple(it for it in moved if it is not there)
    return (*others, FileChange.of(path, state, after, why))


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
