"""What routers announce to the NIC that gives its address up: two lines keep it with the bridge.

Each ifreload deletes every global address of a link that no stanza has, unless that says
`address-purge no` (process_addresses in ifupdown2's addons/address.py). And a bridge with an
address is made to forward (_set_bridge_forwarding, at each boot too): the kernel ignores routers on
such a link, and forgets the default route it had from them, unless accept_ra is 2 (accept_ra in the
kernel's ip-sysctl.rst). A bridge can't have that before ifupdown2 has made it: its commands of
`pre-up` come before (addons.conf).
"""

from collections.abc import Iterator

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.files.interfaces import Line
from xenbond_tui.rules.findings import Finding, note, warn
from xenbond_tui.stacks.change_over.conditions import lasting
from xenbond_tui.stacks.ifupdown.address import carrier_of_ports
from xenbond_tui.stacks.ifupdown.files import Configuration, Located

PURGE = "address-purge"


def command(bridge: str) -> str:
    """What makes the kernel follow routers on a link that forwards."""
    return f"echo 2 > /proc/sys/net/ipv6/conf/{bridge}/accept_ra"


def announced(facts: HostFacts, link: Link) -> tuple[str, ...]:
    """IPv6 addresses that routers have announced to a link, and `default` for the way out."""
    held = (item.ip for item in link.addresses if item.announced)
    ways = (
        item.destination
        for item in facts.routes
        if (item.destination, item.family, item.protocol, item.link)
        == ("default", 6, "ra", link.name)
    )
    return (*held, *dict.fromkeys(ways))


def giver(facts: HostFacts, answers: Answers) -> Link | None:
    """The NIC whose address a new bridge gets, where routers have announced something to it.

    None too for a lease: of a link with one ifupdown2 purges nothing, and without an address in
    its stanza it does not have the bridge forward.
    """
    if answers.bridge.method != "static" or facts.link(answers.bridge.name) is not None:
        return None
    for name in (answers.bond.name, *answers.bond.slaves):
        link = facts.link(name)
        if link is not None and lasting(link) and announced(facts, link):
            return link
    return None


def write(facts: HostFacts, config: Configuration, answers: Answers) -> None:
    """Have the bridge's stanza keep what the NIC has been announced."""
    if giver(facts, answers) is None:
        return
    first = carrier_of_ports(config, answers.bridge.name)
    first.set_option(PURGE, "no")
    if not _ours(config, answers.bridge.name):
        first.file.add_option(first.stanza, "post-up", command(answers.bridge.name))


def forget(config: Configuration, bridge: str) -> None:
    """Take both lines out: they are of no use to a NIC, which does not forward."""
    lines = ((it, line) for it in config.ifaces(bridge) for line in it.stanza.named(PURGE))
    unpurged = [(it, line) for it, line in lines if line.value == "no"]
    for located, line in (*unpurged, *_ours(config, bridge)):
        located.file.remove(line)


def told(facts: HostFacts, config: Configuration, answers: Answers) -> Iterator[Finding]:
    """What Review says of it."""
    bridge = answers.bridge.name
    given = giver(facts, answers)
    if given is not None:
        yield note(
            "announced-kept",
            bridge,
            f"{bridge} keeps what routers announce ({_words(announced(facts, given))}) by two "
            f"lines in its stanza: `{PURGE} no`, or each ifreload would take off what no stanza "
            "has; and accept_ra 2, for ifupdown2 has the bridge forward IPv6, and the kernel "
            "follows routers on such a link only then. An address that you take out of the stanza "
            "yourself you must take off the link as well.",
        )
        return
    link = facts.link(bridge)
    held = () if link is None else announced(facts, link)
    unpurged = any(item.stanza.value(PURGE) == "no" for item in config.ifaces(bridge))
    keeps = unpurged and _ours(config, bridge)
    if answers.bridge.method != "static" or not held or keeps:
        return
    yield warn(
        "announced-lost",
        bridge,
        f"What routers announce ({_words(held)}) goes with an ifreload and stays away: ifupdown2 "
        f"takes off what no stanza has, and has {bridge} forward IPv6, so that the kernel "
        "ignores routers there. Every other address stays.",
        f"To keep it, write `{PURGE} no` and `post-up {command(bridge)}` below iface {bridge}.",
    )


def _words(names: tuple[str, ...]) -> str:
    addresses = [name for name in names if name != "default"]
    ways = ["the IPv6 default route"] if "default" in names else []
    return " and ".join([*addresses, *ways])


def _ours(config: Configuration, bridge: str) -> list[tuple[Located, Line]]:
    """Our command in the bridge's stanzas, however its words are spaced."""
    ours = "".join(command(bridge).split())
    commands = (
        (it, line) for it in config.ifaces(bridge) for line in it.stanza.named("up", "post-up")
    )
    return [(it, line) for it, line in commands if "".join(line.value.split()) == ours]
