"""Red Hat network-scripts: ifcfg files, RHEL 5 to 8 (with the package network-scripts)."""

from collections.abc import Sequence

from xenbond_tui.facts.host import Evidence, HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.rules import units
from xenbond_tui.stacks.base import Stack
from xenbond_tui.stacks.ifcfg import places
from xenbond_tui.typed import override


class Ifcfg(Stack):
    """Writes ifcfg files; ifup and ifdown read them."""

    name = "ifcfg"
    title = "Red Hat network-scripts"

    @override
    def owns(self, facts: HostFacts, about: Sequence[Link] = ()) -> Evidence | None:
        """Files that configure this host's links, and scripts that read them.

        On SUSE /etc/sysconfig/network is a directory, and its ifcfg files are wicked's.
        """
        init = next((path for path in places.INIT_SCRIPTS if path in facts.present), None)
        known = places.NETWORK in facts.files and facts.may_have(places.IFUP)
        if init is None or not known:
            return None
        from xenbond_tui.stacks.ifcfg.files import Scripts

        scripts = Scripts(facts)
        names = dict.fromkeys(link.name for link in (*facts.links, *about))
        links = [name for name in names if scripts.of_device(name)]
        if not scripts.configs and not scripts.errors:
            return None
        weight = 50 + (30 if links else 0)
        enabled = units.started_by(facts, places.SERVICE)
        weight += 10 if enabled else 0
        if scripts.release >= 9:
            weight -= 40
        folder = places.DIRECTORY
        what = f"{folder}/ifcfg-* configure {', '.join(links)}" if links else folder
        started = f"{enabled} starts it at boot" if enabled else "but nothing starts it at boot"
        held = links if enabled else []
        off = [name for name in held if all(it.no("ONBOOT") for it in scripts.of_device(name))]
        return Evidence(
            self.name,
            f"{what}; {init} is there; {started}",
            weight,
            tuple(name for name in held if name not in off),
            f"write ONBOOT=no in {folder}/ifcfg-{{nic}}, or run: chkconfig network off",
        )
