"""Debian's ifupdown with ifenslave and bridge-utils (Debian 9 to 13, Devuan, older Ubuntu)."""

from collections.abc import Iterable, Iterator

from xenbond_tui.answers import Answers, Removal, Request, SetUp
from xenbond_tui.effects import Tree
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import Evidence, HostFacts
from xenbond_tui.rules.findings import Finding
from xenbond_tui.rules.inventory import Item
from xenbond_tui.stacks.base import Draft, Restart
from xenbond_tui.stacks.ifupdown import files, lease, owner
from xenbond_tui.stacks.ifupdown.activate import OUTAGE
from xenbond_tui.stacks.ifupdown.files import DIALECT, Configuration
from xenbond_tui.stacks.ifupdown.packages import IFUPDOWN2, PROBES, packages
from xenbond_tui.stacks.ifupdown.read import read_answers


class Ifupdown:
    """/etc/network/interfaces, brought up by ifup."""

    name = "ifupdown"
    title = "Debian ifupdown"
    dialect = DIALECT
    # Of all links those that a boot would bring up: "auto", and by their hardware "allow-hotplug".
    restart = Restart(
        start=(("ifup", "-a"), ("ifup", "-a", "--allow=hotplug")),
        outage=OUTAGE,
        stop=(("ifdown", "-a", "--allow=hotplug"), ("ifdown", "-a", "--exclude=lo")),
    )

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

    def read(self, facts: HostFacts, about: Answers | None = None) -> Answers | None:
        """What the files configure today; None for nothing but lo, or files that can't be read."""
        try:
            return read_answers(Configuration(facts), about)
        except XenbondError:
            return None

    def inventory(self, facts: HostFacts) -> Iterator[Item]:
        """What the files say, item by item."""
        from xenbond_tui.stacks.ifupdown.inventory import inventory

        return inventory(Configuration(facts))

    def able(self, facts: HostFacts, request: Request) -> Iterable[Finding]:
        """Missing packages, and other programs in ifupdown's place."""
        return packages(facts) if isinstance(request, SetUp) else ()

    def set_up(self, facts: HostFacts, answers: Answers) -> Draft:
        """The files with the address moved to the bridge."""
        from xenbond_tui.stacks.ifupdown.set_up import SetUpDraft

        return SetUpDraft(facts, answers)

    def remove(self, facts: HostFacts, removal: Removal) -> Draft:
        """The files with the address on one NIC again."""
        from xenbond_tui.stacks.ifupdown.remove import RemovalDraft

        return RemovalDraft(facts, removal)
