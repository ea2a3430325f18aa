"""systemd-networkd by itself: .netdev and .network files (minimal, cloud and container hosts)."""

import re
from collections.abc import Iterator, Mapping, Sequence

from xenbond_tui.answers import Answers, Removal, Request
from xenbond_tui.effects import Tree
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import Evidence, HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.rules import units
from xenbond_tui.rules.findings import Finding
from xenbond_tui.rules.inventory import Item
from xenbond_tui.stacks.base import Draft, Restart
from xenbond_tui.stacks.dialect import Dialect
from xenbond_tui.stacks.networkd import places
from xenbond_tui.stacks.networkd.places import ETC, SERVICE

_NETPLAN = "netplan-"
_YAML = ("/etc/netplan/", "/run/netplan/", "/lib/netplan/", "/usr/lib/netplan/")
_KINDS = (".network", ".netdev")
_FOLDERS = tuple(f"{folder}/" for folder in places.DIRECTORIES)


class Networkd:
    """Files under /etc/systemd/network; networkd makes the links."""

    name = "networkd"
    title = "systemd-networkd"

    @property
    def dialect(self) -> Dialect:
        """[Bond] of a .netdev file."""
        from xenbond_tui.stacks.networkd.bond import DIALECT

        return DIALECT

    @property
    def restart(self) -> Restart:
        """The daemon's, which gives each link what its file says."""
        from xenbond_tui.stacks.networkd.activate import OUTAGE

        return Restart(start=(("systemctl", "restart", SERVICE),), outage=OUTAGE)

    def paths(self, tree: Tree) -> tuple[str, ...]:
        """Its files wherever they lie, leases, what starts it, the library with its version."""
        return places.paths(tree)

    def probes(self) -> tuple[str, ...]:
        """The daemon, and what waits for it."""
        return places.PROBES

    def owns(self, facts: HostFacts, about: Sequence[Link] = ()) -> Evidence | None:
        """Files that match this host's NICs, and a daemon that is started at boot.

        Files that netplan writes count for it, but netplan is the one to be asked then.
        """
        enabled = units.started_by(facts, SERVICE)
        known = (*facts.files, *facts.unreadable)
        if not any(path.startswith(_FOLDERS) and path.endswith(_KINDS) for path in known):
            return None
        from xenbond_tui.rules.owners import named_by
        from xenbond_tui.rules.suitable import cards
        from xenbond_tui.stacks.networkd.files import Configuration
        from xenbond_tui.stacks.networkd.match import of_link, unit_of

        try:
            config = Configuration(facts)
        except XenbondError as error:
            # check() refuses the file by name; until then what it configures is not known.
            text = f"{error.where} can't be read" if enabled is None else f"{enabled} is there"
            return Evidence(self.name, text, 10 if enabled is None else 30)
        matched = {
            link.name: unit
            for link in (*cards(facts), *about)
            if (unit := unit_of(config, of_link(link))) is not None
            if not unit.yes("Link", "Unmanaged")
        }
        made = {link.name: unit for link in about if (unit := config.netdev(link.name)) is not None}
        matched = {**made, **matched}
        spelt_out = [] if facts.links_known else [unit.path for unit in config.networks]
        if not matched and not (enabled and spelt_out):
            return None
        paths = {nic: unit.path for nic, unit in matched.items()}
        said = [*named_by(paths, "configures")] or spelt_out[:1]
        said.append(f"{enabled} is there" if enabled else f"but {SERVICE} is not enabled")
        used = [*matched.values()] or [*config.networks]
        made_by_it = any(_NETPLAN in unit.name for unit in used)
        asked = [link.name for link in about if link.name in matched]
        netplans = _of_netplan(facts, {nic: unit.name for nic, unit in matched.items()})
        their_files = {matched[nic].name for nic in netplans}
        # A file for any NIC is also of those that nobody asks about.
        rest = (matched[nic].name in their_files for nic in matched)
        before = bool(netplans) and (netplans >= {*asked} if asked else all(rest))
        return Evidence(
            self.name,
            "; ".join(said),
            (55 if matched else 40) + (30 if enabled else -35),
            tuple(nic for nic in matched if enabled and nic not in netplans),
            f"have no file under {ETC} match {{nic}}, or `systemctl disable --now {SERVICE}`",
            "netplan" if made_by_it or before else "",
        )

    def read(self, facts: HostFacts, about: Answers | None = None) -> Answers | None:
        """What the files configure today; None where they can't be read."""
        from xenbond_tui.stacks.networkd.read import read

        return read(facts, about)

    def inventory(self, facts: HostFacts) -> Iterator[Item]:
        """What the files say, item by item."""
        from xenbond_tui.stacks.networkd.inventory import inventory

        return inventory(facts)

    def able(self, facts: HostFacts, request: Request) -> Iterator[Finding]:
        """What this systemd can't do or say, and whether its daemon is at work."""
        from xenbond_tui.stacks.networkd.check import able

        return able(facts, request)

    def set_up(self, facts: HostFacts, answers: Answers) -> Draft:
        """The files of the slaves, the bond and the bridge."""
        from xenbond_tui.stacks.networkd.set_up import SetUpDraft

        return SetUpDraft(facts, answers)

    def remove(self, facts: HostFacts, removal: Removal) -> Draft:
        """Bond and bridge out of the files; what the bridge had is the NIC's again."""
        from xenbond_tui.stacks.networkd.remove import RemovalDraft

        return RemovalDraft(facts, removal)


def _of_netplan(facts: HostFacts, files: Mapping[str, str]) -> set[str]:
    """The NICs of these (NIC → name of its file) that are netplan's, made by it or still to be.

    In a copy of /etc it has made none. What it makes comes before a file for any NIC
    (99-dhcp-en.network), which is for those that netplan does not name.
    """
    texts = [state.data for path, state in facts.files.items() if path.startswith(_YAML)]
    if any(b"NetworkManager" in text for text in texts):
        texts = []
    made = f"10-{_NETPLAN}"
    found = {nic for nic, file in files.items() if _NETPLAN in file}
    for nic in (nic for nic, file in files.items() if file > made):
        word = re.compile(rb"(?<![\w.-])" + re.escape(nic.encode()) + rb"\s*:")
        if any(word.search(text) for text in texts):
            found.add(nic)
    return found
