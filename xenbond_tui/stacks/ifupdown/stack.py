"""Debian's ifupdown with ifenslave and bridge-utils (Debian 9 to 13, Devuan, older Ubuntu)."""

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.effects import Tree
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import Evidence, HostFacts
from xenbond_tui.plan.plan import Plan
from xenbond_tui.rules.findings import Finding
from xenbond_tui.stacks.change_over import Direction, Edit, Gap
from xenbond_tui.stacks.change_over.removal import afterwards
from xenbond_tui.stacks.ifupdown import files, lease, owner, plans, remove, steps
from xenbond_tui.stacks.ifupdown.bond import EXPRESSIBLE, key
from xenbond_tui.stacks.ifupdown.checks import check
from xenbond_tui.stacks.ifupdown.files import Configuration
from xenbond_tui.stacks.ifupdown.hitless import GAP, move, way
from xenbond_tui.stacks.ifupdown.packages import IFUPDOWN2, PROBES
from xenbond_tui.stacks.ifupdown.read import read_answers
from xenbond_tui.stacks.ifupdown.transition import IfupdownTransition, edit_steps


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
        with plans.editing():
            plans.write(after, answers)
        return plans.plan(self.name, answers, after, _ways(facts, answers, before, after))

    def remove(self, facts: HostFacts, removal: Removal) -> Plan:
        """The files with the address on one NIC again, and the steps there and back.

        Raises:
            XenbondError: no file makes the bond, or one can't be edited without guessing.
        """
        before, after = Configuration(facts), Configuration(facts)
        with plans.editing():
            remove.edit(after, removal)
        try:
            ways, gap = _removed_without_gap(facts, removal, before, after), ""
        except Gap:
            up = steps.removal(facts, removal, before, after)
            ways, gap = (up, steps.down(facts, removal.answers, before, after)), GAP
        return plans.removal_plan(self.name, removal, after, ways, gap)


def _removed_without_gap(
    facts: HostFacts, removal: Removal, before: Configuration, after: Configuration
) -> plans.Ways:
    """From bond and bridge to the NIC, and back.

    Raises:
        Gap: it can't be done.
    """
    there, answers = afterwards(facts, removal, leases=True), removal.answers
    found = move(there, answers, after, answers.bridge.name)
    parted = IfupdownTransition(there, answers, after, before, found, Direction.PART)
    return parted.forward(), parted.rollback()


def _ways(
    facts: HostFacts, answers: Answers, before: Configuration, after: Configuration
) -> plans.Ways:
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
    joined = IfupdownTransition(facts, answers, before, after, found)
    return joined.forward(), joined.rollback()
