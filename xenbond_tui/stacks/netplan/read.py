"""What netplan's files configure today, said in answers."""

from xenbond_tui.answers import Answers, BondAnswers as Bond, BridgeAnswers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.names import normal_mac
from xenbond_tui.facts.number import whole
from xenbond_tui.stacks.netplan import address
from xenbond_tui.stacks.netplan.bond import read_bond
from xenbond_tui.stacks.netplan.files import Configuration, Merged
from xenbond_tui.stacks.netplan.links import PHYSICAL, all_of, nic_of, nics_of
from xenbond_tui.value import replace


def read(facts: HostFacts, about: Answers | None = None) -> Answers | None:
    """Bond, bridge and address as written; None when the files configure no link that fits.

    Raises:
        XenbondError: a file can't be read.
    """
    config, nic = Configuration(facts), None
    ports: tuple[str, ...] = ()
    if about is None:
        bridge = _bridge(config)
        ports = bridge.words("interfaces") if bridge is not None else ()
        bond = _bond(config, ports)
        nic = None if bridge or bond else _nic(config)
        below = [config.of(port) for port in ports]
    else:
        name = about.bridge.name
        bridge = config.of(name) if name in config.ids("bridges") else None
        bond = config.of(about.bond.name) if about.bond.name in config.ids("bonds") else None
        wanted = set(about.bond.slaves)
        nics = (config.of(id) for id in config.ids(*PHYSICAL))
        below = [link for link in nics if wanted.intersection(nics_of(facts, link))]
    holders = [link for link in (bridge, bond, *below, nic) if link]
    source = address.holder(bridge, holders)
    if bridge is None and bond is None and source is None:
        return None
    found = _bridge_answers(bridge, source, holders)
    return Answers(
        stack="netplan",
        bond=Bond(name="")
        if about is not None and bond is None
        else _bond_answers(facts, config, bond, ports, nic),
        bridge=found if about is None else replace(found, name=about.bridge.name),
    )


def _bridge(config: Configuration) -> Merged | None:
    """The bridge that has a bond as port, else the first one with a NIC as port."""
    bridges = config.merged("bridges")
    bonds, nics = config.ids("bonds"), config.ids(*PHYSICAL)
    for kind in (bonds, nics):
        for bridge in bridges:
            if any(port in kind for port in bridge.words("interfaces")):
                return bridge
    return None


def _bond(config: Configuration, ports: tuple[str, ...]) -> Merged | None:
    names = config.ids("bonds")
    below = [name for name in names if name in ports]
    if below or ports:
        return config.of(below[0]) if below else None
    return config.of(names[0]) if names else None


def _nic(config: Configuration) -> Merged | None:
    """The NIC with the gateway, else the first one with an address."""
    nics = [link for link in config.merged("ethernets") if address.has_address(link)]
    with_gateway = [link for link in nics if address.gateway(link) is not None]
    return next(iter((*with_gateway, *nics)), None)


def _bond_answers(
    facts: HostFacts,
    config: Configuration,
    bond: Merged | None,
    ports: tuple[str, ...],
    nic: Merged | None,
) -> Bond:
    if bond is None:
        names = [port for port in ports if port in config.ids(*PHYSICAL)]
        found = tuple(nic for name in names for nic in all_of(facts, config, name))
        return Bond(slaves=found or (nics_of(facts, nic)[:1] if nic is not None else ()))
    members = bond.words("interfaces")
    slaves = tuple(nic for name in members for nic in all_of(facts, config, name))
    primary = bond.text("parameters", "primary")
    renderer = config.renderer(bond, "bonds", config.files[0])
    first = nic_of(facts, config, primary) if primary else ""
    return read_bond(bond.id, slaves, bond, first, renderer)


def _bridge_answers(
    bridge: Merged | None, source: Merged | None, holders: list[Merged]
) -> BridgeAnswers:
    link = source or Merged("", ())
    dhcp = link.true("dhcp4")
    static = () if dhcp else address.addresses(link)
    mtus = (mtu for item in holders if (mtu := whole(item.text("mtu"))) is not None)
    return BridgeAnswers(
        name=bridge.id if bridge is not None else "xenbr0",
        method="dhcp" if dhcp else "static" if static or bridge is None else "none",
        addresses=static,
        gateway=None if dhcp else address.gateway(link),
        on_link=not dhcp and address.on_link(link),
        dns=link.words("nameservers", "addresses"),
        search=link.words("nameservers", "search"),
        mac=normal_mac(bridge.text("macaddress") or "" if bridge is not None else "") or "keep",
        mtu=next(mtus, None),
    )
