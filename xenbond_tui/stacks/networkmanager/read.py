"""What the profiles configure today, said in answers."""

from collections.abc import Iterator

from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.names import normal_mac
from xenbond_tui.facts.number import whole
from xenbond_tui.files.ini import IniFile
from xenbond_tui.stacks.networkmanager import address
from xenbond_tui.stacks.networkmanager.bond import to_answers
from xenbond_tui.stacks.networkmanager.files import Profile, Profiles, subject
from xenbond_tui.value import replace


def read(facts: HostFacts, about: Answers | None = None) -> Answers | None:
    """A bond and a bridge if there are any, else the address of the NIC that has one.

    Raises:
        XenbondError: a profile can't be read.
    """
    profiles = Profiles(facts)
    bonds = [item for item in profiles.all if item.type == "bond" and item.interface]
    bridges = [item for item in profiles.all if item.type == "bridge" and item.interface]
    ports: tuple[str, ...] = ()
    slaves: list[Profile] = []
    if about is not None:
        bond = next((item for item in bonds if item.interface == about.bond.name), None)
        bridge = next((item for item in bridges if item.interface == about.bridge.name), None)
        slaves = [item for name in about.bond.slaves for item in _of_nic(profiles, name)]
        slaves.sort(key=lambda item: not _for_one(profiles, item))
    else:
        bonds.sort(key=lambda item: (_above(item, bridges) is None, not item.autoconnects))
        bond = next(iter(bonds), None)
        with_ports = (item for item in bridges if _nics(profiles, item.interface))
        bridge = next(with_ports, None) if bond is None else _above(bond, bridges)
        if bond is None and bridge is None:
            return _one_nic(facts, profiles)
        ports = () if bond or bridge is None else _nics(profiles, bridge.interface)
    holder = next((it for it in (bridge, bond, *slaves) if it and _has_address(it)), None)
    if bond is None and bridge is None and holder is None:
        return None
    to_be, found = BondAnswers(slaves=ports), _bridge(bridge, holder)
    if about is not None:
        to_be, found = BondAnswers(name=""), replace(found, name=about.bridge.name)
    if bond is not None:
        to_be = to_answers(bond.interface, bond.file, _slaves(profiles, bond.interface))
    return Answers("networkmanager", to_be, found)


def _of_nic(profiles: Profiles, name: str) -> Iterator[Profile]:
    """What a NIC is configured by; in another system's tree, where no link is known, all there is.

    That may be a profile for any NIC: of a DHCP host the only one (nm-initrd-generator(8)). Whose
    a static address of one is, is known of links alone.
    """
    found = [it for it in (profiles.of(subject(profiles.facts, name)),) if it and not it.own]
    if profiles.facts.link(name) is None:
        found = [it for it in found if address.method(it.file) == "dhcp"]
        found[:0] = (it for it in profiles.all if profiles.link_of(it) == name and not it.own)
    yield from found


def _for_one(profiles: Profiles, profile: Profile) -> bool:
    """Is it a NIC's own, or what one runs with that has an address?"""
    if profiles.link_of(profile):
        return True
    used = (link for link in profiles.facts.links if profiles.active(link) == profile.uuid)
    return any(link.shared for link in used)


def _has_address(profile: Profile) -> bool:
    return not profile.master and address.method(profile.file) != "none"


def _above(profile: Profile, bridges: list[Profile]) -> Profile | None:
    found = (item for item in bridges if profile.master in (item.interface, item.uuid))
    return next(found, None) if profile.master else None


def _nics(profiles: Profiles, master: str) -> tuple[str, ...]:
    """The NICs whose profiles make them its ports, in the order of the links."""
    found = [
        name
        for item in profiles.ports(master)
        if item.type == "ethernet" and (name := profiles.link_of(item))
    ]
    order = [link.name for link in profiles.facts.links]
    return tuple(
        sorted(dict.fromkeys(found), key=lambda n: order.index(n) if n in order else len(order))
    )


def _slaves(profiles: Profiles, bond: str) -> dict[str, IniFile]:
    """The bond's slaves with their profiles."""
    files = {profiles.link_of(item): item.file for item in profiles.ports(bond)}
    return {nic: files[nic] for nic in _nics(profiles, bond)}


def _one_nic(facts: HostFacts, profiles: Profiles) -> Answers | None:
    nics = (link.name for link in facts.links if not link.kind or link.kind == "veth")
    for name in dict.fromkeys((*facts.ways_in, *nics)):
        link = facts.link(name)
        profile = None if link is None else profiles.of(link)
        if link is None or profile is None or profile.own or not _has_address(profile):
            continue
        if address.method(profile.file) == "static" or link.addresses:
            bridge = _bridge(None, profile)
            return Answers("networkmanager", BondAnswers(slaves=(link.name,)), bridge)
    if facts.links_known:
        return None
    spelt = [item for item in profiles.all if item.type == "ethernet" and item.interface]
    holder = next((item for item in spelt if _has_address(item)), None)
    if holder is None:
        return None
    return Answers("networkmanager", BondAnswers(slaves=(holder.interface,)), _bridge(None, holder))


def _bridge(made: Profile | None, holder: Profile | None) -> BridgeAnswers:
    name = "xenbr0" if made is None else made.interface
    said = None
    if made is not None:
        said = made.get("ethernet", "cloned-mac-address") or made.get("bridge", "mac-address")
    mac = normal_mac(said or "") or "keep"
    if holder is None:
        return BridgeAnswers(name=name, method="none", mac=mac)
    file, mtu = holder.file, holder.get("ethernet", "mtu") or ""
    method = address.method(file)
    return BridgeAnswers(
        name=name,
        method=method,
        addresses=() if method == "dhcp" else (*address.cidrs(file, 4), *address.cidrs(file, 6)),
        gateway=None if method == "dhcp" else address.gateway(file, 4) or address.gateway(file, 6),
        dns=address.servers(file),
        search=address.domains(file),
        mac=mac,
        mtu=whole(mtu) or None,
    )
