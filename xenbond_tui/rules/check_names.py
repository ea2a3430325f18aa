"""Are the names fit for links, and free?"""

from collections.abc import Iterator

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.names import bad_link_name
from xenbond_tui.rules.findings import Finding, note, refuse
from xenbond_tui.rules.suitable import renamed_by_xend

RULES = "Use up to 15 letters, digits, dots, dashes and underscores, such as bond0 or xenbr0."


def check_names(facts: HostFacts, answers: Answers) -> Iterator[Finding]:
    """The names of bond and bridge, and what already has them."""
    bond, bridge = answers.bond, answers.bridge
    for where, name in (("bond.name", bond.name), ("bridge.name", bridge.name)):
        wrong = bad_link_name(name)
        if wrong:
            yield refuse("bad-name", where, f"The name {name!r} {wrong}.", RULES)
    if bond.name == bridge.name:
        yield refuse(
            "same-name",
            "bridge.name",
            f"Bond and bridge cannot both be called {bond.name}.",
            "Give one of them another name.",
        )
    for where, name in (("bond.name", bond.name), ("bridge.name", bridge.name)):
        if name in bond.slaves:
            yield refuse(
                "name-of-slave",
                where,
                f"{name} is one of the slaves.",
                "Give the bond and the bridge names that nothing else has.",
            )
    yield from _taken(facts, "bond.name", bond.name, "bond")
    yield from _taken(facts, "bridge.name", bridge.name, "bridge")
    yield from _running(facts, answers)


def _taken(facts: HostFacts, where: str, name: str, kind: str) -> Iterator[Finding]:
    link = facts.link(name)
    if link is None or link.kind == kind:
        return
    renamed = facts.link(f"p{name}")
    if renamed is not None and renamed_by_xend(renamed, facts):
        yield refuse(
            "name-taken",
            where,
            f"{name} is a {link.kind or 'port'} of xend's network-bridge, and what was called so "
            f"is {renamed.name} now.",
            "Comment out the (network-script …) line of xend-config.sxp and reboot: it has its "
            "name again then.",
        )
        return
    what = f"a {link.kind}" if link.kind else "a NIC"
    yield refuse(
        "name-taken",
        where,
        f"{name} is {what} of this host already, not a {kind}.",
        f"Give the {kind} another name.",
    )


def _running(facts: HostFacts, answers: Answers) -> Iterator[Finding]:
    running = facts.bond(answers.bond.name)
    if running is None or not facts.access.knows_running:
        return
    now = tuple(slave.name for slave in running.slaves)
    if set(now) != set(answers.bond.slaves):
        yield note(
            "bond-has-other-slaves",
            running.name,
            f"{running.name} runs already, with {' and '.join(now) or 'no slaves'}.",
            "It will have the slaves chosen here.",
        )
    if running.master is not None and running.master != answers.bridge.name:
        yield note(
            "bond-in-other-bridge",
            running.name,
            f"{running.name} is a port of {running.master} now.",
            f"It will be a port of {answers.bridge.name}; guests on {running.master} lose it.",
        )
