"""Red Hat network-scripts: ifcfg files, RHEL 5 to 8 (with the package network-scripts)."""

from collections.abc import Iterator

from xenbond_tui.answers import Answers, Removal, Request
from xenbond_tui.effects import Tree
from xenbond_tui.facts.host import Evidence, HostFacts
from xenbond_tui.rules import units
from xenbond_tui.rules.findings import Finding
from xenbond_tui.rules.inventory import Item
from xenbond_tui.stacks.base import Draft, Restart
from xenbond_tui.stacks.ifcfg import check, hitless, inventory, lease, read
from xenbond_tui.stacks.ifcfg.activate import IFUP, OUTAGE
from xenbond_tui.stacks.ifcfg.bond import DIALECT
from xenbond_tui.stacks.ifcfg.files import (
    DIRECTORY,
    FUNCTIONS,
    IFUP_ETH,
    INITRAMFS,
    NETWORK,
    NETWORK_MANAGER,
    PREFIX,
    Config,
    Scripts,
)

INIT_SCRIPTS = ("/etc/rc.d/init.d/network", "/etc/init.d/network")


class Ifcfg:
    """Writes ifcfg files; ifup and ifdown read them."""

    name = "ifcfg"
    title = "Red Hat network-scripts"
    dialect = DIALECT
    restart = Restart(
        start=(("/etc/init.d/network", "start"),),
        outage=OUTAGE,
        stop=(("/etc/init.d/network", "stop"),),
    )

    def paths(self, tree: Tree) -> tuple[str, ...]:
        """The ifcfg, route and rule files, those that may name a NIC besides, and dhclient's."""
        found = {
            NETWORK,
            IFUP_ETH,
            *FUNCTIONS,
            inventory.STATIC_ROUTES,
            *units.paths(tree, check.SERVICE),
            *lease.paths(tree),
        }
        for pattern in ("ifcfg-*", "route-*", "route6-*", "rule-*", "rule6-*", "*.route"):
            found.update(tree.glob(f"{DIRECTORY}/{pattern}"))
        found.update(tree.glob(f"{INITRAMFS}{PREFIX}*"))
        return tuple(sorted(found))

    def probes(self) -> tuple[str, ...]:
        """The scripts themselves, who starts them, and what they need."""
        return (
            IFUP,
            *INIT_SCRIPTS,
            check.BRCTL,
            NETWORK_MANAGER,
            *hitless.HOOKS,
        )

    def owns(self, facts: HostFacts) -> Evidence | None:
        """Files that configure this host's links, and scripts that read them.

        On SUSE /etc/sysconfig/network is a directory, and its ifcfg files are wicked's.
        """
        init = next((path for path in INIT_SCRIPTS if path in facts.present), None)
        if NETWORK not in facts.files or init is None or not facts.may_have(IFUP):
            return None
        scripts = Scripts(facts)
        links = [link.name for link in facts.links if scripts.of_device(link.name)]
        if not scripts.configs and not scripts.errors:
            return None
        weight = 50 + (30 if links else 0)
        enabled = units.started_by(facts, check.SERVICE)
        weight += 10 if enabled else 0
        if scripts.release >= 9:
            weight -= 40
        what = f"{DIRECTORY}/ifcfg-* configure {', '.join(links)}" if links else DIRECTORY
        started = f"{enabled} starts it at boot" if enabled else "but nothing starts it at boot"
        held = links if enabled else []
        off = [name for name in held if all(_off(c) for c in scripts.of_device(name))]
        return Evidence(
            self.name,
            f"{what}; {init} is there; {started}",
            weight,
            tuple(name for name in held if name not in off),
            f"write ONBOOT=no in {DIRECTORY}/ifcfg-{{nic}}, or run: chkconfig network off",
        )

    def read(self, facts: HostFacts, about: Answers | None = None) -> Answers | None:
        """What the files say today."""
        return read.read(facts, about)

    def inventory(self, facts: HostFacts) -> Iterator[Item]:
        """What the files say, item by item."""
        return inventory.inventory(facts)

    def able(self, facts: HostFacts, request: Request) -> Iterator[Finding]:
        """What the scripts need, and who starts them."""
        return check.able(facts, request)

    def set_up(self, facts: HostFacts, answers: Answers) -> Draft:
        """The files of the slaves, the bond and the bridge."""
        from xenbond_tui.stacks.ifcfg.set_up import SetUpDraft

        return SetUpDraft(facts, answers)

    def remove(self, facts: HostFacts, removal: Removal) -> Draft:
        """The files with the address on one NIC again."""
        from xenbond_tui.stacks.ifcfg.remove import RemovalDraft

        return RemovalDraft(facts, removal)


def _off(config: Config) -> bool:
    """True for a file that no boot acts on."""
    return (config.value("ONBOOT") or "").lower() == "no"
