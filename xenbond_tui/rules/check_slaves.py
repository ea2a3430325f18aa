"""Can the chosen NICs be slaves, and are there enough of them?"""

from collections.abc import Iterator

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.facts.names import bad_link_name
from xenbond_tui.facts.network import NetworkFacts
from xenbond_tui.rules.findings import Finding, note, refuse, warn
from xenbond_tui.rules.suitable import BY_XEND, VIRTUAL_FUNCTION, nic_ports, unsuitable


def check_slaves(facts: HostFacts, answers: Answers) -> Iterator[Finding]:
    """How many slaves, whether they exist and are suitable, whether they have a link."""
    slaves = answers.bond.slaves
    yield from _enough(slaves)
    for name in dict.fromkeys(slaves):
        yield from _one(facts, answers, name)
    if facts.access.knows_running:
        chosen = tuple(link for name in slaves if (link := facts.link(name)) is not None)
        yield from _carrier(chosen)
        yield from left_in_bridge(facts, answers)


def _enough(slaves: tuple[str, ...]) -> Iterator[Finding]:
    different = tuple(dict.fromkeys(slaves))
    if len(different) < len(slaves):
        for name in different:
            if slaves.count(name) > 1:
                yield refuse(
                    "duplicate-slave",
                    name,
                    f"{name} is named {slaves.count(name)} times.",
                    "Name each slave once.",
                )
        return
    if not different:
        yield refuse("too-few-slaves", "slaves", "No slave is chosen.", "Choose two NICs.")
    elif len(different) == 1:
        yield refuse(
            "too-few-slaves",
            "slaves",
            f"{different[0]} alone is no bond: when it fails, everything behind it is cut off.",
            "Choose a second NIC.",
        )


def _one(facts: HostFacts, answers: Answers, name: str) -> Iterator[Finding]:
    wrong = bad_link_name(name)
    if wrong:
        yield refuse(
            "bad-name", "slaves", f"The name {name!r} {wrong}.", "See `xenbond nics` for the names."
        )
        return
    link = facts.link(name)
    if link is None:
        if facts.links_known:
            yield refuse(
                "no-such-nic",
                name,
                f"This host has no NIC called {name}.",
                "See `xenbond nics` for the names.",
            )
        else:
            yield note(
                "nic-not-checked",
                name,
                f"Nobody looked whether {name} exists: this is another system's tree.",
            )
        return
    reason = unsuitable(link, facts, answers.bond.name, answers.bridge.name)
    if reason == VIRTUAL_FUNCTION:
        yield virtual_function(name)
    elif reason is not None:
        yield refuse(
            "unsuitable-slave",
            name,
            f"{name} cannot be a slave: {reason}.",
            "See what is said of xend." if reason == BY_XEND else "Choose another NIC.",
        )


def virtual_function(name: str) -> Finding:
    """Of a slave that is one."""
    return warn(
        "virtual-function",
        name,
        f"{name} is an SR-IOV virtual function; its card may drop the guests' frames.",
        "Take the physical functions, or have this one trusted, without spoof check.",
    )


def _carrier(links: tuple[Link, ...]) -> Iterator[Finding]:
    if links and all(link.admin_up and link.carrier is False for link in links):
        names = " and ".join(link.name for link in links)
        yield refuse(
            "no-carrier-at-all",
            "slaves",
            f"{names}: no link on any of them, so the bridge would be cut off.",
            "Plug in a cable, or check the switch ports, then look again.",
        )
        return
    for link in links:
        if not link.admin_up:
            yield warn(
                "carrier-unknown",
                link.name,
                f"{link.name} is switched off, so whether it has a link cannot be seen.",
                f"See it with `ip link set {link.name} up`.",
            )
        elif link.carrier is False:
            yield warn(
                "no-carrier",
                link.name,
                f"{link.name} has no link: the bond is not redundant until it has.",
                "Check its cable and its switch port.",
            )


def left_in_bridge(facts: NetworkFacts, answers: Answers) -> Iterator[Finding]:
    """NICs that are ports of the bridge beside the bond: two ways to one switch circle."""
    bridge, bond = answers.bridge.name, answers.bond.name
    state = facts.bridge(bridge)
    for link in nic_ports(facts, bridge):
        if link.name in answers.bond.slaves:
            continue
        text = f"{link.name} is a port of {bridge} beside {bond}"
        if state is not None and state.stp:
            yield warn(
                "port-beside-bond",
                link.name,
                f"{text}: where both reach the same network, spanning tree blocks one of them.",
                f"Choose {link.name} as a slave too, or take it out of {bridge}.",
            )
        else:
            yield refuse(
                "port-beside-bond",
                link.name,
                f"{text}: frames circle between them, for {bridge} runs no spanning tree.",
                f"Choose {link.name} as a slave too, or take it out of {bridge} first.",
            )
