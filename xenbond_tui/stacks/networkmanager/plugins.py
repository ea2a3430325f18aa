"""Profiles that NetworkManager reads from ifcfg files (RHEL 7 to 9): known, never written here.

What to do about one depends on who else reads it: where network-scripts are there, their stack
writes it; where they are not (RHEL 9), NetworkManager itself moves it to a keyfile, losing nothing.
"""

from collections.abc import Sequence

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.files.ini import IniFile
from xenbond_tui.stacks.ifcfg.files import Config, Scripts
from xenbond_tui.stacks.ifcfg.places import IFUP
from xenbond_tui.stacks.networkmanager.settings import NO, settings


def reads_ifcfg(facts: HostFacts) -> bool | None:
    """Does it read ifcfg files? None where nobody could look (gone in 1.54, RHEL 10)."""
    return _loads(facts, settings(facts), "ifcfg-rh")


def lets_go_to(facts: HostFacts) -> tuple[str, ...]:
    """The stacks to which it leaves a link that their files name.

    Its ifupdown plug-in leaves alone what /etc/network/interfaces names, unless it is told to
    manage that (NetworkManager.conf(5), [ifupdown]); its ifcfg-rh plug-in what an ifcfg file keeps
    from it by NM_CONTROLLED=no. Each goes for loaded where nothing says that it is not: Debian and
    Red Hat bring their own.
    """
    try:
        files = settings(facts)
    except XenbondError:
        # check() refuses that file by name, should this host be NetworkManager's.
        files = ()
    said = [x for file in files if (x := file.get("ifupdown", "managed")) is not None]
    managed = bool(said) and said[-1].strip().lower() not in NO
    left = () if managed or _lacks(facts, files, "ifupdown") else ("ifupdown", "ifupdown2")
    return left if _lacks(facts, files, "ifcfg-rh") else (*left, "ifcfg")


def _lacks(facts: HostFacts, files: Sequence[IniFile], plugin: str) -> bool:
    """Is it certain that a plug-in is not loaded? By the settings, or by those that are there."""
    looked = any("/libnm-" in path for path in (*facts.files, *facts.unreadable))
    return _left_out(files, plugin) or (looked and _loads(facts, files, plugin) is False)


def _left_out(files: Sequence[IniFile], plugin: str) -> bool:
    """Without `plugins` among its settings it loads what is there (NetworkManager.conf(5))."""
    said = [x for file in files if (x := file.get("main", "plugins")) is not None]
    return bool(said) and plugin not in said[-1].replace(";", ",").replace(" ", "").split(",")


def _loads(facts: HostFacts, files: Sequence[IniFile], plugin: str) -> bool | None:
    """None where nobody could look."""
    if _left_out(files, plugin):
        return False
    known = (*facts.files, *facts.unreadable)
    if any(path.endswith(f"/libnm-settings-plugin-{plugin}.so") for path in known):
        return True
    return False if facts.programs_known else None


def profile_of(facts: HostFacts, nic: str) -> Config | None:
    """The ifcfg file that NetworkManager takes for that link's profile, or may take."""
    if reads_ifcfg(facts) is False:
        return None
    for config in Scripts(facts).of_device(nic):
        if not config.no("NM_CONTROLLED"):
            return config
    return None


def held(facts: HostFacts) -> bool:
    """Are such files all there is, and is NetworkManager the only one who reads them?"""
    try:
        if IFUP in facts.present or reads_ifcfg(facts) is False:
            return False
        if not facts.links_known:
            return any(config.device != "lo" for config in Scripts(facts).configs)
    except XenbondError:
        # check() refuses the file by name, should this host be NetworkManager's.
        return False
    return any(profile_of(facts, link.name) for link in facts.links if link.name != "lo")
