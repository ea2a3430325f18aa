"""What in the files keeps ifupdown from changing over without a gap.

What the running network must be like is the same for every stack: `stacks.change_over`.
"""

from ipaddress import ip_interface

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.stacks.change_over import conditions
from xenbond_tui.stacks.change_over.conditions import Move, NeedsOutage
from xenbond_tui.stacks.ifupdown.address import cidr
from xenbond_tui.stacks.ifupdown.files import Configuration
from xenbond_tui.stacks.ifupdown.moves import COMMANDS
from xenbond_tui.stacks.ifupdown.places import lease_file, pid_file
from xenbond_tui.stacks.ifupdown.read import read_answers
from xenbond_tui.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from xenbond_tui.stacks.change_over.edit import Edit
    from xenbond_tui.stacks.change_over.transition import Transition

_PLAIN = frozenset({("inet", "static"), ("inet6", "static"), ("inet6", "auto")})
"""Families and methods of stanzas that do nothing ifup could not do twice."""


def way(
    facts: HostFacts,
    answers: Answers,
    before: Configuration,
    transition: "type[Transition] | None" = None,
) -> "Move | Edit":
    """How to get there without a gap: a bond that runs is changed, else one is made.

    `transition`: the stack's own class of it, for a bond that comes under a bridge.

    Raises:
        NeedsOutage: it can't be done.
    """
    if facts.bond(answers.bond.name) is None:
        return move(facts, answers, before)
    from xenbond_tui.stacks.change_over.edit import edit
    from xenbond_tui.stacks.change_over.transition import Transition

    written = read_answers(before, answers)
    found = edit(facts, answers, written, transition or Transition)
    _unconfigured(found.added, before)
    if found.to_bridge is not None and found.to_bridge.move.addresses:
        _as_in_the_file(found.to_bridge.move, before)
    return found


def move(
    facts: HostFacts, answers: Answers, before: Configuration, client_of: str | None = None
) -> Move:
    """How to change over to a new bond.

    `client_of`: the link whose dhclient has leased the address; None: that of the carrying NIC.

    Raises:
        NeedsOutage: it can't be done.
    """
    if before.ifaces(answers.bond.name):
        raise NeedsOutage(f"{answers.bond.name} is there already")
    found = conditions.move(facts, answers, leases=True)
    if found.leased:
        nic = client_of or found.carrying
        if not {pid_file(nic), lease_file(nic)} <= facts.files.keys():
            raise NeedsOutage(f"the lease of {nic} is not dhclient's")
    if not found.bridge_stays:
        _as_in_the_file(found, before)
    _unconfigured(found.idle, before)
    return found


def _unconfigured(names: tuple[str, ...], before: Configuration) -> None:
    for name in names:
        if any(item.method != "manual" for item in before.ifaces(name)):
            raise NeedsOutage(f"{name} is in use")


def _as_in_the_file(found: Move, before: Configuration) -> None:
    """The NIC has just the addresses that its stanzas give it."""
    name, stanzas = found.carrying, before.ifaces(found.carrying)
    if found.leased:
        if [(item.family, item.method) for item in stanzas] != [("inet", "dhcp")]:
            raise NeedsOutage(f"{name} has more in its files than one lease")
        if any(item.stanza.named(*COMMANDS, "client", "metric") for item in stanzas):
            raise NeedsOutage(f"commands of {name} can't be run twice")
        return
    if any((item.family, item.method) not in _PLAIN for item in stanzas):
        raise NeedsOutage(f"{name} has more in its files than static addresses")
    written = {cidr(item) for item in stanzas if item.method == "static"}
    if written != {str(ip_interface(item.cidr)) for item in found.addresses}:
        raise NeedsOutage(f"{name} has other addresses than its file says")
    if any(item.stanza.named(*COMMANDS) for item in stanzas):
        raise NeedsOutage(f"commands of {name} can't be run twice")
