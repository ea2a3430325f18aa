"""Debian's ifupdown with ifenslave and bridge-utils (Debian 9 to 13, Devuan, older Ubuntu)."""

from collections.abc import Iterable, Iterator, Sequence

from xenbond_tui.answers import Answers, Removal, Request, SetUp
from xenbond_tui.effects import Tree
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import Evidence, HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.rules.findings import Finding
from xenbond_tui.rules.inventory import Item
from xenbond_tui.stacks.base import Draft, Restart
from xenbond_tui.stacks.dialect import Dialect
from xenbond_tui.stacks.ifupdown import places


class Ifupdown:
    """/etc/network/interfaces, brought up by ifup."""

    name = "ifupdown"
    title = "Debian ifupdown"

    @property
    def dialect(self) -> Dialect:
        """The bond-… lines of ifenslave."""
        from xenbond_tui.stacks.ifupdown.files import DIALECT

        return DIALECT

    @property
    def restart(self) -> Restart:
        """Of all links those that a boot would bring up.

        "auto", and by their hardware "allow-hotplug".
        """
        from xenbond_tui.stacks.ifupdown.activate import OUTAGE

        return Restart(
            start=(("ifup", "-a"), ("ifup", "-a", "--allow=hotplug")),
            outage=OUTAGE,
            stop=(("ifdown", "-a", "--allow=hotplug"), ("ifdown", "-a", "--exclude=lo")),
        )

    def paths(self, tree: Tree) -> tuple[str, ...]:
        """The main file and everything it sources, and what starts it at boot, sorted."""
        return paths(tree)

    def probes(self) -> tuple[str, ...]:
        """ifup, its hooks, and what replaces or rivals it."""
        return places.PROBES

    def owns(self, facts: HostFacts, about: Sequence[Link] = ()) -> Evidence | None:
        """None where ifupdown2 reads the file instead."""
        if facts.present.intersection(places.IFUPDOWN2):
            return None
        return evidence(facts, self.name, "ifup")

    def read(self, facts: HostFacts, about: Answers | None = None) -> Answers | None:
        """What the files configure today; None for nothing but lo, or files that can't be read."""
        from xenbond_tui.stacks.ifupdown.files import Configuration
        from xenbond_tui.stacks.ifupdown.read import read_answers

        try:
            return read_answers(Configuration(facts), about)
        except XenbondError:
            return None

    def inventory(self, facts: HostFacts) -> Iterator[Item]:
        """What the files say, item by item."""
        from xenbond_tui.stacks.ifupdown.files import Configuration
        from xenbond_tui.stacks.ifupdown.inventory import inventory

        return inventory(Configuration(facts))

    def able(self, facts: HostFacts, request: Request) -> Iterable[Finding]:
        """Missing packages, and other programs in ifupdown's place."""
        from xenbond_tui.stacks.ifupdown.packages import packages

        return packages(facts) if isinstance(request, SetUp) else ()

    def set_up(self, facts: HostFacts, answers: Answers) -> Draft:
        """The files with the address moved to the bridge."""
        from xenbond_tui.stacks.ifupdown.set_up import SetUpDraft

        return SetUpDraft(facts, answers)

    def remove(self, facts: HostFacts, removal: Removal) -> Draft:
        """The files with the address on one NIC again."""
        from xenbond_tui.stacks.ifupdown.remove import RemovalDraft

        return RemovalDraft(facts, removal)


def paths(tree: Tree) -> tuple[str, ...]:
    """The main file and everything it sources, and what starts it at boot, sorted."""
    found = {*places.paths(tree)}
    if tree.exists(places.MAIN):
        from xenbond_tui.stacks.ifupdown import files

        found |= {*files.paths(tree)}
    return tuple(sorted(found))


def evidence(facts: HostFacts, stack: str, program: str) -> Evidence | None:
    """As `owner.evidence`; None where there is no such file."""
    if places.MAIN not in facts.files and places.MAIN not in facts.unreadable:
        return None
    from xenbond_tui.stacks.ifupdown import owner

    return owner.evidence(facts, stack, program)
