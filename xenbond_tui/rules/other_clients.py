"""Services that ask for addresses on every link they are not kept from, whatever its files say.

A slave, and a port of a bridge, has none to have: what it gets draws answers to a link that does
not hear them. Sources: dhcpcd(8), dhcpcd.conf(5); connman.conf(5) and, for the links it looks at,
connman's rtnl.c, which passes over bonds and bridges.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from xenbond_tui.answers import Answers
from xenbond_tui.effects import Tree
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.regex import fits, regex
from xenbond_tui.rules import units
from xenbond_tui.rules.findings import Finding, warn
from xenbond_tui.value import dataclass

_INSTANCE = regex(
    r"/etc/systemd/system/[^/]+\.(?:wants|requires)/(dhcpcd|dhclient|udhcpc)@(.+)\.service"
)
_INSTANCES = "/etc/systemd/system/*.{}/*.service"
_ESCAPED = regex(r"\\x([0-9a-f]{2})")
_NEVER = "vmnet,vboxnet,virbr,ifb,ve-,vb-"
"""What connman keeps off where its file says nothing."""
_SILENT = frozenset({"nodhcp", "noipv4", "inactive"})


@dataclass(frozen=True, slots=True)
class _Service:
    """One such program."""

    name: str
    units: tuple[str, ...]
    settings: str
    key: str
    """Of the lines there that keep it off links."""
    takes: Callable[[str, str], bool]
    """(text of its settings, link) → does it ask there?"""
    remedy: str
    """What to write there, `{links}` standing for their names."""
    separator: str
    of_made: bool
    """Also on bonds and bridges."""


def _by_dhcpcd(text: str, link: str) -> bool:
    asks, only, of = True, False, link
    allowed: list[str] = []
    for line in text.splitlines():
        name, _, value = line.strip().partition(" ")
        words = [it for it in re.split(r"[\s,]+", value) if it]
        if name == "interface":
            of = value.strip()
        elif name == "denyinterfaces" and any(fits(link, it) for it in words):
            return False
        elif name == "allowinterfaces":
            allowed, only = [*allowed, *words], True
        elif name in _SILENT and of == link:
            asks = False
    return asks and (not only or any(fits(link, it) for it in allowed))


def _by_connman(text: str, link: str) -> bool:
    found = re.findall(r"^[ \t]*NetworkInterfaceBlacklist[ \t]*=(.*)$", text, re.MULTILINE)
    kept_off = (found[-1] if found else _NEVER).replace(" ", "").split(",")
    return not any(it and link.startswith(it) for it in kept_off)


_SERVICES = (
    _Service(
        "dhcpcd",
        ("dhcpcd.service", "dhcpcd5.service"),
        "/etc/dhcpcd.conf",
        "denyinterfaces",
        _by_dhcpcd,
        "denyinterfaces {links}",
        " ",
        True,
    ),
    _Service(
        "connman",
        ("connman.service",),
        "/etc/connman/main.conf",
        "NetworkInterfaceBlacklist",
        _by_connman,
        f"NetworkInterfaceBlacklist={_NEVER},{{links}}",
        ",",
        False,
    ),
)


def paths(tree: Tree) -> set[str]:
    """Their settings, and what has them started at boot."""
    found = {path for it in _SERVICES for path in (it.settings, *units.paths(tree, *it.units))}
    instances = (
        path for kind in ("wants", "requires") for path in tree.glob(_INSTANCES.format(kind))
    )
    return found | {path for path in instances if _INSTANCE.fullmatch(path)}


def check_other_clients(facts: HostFacts, answers: Answers) -> Iterator[Finding]:
    """Those that a boot starts beside the network's own program, for what is asked for."""
    return asking(facts, answers.bond.slaves, (answers.bond.name, answers.bridge.name))


def asking(facts: HostFacts, slaves: Sequence[str], made: Sequence[str]) -> Iterator[Finding]:
    """Each that asks on a slave, or on the bond or bridge (`made`)."""
    for service in _SERVICES:
        by = units.started_by(facts, *service.units)
        text = facts.text(service.settings) or ""
        links = [*slaves, *(made if service.of_made else ())]
        links = [it for it in links if by is not None and service.takes(text, it)]
        if links and by is not None:
            off = service.remedy.replace("{links}", service.separator.join(links))
            unit = by.rpartition("/")[2]
            stop = f"systemctl disable --now {unit}" if unit in service.units else "stop it"
            yield _told(
                _where(text, service) or by,
                f"{service.name}, which {by} starts at boot,",
                links,
                f"Write `{off}` in {service.settings}, or: {stop}",
            )
    for path in sorted({*facts.files, *facts.unreadable, *facts.present}):
        instance = _INSTANCE.fullmatch(path)
        link = "" if instance is None else _ESCAPED.sub(lambda it: chr(int(it[1], 16)), instance[2])
        if instance is not None and link in (*slaves, *made):
            unit = path.rpartition("/")[2]
            what = f"{instance[1]}, which {path} starts at boot,"
            yield _told(path, what, [link], f"systemctl disable --now {unit}")


def _where(text: str, service: _Service) -> str:
    """The settings, with the line to be changed where there is one."""
    lines = [
        number
        for number, line in enumerate(text.splitlines(), 1)
        if service.key in line.split("=")[0].split()[:1]
    ]
    return f"{service.settings}:{lines[-1]}" if lines else service.settings if text else ""


def _told(where: str, what: str, links: Sequence[str], remedy: str) -> Finding:
    return warn(
        "other-dhcp-client",
        where,
        f"{what} asks for addresses on {', '.join(links)}, whatever the network's files say: what "
        "a slave or a bridge's port gets draws traffic to where nobody hears it.",
        remedy,
    )
