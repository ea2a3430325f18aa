"""What the network's files say of the bonds, each with its line: for comparing with what runs.

The stack that owns the network reads its files as it does for the wizard. What it read is looked
up again in them, by the name it spells an option with: where no line says it, nothing is compared.
And the planner's rules are asked about them, as if somebody wanted what they say.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, count

from xenbond_tui import modprobe
from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers, SetUp
from xenbond_tui.effects import Tree
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import Evidence, HostFacts
from xenbond_tui.facts.names import normal_mac
from xenbond_tui.facts.number import whole
from xenbond_tui.health import elsewhere
from xenbond_tui.health.findings import counts
from xenbond_tui.health.model import Written
from xenbond_tui.host.collect import collect
from xenbond_tui.host.recorded_kernel import RecordedKernel
from xenbond_tui.machine import Machine
from xenbond_tui.options.kind import PerSlave
from xenbond_tui.options.table import OPTIONS
from xenbond_tui.regex import regex
from xenbond_tui.rules import managed_links, other_clients, what_becomes
from xenbond_tui.rules.check_hardware import check_driver
from xenbond_tui.rules.findings import Finding
from xenbond_tui.rules.inventory import UNKNOWN, Item, Kind
from xenbond_tui.rules.link_commands import joined
from xenbond_tui.rules.owners import check_owners
from xenbond_tui.stacks import STACKS, Stack, owners as owners_of
from xenbond_tui.stacks.present import beside, present
from xenbond_tui.stacks.propose import judged
from xenbond_tui.value import replace

_COMMENTS = ("#", ";")
_PORTS = regex(r"\s*(bridge[-_]ports|interfaces)\b.*", re.IGNORECASE | re.DOTALL)
"""How a line begins that names the ports of a bridge: interfaces(5), netplan(5)."""
_OTHER_MASTERS = regex(r"\s*(VRF|TEAM|OVS|Batman).*", re.IGNORECASE | re.DOTALL)
"""How one begins that names a master which is no bridge: of network-scripts, networkd."""

_IFUP = regex(r"\bifup\b")


def paths_and_probes(machine: Machine) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Every file that is read here, and every path whose existence is asked for; sorted."""
    paths = {*modprobe.paths(machine.tree), *managed_links.paths(machine.tree)}
    paths |= elsewhere.paths(machine.tree) | other_clients.paths(machine.tree)
    probes = {*managed_links.probes()}
    for stack in STACKS:
        paths.update(stack.paths(machine.tree))
        probes.update(stack.probes())
    return tuple(sorted(paths)), tuple(sorted(probes))


def read_written(machine: Machine) -> Mapping[str, Written]:
    """Bond → what is written of it, of those that run and the one that the files make first.

    Reads links from sysfs alone, so that one look at a bond costs no dump.
    """
    paths, probes = paths_and_probes(machine)
    cheap = replace(machine, kernel=RecordedKernel(machine.access.root))
    try:
        facts = collect(cheap, paths, probes)
        strongest = next(iter(owners_of(facts)), None)
        if strongest is None:
            return {}
        made = [link for link in facts.links if link.kind in ("bond", "bridge")]
        owners = owners_of(facts, made)
        names = dict.fromkeys((*machine.kernel.bond_names(), *(it.name for it in facts.bonds)))
        found: dict[str, Written] = {}
        for owner in sorted(owners, key=lambda it: it.stack != strongest.stack):
            # Of a bond that the strongest has not, who brings it up besides.
            first = owner.stack == strongest.stack
            left = [it for it in names if it not in found and (first or it in owner.links)]
            if left or first:
                stack = next(it for it in STACKS if it.name == owner.stack)
                said = said_by(stack, facts, machine.tree, left, owners)
                found |= {it: of for it, of in said.items() if first or it in left}
        return found
    except (XenbondError, OSError, ValueError):
        # A file that can't be read is told by who has to change it.
        return {}


