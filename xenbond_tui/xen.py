"""What Xen must be told: xend to leave the network alone, xl which bridge is the default.

Sources: xend-config.sxp and network-bridge of Xen 3.0 to 4.4; xl.conf(5).
"""

import re
from collections.abc import Collection, Iterable, Iterator

from xenbond_tui.answers import Answers, Removal, Request
from xenbond_tui.effects import Tree
from xenbond_tui.facts.bridge import BridgeState
from xenbond_tui.facts.guest_ports import guest_ports
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.utf8 import decoded
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.regex import regex
from xenbond_tui.rules.findings import Finding, note, refuse, warn
from xenbond_tui.rules.suitable import renamed_by_xend

XEND_FILES = ("/etc/xen/xend-config.sxp", "/etc/xen/xen-config.sxp")
XL_CONF = "/etc/xen/xl.conf"
XL_DEFAULT_BRIDGE = "xenbr0"
"""What xl takes when nothing says otherwise (xl.conf(5), vif.default.bridge)."""

_BRIDGE_KEY = regex(
    r"^(?P<head>[ \t]*(?:vif\.default\.bridge|defaultbridge)[ \t]*=[ \t]*)"
    r"(?P<value>\"[^\"\n]*\"|'[^'\n]*'|[^\s#;]*)",
    re.MULTILINE,
)


def paths(tree: Tree) -> tuple[str, ...]:
    """Xen's own files, existing or not."""
    return (*XEND_FILES, XL_CONF)


def check(facts: HostFacts, request: Request) -> tuple[Finding, ...]:
    """What about Xen forbids going on, or must be known."""
    if isinstance(request, Removal):
        return _check_removal(facts, request)
    return tuple(_findings(facts, request.answers))


def changes(facts: HostFacts, request: Request) -> tuple[FileChange, ...]:
    """Xen's files as they must be, by toolstack.

    Raises:
        XenbondError: a file can't be edited without guessing.
    """
    if isinstance(request, Removal):
        return _removal_changes(facts, request)
    answers = request.answers
    if answers.toolstack == "xend":
        return _xend_changes(facts)
    if answers.toolstack == "xl":
        return _xl_changes(facts, answers.bridge.name)
    return ()


def _check_removal(facts: HostFacts, removal: Removal) -> tuple[Finding, ...]:
    """What of Xen's files the removal leaves as it is."""
    if removal.answers.toolstack == "xend":
        return (*_left_commented_out(facts), *_xend_naming(facts, removal))
    if removal.answers.toolstack == "xl":
        return tuple(_left_naming(facts, removal))
    return ()


def _removal_changes(facts: HostFacts, removal: Removal) -> tuple[FileChange, ...]:
    """xl.conf without the line that `changes` writes for that bridge.

    xend's commented-out line stays: whether a person or this program did that, no file tells, and
    xend's own bridge would take the NIC at its next start.
    """
    if removal.answers.toolstack != "xl":
        return ()
    bridge = removal.answers.bridge.name
    state = facts.files.get(XL_CONF)
    if state is None:
        return ()
    after: bytes | None = _without(state.data, bridge)
    if after == state.data:
        return ()
    why = f"guests are not plugged into {bridge} any more"
    return (FileChange.of(XL_CONF, state, after or None, why),)


def _without(data: bytes, bridge: str) -> bytes:
    """The file without its line for that bridge, as `changes` writes it."""
    line = _xl_line(bridge).encode()
    lines = data.splitlines(keepends=True)
    return b"".join(item for item in lines if item.rstrip(b"\r\n") + b"\n" != line)


def _left_naming(facts: HostFacts, removal: Removal) -> Iterator[Finding]:
    """A line for the bridge that is spelt another way, so somebody else's."""
    bridge, state = removal.answers.bridge.name, facts.files.get(XL_CONF)
    if state is None:
        return
    text = _without(state.data, bridge).decode("utf-8", "replace")
    for match in _BRIDGE_KEY.finditer(text):
        if _named(match) == bridge:
            yield warn(
                "guests-name-a-bridge",
                XL_CONF,
                f"{XL_CONF} still names {bridge} for new guests: `{match.group().strip()}`.",
                "Name another bridge there before a guest is started.",
            )


def _left_commented_out(facts: HostFacts) -> Iterator[Finding]:
    for path in XEND_FILES:
        state = facts.files.get(path)
        for number, line in enumerate(state.data.splitlines() if state else (), 1):
            if line.startswith(b"#(network-script"):
                yield note(
                    "network-script-off",
                    f"{path}:{number}",
                    "xend's own network-script stays switched off, so guests have no bridge.",
                    "Take the # out of that line if xend shall make a bridge again at its start.",
                )


def _xend_naming(facts: HostFacts, removal: Removal) -> Iterator[Finding]:
    """Lines that count and name what goes: `(vif-script 'vif-bridge bridge=xenbr0')`."""
    names = "|".join(map(re.escape, removal.gone))
    word = re.compile(rf"(?<![\w.-])({names})(?![\w.-])")
    for path in XEND_FILES:
        for number, line in enumerate(facts.said(path).splitlines(), 1):
            found = None if line.lstrip().startswith("#") else word.search(line)
            if found is not None:
                yield warn(
                    "guests-name-a-bridge",
                    f"{path}:{number}",
                    f"`{line.strip()}` names {found[1]}, which is no more: no guest gets a network "
                    "from the next start of xend on.",
                    "Name there what is to carry the guests, or take the name out.",
                )


