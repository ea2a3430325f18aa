"""ifupdown2 (Cumulus, Debian with it in ifupdown's place): the same files, `ifreload -a`."""

from collections.abc import Sequence

from xenbond_tui.effects import Tree
from xenbond_tui.facts.host import Evidence, HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.stacks.base import Stack
from xenbond_tui.stacks.ifupdown import evidence, paths, places as files
from xenbond_tui.stacks.ifupdown2 import places
from xenbond_tui.typed import override


class Ifupdown2(Stack):
    """/etc/network/interfaces, brought up by ifreload."""

    name = "ifupdown2"
    title = "ifupdown2"
    modules = dict.fromkeys(("bond", "read", "inventory"), "stanzas")

    @override
    def paths(self, tree: Tree) -> tuple[str, ...]:
        """Ifupdown's files, the settings of ifupdown2 itself, and the addon that makes bonds."""
        return tuple(sorted({*paths(tree), places.SETTINGS, places.ADDON}))

    @override
    def probes(self) -> tuple[str, ...]:
        """What ifupdown is known by, and ifupdown2's own programs."""
        programs = (*places.IFRELOAD, *places.IFDOWN, *files.IFUP)
        return (*files.PROBES, *programs, places.VRF_ADDON, places.VRF_TABLES)

    @override
    def owns(self, facts: HostFacts, about: Sequence[Link] = ()) -> Evidence | None:
        """None where ifupdown itself reads the file."""
        if not facts.present.intersection(files.IFUPDOWN2):
            return None
        return evidence(facts, self.name, "ifupdown2")