def said_by(
    stack: Stack,
    facts: HostFacts,
    tree: Tree,
    running: Sequence[str] = (),
    owners: Sequence[Evidence] = (),
) -> Mapping[str, Written]:
    """Bond → what that stack's files say of it; of the first one that they make, and of these."""
    first = stack.read(facts)
    items = tuple(stack.inventory(facts))
    named = [first.bond.name] if first is not None else []
    found = {}
    for name in dict.fromkeys((*named, *running)):
        bridge = _bridge_of(name, items)
        above = bridge[0] if bridge is not None else _unused(items)
        if (said := _said(stack, facts, tree, name, items, (above, bridge), owners)) is not None:
            found[name] = said
    return found


def _said(
    stack: Stack,
    facts: HostFacts,
    tree: Tree,
    name: str,
    items: Sequence[Item],
    over: tuple[str, tuple[str, str] | None],
    owners: Sequence[Evidence],
) -> Written | None:
    above, bridge = over
    about = Answers(bond=BondAnswers(name=name), bridge=BridgeAnswers(name=above))
    answers = stack.read(facts, about)
    if answers is None or answers.bond.name != name or not answers.bond.slaves:
        return None
    lines = _Lines(facts, stack, tree, answers)
    if not lines.makes_bond():
        return None
    findings = _findings(stack, facts, present(stack, facts, about) or answers, owners)
    if bridge is None:
        # What the bridge would have, the bond has itself.
        findings = (replace(it, text=it.text.replace(above, name)) for it in findings)
    options = {**beside(stack, facts, name), **dict(lines.options())}
    slaves = _slaves(items, name, dict(lines.slaves()))
    bridges = _bridges(facts, items) if bridge is None else (bridge[0],)
    made = (name,) if bridge is None else (name, bridge[0])
    findings = chain(findings, other_clients.asking(facts, tuple(slaves), made))
    ours = (name, *bridges, *slaves)
    # What something else may say counts as said, never as absent.
    open_ = elsewhere.may_say(facts, items, lines.about(bridges), ours)
    port = open_ or bridge is not None or _joined(items, name)
    return Written(
        stack=stack.name,
        options=options,
        slaves=slaves,
        bridge=bridge,
        unsaid={} if open_ else dict(lines.unsaid(options)),
        unjoined={} if port else dict(lines.unjoined(bridges)),
        stays_down={} if open_ else _down(stack, items, name, bridge, slaves),
        addressed=_addressed(stack, items, slaves),
        mtu=_mtu(items, (name, *bridges)),
        without_mtu={} if open_ else dict(lines.without_mtu(items, made)),
        findings=tuple(dict.fromkeys(it for it in findings if counts(it, bridge is not None))),
    )


def _findings(
    stack: Stack, facts: HostFacts, answers: Answers, owners: Sequence[Evidence]
) -> Iterator[Finding]:
    """What the planner would refuse or warn of, were what is written asked for."""
    bridge = replace(answers.bridge, mac=normal_mac(answers.bridge.mac) or "")
    running = facts.bond(answers.bond.name)
    now = () if running is None else (item.name for item in running.slaves)
    # A pattern may make slaves of more NICs than the bond has.
    slaves = tuple(name for name in now if name in answers.bond.slaves) or answers.bond.slaves
    bond = replace(answers.bond, slaves=slaves)
    request = SetUp(replace(answers, stack=stack.name, bond=bond, bridge=bridge))
    yield from check_owners(owners, (bond.name, bridge.name, *slaves), "auto")
    yield from modprobe.check(facts, request)
    yield from check_driver(facts, request.answers)
    found, _, said, asked = judged(stack, facts, request)
    yield from found
    yield from what_becomes.beside(said, asked, found)
    yield from what_becomes.in_use(said, asked, found)


def _bridges(facts: HostFacts, items: Iterable[Item]) -> tuple[str, ...]:
    """The bridges that run or that the files make: the bond may be a port of one, or become it."""
    running = (link.name for link in facts.links if link.kind == "bridge")
    return tuple(dict.fromkeys((*running, *(it.link for it in items if it.kind is Kind.PORT))))


def _slaves(items: Iterable[Item], bond: str, found: Mapping[str, str]) -> dict[str, str]:
    """Those found; none where a file has one by other than its name or MAC: by path, by driver."""
    of_it = (it.link for it in items if it.kind is Kind.MASTER and it.value in (bond, UNKNOWN))
    return dict(found) if all(link in found for link in of_it) else {}


