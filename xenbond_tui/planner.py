"""From facts and answers to a plan. The wizard and the batch commands share every line of this."""

from dataclasses import dataclass, replace
from typing import Protocol

from xenbond_tui import modprobe, xen
from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers, Removal
from xenbond_tui.effects import Tree
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import Evidence, HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.host.collect import collect
from xenbond_tui.machine import Machine
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.plan.plan import Plan
from xenbond_tui.rules import claims, exposed, mentions
from xenbond_tui.rules import foreign as foreigners
from xenbond_tui.rules.check_commands import check_commands
from xenbond_tui.rules.checks import check
from xenbond_tui.rules.findings import Finding, Severity, by_severity, gaps
from xenbond_tui.rules.names import normal_mac
from xenbond_tui.rules.owners import check_owners, ranked
from xenbond_tui.rules.suitable import nic_ports, unsuitable
from xenbond_tui.stacks import STACKS, Stack


class Extra(Protocol):
    """What besides the stack has files in a plan: a module of functions."""

    def paths(self, tree: Tree) -> tuple[str, ...]:
        """The files it would read or write."""
        ...

    def probes(self) -> tuple[str, ...]:
        """Paths whose mere existence is evidence."""
        ...

    def check(self, facts: HostFacts, answers: Answers) -> tuple[Finding, ...]:
        """What it must refuse or warn about."""
        ...

    def changes(self, facts: HostFacts, answers: Answers) -> tuple[FileChange, ...]:
        """Its files, before and after."""
        ...

    def check_removal(self, facts: HostFacts, removal: Removal) -> tuple[Finding, ...]:
        """What it must refuse or warn about when bond and bridge go."""
        ...

    def removal_changes(self, facts: HostFacts, removal: Removal) -> tuple[FileChange, ...]:
        """Its files without what `changes` wrote for that bond and bridge; nobody else's lines."""
        ...


EXTRAS: tuple[Extra, ...] = (modprobe, xen, mentions)
STACK_KNOWS = frozenset({"lease-moves"})
"""Codes of findings of the rules that a stack with more to say replaces by its own."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan together with what was found on the way; `plan` is None when something is refused."""

    answers: Answers
    """Resolved: slaves by name, stack, toolstack and MAC decided."""
    findings: tuple[Finding, ...]
    plan: Plan | None
    owner: Evidence | None = None
    """Why the network is that stack's; None where nothing but the operator says so."""

    @property
    def refusals(self) -> tuple[Finding, ...]:
        """The findings that forbid going on."""
        return tuple(item for item in self.findings if item.severity is Severity.REFUSE)


def read_host(machine: Machine) -> HostFacts:
    """Read the host once: running state and every file any stack, Xen or the module needs."""
    paths = set(claims.paths(machine.tree))
    probes = {*claims.probes(), *foreigners.probes()}
    sources: tuple[Stack | Extra, ...] = (*STACKS, *EXTRAS)
    for source in sources:
        paths.update(source.paths(machine.tree))
        probes.update(source.probes())
    facts = collect(machine, sorted(paths), sorted(probes))
    return replace(facts, at_boot=machine.at_boot()) if machine.activates else facts


def owners(facts: HostFacts) -> tuple[Evidence, ...]:
    """The stacks that seem to own the network, strongest evidence first."""
    found = [evidence for stack in STACKS if (evidence := stack.owns(facts)) is not None]
    return ranked(facts, found)


def stack_named(name: str) -> Stack:
    """The stack of that name.

    Raises:
        XenbondError: there is none.
    """
    for stack in STACKS:
        if stack.name == name:
            return stack
    known = ", ".join(stack.name for stack in STACKS)
    raise XenbondError(f"stack: {name!r} is not a network stack I can write. Known: auto, {known}.")


