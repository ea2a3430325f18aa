"""Profiles that NetworkManager reads from ifcfg files (RHEL 7 to 9): known, never written here.

What to do about one depends on who else reads it: where network-scripts are there, their stack
writes it; where they are not (RHEL 9), NetworkManager itself moves it to a keyfile, losing nothing.
"""

from xenbond_tui.facts.host import HostFacts
from xenbond_tui.stacks.ifcfg.files import Config, Scripts
from xenbond_tui.stacks.ifcfg.places import IFUP
from xenbond_tui.stacks.networkmanager.version import reads_ifcfg


def profile_of(facts: HostFacts, nic: str) -> Config | None:
    """The ifcfg file that NetworkManager takes for that NIC's profile."""
    if not reads_ifcfg(facts):
        return None
    for config in Scripts(facts).of_device(nic):
        if (config.value("NM_CONTROLLED") or "").lower() != "no":
            return config
    return None


def held(facts: HostFacts) -> bool:
    """Are such files all there is, and is NetworkManager the only one who reads them?"""
    if IFUP in facts.present:
        return False
    return any(profile_of(facts, link.name) for link in facts.links if link.name != "lo")
