"""What .link files say of links, as udev reads them.

Of all that match a link the first by name counts, with its drop-ins (systemd.link(5)). They stay as
they are, and go on naming the NIC, its MTU and its MAC at each boot.
"""

from collections.abc import Iterable, Iterator

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.number import whole
from xenbond_tui.rules.findings import Finding, refuse, warn
from xenbond_tui.rules.inventory import Item, Kind, item
from xenbond_tui.stacks.networkd.files import Unit, units
from xenbond_tui.stacks.networkd.match import OF_LINK_FILES, Subject, first_line, matches, of_link
from xenbond_tui.stacks.networkd.places import RUN

_ROLE = frozenset(
    {"Name", "NamePolicy", "Description", "MACAddressPolicy", "AlternativeNamesPolicy"}
)
"""How a NIC gets its names."""
_NETPLAN = f"{RUN}/10-netplan-"
"""Begins the paths of files that netplan makes of its own at each boot."""
_KINDS = {"MTUBytes": Kind.MTU, "MACAddress": Kind.MAC}
_TIMES = {"K": 1024, "M": 1024**2}
"""Suffixes of a size (parse_size() of systemd's parse-util.c)."""


def not_overridden(
    facts: HostFacts, slaves: Iterable[str], items: Iterable[Item]
) -> Iterator[Item]:
    """Each item about a slave that none of the stack's overrides.

    Raises:
        XenbondError: a file can't be read.
    """
    beaten = {(it.link, it.kind) for it in items if it.kind in _KINDS.values()}
    return (it for it in _items(facts, slaves) if (it.link, it.kind) not in beaten)


def _items(facts: HostFacts, slaves: Iterable[str]) -> Iterator[Item]:
    found = _files(facts)
    for name in slaves:
        for unit, answer in _of(found, _nic(facts, name)):
            for file in unit.files if answer else ():
                for line in (one for part in file.sections("Link") for one in part.entries):
                    kind = _KINDS.get(line.key or "", Kind.OTHER)
                    if line.value and line.key not in _ROLE:
                        value = line.text if kind is Kind.OTHER else line.value.lower()
                        said = _bytes(value) if kind is Kind.MTU else value
                        yield item((file.path, line.number), name, kind, said, line.text)


def check(facts: HostFacts, answers: Answers) -> Iterator[Finding]:
    """NICs that have another name at the next boot, and what may be about one.

    Raises:
        XenbondError: a file can't be read.
    """
    found = _files(facts)
    for name in answers.bond.slaves:
        for unit, answer in _of(found, _nic(facts, name)):
            new, line = unit.get("Link", "Name"), first_line(unit)
            if answer is None and any(unit.get("Link", key) for key in _KINDS):
                yield warn(
                    "file-may-match",
                    line.where,
                    f"`{line.line.text}` may be about {name}, whose MTU or MAC {unit.path} sets "
                    f"then: {answers.bond.name} is planned without.",
                    "Name the MTU in the answers, or plan on the running host.",
                )
            elif answer and new not in (None, name) and not unit.get("Link", "NamePolicy"):
                yield refuse(
                    "renamed-at-boot",
                    line.where,
                    f"{unit.path} names {name} {new} when it is found at the next boot: the files "
                    f"of {answers.bond.name} would name a NIC that is not there.",
                    "Reboot first, or take that file away, and choose the NIC by the name it has.",
                )
    for name, kind in ((answers.bond.name, "bond"), (answers.bridge.name, "bridge")):
        made = Subject(name, kind, kind, answers.bridge.mac or None, "", kind, "")
        for unit, answer in _of(found, made):
            if answer and unit.get("Link", "Name") not in (None, name):
                yield warn(
                    "named-by-mac",
                    first_line(unit).where,
                    f"{unit.path} is about {name} as well, which has that MAC: if a boot makes it "
                    "before the NIC is found, it gets the NIC's name.",
                    "Write PermanentMACAddress= in place of MACAddress= there.",
                )


def _files(facts: HostFacts) -> tuple[Unit, ...]:
    (found,) = units(facts, "link")
    return tuple(unit for unit in found if not unit.path.startswith(_NETPLAN))


def _of(found: tuple[Unit, ...], link: Subject) -> Iterator[tuple[Unit, bool | None]]:
    """The file that counts for a link, and those before it of which that is open."""
    for unit in found:
        answer = matches(unit, link, OF_LINK_FILES)
        named = unit.get("Link", "Name")
        if answer is None and named:
            # Whatever it matches has that name by it.
            answer = named == link.name
        if answer is not False:
            yield unit, answer
        if answer:
            return


def _nic(facts: HostFacts, name: str) -> Subject:
    link = facts.link(name)
    return Subject(name, "", "ether") if link is None else of_link(link)


def _bytes(text: str) -> str:
    """`9k` as 9216."""
    number = whole(text[:-1])
    times = _TIMES.get(text[-1:].upper())
    return text if number is None or times is None else str(number * times)
