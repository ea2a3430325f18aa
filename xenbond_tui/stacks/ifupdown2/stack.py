"""ifupdown2 (Cumulus, Debian with it in ifupdown's place): the same files, `ifreload -a`."""

from collections.abc import Iterator, Sequence

from xenbond_tui.answers import Answers, Removal, Request
from xenbond_tui.effects import Tree
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import Evidence, HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.rules.findings import Finding
from xenbond_tui.rules.inventory import Item
from xenbond_tui.stacks.base import Draft, Restart
from xenbond_tui.stacks.dialect import Dialect
from xenbond_tui.stacks.ifupdown import places as files
from xenbond_tui.stacks.ifupdown.stack import evidence, paths
from xenbond_tui.stacks.ifupdown2 import places


class Ifupdown2:
    """/etc/network/interfaces, brought up by ifreload."""

    name = "ifupdown2"
    title = "ifupdown2"

    @property
    def dialect(self) -> Dialect:
        """What its bond addon takes."""
        from xenbond_tui.stacks.ifupdown2.stanzas import DIALECT

        return DIALECT

    @property
    def restart(self) -> Restart:
        """ifreload, which makes what runs what the files say."""
        from xenbond_tui.stacks.ifupdown2.activate import OUTAGE

        return Restart(start=(("ifreload", "-a"),), outage=OUTAGE)

    def paths(self, tree: Tree) -> tuple[str, ...]:
        """Ifupdown's files, the settings of ifupdown2 itself, and the addon that makes bonds."""
        return tuple(sorted({*paths(tree), places.SETTINGS, places.ADDON}))

    def probes(self) -> tuple[str, ...]:
        """What ifupdown is known by, and ifupdown2's own programs."""
        programs = (*places.IFRELOAD, *places.IFDOWN, *files.IFUP)
        return (*files.PROBES, *programs, places.VRF_ADDON, places.VRF_TABLES)

    def owns(self, facts: HostFacts, about: Sequence[Link] = ()) -> Evidence | None:
        """None where ifupdown itself reads the file."""
        if not facts.present.intersection(files.IFUPDOWN2):
            return None
        return evidence(facts, self.name, "ifupdown2")

    def read(self, facts: HostFacts, about: Answers | None = None) -> Answers | None:
        """What the files configure today; None for nothing but lo, or files that can't be read."""
        from xenbond_tui.stacks.ifupdown.read import read_answers
        from xenbond_tui.stacks.ifupdown2.dialect import heard
        from xenbond_tui.stacks.ifupdown2.stanzas import opened

        try:
            config = opened(facts)
        except XenbondError:
            return None
        written = read_answers(config, about)
        return None if written is None else heard(written, config)

    def inventory(self, facts: HostFacts) -> Iterator[Item]:
        """What the files say, item by item."""
        from xenbond_tui.stacks.ifupdown.files import Configuration
        from xenbond_tui.stacks.ifupdown.inventory import inventory

        return inventory(Configuration(facts, self.dialect))

    def able(self, facts: HostFacts, request: Request) -> Iterator[Finding]:
        """Can ifreload end well on this host, and does it take these values?"""
        from xenbond_tui.stacks.ifupdown2.check import able

        return able(facts, request)

    def set_up(self, facts: HostFacts, answers: Answers) -> Draft:
        """Ifupdown's files in ifupdown2's words."""
        from xenbond_tui.stacks.ifupdown2.set_up import SetUpDraft

        return SetUpDraft(facts, answers)

    def remove(self, facts: HostFacts, removal: Removal) -> Draft:
        """Ifupdown's files without bond and bridge."""
        from xenbond_tui.stacks.ifupdown2.remove import RemovalDraft

        return RemovalDraft(facts, removal)
