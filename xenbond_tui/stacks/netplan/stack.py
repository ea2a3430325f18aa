"""netplan: Ubuntu, and Debian's cloud images; it writes for systemd-networkd or NetworkManager."""

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
from xenbond_tui.stacks.netplan import places
from xenbond_tui.stacks.networkmanager.places import SERVICE as NETWORKMANAGER


class Netplan:
    """/etc/netplan/*.yaml, which netplan turns into another program's files at each boot."""

    name = "netplan"
    title = "netplan"

    @property
    def dialect(self) -> Dialect:
        """The `parameters` of a bond."""
        from xenbond_tui.stacks.netplan.bond import DIALECT

        return DIALECT

    @property
    def restart(self) -> Restart:
        """`netplan apply`, which leaves NetworkManager what it holds."""
        from xenbond_tui.stacks.netplan.by_apply import OUTAGE

        return Restart(start=(("netplan", "apply"),), outage=OUTAGE, daemons=(NETWORKMANAGER,))

    def paths(self, tree: Tree) -> tuple[str, ...]:
        """Its own files, and what it has made of them."""
        return places.paths(tree)

    def probes(self) -> tuple[str, ...]:
        """Netplan's programs."""
        return places.PROBES

    def owns(self, facts: HostFacts, about: Sequence[Link] = ()) -> Evidence | None:
        """Strong when it is installed and its files define NICs; stronger when it has made more."""
        if not facts.may_have(*places.NETPLAN, *places.GENERATORS):
            return None
        from xenbond_tui.stacks.netplan.files import Configuration
        from xenbond_tui.stacks.netplan.links import PHYSICAL, nics_of

        try:
            config = Configuration(facts)
            asked = {link.name for link in about if link.kind}
            links = [*config.merged(*PHYSICAL), *(x for x in config.merged() if x.id in asked)]
            names = [
                (link.id, definition.file.path) for link in links for definition in link.definitions
            ]
            nics = tuple(dict.fromkeys(nic for link in links for nic in nics_of(facts, link)))
        except XenbondError as error:
            # It may define everything: check() refuses it by name.
            return Evidence(self.name, f"{error.where} can't be read", 80)
        if not nics and not facts.links_known:
            # By patterns, of which nobody can tell here what they match.
            nics = tuple(dict.fromkeys(id for id, _ in names))
        if not nics:
            return None
        own = dict.fromkeys(path for _, path in names)
        text = f"{' and '.join(own)} {'define' if len(own) > 1 else 'defines'} {', '.join(nics)}"
        made = next(
            (path for path in sorted(facts.files) if path.startswith(_MADE) and _is_made(path)),
            None,
        )
        if made is not None:
            text = f"{text}; {made} was made of it"
        return Evidence(
            self.name,
            text,
            95 if made is not None else 80,
            links=nics,
            settle=f"take {{nic}} out of {' and '.join(own)} and run netplan generate",
        )

    def read(self, facts: HostFacts, about: Answers | None = None) -> Answers | None:
        """What the files configure today; None for nothing, or files that can't be read."""
        from xenbond_tui.stacks.netplan.files import Configuration
        from xenbond_tui.stacks.netplan.read import read_answers

        try:
            return read_answers(facts, Configuration(facts), about)
        except XenbondError:
            return None

    def inventory(self, facts: HostFacts) -> Iterator[Item]:
        """What the files say, item by item."""
        from xenbond_tui.stacks.netplan.inventory import inventory

        return inventory(facts)

    def able(self, facts: HostFacts, request: Request) -> Iterator[Finding]:
        """The command that has to carry the change out."""
        from xenbond_tui.stacks.netplan import programs

        return programs.able(facts)

    def set_up(self, facts: HostFacts, answers: Answers) -> Draft:
        """The files with the address moved to the bridge."""
        from xenbond_tui.stacks.netplan.set_up import SetUpDraft

        return SetUpDraft(facts, answers)

    def remove(self, facts: HostFacts, removal: Removal) -> Draft:
        """The files with the address on one NIC again."""
        from xenbond_tui.stacks.netplan.remove import RemovalDraft

        return RemovalDraft(facts, removal)


_MADE = tuple(f"{directory}/" for directory in places.RENDERED)


def _is_made(path: str) -> bool:
    return path.rpartition("/")[2].startswith(("10-netplan-", "netplan-"))
