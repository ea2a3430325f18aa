"""Debian's ifupdown with ifenslave and bridge-utils (Debian 9 to 13, Devuan, older Ubuntu)."""

from dataclasses import replace

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.effects import Tree
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import Evidence, HostFacts
from xenbond_tui.plan import FileChange, Plan, Step
from xenbond_tui.rules.findings import Finding
from xenbond_tui.stacks.change_over import Edit, Gap
from xenbond_tui.stacks.change_over.removal import afterwards, way_back, way_there
from xenbond_tui.stacks.ifupdown import files, lease, owner, remove, steps
from xenbond_tui.stacks.ifupdown.bond import (
    EXPRESSIBLE,
    key,
    option_values,
    write_bond,
    write_slaves,
)
from xenbond_tui.stacks.ifupdown.bridge import file_mtu, holders, resolved, take, write_bridge
from xenbond_tui.stacks.ifupdown.checks import check
from xenbond_tui.stacks.ifupdown.files import Configuration
from xenbond_tui.stacks.ifupdown.hitless import GAP, move, way
from xenbond_tui.stacks.ifupdown.hitless_steps import HitlessSteps, edit_steps
from xenbond_tui.stacks.ifupdown.packages import IFUPDOWN2, PROBES
from xenbond_tui.stacks.ifupdown.read import read_answers
from xenbond_tui.stacks.outcome import (
    expected,
    removed_expected,
    removed_summary,
    removed_why,
    summary,
    why,
)


class Ifupdown:
    """/etc/network/interfaces, brought up by ifup."""

    name = "ifupdown"
    title = "Debian ifupdown"

    def paths(self, tree: Tree) -> tuple[str, ...]:
        """The main file and everything it sources, and what starts it at boot, sorted."""
        return tuple(sorted({*files.paths(tree), *owner.paths(tree), *lease.paths(tree)}))

    def probes(self) -> tuple[str, ...]:
        """ifup, its hooks, and what replaces or rivals it."""
        return (*PROBES, owner.NETPLAN)

    def owns(self, facts: HostFacts) -> Evidence | None:
        """None where ifupdown2 reads the file instead."""
        if facts.present.intersection(IFUPDOWN2):
            return None
        return owner.evidence(facts, self.name, "ifup")

    def read(self, facts: HostFacts) -> Answers | None:
        """What the files configure today; None for nothing but lo, or files that can't be read."""
        try:
            return read_answers(Configuration(facts))
        except XenbondError:
            return None

    def spelling(self, option: str) -> str | None:
        """What ifenslave reads: `bond-miimon`."""
        return key(option) if option in EXPRESSIBLE else None

    def check(self, facts: HostFacts, answers: Answers) -> tuple[Finding, ...]:
        """Missing packages, other programs in ifupdown's place, lines that can't be kept."""
        return check(facts, answers)

    def plan(self, facts: HostFacts, answers: Answers) -> Plan:
        """The files with the address moved to the bridge, and the steps there and back.

        Raises:
            XenbondError: a file can't be edited without guessing; names file and line.
        """
        before, after = Configuration(facts), Configuration(facts)
        try:
            edit(after, answers)
        except ValueError as error:
            raise XenbondError(f"{error}; nothing was changed. Write that line anew.") from None
        up, down = _ways(facts, answers, before, after)
        return Plan(
            stack=self.name,
            changes=explained(after, why(answers)),
            up=up,
            down=down,
            expected=expected(answers, option_values(answers.bond)),
            summary=summary(answers),
        )

    def remove(self, facts: HostFacts, removal: Removal) -> Plan:
        """The files with the address on one NIC again, and the steps there and back.

        Raises:
            XenbondError: no file makes the bond, or one can't be edited without guessing.
        """
        before, after = Configuration(facts), Configuration(facts)
        try:
            remove.edit(after, removal)
        except ValueError as error:
            raise XenbondError(f"{error}; nothing was changed. Write that line anew.") from None
        try:
            (up, down), gap = _removed_without_gap(facts, removal, before, after), ""
        except Gap:
            up, gap = steps.removal(facts, removal, before, after), GAP
            down = steps.down(facts, removal.answers, before, after)
        return Plan(
            stack=self.name,
            changes=explained(after, removed_why(removal)),
            up=up,
            down=down,
            expected=removed_expected(removal),
            summary=removed_summary(removal),
            gap=gap,
        )


def _removed_without_gap(
    facts: HostFacts, removal: Removal, before: Configuration, after: Configuration
) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """The way back of the set-up that would lead from there to here, and its way there.

    Raises:
        Gap: it can't be done.
    """
    there, answers = afterwards(facts, removal, leases=True), removal.answers
    found = move(there, answers, after, answers.bridge.name)
    mirrored = HitlessSteps(there, answers, after, before, found)
    return way_there(mirrored.down(), removal), way_back(mirrored.up(), removal)


def explained(config: Configuration, reason: str) -> tuple[FileChange, ...]:
    """The files' changes, each that is one with the reason for it."""
    return tuple(
        change if change.status == "unchanged" else replace(change, why=reason)
        for change in config.changes()
    )


def _ways(
    facts: HostFacts, answers: Answers, before: Configuration, after: Configuration
) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """Up and down: without a gap where it can be, else in the order of ifdown and ifup."""
    try:
        found = way(facts, answers, before)
    except Gap:
        return (
            steps.up(facts, answers, before, after),
            steps.down(facts, answers, before, after),
        )
    if isinstance(found, Edit):
        return edit_steps(facts, found, before, after)
    without_gap = HitlessSteps(facts, answers, before, after, found)
    return without_gap.up(), without_gap.down()


def edit(config: Configuration, answers: Answers) -> None:
    """Write the slaves, the bond and the bridge into the files."""
    mtu = file_mtu(config, answers)
    answers = resolved(answers, mtu)
    if not config.main.lines:
        config.main.append("auto lo", "iface lo inet loopback")
    blocks = tuple(
        block
        for name in holders(config, answers)
        for block in take(config, name, answers.bridge.name)
    )
    missing = write_slaves(config, answers)
    write_bond(config, answers, missing, mtu)
    write_bridge(config, answers, blocks, mtu)
