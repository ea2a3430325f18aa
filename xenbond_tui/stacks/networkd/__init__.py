"""systemd-networkd by itself: .netdev and .network files (minimal, cloud and container hosts)."""

from collections.abc import Sequence

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import Evidence, HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.rules import units
from xenbond_tui.stacks.base import Stack
from xenbond_tui.stacks.networkd import places
from xenbond_tui.stacks.networkd.places import ETC, SERVICE
from xenbond_tui.typed import TYPE_CHECKING, override

if TYPE_CHECKING:
    from xenbond_tui.stacks.networkd.files import Unit

_NETPLAN = "netplan-"
_KINDS = (".network", ".netdev")
_FOLDERS = tuple(f"{folder}/" for folder in places.DIRECTORIES)


class Networkd(Stack):
    """Files under /etc/systemd/network; networkd makes the links."""

    name = "networkd"
    title = "systemd-networkd"

    @override
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
        from xenbond_tui.stacks.netplan.made import after_boot
        from xenbond_tui.stacks.networkd.files import Configuration
        from xenbond_tui.stacks.networkd.match import doubtful, matching, subject, unit_of

        try:
            config = Configuration(after_boot(facts))
        except XenbondError as error:
            # check() refuses the file by name; until then what it configures is not known.
            text = f"{error.where} can't be read" if enabled is None else f"{enabled} is there"
            return Evidence(self.name, text, 10 if enabled is None else 30)
        links = {it.name: subject(facts, it.name, it.kind) for it in (*cards(facts), *about)}
        first = {name: doubtful(config, link) for name, link in links.items()}
        matched = {
            name: unit
            for name, link in links.items()
            # netplan's too where it comes first, if it is about that link at all.
            if (unit := _netplans(first[name]) or unit_of(config, link)) is not None
            if not unit.yes("Link", "Unmanaged")
        }
        theirs = [name for name, unit in matched.items() if _netplans(unit)]
        asked = ([unit for unit, _ in matching(config, link)] for link in links.values())
        besides = [unit for units in asked if any(map(_netplans, units)) for unit in units]
        made = {link.name: unit for link in about if (unit := config.netdev(link.name)) is not None}
        matched = {**made, **matched}
        spelt_out = [] if facts.links_known else [unit.path for unit in config.networks]
        if not matched and not (enabled and spelt_out):
            return None
        paths = {nic: unit.path for nic, unit in matched.items() if unit.path in facts.files}
        said = [*named_by(paths, "configures")]
        said = said or [path for path in spelt_out if path in facts.files][:1]
        said.append(f"{enabled} is there" if enabled else f"but {SERVICE} is not enabled")
        # A file for NICs that netplan has files for, too: netplan's are what is to be edited.
        used = [*matched.values()] or [*config.networks]
        rendered = any(map(_netplans, used)) and all(_netplans(it) or it in besides for it in used)
        return Evidence(
            self.name,
            "; ".join(said),
            (55 if matched else 40) + (30 if enabled else -35),
            tuple(name for name in matched if enabled and name not in theirs),
            f"have no file under {ETC} match {{nic}}, or `systemctl disable --now {SERVICE}`",
            "netplan" if rendered else "",
        )


def _netplans(unit: "Unit | None") -> "Unit | None":
    """That file, if netplan makes it."""
    return unit if unit is not None and _NETPLAN in unit.name else None