def _joined(items: Sequence[Item], bond: str) -> bool:
    """Does a command of the files put the bond into a bridge, or any other line name it as part?"""
    commands = (it for it in items if it.kind is Kind.COMMAND)
    named = any(it.value == bond and it.kind in (Kind.NAMES, Kind.PERHAPS) for it in items)
    return named or any(port == bond for it in commands for port, _ in joined(it))


def _down(
    stack: Stack,
    items: Sequence[Item],
    bond: str,
    bridge: tuple[str, str] | None,
    slaves: Collection[str],
) -> dict[str, str]:
    """As `Written.stays_down`, where no command of the files brings it up."""
    names = {bond, *(bridge or ())[:1]}
    if stack.dialect.from_above and bridge:
        names.remove(bond)
    if not stack.dialect.slave_stanzas:
        names.update(slaves)
    up = [it.value.split() for it in items if it.kind is Kind.COMMAND and _IFUP.search(it.value)]
    return {
        it.link: f"{it.where}: {it.text}"
        for it in items
        if it.kind is Kind.STAYS_DOWN and it.link in names and not any(it.link in w for w in up)
    }


def _addressed(stack: Stack, items: Sequence[Item], slaves: Collection[str]) -> dict[str, str]:
    """As `Written.addressed`; the other stacks give a slave none, whatever its file says."""
    if not stack.dialect.slave_stanzas:
        return {}
    down = {it.link for it in items if it.kind is Kind.STAYS_DOWN}
    return {
        it.link: f"{it.where}: {it.text}"
        for it in items
        if it.kind in (Kind.ADDRESS, Kind.LEASE) and it.link in slaves and it.link not in down
    }


def _mtu(items: Sequence[Item], links: Sequence[str]) -> dict[str, tuple[str, str]]:
    """As `Written.mtu`: not where a lease may bring another (dhclient-script(8)).

    A slave takes the bond's when it joins, whatever is written for it (bond_enslave()).
    """
    leased = {it.link for it in items if it.kind is Kind.LEASE}
    said = [it for it in items if it.kind is Kind.MTU and it.link in links and whole(it.value)]
    # Of several lines for one link nobody asked which counts.
    of = {it.link: {other.value for other in said if other.link == it.link} for it in said}
    single = (it for it in said if len(of[it.link]) == 1 and it.link not in leased)
    return {it.link: (it.value, it.where) for it in single}


def _unused(items: Iterable[Item]) -> str:
    """A bridge's name that the files don't know: any other bridge is not this bond's."""
    known = {word for it in items for word in (it.link, it.value)}
    return next(name for at in count() if (name := f"xenbr{at}") not in known)


def _bridge_of(bond: str, items: Iterable[Item]) -> tuple[str, str] | None:
    """The bridge and the line that makes the bond its port, not a VLAN of the bond."""
    for it in items:
        if (
            it.kind is Kind.MASTER
            and it.link == bond
            and it.value != "*"
            and not _OTHER_MASTERS.fullmatch(it.text)
        ):
            return it.value, it.where
        if it.kind is Kind.PORT and it.value == bond:
            return it.link, it.where
        if it.kind is Kind.NAMES and _by_pattern(it, bond):
            return it.link, it.where
    return None


def _by_pattern(it: Item, bond: str) -> bool:
    """`bridge_ports regex (bond|vif).*` (bridge-utils-interfaces(5))."""
    if " regex " not in it.text or not _PORTS.fullmatch(it.text):
        return False
    try:
        return it.value != "regex" and re.fullmatch(it.value, bond) is not None
    except re.error:
        return False


