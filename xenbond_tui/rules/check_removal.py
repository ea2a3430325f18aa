"""What stands against taking a bond and its bridge away, and what becomes of address and session.

Another system's tree has no running guests, addresses or sessions: there only names are judged.
"""

from collections.abc import Iterator

from xenbond_tui.answers import Removal
from xenbond_tui.facts.guest_ports import named_as_guest_port
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.rules.addresses import bad_cidr
from xenbond_tui.rules.check_boot import unguarded
from xenbond_tui.rules.dropped import has
from xenbond_tui.rules.findings import Finding, note, refuse, warn
from xenbond_tui.rules.standing import kind_of


def check_removal(facts: HostFacts, removal: Removal) -> tuple[Finding, ...]:
    """All findings about a removal, by what they are about."""
    found = [*_nic(facts, removal), *_written(removal), *_nothing(facts, removal)]
    if facts.links_known:
        found += [*_above(facts, removal), *_others(facts, removal)]
    if facts.access.knows_running:
        found += [*_addresses(facts, removal), *_mac(facts, removal), *_session(facts, removal)]
        found += unguarded(facts.at_boot)
    return tuple(found)


def _written(removal: Removal) -> Iterator[Finding]:
    """The address that the NIC gets is what the files say."""
    for text in removal.answers.bridge.addresses:
        if wrong := bad_cidr(text):
            yield refuse(
                "bad-address",
                removal.answers.bridge.name,
                f"The address {text!r} in its files {wrong}.",
                "Correct it there first.",
            )


def _nothing(facts: HostFacts, removal: Removal) -> Iterator[Finding]:
    """The NIC gets no address. Of a copy nobody sees which addresses run, and would go."""
    bond, bridge, nic = removal.answers.bond.name, removal.answers.bridge, removal.nic
    if bridge.method != "none" or not nic:
        return
    tell = note if facts.access.knows_running else warn
    yield tell(
        "gets-no-address",
        nic,
        f"No file that counts gives {bridge.name} or {bond} an address, so {nic} gets none.",
        f"If {nic} is to have one, write it for {bridge.name} or {bond} first.",
    )


def _nic(facts: HostFacts, removal: Removal) -> Iterator[Finding]:
    nic, slaves = removal.nic, removal.answers.bond.slaves
    if nic not in slaves:
        yield refuse(
            "not-a-slave",
            nic,
            f"{nic} is no slave of {removal.answers.bond.name}, so it can't get the address.",
            f"Name one of {', '.join(slaves)}." if slaves else "",
        )
        return
    link = facts.link(nic)
    if link is None:
        if facts.links_known:
            text = f"This host has no NIC called {nic}, though {removal.answers.bond.name} names it"
            yield refuse("no-such-nic", nic, f"{text}.", "See `xenbond nics` for the names.")
        return
    if not facts.access.knows_running:
        return
    with_link = [name for name in slaves if (other := facts.link(name)) and other.carrier]
    if not link.carrier and with_link:
        yield refuse(
            "no-link",
            nic,
            f"{nic} has no link; the host would be off the network with its address there.",
            f"Plug its cable in, or give the address to {' or '.join(with_link)}.",
        )
    elif not link.carrier:
        yield warn("no-link", nic, f"{nic} has no link, and no other slave has one either.")
    yield note(
        "no-redundancy",
        nic,
        f"Afterwards the host hangs on {nic} alone: when its cable goes, so does the host.",
    )