def choose_stack(facts: HostFacts, answers: Answers) -> Stack:
    """The stack the answers name, or the one that owns this host's network.

    Raises:
        XenbondError: none is recognised, or two have equal claims.
    """
    if answers.stack != "auto":
        return stack_named(answers.stack)
    found = owners(facts)
    if not found:
        raise XenbondError(
            "No network stack I can write was recognised on this host; nothing was changed. "
            "If you know it is there, name it to `xenbond apply --stack`."
        )
    rivals = [item for item in found[1:] if item.renders_for != found[0].stack]
    if rivals and rivals[0].weight == found[0].weight:
        raise XenbondError(
            f"Two network stacks claim this host: {found[0].text}; {rivals[0].text}. "
            "Disable one, or name the right one to `xenbond apply --stack`; nothing was changed."
        )
    return stack_named(found[0].stack)


def address_link(facts: HostFacts, answers: Answers) -> Link | None:
    """The link with the host's address today: the session's, the default route's or a slave's."""
    names: list[str] = []
    if facts.session and facts.session.link:
        names.append(facts.session.link)
    names += [route.link for route in facts.routes if route.destination == "default"]
    names += answers.bond.slaves
    for name in names:
        link = facts.link(name)
        if link is not None and any(item.scope == "global" for item in link.addresses):
            return link
    return None


def prefill(facts: HostFacts) -> Answers:
    """Answers to open the wizard with: what is written first, then what runs."""
    for evidence in owners(facts):
        stack = next((stack for stack in STACKS if stack.name == evidence.stack), None)
        written = stack.read(facts) if stack is not None else None
        if written is not None:
            answers = written
            break
    else:
        answers = Answers()
    return _with_running_state(facts, answers)


def _with_running_state(facts: HostFacts, answers: Answers) -> Answers:
    bond, bridge = answers.bond, answers.bridge
    holder = address_link(facts, answers)
    if len(bond.slaves) < 2:
        bond = replace(bond, slaves=_likely_slaves(facts, answers, holder))
    if bridge.method == "static" and not bridge.addresses and holder is not None:
        addresses = [item for item in holder.addresses if item.scope == "global"]
        if addresses and all(item.dynamic for item in addresses if item.family == 4):
            bridge = replace(bridge, method="dhcp")
        else:
            bridge = replace(
                bridge, addresses=tuple(item.cidr for item in addresses if not item.dynamic)
            )
    if bridge.method == "static" and bridge.gateway is None:
        defaults = [
            r for r in facts.routes if r.destination == "default" and r.family == 4 and r.gateway
        ]
        bridge = replace(bridge, gateway=defaults[0].gateway if defaults else None)
    if not bridge.dns and bridge.method == "static":
        bridge = replace(bridge, dns=facts.dns)
    # Not the stack's name: then two owners of a NIC would pass for settled by the operator.
    return replace(answers, stack="auto", bond=bond, bridge=bridge)


def _likely_slaves(facts: HostFacts, answers: Answers, holder: Link | None) -> tuple[str, ...]:
    """What is written, else the NIC with the address or under the bridge that has it.

    One alone gets a free NIC beside it, preferring carrier; never an occupied one.
    """
    chosen = tuple(name for name in answers.bond.slaves if _may_be_slave(facts, answers, name))
    if not chosen and holder is not None:
        if holder.name == answers.bridge.name:
            chosen = tuple(link.name for link in nic_ports(facts, holder.name))
        elif unsuitable(holder, facts) is None:
            chosen = (holder.name,)
    if len(chosen) != 1:
        return chosen
    free = [
        link
        for link in facts.links
        if link.name not in chosen
        and unsuitable(link, facts) is None
        and not link.addresses
        and link.master is None
    ]
    free.sort(key=lambda link: (not link.carrier, link.index))
    return (*chosen, *(link.name for link in free[:1]))


def _may_be_slave(facts: HostFacts, answers: Answers, name: str) -> bool:
    """False for a NIC that has the address today and can't be a slave: Wi-Fi, a VLAN."""
    link = facts.link(name)
    bond, bridge = answers.bond.name, answers.bridge.name
    return link is None or unsuitable(link, facts, bond, bridge) is None


