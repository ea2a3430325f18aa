"""A leased address moves: systemd-networkd asks for the bridge as it has asked for the NIC.

To a DHCP server the host is its client identifier, made of the machine's DUID and a number of the
link (IAID) that networkd makes from the NIC's place on the bus, which a bridge has none of
(dhcp_identifier_set_iaid). So the bridge's file names the NIC's own number. The MAC is the same.

What networkd has not made itself it takes off a link that it comes to be in charge of, and waits
for the server's answer then; but static things it keeps when it is told to (KeepConfiguration=
static, in link_drop_foreign_addresses and link_drop_foreign_routes). So address and routes stand
there as static ones until the lease comes, which is the same address with its time. The word stays
until the next boot: a file that has changed would let networkd start again at its next reload. No
release is sent: networkd lets go of a link that is down.
"""

import re
from collections.abc import Iterator

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.files.ini import IniFile
from xenbond_tui.plan.plan import Step
from xenbond_tui.regex import regex
from xenbond_tui.rules.findings import Finding, warn
from xenbond_tui.stacks.change_over.conditions import Move, NeedsOutage
from xenbond_tui.stacks.change_over.legs import INTERIM_METRIC, wait_address
from xenbond_tui.stacks.change_over.transition import Transition
from xenbond_tui.stacks.networkd.daemon import UntilBoot
from xenbond_tui.stacks.networkd.files import Unit
from xenbond_tui.stacks.networkd.places import ETC, NETIF_LEASES
from xenbond_tui.stacks.steps import drop_interim
from xenbond_tui.value import replace

_SECTIONS = ("DHCPv4", "DHCP")
"""The present name of the section, and the one before systemd 243."""
_DUID_TYPES = ("0001", "0002", "0003", "0004")
"""RFC 8415, section 11, which RFC 4361 goes by."""
_WORDS = "# As {nic}: so the DHCP server takes the bridge for the same client"
_OURS = regex(_WORDS.replace("{nic}", r"(\S+)"))
KEEP = UntilBoot(
    "KeepConfiguration",
    "lease",
    "# Until the next boot: xenbond let networkd take a lease along without a gap\n"
    "[Network]\nKeepConfiguration=static\n",
    " until it has the lease",
)
"""Before networkd takes charge of a link: it keeps what is there until it has the lease."""
_TIMEOUT_S = 60.0
"""Seconds the server may take; it knows the client and need not look for a free address."""


def _lease(facts: HostFacts, name: str) -> dict[str, str]:
    """ADDRESS, CLIENTID and more of the lease by which a link has its address; {} without one."""
    link = facts.link(name)
    text = None if link is None else facts.text(f"{NETIF_LEASES}/{link.index}")
    pairs = (line.partition("=") for line in (text or "").splitlines())
    found = {key: value for key, sign, value in pairs if sign}
    held = {item.ip for item in link.addresses if item.dynamic} if link is not None else set()
    return found if found.get("ADDRESS") in held else {}


def holder(facts: HostFacts, answers: Answers) -> str | None:
    """The bond or the slave that networkd has leased an address for."""
    links = (answers.bond.name, *answers.bond.slaves)
    return next((name for name in links if _lease(facts, name)), None)


def iaid(facts: HostFacts, nic: str) -> int | None:
    """A link's number in its client identifier; None where that is its MAC alone, or not known."""
    identifier = _lease(facts, nic).get("CLIENTID", "").lower()
    if not re.fullmatch(r"ff[0-9a-f]{12,}", identifier) or identifier[10:14] not in _DUID_TYPES:
        return None
    return int(identifier[2:10], 16)


