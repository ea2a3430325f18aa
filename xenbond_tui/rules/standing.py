"""What stands on the bond, its bridge or its slaves, and must be there afterwards.

A VLAN (or a macvlan …) goes when the link below it is deleted, and only its stack's files can make
it again; a bridge over it stays, without its port.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Link, above
from xenbond_tui.facts.network import NetworkFacts
from xenbond_tui.plan.plan import Step
from xenbond_tui.plan.usual_actions import DeleteLink, Run
from xenbond_tui.rules.findings import Finding, refuse
from xenbond_tui.rules.occupied import on_a_slave, on_the_bond


def kind_of(link: Link) -> str:
    """`VLAN 10`, `a macvlan`."""
    return f"VLAN {link.vlan_id}" if link.vlan_id is not None else f"a {link.kind}"


def on_slaves(facts: NetworkFacts, answers: Answers) -> Iterator[Finding]:
    """What runs on a slave, or as no VLAN on a bond that comes under a bridge.

    What the files have there `rules.what_becomes.uses` tells.
    """
    bond, bridge = facts.link(answers.bond.name), answers.bridge.name
    joins = bridge and bond is not None and bond.master != bridge
    for link in facts.links:
        if joins and link.lower == answers.bond.name and link.kind not in ("", "vlan"):
            yield on_the_bond(link.name, link.name, kind_of(link), answers)
        if link.lower in answers.bond.slaves:
            yield on_a_slave(link.name, link.name, kind_of(link), link.lower, answers)


def standing(lowers: Mapping[str, str], names: Collection[str]) -> tuple[str, ...]:
    """The links that stand on these, directly or not, each after the one below it."""
    found: list[str] = []
    while more := [
        name
        for name, lower in lowers.items()
        if lower in (*names, *found) and name not in (*names, *found)
    ]:
        found += more
    return tuple(found)


def carries(facts: HostFacts, answers: Answers) -> bool:
    """Is the host, or a guest, reached by what changes? True where nobody can tell."""
    bond, bridge = answers.bond, answers.bridge.name
    ours = {bond.name, bridge, *bond.slaves}
    affected = above(facts.links, ours)
    session = facts.session
    by_session = session is not None and affected & {session.link, session.nic}
    if (
        not facts.access.knows_running
        or by_session
        or any(route.link in affected for route in facts.routes)
    ):
        return True
    return any(
        (link.name in affected and link.shared)
        or (link.master in affected and link.name not in affected)
        for link in facts.links
    )


def remade(
    facts: HostFacts, answers: Answers, forward: Iterable[Step], why: str, *, under_bridge: bool
) -> Iterator[Finding]:
    """Links that run on one that would be made again: they would be gone, forward and back.

    Args:
        facts: the host.
        answers: resolved.
        forward: the steps.
        why: nothing less will do.
        under_bridge: the stack can bring a bond that runs under a bridge.
    """
    if not facts.access.knows_running:
        return
    bond, bridge = answers.bond.name, answers.bridge.name
    again = {bond, *(name for name in (bridge,) if _touched(name, forward))}
    running = facts.link(bond)
    under = running is not None and running.master == bridge
    new = "" if under else f", a new bridge with the address and MAC of {bond}"
    way = f"Ask for what can change while {bond} runs (slaves, miimon, primary{new}); or take"
    if running is None:
        way = "Take"
    elif not under and not under_bridge:
        way = f"{bond} can't come under a bridge here while it runs, whatever is asked for. Take"
    for link in facts.links:
        if link.lower in again:
            on_it = sorted(above(facts.links, {link.name}) - {link.name})
            lost = f", and {', '.join(on_it)} would be without it" if on_it else ""
            yield refuse(
                "link-above",
                link.name,
                f"{link.name} ({kind_of(link)}) stands on {link.lower}, which would be deleted and "
                f"made again: {why}. {link.name} would be gone{lost}.",
                f"{way} {link.name} away first, and make it again afterwards, from a console.",
            )


def _touched(name: str, steps: Iterable[Step]) -> bool:
    return any(
        (isinstance(step.action, DeleteLink) and step.action.link == name)
        or (isinstance(step.action, Run) and name in step.action.argv)
        for step in steps
    )