def resolve(facts: HostFacts, answers: Answers) -> Answers:
    """Decide what was left open: slaves by MAC, the stack, the toolstack, the bridge's MAC.

    Raises:
        XenbondError: a slave does not exist, or the stack can't be decided.
    """
    stack = choose_stack(facts, answers)
    slaves = tuple(slave_name(facts, item) for item in answers.bond.slaves)
    options = dict(answers.bond.options)
    if options.get("primary"):
        options["primary"] = slave_name(facts, options["primary"])
    bond: BondAnswers = replace(answers.bond, slaves=slaves, options=options)
    bridge: BridgeAnswers = answers.bridge
    if bridge.left_out:
        today = prefill(facts).bridge
        bridge = replace(
            bridge,
            dns=today.dns if "dns" in bridge.left_out else bridge.dns,
            search=today.search if "search" in bridge.left_out else bridge.search,
            left_out=frozenset(),
        )
    resolved = replace(answers, stack=stack.name, bond=bond)
    if bridge.mac == "keep":
        holder = address_link(facts, resolved) or (facts.link(slaves[0]) if slaves else None)
        bridge = replace(bridge, mac=holder.mac if holder is not None else "")
    else:
        bridge = replace(bridge, mac=normal_mac(bridge.mac) or bridge.mac)
    toolstack = facts.xen.toolstack if answers.toolstack == "auto" else answers.toolstack
    return replace(resolved, bridge=bridge, toolstack=toolstack)


def slave_name(facts: HostFacts, wanted: str) -> str:
    """The name of the NIC with that permanent MAC; a name is given back as it is.

    Raises:
        XenbondError: no NIC has that MAC, or several have.
    """
    mac = normal_mac(wanted)
    if mac is None:
        return wanted
    names = [link.name for link in facts.links if link.permanent_mac == mac and not link.kind]
    if len(names) == 1:
        return names[0]
    problem = "no NIC has" if not names else f"{', '.join(names)} all have"
    raise XenbondError(
        f"bond.slaves: {problem} the permanent MAC {mac}; nothing was changed. See `xenbond nics`."
    )


def propose(facts: HostFacts, answers: Answers) -> Proposal:
    """Check the answers and, unless something is refused, make the plan.

    Raises:
        XenbondError: the stack can't be decided, or a file can't be edited without guessing.
    """
    stopped = foreigners.foreign(facts, answers)
    if stopped is not None:
        return Proposal(answers, (stopped,), None)
    asked, answers = answers.stack, resolve(facts, answers)
    stack = stack_named(answers.stack)
    evidence = owners(facts)
    owner = next((item for item in evidence if item.stack == stack.name), None)
    findings = [*check_owners(evidence, answers.bond.slaves, asked)]
    own = stack.check(facts, answers)
    told = {item.code for item in own} & STACK_KNOWS
    findings += [*(item for item in check(facts, answers) if item.code not in told), *own]
    for module in EXTRAS:
        findings += module.check(facts, answers)
    for option in _options_named(answers.bond):
        if stack.spelling(option) is None:
            findings.append(
                Finding(
                    Severity.REFUSE,
                    "option-not-expressible",
                    option,
                    f"{stack.title} has no way to say {option}.",
                    f"Leave {option} out.",
                )
            )
    findings.sort(key=by_severity)
    if any(item.severity is Severity.REFUSE for item in findings):
        return Proposal(answers, tuple(findings), None, owner)
    plan = stack.plan(facts, answers)
    unfit = tuple(check_commands(plan))
    if unfit:
        return Proposal(answers, (*unfit, *findings), None, owner)
    extra: list[FileChange] = []
    for module in EXTRAS:
        extra += module.changes(facts, answers)
    changes, more = exposed.led((*plan.changes, *extra), facts.way)
    findings = [*more, *findings]
    plan = replace(plan, changes=changes, gap_told=gaps(findings))
    return Proposal(answers, tuple(findings), plan, owner)


def _options_named(bond: BondAnswers) -> tuple[str, ...]:
    named = ["mode", "miimon", *bond.options]
    if bond.use_carrier is not None:
        named.append("use_carrier")
    return tuple(named)
