"""Who owns the network, where several programs seem to: ranked, and compared link by link."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from xenbond_tui.facts.host import Evidence, HostFacts
from xenbond_tui.rules.findings import Finding, Severity, refuse, warn
from xenbond_tui.rules.inventory import Item, Kind
from xenbond_tui.rules.managed_links import LET_GO, let_alone, managed_links
from xenbond_tui.rules.suitable import cards
from xenbond_tui.value import dataclass, replace

_SAME_FILES = {"ifcfg", "networkmanager"}
"""NetworkManager with its plug-in reads ifcfg files too, and ifup asks it to act on them
(initscripts' ifup): on RHEL 7 both run and agree. A keyfile beside such a file its own check
refuses, and network-scripts' plan keeps it off the links."""

_ROLES = frozenset({Kind.MASTER, Kind.BOND, Kind.STAYS_DOWN, Kind.PERHAPS, Kind.MAC})
"""What the link was to be, which the plan says anew."""


@dataclass(frozen=True, slots=True)
class Rivalry:
    """One link with two owners."""

    nic: str
    """Or the bond, or the bridge."""
    first: Evidence
    """The stronger one."""
    second: Evidence
    has: str = "has"
    """`would have`, where it is the plan that makes one of them an owner."""
    planned: str = ""
    """The stack whose plan that is."""

    @property
    def brief(self) -> str:
        """Both, where the evidence of each is shown beside."""
        return (
            f"{self.nic} {self.has} two owners, {self.first.stack} and {self.second.stack}: each "
            "would undo what the other does."
        )

    @property
    def text(self) -> str:
        """Both, and by what evidence."""
        return (
            f"{self.nic} {self.has} two owners: {self.first.stack} ({self.first.text}) and "
            f"{self.second.stack} ({self.second.text}). Each would undo what the other does."
        )

    @property
    def remedy(self) -> str:
        """How to settle it, for each of the two."""
        theirs = [it for it in (self.first, self.second) if it.stack != self.planned]
        if self.has != "has" and len(theirs) == 1:
            other = theirs[0]
            return (
                f"To go on with {self.planned}, write for it what {other.stack} says of {self.nic} "
                f"and is still needed; then {_let_go(other, self.nic)}. Or write for {other.stack} "
                f"what {self.planned} says of the slaves, take that out there, and plan with "
                f"--stack {other.stack}."
            )
        ways = (
            f"To keep {kept.stack}, {_let_go(given_up, self.nic)}."
            for kept, given_up in ((self.first, self.second), (self.second, self.first))
        )
        return f"{' '.join(ways)} Or name one of them by --stack."


def named_by(paths: Mapping[str, str], verb: str) -> Iterator[str]:
    """A phrase for each file, of links → their files: "FILE is for eth0, eth1"."""
    for path in dict.fromkeys(paths.values()):
        yield f"{path} {verb} {', '.join(name for name, it in paths.items() if it == path)}"


def ranked(facts: HostFacts, found: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The evidence with what the daemons say of themselves added, strongest first.

    A daemon that holds a NIC counts also where its stack has nothing to say for itself.
    A stack whose files another one writes (netplan's networkd or NetworkManager) comes after it,
    however strong: what is edited is the source.
    """
    held = managed_links(facts)
    # NetworkManager holds, in its own words, what others made and it only looks at.
    nics = {link.name for link in cards(facts)}
    told = []
    for evidence in found:
        own = [claim for claim in held if claim.stack == evidence.stack]
        alone = let_alone(facts, evidence.stack)
        # What another stack's renderer holds without a file of its own, it gives up for a file.
        claimed = () if evidence.renders_for else (it.nic for it in own if it.nic in nics)
        named = (*evidence.links, *claimed)
        links = tuple(nic for nic in dict.fromkeys(named) if nic not in alone)
        text = evidence.text
        if own and own[0].path not in text:
            text = f"{text}; {own[0].text}"
        told.append(replace(evidence, links=links, text=text))
    heard = {evidence.stack for evidence in told}
    for stack in dict.fromkeys(claim.stack for claim in held if claim.stack not in heard):
        own = [claim for claim in held if claim.stack == stack]
        links = tuple(claim.nic for claim in own if claim.nic in nics)
        told.append(Evidence(stack, own[0].text, 0, links))
    names = {evidence.stack for evidence in told}
    return tuple(
        sorted(told, key=lambda item: (item.renders_for in names, -item.weight, item.stack))
    )


def rivalries(
    evidence: Sequence[Evidence], nics: Sequence[str], planned: str = ""
) -> Iterator[Rivalry]:
    """Each of these links that two stacks hold, neither of which leaves it to the other.

    `planned`: the stack that holds all of them once its plan is carried out.
    """
    for nic in nics:
        holders = [item for item in evidence if nic in item.links or item.stack == planned]
        has = "has" if all(nic in item.links for item in holders) else "would have"
        for second in holders[1:]:
            first = holders[0]
            pair = (first, second)
            lets_go = has != "has" and any(planned in it.lets_go_to for it in pair)
            rendered = any(
                it.renders_for in (first.stack, second.stack) and nic not in it.links for it in pair
            )
            names = {first.stack, second.stack}
            reads = any(names & {*it.lets_go_to} for it in pair)
            same = first.stack == second.stack or (names == _SAME_FILES and reads)
            if not same and not lets_go and not rendered:
                yield Rivalry(nic, first, second, has, planned)
                break


def check_owners(
    evidence: Sequence[Evidence], nics: Sequence[str], asked: str, planned: str = ""
) -> tuple[Finding, ...]:
    """Two owners of a link: refused, or only warned of where the operator has named the stack.

    Args:
        evidence: ranked.
        nics: those that become slaves, and what is made of them.
        asked: the stack the operator named, or auto.
        planned: the stack whose files will name them; "" where nothing is planned.
    """
    found = []
    for rivalry in rivalries(evidence, nics, planned):
        if asked == "auto":
            found.append(refuse("two-owners", rivalry.nic, rivalry.text, rivalry.remedy))
            continue
        others = [e for e in (rivalry.first, rivalry.second) if e.stack != asked]
        remedy = " ".join(f"Besides, {_let_go(item, rivalry.nic)}." for item in others)
        found.append(warn("two-owners", rivalry.nic, rivalry.text, remedy))
    return tuple(found)


def said_once(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Without two owners of a link where a refusal names the very line of the other one's file."""
    lines = [it for it in findings if it.severity is Severity.REFUSE and it.code != "two-owners"]

    def by_line(owners: Finding) -> bool:
        name = re.compile(rf"(?<![\w.-]){re.escape(owners.where)}(?![\w-])")
        paths = (it.where.rpartition(":")[0] for it in lines if name.search(it.text))
        return any(path and path in owners.text for path in paths)

    return tuple(it for it in findings if it.code != "two-owners" or not by_line(it))


def _let_go(evidence: Evidence, nic: str) -> str:
    way = evidence.settle or LET_GO.get(evidence.stack, "keep it from configuring {nic}")
    return way.replace("{nic}", nic)


def let_go(
    items: Iterable[Item], links: Sequence[str], theirs: str, planned: str
) -> Iterator[Finding]:
    """One warning for each of these links of which the other program's files say something.

    Args:
        items: what its files say.
        links: those that it lets go of.
        theirs: its stack.
        planned: the stack whose files will name them.
    """
    said: dict[str, list[Item]] = {}
    for it in items:
        if it.link in links and it.kind not in _ROLES:
            said.setdefault(it.link, []).append(it)
    for link, lines in said.items():
        told = ", ".join(f"`{it.text}` (line {it.line})" for it in lines)
        yield warn(
            "line-without-effect",
            lines[0].where,
            f"{theirs} leaves {link} alone as soon as {planned}'s files name it, and what its file "
            f"says ends: {told}.",
            f"Write for {planned} what of it is still needed.",
        )
