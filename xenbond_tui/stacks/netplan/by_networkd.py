"""Where netplan renders for systemd-networkd.

What `netplan generate` writes to /run/systemd/network is read at `networkctl reload` and not
before: so networkd's own steps hold here too, each write followed by netplan's. `netplan apply` is
left alone: it configures every link of the host again, and the slaves' links go down with that.
"""

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.stacks.base import Activation
from xenbond_tui.stacks.netplan import lease
from xenbond_tui.stacks.netplan.activate import FILES
from xenbond_tui.stacks.netplan.files import Configuration
from xenbond_tui.stacks.netplan.links import definition_of
from xenbond_tui.stacks.netplan.read import read
from xenbond_tui.stacks.networkd import activate
from xenbond_tui.stacks.networkd.daemon import Change
from xenbond_tui.stacks.networkd.version import OLDEST_SUPPORTED, version
from xenbond_tui.value import replace

_OUTAGE = replace(activate.OUTAGE, why="while netplan changes over")


def able(facts: HostFacts) -> bool:
    """True where networkd can be told to read its files again (systemd 244)."""
    return (version(facts) or 0) >= OLDEST_SUPPORTED


class ByNetworkd:
    """networkd's own steps, for the files that netplan makes."""

    def __init__(self, facts: HostFacts, answers: Answers, config: Configuration) -> None:
        self.facts = facts
        self.answers = answers
        files = {
            nic: f"10-netplan-{definition_of(facts, config, nic).id}.network"
            for nic in answers.bond.slaves
        }
        bond, bridge = answers.bond.name, answers.bridge.name
        bond_file = f"10-netplan-{bond}.network"
        self.change = Change(
            written=read(facts, answers),
            files=files,
            holders={**files, bond: bond_file, bridge: f"10-netplan-{bridge}.network"},
            bond_file=bond_file,
            written_by=FILES,
        )

    def set_up(self) -> Activation:
        """As networkd."""
        return activate.set_up(self.facts, self.answers, self.change, _OUTAGE)

    def remove(self, removal: Removal) -> Activation:
        """As networkd."""
        return activate.remove(self.facts, removal, self.change, _OUTAGE)

    def beside(self) -> tuple[FileChange, ...]:
        """The bridge's number to the DHCP server."""
        return lease.changes(self.facts, self.answers)
