"""What becomes of each item of the inventory: kept, moved, or named by file and line.

One rule for every stack, set-ups, edits and removals. An item of bond, bridge or a slave may move
between them; one that is nowhere afterwards is named. An item of any other link stays where it is,
and where it names a slave that is said, for as a slave the NIC gets no frames for others.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from xenbond_tui.answers import BridgeAnswers, Removal, Request, SetUp
from xenbond_tui.facts.guest_ports import named_as_guest_port
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.names import bad_link_name, normal_mac
from xenbond_tui.regex import regex
from xenbond_tui.rules.addresses import STUBS, bare, same_address
from xenbond_tui.rules.dropped import address_dropped, gateway_dropped, gateway_goes
from xenbond_tui.rules.findings import Finding, note, refuse, warn
from xenbond_tui.rules.goes_along import holder_of
from xenbond_tui.rules.inventory import BROUGHT_UP, NAMING, Item, Kind, kind_above
from xenbond_tui.rules.link_commands import of_the_bond
from xenbond_tui.rules.occupied import given_up, has_master, on_a_slave, on_the_bond

_GIVEN_UP = ("slave-given-up", "more-slaves-match")
_ABOVE = ("on-a-slave", "on-the-bond", "alias-on-slave")
"""Codes of findings that name a link which stands on a slave or the bond."""
OF_AN_ADDRESS = frozenset(
    {Kind.ADDRESS, Kind.LEASE, Kind.GATEWAY, Kind.ROUTE, Kind.RULE, Kind.DNS, Kind.SEARCH, Kind.MTU}
)
"""Kinds that do nothing on a slave: it has no address, and the bond's MTU."""
_OUT = frozenset({Kind.GATEWAY, Kind.ROUTE, Kind.RULE})
"""Kinds that do nothing on a link without address."""
_PACKETS = regex(r"\bip\s(?:-\S+\s+)*r(o\w*|u\w*)?\s")
"""A command about routes or rules."""
_BY_COMMAND = regex(r"\bip\b.*\sr[ou]?\w*\s+(add|replace|append)\b|\broute\s.*\badd\b")


def lost(
    facts: HostFacts,
    before: Iterable[Item],
    after: Iterable[Item],
    request: Request,
    told: Sequence[Finding],
) -> Iterator[Finding]:
    """Each item that the plan takes out, and no other finding names by file and line.

    Args:
        facts: the host.
        before: what the files say.
        after: what they would say.
        request: resolved.
        told: what is found already.
    """
    answers = request.answers
    ours = {answers.bond.name, answers.bridge.name, *answers.bond.slaves}
    said, left = tuple(dict.fromkeys(before)), tuple(after)
    ports = _ports(said, request)
    dead = {it for it in left if _without_effect(it, ports, request)}
    alive = [it for it in left if it not in dead]
    moved = {(it.kind, it.value) for it in alive if it.link in ours}
    kept = {(it.link, it.kind, it.value) for it in alive}
    told_of = {(it.where, it.value) for it in left}
    stays = {(it.path, it.link, it.kind, it.value) for it in dead}
    addresses = [it.value for it in alive if it.kind is Kind.ADDRESS and it.link in ours]
    known, bond = _places(told), answers.bond.name
    given = {word for found in told if found.code in _GIVEN_UP for word in found.text.split()}
    lines = set[Finding]()
    asks = {(it.link, it.value) for it in said if it.kind is Kind.LEASE}
    holder = holder_of(said, answers, answers.bridge.name)
    down = {it.link for it in said if it.kind is Kind.STAYS_DOWN}
    asleep = down.difference(link.name for link in facts.links if link.addresses)
    for it in said:
        if (
            it.kind is Kind.LEASE
            and it.link in ports
            and it.link != holder
            and (holder, it.value) in asks
            and (it.link, it.kind, it.value) not in kept
        ):
            there = (it.path, it.link, it.kind, it.value) in stays
            why = f"{it.link} is a port afterwards, and {answers.bridge.name} asks for its own"
            finding = note("line-goes", it.where, _text(it, why, stays=there))
            # One line may ask for both families.
            if finding not in lines:
                lines.add(finding)
                yield finding
            continue
        gone = (it.kind, it.value) not in moved if it.link in ours else True
        if (
            it.kind in (Kind.BOND, Kind.STAYS_DOWN)
            or not gone
            or (it.link, it.kind, it.value) in kept
            or it.where in known
        ):
            continue
        if not it.link and (it.where, it.value) in told_of:
            continue
        if it.link in ours and (it.kind is Kind.MASTER or it.kind in NAMING) and it.value in ours:
            continue
        if it.kind is Kind.ADDRESS and any(same_address(it.value, other) for other in addresses):
            continue
        if it.kind in (Kind.ADDRESS, Kind.GATEWAY) and it.link in asleep:
            there = (it.path, it.link, it.kind, it.value) in stays
            text = _text(it, f"no boot brings {it.link} up", stays=there)
            yield note("line-goes", it.where, text)
            continue
        if it.value == BROUGHT_UP and it.link in ours and isinstance(request, Removal):
            # Of bond and bridge it goes with them; the NIC comes up, by a pattern maybe.
            continue
        if (it.value == bond and it.kind is Kind.MASTER) or (it.link == bond and it.kind in NAMING):
            slave = it.link if it.kind is Kind.MASTER else it.value
            if not slave:
                text = f"`{it.text}` is taken out: {bond} gets the slaves that are asked for alone."
                yield note("line-goes", it.where, text)
            elif slave not in ours and slave not in given:
                given.add(slave)
                yield given_up(slave, bond)
            continue
        if it.kind is Kind.MAC and _of_a_slave(facts, request, it.value):
            continue
        finding = _gone(it, request, stays=(it.path, it.link, it.kind, it.value) in stays)
        if finding not in lines:
            lines.add(finding)
            yield finding