def given_back(facts: HostFacts, there: HostFacts, removal: Removal) -> HostFacts:
    """The host after a removal, the NIC having what networkd has leased for the bridge.

    The NIC is that client to the server where the number came from it, or is in a file that
    becomes the NIC's.

    Raises:
        NeedsOutage: it would be another client, or the lease is not networkd's.
    """
    bridge, nic = facts.link(removal.answers.bridge.name), facts.link(removal.nic)
    if bridge is None or nic is None or not _lease(facts, bridge.name):
        raise NeedsOutage("a new lease is asked for")
    number = iaid(facts, bridge.name)
    said = (facts.text(path) or "" for path in facts.files if path.startswith(f"{ETC}/"))
    if number is not None and not any(f"IAID={number}" in text.splitlines() for text in said):
        raise NeedsOutage(
            f"{nic.name} would be another client to the DHCP server than {bridge.name}"
        )
    lease = facts.files[f"{NETIF_LEASES}/{bridge.index}"]
    return replace(there, files={**there.files, f"{NETIF_LEASES}/{nic.index}": lease})


def lines(nic: str, number: int) -> tuple[str, str]:
    """What [DHCPv4] of the bridge must say."""
    return _WORDS.format(nic=nic), f"IAID={number}"


def another_client(
    facts: HostFacts, nic: str, where: str, text: str, bridge: str, by_mac: str
) -> Iterator[Finding]:
    """That the bridge is a new client to the DHCP server: no lease of the NIC is here to tell.

    `where`, `text`: the line that asks for the lease; `by_mac`: how to go by the MAC instead.
    """
    if not _lease(facts, nic):
        yield warn(
            "dhcp-client-changes",
            where,
            f"`{text}` is for {bridge} then, and systemd-networkd makes another client identifier "
            f"for it than for {nic}: the server may give another address, and a reservation by "
            "that identifier does not hold.",
            f"Plan on the running host while {nic} has its lease. Or write {by_mac} where the "
            f"server goes by the MAC; or IAID= below [DHCPv4] in networkd's file of {bridge}, "
            f"with the number that `networkctl status {nic}` shows as IAID.",
        )


def told_which(unit: Unit) -> bool:
    """Does the file say which client it is, by a number or without one?"""
    for section in _SECTIONS:
        if unit.get(section, "IAID") or unit.get(section, "ClientIdentifier") not in (None, "duid"):
            return True
    return False


def pin(file: IniFile, facts: HostFacts, nic: str) -> None:
    """Have the bridge be the NIC to the server, unless the file has a word on that already."""
    number = iaid(facts, nic)
    said = ("IAID", "ClientIdentifier")
    if number is None or any(file.entries(section, *said) for section in _SECTIONS):
        return
    present = file.sections("DHCPv4")
    if present:
        file.insert_after(present[0].head, *lines(nic, number))
    else:
        file.append("[DHCPv4]", *lines(nic, number))


def unpin(file: IniFile, nic: str) -> None:
    """Take out what says of a NIC that it is that NIC."""
    for section in file.sections("DHCPv4"):
        for above, line in zip(section.body, section.body[1:], strict=False):
            ours = _OURS.fullmatch(above.text) if above.comment else None
            if ours is not None and ours[1] == nic and line.key == "IAID":
                file.remove(above, line)
    for section in file.sections("DHCPv4"):
        if not section.body and section.head is file.lines[-1]:
            file.remove(section.head)
            file.trim()


def as_static(facts: HostFacts, found: Move) -> tuple[HostFacts, Move]:
    """What is leased as if it were static, which networkd does not touch until it has the lease."""
    if not found.leased:
        return facts, found
    routes = (
        replace(route, metric=INTERIM_METRIC, protocol="static")
        if route.link == found.carrying and route.protocol == "dhcp"
        else route
        for route in facts.routes
    )
    lasting = tuple(replace(item, dynamic=False) for item in found.addresses)
    return replace(facts, routes=tuple(routes)), replace(found, addresses=lasting)


def taken(way: Transition, link: str) -> tuple[Step, ...]:
    """Afterwards: the lease is there, and nothing need replace it."""
    wait = (
        wait_address(link, item.ip, _TIMEOUT_S, leased=True, also="") for item in way.move.addresses
    )
    interim = (route.by(link) for route in reversed(way.routes()) if route.metric == INTERIM_METRIC)
    return (*wait, *drop_interim(interim))
