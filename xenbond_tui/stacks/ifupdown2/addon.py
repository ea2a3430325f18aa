"""What the bond addon of the installed ifupdown2 can do, by its own file: no command is run for it.

Not by the package's version: distributions back-port, and Proxmox numbers its own.
"""

import re

from xenbond_tui.facts.host import HostFacts

ADDON = "/usr/share/ifupdown2/addons/bond.py"
_VLAN_SRCMAC = re.compile(rb"[\"']vlan\+srcmac[\"']")


def knows_vlan_srcmac(facts: HostFacts) -> bool | None:
    """Whether it takes that policy (ifupdown2 3.2 on); None where its file can't be read."""
    state = facts.files.get(ADDON)
    return None if state is None else _VLAN_SRCMAC.search(state.data) is not None
