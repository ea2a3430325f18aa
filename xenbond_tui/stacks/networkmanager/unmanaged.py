"""The links that NetworkManager's own settings have it leave alone, whatever a profile says.

Sources: NetworkManager.conf(5) ([keyfile] unmanaged-devices, [device] managed, "Device List
Format"); nm_match_spec_device() in nm-core-utils.c: of a list that only
excepts, all else is meant.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.names import normal_mac
from xenbond_tui.files.ini import IniFile
from xenbond_tui.files.ini_lines import Line
from xenbond_tui.rules.findings import Finding, refuse, warn
from xenbond_tui.stacks.networkmanager import udev
from xenbond_tui.stacks.networkmanager.settings import NO, settings
from xenbond_tui.value import dataclass

_MANAGED = "managed=yes"
"""In the place of an item: it is not left alone, whatever udev says."""


@dataclass(frozen=True, slots=True)
class _Words:
    """One item of a list of devices."""

    text: str
    where: str
    """`path:line` of the list."""
    line: str


def left_alone(
    facts: HostFacts, links: Mapping[str, str], *, without: Iterable[str] = ()
) -> Iterator[Finding]:
    """Which of these no profile brings up; of each the line that says so.

    Args:
        facts: the host.
        links: name → NetworkManager's type of it: "ethernet", "bond", "bridge".
        without: names of files that do not count.
    """
    files = settings(facts, without)
    listed, sections = _listed(files), _sections(files)
    for name, kind in links.items():
        by_list = _meant(facts, name, kind, listed)
        said = by_list or _by_device(facts, name, kind, sections)
        if said is None and (told := udev.left_alone(facts, name, kind)) is not None:
            path, number, line, sure = told
            yield (refuse if sure else warn)(
                "link-unmanaged",
                f"{path}:{number}",
                f"`{line}` {'has' if sure else 'may have'} NetworkManager leave {name} alone: no "
                "profile brings it up, at the next boot neither.",
                f"Take {name} out of what that rule of udev matches, then run `udevadm control "
                f"--reload; udevadm trigger --subsystem-match=net`; or write `[device-{name}]`, "
                f"`match-device=interface-name:{name}`, `managed=1` in a file below "
                "/etc/NetworkManager/conf.d, which counts more.",
            )
        if said is not None and said.text != _MANAGED:
            yield refuse(
                "link-unmanaged",
                said.where,
                f"`{said.line}` has NetworkManager leave {name} alone: no profile brings it up, "
                "at the next boot neither.",
                f"Take {name} out of that line and run `nmcli general reload`; or have it "
                "configured by the program that it is left to.",
            )


def links_of(answers: Answers) -> dict[str, str]:
    """Slaves, bond and bridge, as `left_alone` takes them."""
    links = dict.fromkeys(answers.bond.slaves, "ethernet")
    return links | {answers.bond.name: "bond", answers.bridge.name: "bridge"}


def _listed(files: Iterable[IniFile]) -> tuple[_Words, ...]:
    """What [keyfile] unmanaged-devices names in the end."""
    found: list[_Words] = []
    for file in files:
        for line in (it for part in file.sections("keyfile") for it in part.entries):
            key = (line.key or "").strip()
            items = [*_items(file, line)]
            if key == "unmanaged-devices":
                found = items
            elif key == "unmanaged-devices+":
                found += items
            elif key == "unmanaged-devices-":
                gone = {it.text for it in items}
                found = [it for it in found if it.text not in gone]
    return tuple(found)


def _sections(files: Iterable[IniFile]) -> tuple[dict[str, tuple[IniFile, Line]], ...]:
    """Each [device…] with its keys, the first that counts first; of one name they are one section.

    In a file from top to bottom, a later file's before an earlier one's, and [device] the last.
    """
    found: dict[str, dict[str, tuple[IniFile, Line]]] = {}
    order: list[str] = []
    for file in files:
        parts = [part for part in file.sections() if part.name.startswith("device")]
        for part in parts:
            keys = {(it.key or "").strip(): (file, it) for it in part.entries}
            found.setdefault(part.name, {}).update(keys)
        here = dict.fromkeys(part.name for part in parts)
        order = [*here, *(name for name in order if name not in here)]
    order.sort(key=lambda name: name == "device")
    return tuple(found[name] for name in order)


def _items(file: IniFile, line: Line) -> Iterator[_Words]:
    for text in re.split(r"[;,]", line.value):
        if text.strip():
            yield _Words(text.strip(), f"{file.path}:{line.number}", line.text)


def _by_device(
    facts: HostFacts,
    name: str,
    kind: str,
    sections: Iterable[Mapping[str, tuple[IniFile, Line]]],
) -> _Words | None:
    for section in sections:
        which = section.get("match-device")
        if which is not None and _meant(facts, name, kind, [*_items(*which)]) is None:
            continue
        if "managed" in section:
            file, line = section["managed"]
            no = line.value.strip().lower() in NO
            return _Words("" if no else _MANAGED, f"{file.path}:{line.number}", line.text)
        if "stop-match" in section and section["stop-match"][1].value.strip().lower() not in NO:
            return None
    return None


def _meant(facts: HostFacts, name: str, kind: str, items: Sequence[_Words]) -> _Words | None:
    """What of a list means that link; an exception goes over all else."""
    but = [it for it in items if it.text.startswith("except:")]
    if any(_fits(facts, name, kind, it.text.removeprefix("except:")) for it in but):
        return None
    rest = [it for it in items if it not in but] or but
    return next((it for it in rest if it in but or _fits(facts, name, kind, it.text)), None)


def _fits(facts: HostFacts, name: str, kind: str, text: str) -> bool:
    link = facts.link(name)
    word, colon, value = text.partition(":")
    if text == "*" or text == name:
        return True
    if word == "interface-name":
        exact = value.startswith("=")
        return value[1:] == name if exact else fnmatchcase(name, value.removeprefix("~"))
    if word == "type":
        return value == ((link.kind if link is not None else "") or kind)
    if word == "driver" and link is not None and link.driver:
        return link.driver == value.partition("/")[0]
    mac = normal_mac(value if word == "mac" and colon else text)
    return bool(mac) and link is not None and not link.kind and link.permanent_mac == mac
