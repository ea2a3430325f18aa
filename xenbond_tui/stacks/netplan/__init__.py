"""netplan: Ubuntu, and Debian's cloud images; it writes for systemd-networkd or NetworkManager."""

from collections.abc import Sequence

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import Evidence, HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.stacks.base import Stack
from xenbond_tui.stacks.netplan import places
from xenbond_tui.typed import override


class Netplan(Stack):
    """/etc/netplan/*.yaml, which netplan turns into another program's files at each boot."""

    name = "netplan"
    title = "netplan"

    @override
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
        rendered = (path for path in sorted(facts.files) if path.startswith(_RENDERED))
        made = next((path for path in rendered if path.rpartition("/")[2].startswith(_MADE)), None)
        if made is not None:
            text = f"{text}; {made} was made of it"
        return Evidence(
            self.name,
            text,
            95 if made is not None else 80,
            links=nics,
            settle=f"take {{nic}} out of {' and '.join(own)} and run netplan generate",
        )


_RENDERED = tuple(f"{directory}/" for directory in places.RENDERED)
_MADE = ("10-netplan-", "netplan-")
"""Begin the names of what it makes there."""