def _xend_changes(facts: HostFacts) -> tuple[FileChange, ...]:
    from xenbond_tui.files.sexpr import comment_out

    found = []
    for path in XEND_FILES:
        state = facts.files.get(path)
        if state is not None:
            after = comment_out(state.data, "network-script", path)
            found.append(FileChange.of(state.path, state, after, "xend leaves the network alone"))
    return tuple(found)


def _xl_changes(facts: HostFacts, bridge: str) -> tuple[FileChange, ...]:
    state = facts.files.get(XL_CONF)
    line = _xl_line(bridge)
    why = f"guests are plugged into {bridge}"
    if state is None:
        if bridge == XL_DEFAULT_BRIDGE:
            return ()
        return (FileChange.of(XL_CONF, None, line.encode(), why),)
    text = decoded(state.path, state.data)
    after = text
    told = any("bridge" in line.partition("#")[0] for line in text.split("\n"))
    if told:
        after = _BRIDGE_KEY.sub(
            lambda it: it[0] if _named(it) == bridge else f'{it["head"]}"{bridge}"', text
        )
    if bridge != XL_DEFAULT_BRIDGE and not (told and _BRIDGE_KEY.search(text)):
        after += ("" if not after or after.endswith("\n") else "\n") + line
    return (FileChange.of(state.path, state, after.encode(), why),)


def _xl_line(bridge: str) -> str:
    return f'vif.default.bridge="{bridge}"\n'


def _named(match: re.Match[str]) -> str:
    return match["value"].strip("\"'")


def _findings(facts: HostFacts, answers: Answers) -> Iterator[Finding]:
    yield from _unreadable(facts, answers)
    if answers.toolstack == "xend" or any(path in facts.files for path in XEND_FILES):
        yield from _xend_bridge(facts)
    if answers.toolstack in ("xend", "xl"):
        yield from _guests(facts, answers)


def _unreadable(facts: HostFacts, answers: Answers) -> Iterator[Finding]:
    wanted = {"xend": XEND_FILES, "xl": (XL_CONF,)}.get(answers.toolstack, ())
    for path in wanted:
        bad = facts.unreadable.get(path)
        if bad is not None:
            text = f"{path} {bad.reason}. It was left untouched."
            yield refuse("unreadable-file", path, text, "Put it right, or remove it.")
    if answers.toolstack == "xend" and not any(
        path in facts.files or path in facts.unreadable for path in XEND_FILES
    ):
        yield warn(
            "no-xend-config",
            XEND_FILES[0],
            "xend's configuration is not there, so its network-script can't be switched off.",
            "Set `xen: {toolstack: none}` if xend does not run here.",
        )


_OWN_PORT = "vif0."
"""How the ports begin that xend's network-bridge gives dom0 itself; domain 0 is no guest."""


def _xend_bridge(facts: HostFacts) -> Iterator[Finding]:
    renamed = [link.name for link in facts.links if renamed_by_xend(link, facts)]
    theirs = [bridge for bridge in facts.bridges if _is_xends(bridge, renamed)]
    renamed += [p.name for it in theirs for p in it.ports if p.name.startswith(_OWN_PORT)]
    if not renamed:
        return
    names = ", ".join(renamed)
    guests = ", ".join(_guest_ports(theirs))
    if facts.access.knows_running:
        yield refuse(
            "xend-bridge-active",
            renamed[0],
            f"xend's network-bridge runs: {names} is its, and a NIC's name was given away. That "
            "can't be undone under running guests" + (f" ({guests})." if guests else "."),
            "Comment out the (network-script …) line of xend-config.sxp, reboot, and start here "
            "again; guests have no network in between.",
        )
    else:
        yield note(
            "xend-bridge-active",
            renamed[0],
            f"xend's network-bridge was running when this was recorded ({names}); after the "
            "reboot it is not.",
        )


def _is_xends(bridge: BridgeState, renamed: Collection[str]) -> bool:
    ports = [port.name for port in bridge.ports]
    return any(name in renamed or name.startswith(("peth", _OWN_PORT)) for name in ports)


def _guest_ports(bridges: Iterable[BridgeState]) -> tuple[str, ...]:
    return tuple(name for name in guest_ports(bridges) if not name.startswith(_OWN_PORT))


def _guests(facts: HostFacts, answers: Answers) -> Iterator[Finding]:
    ours = answers.bridge.name
    for bridge in facts.bridges:
        ports = _guest_ports((bridge,))
        if ports and bridge.name == ours:
            yield note(
                "guests-kept",
                ours,
                f"{', '.join(ports)} of running guests stay on {ours}; they are without network no "
                "longer than it is.",
            )
        elif ports:
            yield warn(
                "guests-on-other-bridge",
                bridge.name,
                f"{facts.with_guests(ports)} of running guests are on {bridge.name} and stay "
                f"there: they do not get the new uplink of {ours}.",
                f"Name the bridge {bridge.name}, or move the guests to {ours}.",
            )
    if answers.toolstack == "xend" and ours != "xenbr0":
        yield note(
            "guests-name-a-bridge",
            ours,
            f"Guests whose configuration says bridge=xenbr0 do not find {ours}.",
            f"Write bridge={ours} in their vif lines.",
        )
