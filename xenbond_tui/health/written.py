"""What the network's files say of the bonds, each with its line: for comparing with what runs.

The stack that owns the network reads its files as it does for the wizard. What it read is looked
up again in them, by the name it spells an option with: where no line says it, nothing is compared.
"""

import re
from collections.abc import Iterator

from xenbond_tui import modprobe
from xenbond_tui.answers import Answers
from xenbond_tui.effects import Tree
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.names import normal_mac
from xenbond_tui.health.model import Written
from xenbond_tui.host.collect import collect
from xenbond_tui.host.recorded_kernel import RecordedKernel
from xenbond_tui.machine import Machine
from xenbond_tui.rules.owners import ranked
from xenbond_tui.stacks import STACKS, Stack
from xenbond_tui.stacks.present import beside
from xenbond_tui.value import replace

_COMMENTS = ("#", ";")


def paths_and_probes(machine: Machine) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Every file a stack reads, and every path whose existence it asks for; sorted."""
    paths: set[str] = set()
    probes: set[str] = set()
    for stack in STACKS:
        paths.update(stack.paths(machine.tree))
        probes.update(stack.probes())
    paths.update(modprobe.paths(machine.tree))
    return tuple(sorted(paths)), tuple(sorted(probes))


def read_written(machine: Machine) -> tuple[str, Written] | None:
    """(bond, what is written of it); None when no file makes one, or nobody owns the network.

    Reads links from sysfs alone, so that one look at a bond costs no dump.
    """
    paths, probes = paths_and_probes(machine)
    cheap = replace(machine, kernel=RecordedKernel(machine.access.root))
    try:
        return _read(machine.tree, collect(cheap, paths, probes))
    except (XenbondError, OSError, ValueError):
        # A file that can't be read is told by who has to change it.
        return None


def _read(tree: Tree, facts: HostFacts) -> tuple[str, Written] | None:
    found = [evidence for stack in STACKS if (evidence := stack.owns(facts)) is not None]
    owners = ranked(facts, found)
    if not owners:
        return None
    stack = next(stack for stack in STACKS if stack.name == owners[0].stack)
    return said_by(stack, facts, tree)


def said_by(stack: Stack, facts: HostFacts, tree: Tree) -> tuple[str, Written] | None:
    """(bond, what that stack's files say of it); None when none of them makes one."""
    first = stack.read(facts)
    # Where the files make no bond of its bridge, that names what a bond could be made of.
    answers = None if first is None else stack.read(facts, first)
    if answers is None or not answers.bond.name or not answers.bond.slaves:
        return None
    lines = _Lines(facts, stack, tree, answers)
    if not lines.makes_bond():
        return None
    return answers.bond.name, Written(
        stack=stack.name,
        options={**beside(stack, facts, answers.bond.name), **dict(lines.options())},
        slaves=dict(lines.slaves()),
        bridge=lines.bridge(),
    )


class _Lines:
    """The lines of one stack's files that are about one bond."""

    def __init__(self, facts: HostFacts, stack: Stack, tree: Tree, answers: Answers) -> None:
        self._facts, self._stack, self._answers = facts, stack, answers
        self._files: dict[str, list[str]] = {}
        for path in stack.paths(tree):
            state = facts.files.get(path)
            if isinstance(state, FileState):
                text = state.data.decode("utf-8", "replace")
                self._files[path] = text.splitlines()

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

    def bridge(self) -> tuple[str, str] | None:
        """The bridge and the line that makes the bond its port, not a VLAN of the bond.

        The line is in the bond's file and names the bridge (BRIDGE=, Bridge=, master=), or it names
        the bond among the bridge's ports (`bridge_ports`, and in the block of the bridge's name).
        """
        bond, name = self._answers.bond.name, self._answers.bridge.name
        above = re.compile(rf"\s*(?:bridge|master|controller)\s*=\s*\W?{re.escape(name)}\W*", re.I)
        port = re.compile(rf"\s*bridge[-_]ports\s(?:.*\s)?{re.escape(bond)}(?:\s.*)?")
        block = re.compile(rf"(\s*)\W?{re.escape(name)}\W?\s*:.*")
        of_bond = {path for path, _ in self._having(bond)}
        of_bond |= {path for path in self._files if re.search(rf"-{re.escape(bond)}$", path)}
        for path, lines in self._files.items():
            depth: int | None = None
            for number, line in enumerate(lines):
                if line.lstrip().startswith(_COMMENTS) or not line.strip():
                    continue
                indented = len(line) - len(line.lstrip())
                depth = None if depth is not None and indented <= depth else depth
                if found := block.fullmatch(line):
                    depth = len(found[1])
                inside = depth is not None and _word(bond).search(line) is not None
                if inside or port.fullmatch(line) or (path in of_bond and above.fullmatch(line)):
                    return name, f"{path}:{number + 1}"
        return None

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
    return re.compile(rf"(?<![\w.:-]){re.escape(word)}(?![\w.-]|:\S)", re.IGNORECASE)