class _Lines:
    """The lines of one stack's files that are about one bond."""

    def __init__(self, facts: HostFacts, stack: Stack, tree: Tree, answers: Answers) -> None:
        self._facts, self._stack, self._answers = facts, stack, answers
        self._files: dict[str, list[str]] = {}
        for path in stack.paths(tree):
            state = facts.files.get(path)
            if isinstance(state, FileState):
                self._files[path] = state.text.splitlines()

    def makes_bond(self) -> bool:
        """Is the bond named in any of them?"""
        name = self._answers.bond.name
        return any(name in path for path in self._files) or any(self._having(name))

    def options(self) -> Iterator[tuple[str, tuple[str, str]]]:
        """Option → value and line, of those that a line says."""
        bond = self._answers.bond
        for option, value in bond.every_option.items():
            if option in bond.left_out:
                continue
            spelt = self._stack.dialect.spelling(option)
            where = None if spelt is None else self._where(spelt)
            if where is not None:
                yield option, (value, where)

    def unsaid(self, said: Collection[str]) -> Iterator[tuple[str, tuple[str, str]]]:
        """As `Written.unsaid`: what the stack or the kernel takes by itself.

        Not of a slave's own, nor where the value stands under its other name.
        """
        bond = self._answers.bond
        where = self._where(bond.name)
        named = {OPTIONS[it].same_as for it in said if it in OPTIONS} | {*said, *bond.kept}
        for option, row in OPTIONS.items():
            if option in named or row.same_as or isinstance(row.kind, PerSlave):
                continue
            if option in bond.left_out and where is not None:
                value = bond.every_option.get(option, row.default)
                yield option, (value, where)

    def without_mtu(self, items: Sequence[Item], links: Sequence[str]) -> Iterator[tuple[str, str]]:
        """As `Written.without_mtu`."""
        leased = {it.link for it in items if it.kind is Kind.LEASE}
        if elsewhere.may_say_mtu(self._facts, items, links):
            return
        found = ((link, self._where(link)) for link in links if link not in leased)
        yield from ((link, where) for link, where in found if where is not None)

    def unjoined(self, bridges: Iterable[str]) -> Iterator[tuple[str, str]]:
        """As `Written.unjoined`."""
        found = ((bridge, self._where(bridge)) for bridge in bridges)
        return ((bridge, where) for bridge, where in found if where is not None)

    def about(self, bridges: Iterable[str]) -> Iterator[str]:
        """Every line about the bond, or about bonding, or one of these bridges."""
        bond = self._answers.bond.name
        for path, lines in self._files.items():
            yield from (line for line in lines if bond in path or "bond" in line.lower())
        for name in (bond, *bridges):
            yield from (self._files[path][number] for path, number in self._having(name))

    def slaves(self) -> Iterator[tuple[str, str]]:
        """Slave → line, where every one of them is found; else nothing can be said of any."""
        found = {}
        for word in self._answers.bond.slaves:
            link = self._facts.link(word) or next(
                (link for link in self._facts.links if link.permanent_mac == normal_mac(word)), None
            )
            if link is None and normal_mac(word) is not None:
                return
            name = link.name if link is not None else word
            words = [name, *([link.permanent_mac] if link and link.permanent_mac else [])]
            where = next((at for said in words if (at := self._where(said)) is not None), None)
            if where is None:
                return
            found[name] = where
        yield from found.items()

    def _where(self, word: str) -> str | None:
        """The line with that word; of several, the one nearest below where the bond is named."""
        hits = list(self._having(word))
        if len(hits) > 1:
            hits.sort(key=self._distance)
        return f"{hits[0][0]}:{hits[0][1] + 1}" if hits else None

    def _having(self, word: str) -> Iterator[tuple[str, int]]:
        pattern = _word(word)
        for path, lines in self._files.items():
            for number, line in enumerate(lines):
                if not line.lstrip().startswith(_COMMENTS) and pattern.search(line):
                    yield path, number

    def _distance(self, hit: tuple[str, int]) -> int:
        path, number = hit
        bond = self._answers.bond.name
        above = [n for at, n in self._having(bond) if at == path and n <= number]
        if above:
            return number - above[-1]
        return 10_000 if bond in path else 100_000


def _word(word: str) -> re.Pattern[str]:
    # ifupdown takes bond_mode for bond-mode.
    known = re.escape(word).replace(r"\-", "[-_]")
    return re.compile(rf"(?<![\w.:-]){known}(?![\w.-]|:\S)", re.IGNORECASE)
