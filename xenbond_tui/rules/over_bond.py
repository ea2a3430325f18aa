"""Where the bond stands in bridges, and what stands on it: what a change must not do to either.

The bond is not put into a bridge beside a VLAN of its own: both LANs would be one.
"""

from collections.abc import Iterable, Iterator, Mapping

from xenbond_tui.answers import Removal, Request
from xenbond_tui.facts.guest_ports import named_as_guest_port
from xenbond_tui.facts.network import NetworkFacts
from xenbond_tui.regex import regex
from xenbond_tui.rules.findings import Finding, refuse
from xenbond_tui.rules.inventory import UNKNOWN, Item, Kind, kind_above
from xenbond_tui.rules.link_commands import joined, made
from xenbond_tui.rules.occupied import bond_in_another_bridge

_Lowers = Mapping[str, Mapping[str, str]]
"""Link → each link it stands on → where that is said."""


def bond_elsewhere(items: Iterable[Item], request: Request) -> Iterator[Finding]:
    """The files have the bond in a bridge that is not the one asked for.

    Args:
        items: what the files say.
        request: resolved.
    """
    if isinstance(request, Removal):
        return
    bond, bridge = request.answers.bond.name, request.answers.bridge.name
    for it in items:
        is_port = it.kind is Kind.PORT and it.value == bond
        is_of_it = it.kind is Kind.MASTER and it.link == bond
        above = it.link if is_port else it.value if is_of_it else bridge
        if above == "*":
            text = f"That file's [Match] fits {bond} too, which would be a slave of itself."
            yield refuse("more-slaves-match", it.where, text, "Name the slaves alone there.")
        elif above not in (bridge, UNKNOWN):
            yield bond_in_another_bridge(it.where, bond, above)


def over_bond(facts: NetworkFacts, items: Iterable[Item], request: Request) -> Iterator[Finding]:
    """Each port of the bridge that stands on bond or slave, by what runs and what is written.

    Args:
        facts: the host.
        items: what its files say.
        request: resolved.
    """
    if isinstance(request, Removal):
        return
    said = tuple(items)
    bond, bridge = request.answers.bond, request.answers.bridge.name
    ours, lowers = (bond.name, *bond.slaves), _lowers(facts, said)
    told, others = {*ours, bridge}, _no_vlans(facts, said)
    for port, where, sure in _ports(facts, said, bridge):
        if port in told:
            continue
        below, doubt = _below(port, lowers, ours)
        doubt = doubt or ("" if below else _without_name(facts, port, lowers, ours))
        if below and sure:
            told.add(port)
            network = "network" if port in others else "VLAN"
            yield refuse(
                "bridge-over-vlan",
                where,
                f"{port}, a port of {bridge}, stands on {below}. With {bond.name} as a port beside "
                f"it {bridge} joins that {network} and the untagged LAN.",
                f"Name another bridge for the untagged LAN, with address none if the host's "
                f"address stays on {bridge}; or take {port} out of {bridge} first.",
            )
        elif below or doubt:
            told.add(port)
            link = "the link that is named there" if port == UNKNOWN else port
            source = f" ({doubt})" if doubt not in ("", where) else ""
            yield refuse(
                "bridge-over-vlan",
                where,
                f"The files don't tell whether {link} is a port of {bridge} and stands on "
                f"{below or bond.name}{source}. If so, {bridge} with {bond.name} would join that "
                "VLAN and the untagged LAN.",
                "Write the names of the links there, or name another bridge for the untagged LAN.",
            )


_FILTERS = regex(r"(?i)\bvlan.?filtering\W+(yes|true|on|1)\b|\bvlan.aware\W+(yes|true|on|1)\b")
"""A bridge that sorts frames by VLAN, in the words of each stack and of ip-link(8)."""


