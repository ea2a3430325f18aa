"""ifupdown2 (Cumulus, Debian with it in ifupdown's place): the same files, `ifreload -a`."""

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.effects import Tree
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import Evidence, HostFacts
from xenbond_tui.plan.plan import Plan
from xenbond_tui.rules.findings import Finding
from xenbond_tui.stacks.change_over import Direction, Edit, Gap, Move, Transition
from xenbond_tui.stacks.change_over.removal import afterwards, plain_mtu
from xenbond_tui.stacks.ifupdown import Ifupdown, owner, plans, remove
from xenbond_tui.stacks.ifupdown.bond import key, option_values
from xenbond_tui.stacks.ifupdown.files import Configuration
from xenbond_tui.stacks.ifupdown.hitless import move, way
from xenbond_tui.stacks.ifupdown.packages import IFUPDOWN2
from xenbond_tui.stacks.ifupdown.read import read_answers
from xenbond_tui.stacks.ifupdown2 import announced, lease, steps
from xenbond_tui.stacks.ifupdown2.addon import ADDON
from xenbond_tui.stacks.ifupdown2.checks import (
    SETTINGS,
    VRF_ADDON,
    VRF_TABLES,
    check,
    ifreload_fails,
)
from xenbond_tui.stacks.ifupdown2.dialect import EXPRESSIBLE, fit, heard
from xenbond_tui.stacks.ifupdown2.stanzas import opened
from xenbond_tui.stacks.ifupdown2.transition import Ifupdown2Transition


class Ifupdown2:
    """/etc/network/interfaces, brought up by ifreload."""

    name = "ifupdown2"
    title = "ifupdown2"

    def __init__(self) -> None:
        self._files = Ifupdown()

    def paths(self, tree: Tree) -> tuple[str, ...]:
        """Ifupdown's files, the settings of ifupdown2 itself, and the addon that makes bonds."""
        return tuple(sorted({*self._files.paths(tree), SETTINGS, ADDON}))

    def probes(self) -> tuple[str, ...]:
        """What ifupdown is known by, and ifupdown2's own programs."""
        programs = (*steps.IFRELOAD, *steps.IFDOWN, *owner.IFUP)
        return (*self._files.probes(), *programs, VRF_ADDON, VRF_TABLES)

    def owns(self, facts: HostFacts) -> Evidence | None:
        """None where ifupdown itself reads the file."""
        if not facts.present.intersection(IFUPDOWN2):
            return None
        return owner.evidence(facts, self.name, "ifupdown2")

    def read(self, facts: HostFacts) -> Answers | None:
        """What the files configure today; None for nothing but lo, or files that can't be read."""
        try:
            config = opened(facts)
        except XenbondError:
            return None
        written = read_answers(config)
        return None if written is None else heard(written, config)

    def spelling(self, option: str) -> str | None:
        """What its bond addon reads: `bond-miimon`."""
        return key(option) if option in EXPRESSIBLE else None

    def check(self, facts: HostFacts, answers: Answers) -> tuple[Finding, ...]:
        """Templates, ranges, values it does not take, lines that can't be kept."""
        return check(facts, answers)

    def plan(self, facts: HostFacts, answers: Answers) -> Plan:
        """Ifupdown's files in ifupdown2's words, and the steps there and back.

        Raises:
            XenbondError: a file can't be edited without guessing; names file and line.
        """
        names = (answers.bridge.name, answers.bond.name, *answers.bond.slaves)
        before, after = opened(facts), opened(facts, *names)
        with plans.editing():
            plans.write(after, answers)
            fit(after, answers)
            announced.write(facts, after, answers)
        return plans.plan(self.name, answers, after, _ways(facts, answers, before, after))

    def remove(self, facts: HostFacts, removal: Removal) -> Plan:
        """Ifupdown's files without bond and bridge, and the steps there and back.

        Raises:
            XenbondError: no file makes the bond, one can't be edited without guessing, or ifreload
                can't work on this host.
        """
        if facts.live and (why := ifreload_fails(facts)) is not None:
            raise XenbondError(f"{why.where}: {why.text} Nothing was changed. {why.remedy}")
        answers = removal.answers
        after = opened(facts, answers.bridge.name, answers.bond.name, *answers.bond.slaves)
        with plans.editing():
            announced.forget(after, answers.bridge.name)
            remove.edit(after, removal)
        try:
            ways, gap = _removed_without_gap(facts, removal, after), ""
        except Gap:
            up = steps.removal(facts, removal, opened(facts))
            ways, gap = (up, steps.down(facts, answers)), steps.GAP
        return plans.removal_plan(self.name, removal, after, ways, gap)


def _ways(
    facts: HostFacts, answers: Answers, before: Configuration, after: Configuration
) -> plans.Ways:
    """Up and down: by netlink without a gap where it can be, ifreload finding all done."""
    try:
        found = way(facts, answers, before)
    except Gap:
        return steps.up(facts, answers, before, after), steps.down(facts, answers)
    if isinstance(found, Edit):
        hand_over = steps.reload(facts, "Hand it all to ifupdown2")
        hand_back = steps.reload(facts, "Hand it all back")
        return found.forward(hand_over=(hand_over,)), found.rollback(activate=(hand_back,))
    joined = _transition(facts, answers, found, Direction.JOIN)
    return joined.forward(), joined.rollback()


def _removed_without_gap(facts: HostFacts, removal: Removal, after: Configuration) -> plans.Ways:
    """Up and down.

    Raises:
        Gap: it can't be done.
    """
    there, answers = afterwards(facts, removal, leases=True), removal.answers
    plain_mtu(facts, removal)
    found = move(there, answers, after, answers.bridge.name)
    parted = _transition(there, answers, found, Direction.PART)
    return parted.forward(), parted.rollback()


def _transition(
    facts: HostFacts, answers: Answers, found: Move, direction: Direction
) -> Transition:
    options, kind = option_values(answers.bond), Ifupdown2Transition
    if found.leased:
        (facts, found), kind = lease.as_stand_in(facts, found), lease.LeasedTransition
    return kind(facts, answers, found, options, direction=direction)