def _without_effect(it: Item, ports: frozenset[str], request: Request) -> bool:
    """Does a line that stays do nothing: an address on a port, a route where there is none?"""
    bridge = request.answers.bridge
    if it.link != bridge.name:
        return it.link in ports and it.kind in OF_AN_ADDRESS
    alone = isinstance(request, SetUp) and bridge.method == "none"
    route = it.kind in _OUT or (it.kind is Kind.COMMAND and _BY_COMMAND.search(it.value))
    return alone and bool(route)


def _ports(said: Iterable[Item], request: Request) -> frozenset[str]:
    """Links that become ports: what their files say of an address is without effect from then on.

    Nothing becomes of the slaves of a bond that is there already.
    """
    answers = request.answers
    if isinstance(request, Removal) or any(it.link == answers.bond.name for it in said):
        return frozenset()
    return frozenset(answers.bond.slaves)


def beside(after: Iterable[Item], request: Request, told: Iterable[Finding]) -> Iterator[Finding]:
    """Each port that the files leave in the bridge beside the bond, a guest's aside.

    Args:
        after: what the files would say.
        request: resolved.
        told: what is found already: on a host that runs, by the ports it has.
    """
    bond, bridge = request.answers.bond, request.answers.bridge.name
    if isinstance(request, Removal):
        return
    known = {bond.name, bridge, *bond.slaves, ""}
    known |= {finding.where for finding in told if finding.code == "port-beside-bond"}
    for it in after:
        port = ""
        if it.kind is Kind.MASTER and it.value == bridge:
            port = it.link
        elif it.kind is Kind.PORT and it.link == bridge:
            port = it.value
        if port in known or named_as_guest_port(port) or bad_link_name(port) is not None:
            continue
        known.add(port)
        yield warn(
            "port-beside-bond",
            it.where,
            f"{port} is a port of {bridge} beside {bond.name}: where both reach the same "
            f"network and {bridge} runs no spanning tree, frames circle between them.",
            f"Take {port} out of {bridge} first, or choose it as a slave too if it is a NIC.",
        )


def in_use(after: Iterable[Item], request: Request, told: Iterable[Finding]) -> Iterator[Finding]:
    """Each address of the bridge that another link's file has too, and keeps.

    Args:
        after: what the files would say.
        request: resolved.
        told: what is found already: on a host that runs, by what runs.
    """
    answers, bridge = request.answers, request.answers.bridge
    known = {finding.code for finding in told}
    if isinstance(request, Removal) or bridge.method != "static" or "address-in-use" in known:
        return
    ours = {answers.bond.name, bridge.name, *answers.bond.slaves, "", "lo"}
    asked = {bare(address) for address in bridge.addresses} - {None}
    for it in after:
        if it.kind is Kind.ADDRESS and it.link not in ours and bare(it.value) in asked:
            yield refuse(
                "address-in-use",
                it.where,
                f"{it.link} has {it.value} there and keeps it; {bridge.name} can't have it too.",
                f"Take it out there if it is to move, give {bridge.name} another address, or say "
                "address none.",
            )


