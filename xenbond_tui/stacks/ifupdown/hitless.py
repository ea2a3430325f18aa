"""Can the bond go under the host's address without a gap, and if not, why not?

It can where a second NIC stands idle: the bond is made of that one first and proven, while the
first NIC goes on carrying everything (see `hitless_steps`).
"""

from dataclasses import dataclass

from xenbond_tui.answers import Answers
from xenbond_tui.facts import Address, HostFacts, Link
from xenbond_tui.rules.suitable import nic_ports
from xenbond_tui.stacks.ifupdown.addresses import cidr
from xenbond_tui.stacks.ifupdown.bridge import file_mtu
from xenbond_tui.stacks.ifupdown.files import Configuration
from xenbond_tui.stacks.ifupdown.moves import COMMANDS

GAP = "5 to 15 seconds"
"""How long ifdown and ifup leave a host without its address: measured, 9 to 11 s in a slow guest;
a switch port with spanning tree adds its own 30."""


@dataclass(frozen=True, slots=True)
class Move:
    """A change-over without a gap."""

    carrying: str
    """The NIC by which the host is reached now; it becomes the last slave."""
    idle: tuple[str, ...]
    """The other slaves: the bond is made of these first."""
    address: Address | None
    """What moves from the NIC to the bridge; None when the bridge has it already, and keeps it."""


class Gap(Exception):
    """There will be a gap; says why, as the end of a sentence."""


def move(facts: HostFacts, answers: Answers, before: Configuration) -> Move:
    """How to change over without a gap.

    Raises:
        Gap: it can't be done.
    """
    bond, bridge = answers.bond, answers.bridge
    if bond.mode != "active-backup" or bond.options.get("fail_over_mac", "none") != "none":
        raise Gap(f"{bond.mode} needs all its slaves at once")
    if facts.link(bond.name) is not None or before.ifaces(bond.name):
        raise Gap(f"{bond.name} is there already")
    if bridge.method != "static":
        raise Gap("the address is leased anew")
    existing = facts.bridge(bridge.name)
    if existing is None:
        carrying = _holder(facts, answers)
        address = _moving(carrying, answers, before)
    else:
        if existing.stp:
            raise Gap(f"{bridge.name} has spanning tree, which listens first")
        carrying = _port(facts, answers)
        address = None
        above = facts.link(bridge.name)
        _same_addresses(above, answers) if above is not None else None
    if carrying.carrier is not True:
        raise Gap(f"{carrying.name} has no link")
    if file_mtu(before, answers) not in (None, carrying.mtu):
        raise Gap("the MTU changes")
    if bridge.mac != (carrying.mac if existing is None else existing.mac):
        raise Gap(f"the MAC of {bridge.name} changes")
    return Move(carrying.name, _idle(facts, answers, before, carrying.name), address)


def _holder(facts: HostFacts, answers: Answers) -> Link:
    holders = [
        link
        for name in answers.bond.slaves
        if (link := facts.link(name)) is not None and _lasting(link)
    ]
    if len(holders) != 1:
        raise Gap("no single NIC has the address now")
    if facts.link(answers.bridge.name) is not None or holders[0].master is not None:
        raise Gap(f"{answers.bridge.name} is something else now")
    return holders[0]


def _port(facts: HostFacts, answers: Answers) -> Link:
    ports = nic_ports(facts, answers.bridge.name)
    if len(ports) != 1 or ports[0].name not in answers.bond.slaves:
        raise Gap(f"{answers.bridge.name} has no single NIC as its port")
    return ports[0]


def _lasting(link: Link) -> tuple[Address, ...]:
    """Its addresses but those that routers announce: the bridge gets such of its own."""
    return tuple(
        item
        for item in link.addresses
        if item.scope == "global" and not (item.family == 6 and item.dynamic)
    )


def _same_addresses(link: Link, answers: Answers) -> None:
    if {item.cidr for item in _lasting(link)} != set(answers.bridge.addresses):
        raise Gap(f"{answers.bridge.name} gets another address")


def _moving(link: Link, answers: Answers, before: Configuration) -> Address:
    """The one address that the NIC's stanza gives it, and the bridge shall have."""
    addresses = _lasting(link)
    if len(addresses) != 1 or addresses[0].family != 4 or addresses[0].dynamic:
        raise Gap(f"{link.name} has more than one static IPv4 address")
    _same_addresses(link, answers)
    stanzas = before.ifaces(link.name)
    if len(stanzas) != 1 or (stanzas[0].family, stanzas[0].method) != ("inet", "static"):
        raise Gap(f"{link.name} has more in its files than one static IPv4 address")
    if cidr(stanzas[0]) != addresses[0].cidr:
        raise Gap(f"{link.name} has another address than its file says")
    if stanzas[0].stanza.named(*COMMANDS):
        raise Gap(f"commands of {link.name} can't be run twice")
    return addresses[0]


def _idle(
    facts: HostFacts, answers: Answers, before: Configuration, carrying: str
) -> tuple[str, ...]:
    """The other slaves, each with nothing on it; one of them at least may have a link."""
    others = []
    for name in answers.bond.slaves:
        link = facts.link(name)
        if link is None or name == carrying:
            continue
        configured = any(item.method != "manual" for item in before.ifaces(name))
        if _lasting(link) or link.master is not None or configured:
            raise Gap(f"{name} is in use")
        others.append(link)
    # A link that is switched off may well have a cable; should it not, nothing has moved yet.
    if not any(link.carrier or not link.admin_up for link in others):
        raise Gap(f"{carrying} is the only one with a link")
    return tuple(link.name for link in others)