def _above(facts: HostFacts, removal: Removal) -> Iterator[Finding]:
    """What stands on the bridge or the bond and would fall with it."""
    bond, bridge = removal.answers.bond.name, removal.answers.bridge.name
    state = facts.bridge(bridge)
    ports = [port.name for port in state.ports] if state is not None else []
    if state is not None and bond not in ports and facts.bond(bond) is not None:
        yield refuse(
            "other-bridge",
            bridge,
            f"{bond} is not a port of {bridge} now, so I don't know whether {bridge} may go.",
            f"Put {bond} back into {bridge}, or remove {bridge} yourself.",
        )
        return
    guests = [name for name in ports if name != bond and named_as_guest_port(name)]
    if guests:
        verb = "are" if len(guests) > 1 else "is"
        yield refuse(
            "guests-on-bridge",
            bridge,
            f"{facts.with_guests(guests)} of running guests {verb} on {bridge} and would "
            "be cut off.",
            "Shut those guests down, or move them to another bridge or host, and try again.",
        )
    others = [name for name in ports if name != bond and name not in guests]
    if others:
        yield refuse(
            "ports-on-bridge",
            bridge,
            f"{', '.join(others)} would lose {bridge}, of which it is a port beside {bond}.",
            "Take it out of the bridge first.",
        )
    for link in facts.links:
        if link.lower in (bond, bridge):
            yield refuse(
                "link-above",
                link.name,
                f"{link.name} ({kind_of(link)}) stands on {link.lower} and would go with it.",
                f"Remove {link.name}, or move it to {removal.nic} yourself afterwards.",
            )


def _others(facts: HostFacts, removal: Removal) -> Iterator[Finding]:
    name = removal.answers.bond.name
    others = [bond.name for bond in facts.bonds if bond.name != name and bond.slaves]
    if others and facts.bond(name) is not None:
        yield warn(
            "other-bonds",
            name,
            f"This host has {', '.join(others)} too. {name} is taken away; the rest stays.",
            "Go back if you meant another one.",
        )


def _holder(facts: HostFacts, removal: Removal) -> Link | None:
    """The link with the host's address now."""
    bond, bridge = removal.answers.bond.name, removal.answers.bridge.name
    for name in (bridge, bond):
        link = facts.link(name)
        if link is not None and link.shared:
            return link
    return facts.link(bridge) or facts.link(bond)


def _addresses(facts: HostFacts, removal: Removal) -> Iterator[Finding]:
    holder, nic = _holder(facts, removal), removal.nic
    for address in holder.shared if holder is not None else ():
        if has(removal.answers.bridge, address.ip) or (address.dynamic and address.family == 6):
            continue
        if address.dynamic and removal.answers.bridge.method == "dhcp":
            yield note(
                "lease-moves",
                nic,
                f"The lease {address.cidr} ends; {nic} asks for its own and may get "
                "another address.",
                f"Reserve the address for the MAC of {nic} on the DHCP server.",
            )
        else:
            yield warn(
                "address-dropped",
                nic,
                f"{holder.name if holder else nic} has {address.cidr} now, but no file says so: "
                f"{nic} will not have it.",
                "Write it into the files first if it is still needed.",
            )


def _mac(facts: HostFacts, removal: Removal) -> Iterator[Finding]:
    holder, link = _holder(facts, removal), facts.link(removal.nic)
    if holder is None or link is None or not link.permanent_mac or not holder.mac:
        return
    if holder.mac != link.permanent_mac:
        yield note(
            "mac-changes",
            removal.nic,
            f"The host's address goes from the MAC {holder.mac} to {link.permanent_mac} of "
            f"{link.name}; a switch or DHCP server that knows the old one must be told.",
        )


def _session(facts: HostFacts, removal: Removal) -> Iterator[Finding]:
    session = facts.session
    bond, bridge = removal.answers.bond.name, removal.answers.bridge
    if session is None or session.link not in (bond, bridge.name):
        return
    if bridge.method == "dhcp" or has(bridge, session.local):
        yield warn(
            "session-moves",
            removal.nic,
            f"You are logged in over {session.link}. {session.local} moves to {removal.nic}, and "
            "your session with it.",
            "Have a console or another way in at hand. Unconfirmed, the removal rolls back.",
        )
    else:
        yield warn(
            "session-cut",
            removal.nic,
            f"You are logged in to {session.local}, which {removal.nic} will not have: this "
            "session ends with the removal.",
            "Log in over another NIC first.",
        )
