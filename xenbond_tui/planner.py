"""From facts and a request to a proposal. Wizard and batch commands share every line of this."""

from functools import cache

from xenbond_tui import modprobe, stacks, xen
from xenbond_tui.answers import Answers, Removal, Request, SetUp
from xenbond_tui.effects import Tree
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.facts.names import normal_mac
from xenbond_tui.host.collect import collect
from xenbond_tui.host.tree import matching
from xenbond_tui.machine import Machine
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.proposal import Proposal
from xenbond_tui.rules import (
    announcing,
    cloud_init,
    exposed,
    managed_links,
    other_clients,
    stale_references,
    unsupported_platform,
)
from xenbond_tui.rules.checks import check, check_commands
from xenbond_tui.rules.findings import Finding
from xenbond_tui.rules.goes_along import (
    announced,
    awake_first,
    holder_of,
    mac_written,
    with_name_servers,
)
from xenbond_tui.rules.host_address import address_link, bridge_mac, unpinned
from xenbond_tui.rules.inventory import Item
from xenbond_tui.rules.left_out import completed, told as told_of
from xenbond_tui.rules.owners import check_owners, let_go, said_once
from xenbond_tui.rules.suitable import nic_ports, unsuitable
from xenbond_tui.stacks import READ, STACKS, Stack, owners
from xenbond_tui.stacks.outcome import edited
from xenbond_tui.stacks.present import bonds_written, check_spelling, gateways, items_of, present
from xenbond_tui.typed import Protocol
from xenbond_tui.value import replace


class Extra(Protocol):
    """What besides the stack has files in a plan: a module of functions."""

    def paths(self, tree: Tree) -> tuple[str, ...]:
        """The files it would read or write."""
        ...

    def check(self, facts: HostFacts, request: Request) -> tuple[Finding, ...]:
        """What it must refuse or warn about."""
        ...

    def changes(self, facts: HostFacts, request: Request) -> tuple[FileChange, ...]:
        """Its files, before and after; of a removal without what the set-up wrote for that bond."""
        ...


EXTRAS: tuple[Extra, ...] = (modprobe, xen, stale_references, announcing)


class _OneLook:
    """A tree for as long as one look at it takes: several stacks ask for the same directories."""

    def __init__(self, tree: Tree) -> None:
        self.held, self.way = tree.held, tree.way
        self.read_all, self.ways, self.present = tree.read_all, tree.ways, tree.present
        self.kernels_own = tree.kernels_own
        # Nothing here holds itself: the door of a tree is closed with the last who holds it.
        self.read, self.exists = cache(tree.read), (exists := cache(tree.exists))
        self.names = names = cache(tree.names)
        directories: dict[str, list[str]] = {}
        self.glob = cache(lambda pattern: matching(pattern, names, exists, directories))


def read_host(machine: Machine) -> HostFacts:
    """Read the host once: running state and every file any stack, Xen or the module needs."""
    tree = _OneLook(machine.tree)
    paths = {*managed_links.paths(tree), *cloud_init.paths(tree), *other_clients.paths(tree)}
    probes = {*managed_links.probes(), *unsupported_platform.probes(), *cloud_init.probes()}
    probes.update(*(stack.probes() for stack in STACKS))
    sources: tuple[Stack | Extra, ...] = (*STACKS, *EXTRAS)
    for source in sources:
        paths.update(source.paths(tree))
    facts = collect(machine, sorted(paths), sorted(probes))
    for told in READ:
        facts = told(facts)
    return replace(facts, at_boot=machine.at_boot()) if machine.access.can_activate else facts


def links_of(facts: HostFacts, request: Request) -> tuple[Link, ...]:
    """The slaves, and the bond and the bridge that a set-up makes, as far as they are known."""
    kinds = dict.fromkeys(request.answers.bond.slaves, "")
    if isinstance(request, SetUp):
        kinds |= {request.answers.bond.name: "bond", request.answers.bridge.name: "bridge"}
    return tuple(
        facts.link(name) or Link(name, 0, kind, "", "", "current", False, None, 1500)
        for name, kind in kinds.items()
    )


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
            "If you know it is there, name it by --stack. Else write bond and bridge into that "
            "host's own files; at its console, until the next boot, this makes them: "
            f"{unsupported_platform.by_hand(facts, answers)}"
        )
    rivals = [item for item in found[1:] if item.renders_for != found[0].stack]
    if rivals and rivals[0].weight == found[0].weight:
        raise XenbondError(
            f"Two network stacks claim this host: {found[0].text}; {rivals[0].text}. "
            "Disable one, or name the right one by --stack; nothing was changed."
        )
    return stack_named(found[0].stack)


def prefill(facts: HostFacts) -> Answers:
    """Answers to open the wizard with: what is written first, then what runs."""
    for evidence in owners(facts):
        stack = next((stack for stack in STACKS if stack.name == evidence.stack), None)
        written = present(stack, facts) if stack is not None else None
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
        addresses = holder.shared
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
    if bridge.method != "static":
        # What the files say of one beside a lease stays there; answers name it for addresses only.
        bridge = replace(bridge, gateway=None)
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


