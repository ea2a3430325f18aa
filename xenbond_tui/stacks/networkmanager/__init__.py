"""NetworkManager: keyfiles under /etc/NetworkManager/system-connections, nmcli brings them up."""

from collections.abc import Sequence

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import Evidence, HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.rules import units
from xenbond_tui.rules.findings import Severity
from xenbond_tui.rules.managed_links import LET_GO, NETPLAN_PROFILES
from xenbond_tui.stacks.base import Stack
from xenbond_tui.stacks.networkmanager.places import PROGRAMS, SERVICE
from xenbond_tui.typed import override


class NetworkManager(Stack):
    """Keyfiles; NetworkManager makes the links."""

    name = "networkmanager"
    title = "NetworkManager"

    @override
    def owns(self, facts: HostFacts, about: Sequence[Link] = ()) -> Evidence | None:
        """Profiles of this host's NICs, and a daemon that is started at boot.

        Profiles that netplan writes count for it, but netplan is the one to be asked then. NICs
        whose profiles are ifcfg files are not named: those files are another stack's to write.
        """
        enabled = units.started_by(facts, SERVICE)
        if enabled is None and not facts.present.intersection(PROGRAMS):
            return None
        from xenbond_tui.rules.owners import named_by
        from xenbond_tui.rules.suitable import cards
        from xenbond_tui.stacks.networkmanager import plugins
        from xenbond_tui.stacks.networkmanager.files import Profiles

        try:
            known = Profiles(facts)
        except XenbondError as error:
            # check() refuses the file by name; until then what it configures is not known.
            text = f"{error.where} can't be read" if enabled is None else f"{enabled} is there"
            return Evidence(self.name, text, 10 if enabled is None else 30)
        found = {
            link.name: profile
            for link in (*cards(facts), *about)
            if (profile := known.about(link)) is not None and not profile.own
        }
        alone = {link.name for link in about if link.name in found and _left_alone(facts, link)}
        held = [
            nic
            for nic, item in found.items()
            if item.autoconnects and not item.path.startswith(NETPLAN_PROFILES)
        ]
        paths = [item.path for item in known.all if not item.own and item.type == "ethernet"]
        spelt_out = [] if facts.links_known else paths
        if not found and not spelt_out and not plugins.held(facts):
            return self._by_itself(facts, enabled, cards(facts))
        said = [*named_by({nic: it.path for nic, it in found.items()}, "is for")] or spelt_out[:1]
        said.append(f"{enabled} is there" if enabled else f"but {SERVICE} is not enabled")
        used = [item.path for item in found.values()] or paths
        return Evidence(
            self.name,
            "; ".join(said),
            (55 if found else 35) + (30 if enabled else -35),
            tuple(nic for nic in held if enabled and nic not in alone),
            LET_GO[self.name],
            "netplan" if any(path.startswith(NETPLAN_PROFILES) for path in used) else "",
            plugins.lets_go_to(facts),
        )

    def _by_itself(
        self, facts: HostFacts, enabled: str | None, nics: Sequence[Link]
    ) -> Evidence | None:
        """Weak, of another system's tree: a boot starts it, and it makes profiles of its own.

        It does for each NIC that has none (NetworkManager.conf(5), no-auto-default). Of a host that
        runs the daemon itself tells what it holds (`rules.owners`).
        """
        if enabled is None or facts.access.knows_running:
            return None
        if nics and all(_left_alone(facts, link) for link in nics):
            return None
        return Evidence(self.name, f"{enabled} is there, and no profile for any NIC", 10)


def _left_alone(facts: HostFacts, link: Link) -> bool:
    """By its own settings, or udev's rules; one that can't be read is refused by name later."""
    from xenbond_tui.stacks.networkmanager.unmanaged import left_alone

    try:
        found = left_alone(facts, {link.name: link.kind or "ethernet"})
        return any(it.severity is Severity.REFUSE for it in found)
    except XenbondError:
        return False
