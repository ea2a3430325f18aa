"""The links that stand on others, or beside them, of a look at a bond: sysfs alone, no dump."""

from collections.abc import Collection, Mapping

from xenbond_tui.facts.guest_ports import named_as_guest_port
from xenbond_tui.facts.link import Link
from xenbond_tui.facts.number import whole
from xenbond_tui.host.sysfs import NET, Sysfs
from xenbond_tui.value import replace

_VLANS = "/proc/net/vlan/config"


def beside(sysfs: Sysfs, own: Collection[str], mac: str) -> tuple[Link, ...]:
    """Every link that stands on these, directly or not, is a port of one, or has that MAC.

    Guests' ports are none of them: there may be many, and each look would read them all.
    """
    vlans = _vlans(sysfs)
    lowers = _standing(sysfs, own, vlans)
    found = dict.fromkeys(lowers)
    for name in sysfs.names(NET):
        if name in own or name in found or named_as_guest_port(name):
            continue
        address = sysfs.attribute(name, "address") or ""
        if (mac and address.lower() == mac) or sysfs.master(name) in own:
            found[name] = None
    if not found:
        return ()
    # Only now: most bonds have nothing beside them.
    from xenbond_tui.host.recorded import recorded_link

    links = (recorded_link(sysfs, name) for name in found if not named_as_guest_port(name))
    return tuple(
        replace(link, lower=lowers[link.name], vlan_id=vlans.get(link.name, ("", None))[1])
        if link.name in lowers and link.kind not in ("bridge", "bond")
        else link
        for link in links
    )


def _standing(
    sysfs: Sysfs, own: Collection[str], vlans: Mapping[str, tuple[str, int | None]]
) -> dict[str, str]:
    """Link → the one below it; by `upper_NAME` (Linux 3.18), VLANs by /proc as well."""
    found: dict[str, str] = {}
    below = [*own]
    for name in below:
        tagged = (vlan for vlan, (lower, _) in vlans.items() if lower == name)
        for upper in (*sysfs.marked(name, "upper_"), *tagged):
            if upper not in own and upper not in found:
                found[upper] = name
                below.append(upper)
    return found


def _vlans(sysfs: Sysfs) -> Mapping[str, tuple[str, int | None]]:
    """VLAN → the link below it and its number (net/8021q/vlanproc.c)."""
    found: dict[str, tuple[str, int | None]] = {}
    for line in (sysfs.read(_VLANS) or "").splitlines():
        row = [word.strip() for word in line.split("|")]
        if len(row) == 3 and (number := whole(row[1])) is not None:
            found[row[0]] = row[2], number
    return found