def resolve(facts: HostFacts, request: Request) -> Request:
    """Decide what was left open: stack, slaves by MAC, toolstack, the bridge's MAC, the NIC.

    Raises:
        XenbondError: a slave does not exist, the stack can't be decided, or there is no bond to
            remove.
    """
    stack = choose_stack(facts, request.answers)
    if isinstance(request, SetUp):
        return SetUp(_resolved(facts, replace(request.answers, stack=stack.name), set_up=True))
    from xenbond_tui.stacks import to_remove

    items = items_of(stack, facts)
    written = to_remove.named(stack, facts, items, request.bond)
    to_remove.refuse_unknown_macs(facts, items, written)
    answers = _resolved(facts, replace(written, stack=stack.name), set_up=False)
    to_remove.refuse_other_bridge(facts, items, answers)
    nic = request.nic or to_remove.likely_nic(
        facts, answers, to_remove.had_address(stack, facts, answers, request)
    )
    bridged = to_remove.bridged(facts, items, answers)
    return Removal(
        answers,
        slave_name(facts, nic),
        answers.bond.name,
        earlier=request.earlier,
        bridged=bridged,
    )


def _resolved(facts: HostFacts, answers: Answers, *, set_up: bool) -> Answers:
    slaves = tuple(slave_name(facts, item) for item in answers.bond.slaves)
    options = dict(answers.bond.options)
    if options.get("primary"):
        options["primary"] = slave_name(facts, options["primary"])
    items = items_of(stack_named(answers.stack), facts)
    others = tuple(name for name in bonds_written(items) if name != answers.bond.name)
    bond = replace(answers.bond, slaves=slaves, options=options, others=others)
    resolved = replace(answers, bond=bond)
    today = written_of(facts, resolved)
    found = gateways(items, resolved)
    by_router = announced(items, resolved) or (today is not None and today.bridge.announced)
    said = with_name_servers(items, resolved, today) if by_router else today
    resolved = completed(facts, resolved, said, found, by_router=by_router)
    bridge = resolved.bridge
    if bridge.mac == "keep":
        none = set_up and unpinned(facts, resolved, today)
        holder = holder_of(items, resolved)
        mac = "" if none else bridge_mac(facts, resolved, today, holder)
        if set_up and not none and not facts.links_known:
            # Where it runs that link shows it already.
            mac = mac or mac_written(items, holder)
        bridge = replace(bridge, mac=mac)
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


def propose(facts: HostFacts, request: Request) -> Proposal:
    """Check what is asked for and, unless something is refused, make the plan.

    Raises:
        XenbondError: the request can't be resolved.
    """
    stopped = unsupported_platform.unsupported(facts, request.answers)
    if stopped is not None:
        return Proposal(request, (stopped,), None)
    asked, request = request.answers.stack, resolve(facts, request)
    stack = stack_named(request.answers.stack)
    links = links_of(facts, request)
    evidence = owners(facts, links)
    planned = stack.name if isinstance(request, SetUp) else ""
    told = [*check_owners(evidence, [link.name for link in links], asked, planned)]
    bridge = request.answers.bridge.name
    elsewhere: list[Item] = []
    for other in (it for it in evidence if it.stack != stack.name and planned):
        names = [link.name for link in links if link.name in other.links]
        ends = planned in other.lets_go_to
        items = items_of(stack_named(other.stack), facts) if ends or bridge in names else ()
        if ends:
            told += let_go(items, names, other.stack, planned)
        if bridge in names:
            # What ends serves nobody afterwards, on a bridge that was there before.
            elsewhere += (replace(it, text="") if ends else it for it in items)
    told += check(facts, request)
    for module in EXTRAS:
        told += module.check(facts, request)
    today = written_of(facts, request.answers) if isinstance(request, SetUp) else None
    if isinstance(request, SetUp):
        told += check_spelling(stack, today, request.answers.bond)
    beside = (change for module in EXTRAS for change in module.changes(facts, request))
    proposal = stacks.propose(stack, facts, request, told, beside, elsewhere)
    owner = next((item for item in evidence if item.stack == stack.name), None)
    xen_role = facts.xen if facts.xen.role != "none" else None
    proposal = replace(proposal, owner=owner, xen=xen_role, findings=said_once(proposal.findings))
    plan = proposal.plan
    if plan is None:
        return proposal
    changes, more = exposed.led(plan.changes, facts.way)
    plan = announcing.carried_out(replace(plan, changes=changes), request.answers.bond.name)
    unfit = tuple(check_commands(plan))
    if unfit:
        return replace(proposal, findings=(*unfit, *proposal.findings), plan=None)
    if today is not None and today.bond.name and len(today.bond.slaves) > 1:
        plan = replace(plan, summary=edited(today, request.answers) or plan.summary)
    gone = told_of(today, request.answers, changes, stack.dialect.spelling)
    return replace(proposal, findings=(*more, *proposal.findings, *gone), plan=plan)


def written_of(facts: HostFacts, answers: Answers) -> Answers | None:
    """What the files say today of the links that answers name.

    A file that can't be read is refused by name later.
    """
    try:
        stack = choose_stack(facts, answers)
        slaves = awake_first(items_of(stack, facts), answers.bond.slaves)
        return present(stack, facts, replace(answers, bond=replace(answers.bond, slaves=slaves)))
    except XenbondError:
        return None