def not_said(before: Iterable[Item], after: Iterable[Item], request: Request) -> Iterator[Finding]:
    """Each name server that is asked for, and the files can't name; where they name it today.

    Args:
        before: what the files say.
        after: what the files would say.
        request: resolved.
    """
    bridge = request.answers.bridge
    if isinstance(request, Removal) or bridge.method == "none":
        return
    said = [it.value for it in after if it.kind is Kind.DNS and it.link in (bridge.name, "")]
    today = [it for it in before if it.kind is Kind.DNS]
    for ip in bridge.dns:
        valid = same_address(ip, ip) and ip not in STUBS
        if not valid or any(same_address(ip, other) for other in said):
            continue
        family = "IPv6" if ":" in ip else "IPv4"
        yield warn(
            "name-server-not-written",
            next((it.where for it in today if same_address(ip, it.value)), bridge.name),
            f"The name server {ip} is not written: {bridge.name} has no {family} there, and the "
            "files can name none of that family then.",
            f"Give {bridge.name} an address of that family, or leave {ip} out.",
        )


def _places(told: Iterable[Finding]) -> set[str]:
    """Every `file:line` that findings name."""
    return {
        place
        for finding in told
        for text in (finding.where, finding.text)
        for place in re.findall(r"/[^\s,;`]+:\d+", text)
    }


def _of_a_slave(facts: HostFacts, request: Request, mac: str) -> bool:
    """A MAC that bond or bridge had from a slave; the slave has it without a word."""
    links = (facts.link(name) for name in request.answers.bond.slaves)
    return any(normal_mac(mac) == link.permanent_mac for link in links if link is not None)


def _gone(it: Item, request: Request, *, stays: bool) -> Finding:
    bridge = request.answers.bridge
    holder = request.nic if isinstance(request, Removal) else bridge.name
    if it.kind is Kind.ADDRESS:
        return address_dropped(it.where, it.value, it.link, bridge.method)
    if it.kind is Kind.GATEWAY and gateway_goes(bridge, it.value):
        return gateway_dropped(it.where, it.value)
    text = _text(it, _why(it, request), stays=stays)
    # Answers say nothing of what routers announce: beside static addresses it stays.
    announced = it.kind is Kind.LEASE and it.value == "ra" and isinstance(request, SetUp)
    if _answered(it, bridge) and not announced:
        return note("line-goes", it.where, text)
    if isinstance(request, Removal) and it.kind is Kind.MAC:
        text = _text(it, f"{request.nic} has the MAC of its own again", stays=stays)
        remedy = "Tell a DHCP server or a switch that knows the old one."
        return warn("line-dropped", it.where, text, remedy)
    command = it.value.partition(" ")[2] if it.kind is Kind.COMMAND else ""
    if isinstance(request, Removal) and of_the_bond(command):
        text = _text(it, f"it is about {request.answers.bond.name}, which goes", stays=stays)
        return note("line-goes", it.where, text)
    if isinstance(request, Removal) and it.kind in (Kind.OF_PORT, Kind.OF_BRIDGE):
        text = _text(it, f"{request.nic} is in no bridge, and is none", stays=stays)
        return note("line-goes", it.where, text)
    if it.kind is Kind.MAC and it.link in request.answers.bond.slaves:
        bond = request.answers.bond.name
        has = f"{bridge.name} has {bridge.mac}" if bridge.mac else f"so has {bridge.name}"
        text = _text(it, f"as a slave it has the MAC of {bond}, and {has}", stays=stays)
        return note("line-goes", it.where, text)
    if it.kind is Kind.OF_PORT:
        holder = request.answers.bond.name
    return warn("line-dropped", it.where, text, f"Write it for {holder} if it is still needed.")


def _text(it: Item, why: str, *, stays: bool) -> str:
    what = "has no effect any more" if stays else "is taken out"
    return f"`{it.text}`{f' of {it.link}' if it.link else ''} {what}: {why}."


