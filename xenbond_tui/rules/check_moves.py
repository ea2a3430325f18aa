"""What becomes of the addresses, the routes and the operator's session that are there today."""

from collections.abc import Iterator

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Address
from xenbond_tui.rules.dropped import has
from xenbond_tui.rules.findings import Finding, note, refuse, warn
from xenbond_tui.rules.suitable import nic_ports


def check_moves(facts: HostFacts, answers: Answers) -> Iterator[Finding]:
    """Compares the running host with the answers; another system's tree has nothing to compare."""
    if not facts.access.knows_running:
        return
    for name in dict.fromkeys(answers.bond.slaves):
        for address in facts.shared(name):
            yield from _slave_address(name, address, answers)
    for name in (answers.bond.name, answers.bridge.name):
        yield from _own_addresses(facts, name, answers)
    yield from _in_use(facts, answers)
    yield from _session(facts, answers)
    yield from _default_route(facts, answers)


def _slave_address(name: str, address: Address, answers: Answers) -> Iterator[Finding]:
    bridge = answers.bridge
    if has(answers.bridge, address.ip):
        yield note(
            "address-moves",
            name,
            f"{address.cidr} moves from {name} to {bridge.name}; a slave has none.",
        )
    elif address.dynamic and address.family == 6:
        yield note(
            "address-moves",
            name,
            f"{address.ip} goes from {name}; {bridge.name} makes its own from the router's word.",
        )
    elif address.dynamic and bridge.method == "dhcp":
        yield note(
            "lease-moves",
            name,
            f"The lease {address.cidr} of {name} ends; {bridge.name} asks for its own and "
            "may get another address.",
            "Reserve the address for the bridge's MAC on the DHCP server.",
        )
    elif address.dynamic:
        yield warn(
            "lease-ends",
            name,
            f"{address.cidr}, leased by {name}, is given up; {bridge.name} does not get it.",
            "Say dhcp, or give that address to the bridge if it is reserved for this host.",
        )
    else:
        yield refuse(
            "address-lost",
            name,
            f"{address.cidr} on {name} would be lost: a slave has no address, and {bridge.name} "
            "does not get it.",
            f"Add {address.cidr} to the bridge's addresses, or choose another NIC. For a new "
            "address ask for both: log in by the new one, keep the change, and take the old one "
            "out with a second change.",
        )


def _own_addresses(facts: HostFacts, name: str, answers: Answers) -> Iterator[Finding]:
    """Addresses of a bond or bridge that runs already under the name chosen here."""
    for address in facts.shared(name):
        if address.dynamic or has(answers.bridge, address.ip):
            continue
        yield warn(
            "address-dropped",
            name,
            f"{name} has {address.cidr} now and {answers.bridge.name} will not have it.",
            "Add it to the bridge's addresses if it is still needed.",
        )


def _in_use(facts: HostFacts, answers: Answers) -> Iterator[Finding]:
    ours = {*answers.bond.slaves, answers.bond.name, answers.bridge.name}
    if answers.bridge.method != "static":
        return
    for link in facts.links:
        for address in link.addresses:
            if link.name not in ours and has(answers.bridge, address.ip):
                yield refuse(
                    "address-in-use",
                    link.name,
                    f"{address.ip} is the address of {link.name} already, which is no slave.",
                    f"Give the bridge another address, or choose {link.name} as a slave.",
                )


def _session(facts: HostFacts, answers: Answers) -> Iterator[Finding]:
    session = facts.session
    if session is None:
        return
    bond, bridge = answers.bond, answers.bridge
    ours = {*bond.slaves, bond.name, bridge.name}
    if session.link not in ours and session.nic not in bond.slaves:
        return
    by = session.nic or session.link
    if bridge.method == "static" and not has(bridge, session.local):
        yield warn(
            "session-cut",
            str(by),
            f"You are logged in to {session.local}, which {bridge.name} will not have: this "
            "session ends when the change is applied.",
            f"Log in to the new address to confirm, or keep {session.local}.",
        )
    elif bridge.method == "none":
        yield warn(
            "session-cut",
            str(by),
            f"You are logged in over {by}, and {bridge.name} will have no address: this session "
            "ends when the change is applied.",
            "Log in over another NIC first.",
        )
    elif session.nic in bond.slaves and session.link != bridge.name:
        yield warn(
            "session-moves",
            str(by),
            f"You are logged in over {by}. {session.local} moves to {bridge.name}, and your "
            "session with it.",
            "Have a console or another way in at hand. Unconfirmed, the change rolls back.",
        )
    elif session.nic in {link.name for link in nic_ports(facts, bridge.name)}:
        yield warn(
            "session-pauses",
            str(by),
            f"You are logged in over {by}, which goes from {bridge.name} to {bond.name} under it, "
            "with your session and the guests.",
            "Have a console or another way in at hand. Unconfirmed, the change rolls back.",
        )


def _default_route(facts: HostFacts, answers: Answers) -> Iterator[Finding]:
    bridge = answers.bridge
    ours = {*answers.bond.slaves, answers.bond.name, bridge.name}
    defaults = [r for r in facts.routes if r.destination == "default" and r.family == 4]
    vanishing = [route for route in defaults if route.link in ours and route.gateway]
    staying = [route for route in defaults if route.link not in ours]
    has_gateway = bridge.method == "dhcp" or (bridge.method == "static" and bridge.gateway)
    if vanishing and not staying and not has_gateway:
        route = vanishing[0]
        yield warn(
            "default-route-lost",
            "bridge.gateway",
            f"The default route over {route.gateway} on {route.link} goes, and {bridge.name} has "
            "no gateway: other networks cannot be reached.",
            f"Set the gateway to {route.gateway}.",
        )
    if staying and not vanishing and bridge.method == "static" and bridge.gateway:
        route = staying[0]
        yield warn(
            "second-default-route",
            "bridge.gateway",
            f"{route.link} keeps its default route; with a gateway on {bridge.name} there are two.",
            "Leave the gateway out unless the metrics are set on purpose.",
        )
