"""Where netplan renders for systemd-networkd.

What `netplan generate` writes to /run/systemd/network is read at `networkctl reload` and not
before: so networkd's own steps hold here too, each write followed by netplan's. `netplan apply` is
left alone: it configures every link of the host again, and the slaves' links go down with that.
"""

from xenbond_tui.answers import Removal, Request
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.stacks.base import Activation
from xenbond_tui.stacks.netplan.activate import FILES
from xenbond_tui.stacks.netplan.files import Configuration
from xenbond_tui.stacks.netplan.links import definition_of
from xenbond_tui.stacks.netplan.read import read
from xenbond_tui.stacks.networkd import activate
from xenbond_tui.stacks.networkd.daemon import Change
from xenbond_tui.value import replace

_OUTAGE = replace(activate.OUTAGE, why="while netplan changes over")


def activation(facts: HostFacts, request: Request, config: Configuration) -> Activation:
    """Networkd's own steps, for the files that netplan makes."""
    answers = request.answers
    files = {
        nic: f"10-netplan-{definition_of(facts, config, nic).id}.network"
        for nic in answers.bond.slaves
    }
    bond, bridge = answers.bond.name, answers.bridge.name
    bond_file = f"10-netplan-{bond}.network"
    change = Change(
        written=read(facts, answers),
        files=files,
        holders={**files, bond: bond_file, bridge: f"10-netplan-{bridge}.network"},
        bond_file=bond_file,
        written_by=FILES,
    )
    if isinstance(request, Removal):
        return activate.remove(facts, request, change, _OUTAGE)
    return activate.set_up(facts, answers, change, _OUTAGE)
