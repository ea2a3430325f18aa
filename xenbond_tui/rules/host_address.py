"""Which link has the host's address today, and the MAC that the bridge gets.

The bridge is a station on the LAN: the MAC of a link that stays in use beside it would be there
twice, and switches would send the host's frames to whichever of the two spoke last.
"""

from collections.abc import Iterator

from xenbond_tui.answers import Answers
from xenbond_tui.facts.guest_ports import is_guest_port, named_as_guest_port
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Link


def address_links(facts: HostFacts, answers: Answers) -> Iterator[Link]:
    """Links with an address: the session's, those of default routes, then the slaves."""
    for name in dict.fromkeys((*facts.ways_in, *answers.bond.slaves)):
        link = facts.link(name)
        if link is not None and link.shared:
            yield link


def address_link(facts: HostFacts, answers: Answers) -> Link | None:
    """The link with the host's address today: the session's, the default route's or a slave's."""
    return next(address_links(facts, answers), None)


def bridge_mac(
    facts: HostFacts, answers: Answers, written: Answers | None, holder: str = ""
) -> str:
    """The MAC to pin on the bridge where the answers say keep; "" when none is known.

    The one that is written for this bridge, else that of the bridge, the bond or the slave that has
    the host's address, by what runs, else by the files (`holder`); else the running bridge's, the
    bond's, the first slave's. Of a bond that is there the slaves come first which it keeps: a new
    one brings nothing along. Never that of a link which is none of these, nor of a guest's port.
    """
    bond, bridge = answers.bond, answers.bridge
    if written is not None and written.bridge.name == bridge.name and written.bridge.mac != "keep":
        return written.bridge.mac
    there = () if written is None or written.bond.name != bond.name else written.bond.slaves
    kept = tuple(name for name in there if name in bond.slaves) if len(there) > 1 else ()
    ours = (bridge.name, bond.name, *kept, *(it for it in bond.slaves if it not in kept))
    old = ours[: 2 + len(kept)] if kept else ours
    holders = (link for link in address_links(facts, answers) if link.name in old)
    holder = "" if kept and holder not in old else holder
    by_rank = (facts.link(name) for name in (holder, *ours) if name)
    candidates = (*holders, *(link for link in by_rank if link is not None))
    return next((mac for link in candidates if (mac := _mac(facts, link, answers))), "")


def unpinned(facts: HostFacts, answers: Answers, written: Answers | None) -> bool:
    """Does the bond with these slaves run under the bridge as written, without a MAC for it?

    What the bridge has then stays as it is.
    """
    bond, bridge, link = answers.bond, answers.bridge, facts.link(answers.bond.name)
    if written is None or written.bridge.mac != "keep":
        return False
    same = (written.bond.name, written.bridge.name) == (bond.name, bridge.name)
    runs = link is not None and link.master == bridge.name
    return same and runs and set(written.bond.slaves) == set(bond.slaves)


def _mac(facts: HostFacts, link: Link, answers: Answers) -> str:
    """The MAC that a link brings along, "" if it has none that lasts."""
    if link.name == answers.bridge.name:
        return _of_bridge(facts, link)
    if link.name == answers.bond.name:
        # Without slaves it has a MAC of chance (bond_setup in bond_main.c).
        bond = facts.bond(link.name)
        return link.mac if bond is not None and bond.slaves else ""
    if link.master is None or facts.bond(link.master) is None:
        return link.mac
    # A slave has its bond's MAC, which that bond keeps.
    return "" if link.mac_may_be_borrowed else link.permanent_mac


def _of_bridge(facts: HostFacts, link: Link) -> str:
    """Unless it is a guest's port's, or one of chance because no NIC is in the bridge."""
    guests = {item.mac for item in facts.links if is_guest_port(item)}
    state = facts.bridge(link.name)
    ports = () if state is None else state.ports
    lasts = link.shared or any(not named_as_guest_port(port.name) for port in ports)
    return link.mac if lasts and link.mac not in guests else ""