def over_removed(facts: NetworkFacts, items: Iterable[Item], request: Request) -> Iterator[Finding]:
    """What the files have of the bond or bridge that can't be taken away with it."""
    if not isinstance(request, Removal):
        return
    said = tuple(items)
    bridge = request.answers.bridge.name
    for it in said:
        if bridge in (it.link, *it.text.split()) and _FILTERS.search(it.text):
            yield refuse(
                "bridge-filters-vlans",
                it.where,
                f"`{it.text}`: {bridge} sorts frames by VLAN, so which VLAN the host's address is "
                f"in only {bridge} knows; on {request.nic} it would be in the untagged LAN.",
                "Take the VLANs out of the bridge first, or change the files from a console.",
            )
    gone = (request.answers.bond.name, bridge)
    for it in said:
        of_bridge = it.value if it.kind is Kind.PORT and it.link == bridge else ""
        port = it.link if it.kind is Kind.MASTER and it.value == bridge else of_bridge
        if port not in ("", UNKNOWN, *gone) and not named_as_guest_port(port):
            yield refuse(
                "link-above",
                it.where,
                f"{port} is a port of {bridge} there, and {bridge} goes.",
                f"Take {port} out of {bridge} first, or put it into another bridge.",
            )
    for name, below in _lowers(facts, said).items():
        for lower, where in below.items():
            if lower in gone and facts.link(name) is None:
                yield refuse(
                    "link-above",
                    where,
                    f"{name} stands on {lower} there and would be gone with it.",
                    f"Take {name} away there first, or put it on {request.nic}.",
                )


def _no_vlans(facts: NetworkFacts, items: Iterable[Item]) -> set[str]:
    """Links that stand on others and are no VLANs: tunnels, macvlans."""
    above = (it for it in items if it.kind in (Kind.LOWER, Kind.UPPER))
    said = {
        it.link if it.kind is Kind.LOWER else it.value for it in above if kind_above(it) != "VLAN"
    }
    return said | {it.name for it in facts.links if it.lower and it.kind not in ("", "vlan")}


def _lowers(facts: NetworkFacts, items: Iterable[Item]) -> _Lowers:
    found: dict[str, dict[str, str]] = {}
    for it in items:
        if it.kind is Kind.LOWER:
            found.setdefault(it.link, {}).setdefault(it.value, it.where)
        elif it.kind is Kind.UPPER:
            found.setdefault(it.value, {}).setdefault(it.link or UNKNOWN, it.where)
        elif it.kind is Kind.COMMAND:
            for name, lower in made(it):
                found.setdefault(name, {}).setdefault(lower, it.where)
    for link in facts.links:
        if link.lower:
            found.setdefault(link.name, {})[link.lower] = link.name
            found[link.name].pop(UNKNOWN, None)
    return found


def _ports(
    facts: NetworkFacts, items: Iterable[Item], bridge: str
) -> Iterator[tuple[str, str, bool]]:
    """Port, where that is said, and whether it is sure."""
    for it in items:
        if it.kind is Kind.PORT and it.link == bridge:
            yield it.value, it.where, True
        elif it.kind is Kind.MASTER and it.value in (bridge, UNKNOWN):
            yield it.link, it.where, it.value == bridge
        elif it.kind is Kind.PERHAPS and it.value == bridge:
            yield it.link, it.where, False
        elif it.kind is Kind.COMMAND:
            yield from ((port, it.where, True) for port, to in joined(it) if to == bridge)
    state = facts.bridge(bridge)
    for port in () if state is None else state.ports:
        yield port.name, port.name, True


def _below(port: str, lowers: _Lowers, ours: Iterable[str]) -> tuple[str, str]:
    """Which of ours the port stands on, directly or not; or where that is left open."""
    seen, doubt = [port], ""
    for name in seen:
        for lower, where in lowers.get(name, {}).items():
            if lower in ours:
                return lower, ""
            if lower == UNKNOWN:
                doubt = where
            elif lower not in seen:
                seen.append(lower)
    return "", doubt


def _without_name(facts: NetworkFacts, port: str, lowers: _Lowers, ours: Iterable[str]) -> str:
    """Where a link without a name that can be read is made on ours, and may be that port."""
    if port == UNKNOWN:
        over = (name for name in lowers if _below(name, lowers, ours)[0])
        return next((where for name in over for where in lowers[name].values()), "")
    known = facts.link(port) is not None or port in lowers or named_as_guest_port(port)
    found = {} if known else lowers.get(UNKNOWN, {})
    return next((where for lower, where in found.items() if lower in (*ours, UNKNOWN)), "")
