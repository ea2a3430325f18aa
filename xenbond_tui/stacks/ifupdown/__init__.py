"""Debian's ifupdown with ifenslave and bridge-utils (Debian 9 to 13, Devuan, older Ubuntu)."""

from collections.abc import Sequence

from xenbond_tui.effects import Tree
from xenbond_tui.facts.host import Evidence, HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.stacks.base import Stack
from xenbond_tui.stacks.ifupdown import places
from xenbond_tui.typed import override


class Ifupdown(Stack):
    """/etc/network/interfaces, brought up by ifup."""

    name = "ifupdown"
    title = "Debian ifupdown"
    modules = {"bond": "files"}

    @override
    def paths(self, tree: Tree) -> tuple[str, ...]:
        """The main file and everything it sources, and what starts it at boot, sorted."""
        return paths(tree)

    @override
    def owns(self, facts: HostFacts, about: Sequence[Link] = ()) -> Evidence | None:
        """None where ifupdown2 reads the file instead."""
        if facts.present.intersection(places.IFUPDOWN2):
            return None
        return evidence(facts, self.name, "ifup")


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