def _why(it: Item, request: Request) -> str:
    answers = request.answers
    holder = request.nic if isinstance(request, Removal) else answers.bridge.name
    if answers.bridge.method == "none" and it.link == holder == answers.bridge.name:
        return f"{holder} has no address"
    if _answered(it, answers.bridge) and it.link in (answers.bridge.name, holder):
        return "it is not asked for"
    if isinstance(request, Removal):
        return f"{it.link} goes, and {holder} does not get it" if it.link != holder else "it goes"
    if it.link in (*answers.bond.slaves, answers.bond.name):
        return f"{it.link} is a port afterwards, and {holder} does not get it"
    return "it is not asked for"


def _answered(it: Item, bridge: BridgeAnswers) -> bool:
    """Do the answers decide of it, in so many words?"""
    if it.kind is Kind.GATEWAY:
        return True
    if it.kind in (Kind.LEASE, Kind.DNS, Kind.SEARCH):
        return bridge.method != "none"
    return it.kind is Kind.MTU and bridge.mtu is not None


def _bridged(items: Iterable[Item], bond: str, bridge: str) -> bool:
    """Do the files have the bond in that bridge?"""
    as_port = ((Kind.MASTER, bond, bridge), (Kind.PORT, bridge, bond))
    return any((it.kind, it.link, it.value) in as_port for it in items)


def uses(items: Iterable[Item], request: Request, told: Iterable[Finding]) -> Iterator[Finding]:
    """What other links' lines want of a slave, or of a VLAN on it, which a set-up cuts off.

    Args:
        items: what the files say.
        request: resolved.
        told: what is found already.
    """
    answers = request.answers
    slaves = answers.bond.slaves
    if isinstance(request, Removal) or not slaves:
        return
    items = tuple(items)
    ours = {answers.bond.name, answers.bridge.name, *slaves}
    bridged = _bridged(items, answers.bond.name, answers.bridge.name)
    found_already = [finding for finding in told if finding.code in _ABOVE]
    known = {*_places(told), *(word for it in found_already for word in it.text.split())}
    names = "|".join(map(re.escape, slaves))
    above = regex(rf"({names})[.:]\d+")
    # A routing table may have a NIC's name.
    word = regex(rf"(?<!table )(?<!lookup )(?<![\w.:-])({names})([.:]\d+)?(?![\w.:-])")
    for it in items:
        upper = it.value if it.kind is Kind.UPPER else it.link
        if it.where in known or upper in known:
            continue
        lower = it.link if it.kind is Kind.UPPER else it.value
        if it.kind in (Kind.LOWER, Kind.UPPER) and lower in slaves:
            yield on_a_slave(it.where, upper, kind_above(it), lower, answers)
            known |= {it.where, upper}
            continue
        if it.kind in (Kind.LOWER, Kind.UPPER) and lower == answers.bond.name and not bridged:
            kind = kind_above(it)
            if kind != "VLAN":
                yield on_the_bond(it.where, upper, kind, answers)
                known |= {it.where, upper}
            continue
        if it.link in slaves and it.kind is Kind.MASTER and it.value not in ours:
            yield has_master(it.where, it.link, it.value)
            continue
        stands = above.fullmatch(it.link) if it.link.startswith(slaves) else None
        own = it.link in ours
        # Of ours the rules and routes go to the bridge, and may name another slave.
        packets = it.kind in _OUT or (it.kind is Kind.COMMAND and _PACKETS.search(it.value))
        asked = not own or it.kind in NAMING or packets
        named = asked and any(slave in it.value for slave in slaves)
        found = word.search(it.value) if named else None
        if found and own and not found[2] and not packets:
            continue
        if stands:
            yield on_a_slave(it.where, it.link, "VLAN", stands[1], answers)
        elif found and found[2]:
            yield on_a_slave(it.where, found[0], "VLAN", found[1], answers)
        elif found and it.kind in NAMING:
            yield refuse(
                "slave-named-elsewhere",
                it.where,
                f"`{it.text}` of {it.link or 'the host'} names {found[1]} there, which as a slave "
                "is cut off from it.",
                f"Take it out, or let it name {answers.bridge.name}.",
            )
        elif found:
            yield warn(
                "names-a-slave",
                it.where,
                f"`{it.text}` names {found[1]}, which as a slave has no address: "
                f"packets come in and go out by {answers.bridge.name}.",
                f"Name {answers.bridge.name} there if that is what is meant.",
            )
        else:
            continue
        known |= {it.where, it.link} if stands else {it.where}
