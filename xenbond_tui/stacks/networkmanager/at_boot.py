"""What NetworkManager brings up at boot: of keyfiles, and of ifcfg files where it reads those."""

from collections.abc import Callable, Iterable, Mapping

from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.rules import units
from xenbond_tui.stacks.ifcfg.files import Config, Scripts
from xenbond_tui.stacks.ifcfg.places import NM_SERVICE
from xenbond_tui.stacks.networkmanager.plugins import reads_ifcfg
from xenbond_tui.stacks.networkmanager.settings import settings
from xenbond_tui.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TypeVar

    T = TypeVar("T")

_YES = ("1", "yes", "true", "y", "t", "on")
_WITH_PORTS = ("connection.autoconnect-ports", "connection.autoconnect-slaves")
"""In the settings, for profiles that do not say (NetworkManager.conf(5), [connection])."""


def come_up(
    facts: HostFacts,
    by_themselves: "Iterable[T]",
    masters: "Mapping[T, T | None]",
    with_ports: "Callable[[T], bool | None]",
) -> "frozenset[T]":
    """Profiles that a boot brings up: by themselves, for a port that comes up, or with a master.

    A port brings its master up; a master its ports where it says so (nm-settings-nmcli(5),
    connection.autoconnect-ports).

    Args:
        facts: the host.
        by_themselves: those that autoconnect.
        masters: port → its bond or bridge; None where that has no profile.
        with_ports: does that bond or bridge bring its ports up, too? None where it does not say.
    """
    up, usual = {*by_themselves}, _with_ports(facts)
    pairs = [(it, above) for it, above in masters.items() if above is not None]
    takes = {above for _, above in pairs if (usual if (it := with_ports(above)) is None else it)}
    while True:
        more = {above for it, above in pairs if it in up}
        more |= {it for it, above in pairs if above in up and above in takes}
        if more <= up:
            return frozenset(up)
        up |= more


def _with_ports(facts: HostFacts) -> bool:
    try:
        files = settings(facts)
    except XenbondError:
        # Its own stack's check refuses the settings by name.
        return False
    said = [x for it in files for key in _WITH_PORTS if (x := it.get("connection", key))]
    return bool(said) and said[-1].strip().lower() in _YES


def of_ifcfg(scripts: Scripts) -> dict[str, bool]:
    """Path of each ifcfg file that NetworkManager acts on → does a boot bring that link up?

    ifup asks NetworkManager to bring up what NM_CONTROLLED=no does not leave to the scripts (RHEL 7
    and 8), and that brings up a bond without its slaves. Keys: nm-settings-ifcfg-rh(5).
    """
    if not _takes_ifcfg(scripts):
        return {}
    ours = {it.path: it for it in scripts.configs if not it.no("NM_CONTROLLED")}
    named = {it.value(key): path for path, it in ours.items() for key in ("UUID", "DEVICE")}
    above = {path: _above(it) for path, it in ours.items()}
    masters = {path: named.get(name) for path, name in above.items() if name}
    by_themselves = (path for path, it in ours.items() if not it.no("ONBOOT"))
    up = come_up(scripts.facts, by_themselves, masters, lambda path: _with_slaves(ours[path]))
    # A bond that the scripts make they bring up with its slaves.
    return {path: path in up for path in ours if masters.get(path, path) is not None}


def _takes_ifcfg(scripts: Scripts) -> bool:
    if scripts.release < 7 or units.started_by(scripts.facts, NM_SERVICE) is None:
        return False
    try:
        return reads_ifcfg(scripts.facts) is not False
    except XenbondError:
        return True


def _above(config: Config) -> str | None:
    keys = ("MASTER_UUID", "MASTER", "BRIDGE_UUID", "BRIDGE")
    return next((name for key in keys if (name := config.value(key))), None)


def _with_slaves(config: Config) -> bool | None:
    said = (config.value("AUTOCONNECT_SLAVES") or "").lower()
    return said in _YES if said else None
