"""What /etc/network/interfaces configures today, said in answers."""

from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.number import whole
from xenbond_tui.stacks.dialect import bond_answers
from xenbond_tui.stacks.ifupdown.address import cidr, gateway, on_link, words_of, written_mac
from xenbond_tui.stacks.ifupdown.bond import is_bond, written_options, written_slaves
from xenbond_tui.stacks.ifupdown.files import Configuration, Located, today
from xenbond_tui.stacks.ifupdown.patterns import ports

_NOT_A_NIC = (".", ":")
"""A VLAN's or an alias's name has one of these."""


def read(facts: HostFacts, about: Answers | None = None) -> Answers | None:
    """As `read_answers`, of a host's files.

    Raises:
        XenbondError: one can't be read.
    """
    return read_answers(today(facts), about)


def read_answers(config: Configuration, about: Answers | None = None) -> Answers | None:
    """Bond, bridge and address as written; None when the files configure nothing but lo."""
    if about is None:
        bridge = _bridge_name(config)
        ports = _ports(config, bridge) if bridge is not None else ()
        bond = _bond_name(config, ports)
        nic = None if bridge or bond else _nic_name(config)
    else:
        bridge = about.bridge.name if config.ifaces(about.bridge.name) else None
        # By its name alone: commands may make it a bond (`up ifenslave bond0 eth0 eth1`).
        bond = about.bond.name if config.ifaces(about.bond.name) else None
        ports, nic = about.bond.slaves, None
    addressed = next(
        (name for name in (bridge, bond, *ports, nic) if name and _has_address(config, name)), None
    )
    if bridge is None and bond is None and addressed is None:
        return None
    return Answers(
        stack=config.dialect.stack,
        bond=BondAnswers(name="")
        if about is not None and bond is None
        else _bond(config, bond, (nic,) if nic and not _is_bridge(config, nic) else ports),
        bridge=_bridge(config, bridge or (about.bridge.name if about else None), addressed),
    )


def _bridge_name(config: Configuration) -> str | None:
    """The bridge that has a bond as port, else the first one with a port."""
    bridges = [
        item.stanza.arguments[0] for item in config.ifaces() if item.stanza.named("bridge-ports")
    ]
    with_bond = [name for name in bridges if _bond_name(config, _ports(config, name), only=True)]
    with_port = [name for name in bridges if _ports(config, name)]
    return next(iter((*with_bond, *with_port)), None)


def _ports(config: Configuration, bridge: str) -> tuple[str, ...]:
    lines = [it for item in config.ifaces(bridge) for it in item.stanza.named("bridge-ports")]
    value = " ".join(line.value for line in lines)
    return tuple(dict.fromkeys(ports(value, config.names())))


def _bond_name(config: Configuration, ports: tuple[str, ...], *, only: bool = False) -> str | None:
    bonds = [item.stanza.arguments[0] for item in config.ifaces() if is_bond(item)]
    bonds += [
        value for item in config.ifaces() if (value := item.stanza.value("bond-master")) is not None
    ]
    below = [name for name in bonds if name in ports]
    if below or only or ports:
        return next(iter(below), None)
    return next(iter(bonds), None)


def _is_bridge(config: Configuration, name: str) -> bool:
    return any(item.stanza.named("bridge-ports") for item in config.ifaces(name))


def _nic_name(config: Configuration) -> str | None:
    """The NIC with the gateway, else the first one with an address."""
    nics = [
        name
        for name in config.names()
        if name != "lo"
        and not any(sign in name for sign in _NOT_A_NIC)
        and _has_address(config, name)
    ]
    with_gateway = [name for name in nics if gateway(config.ifaces(name)) is not None]
    return next(iter((*with_gateway, *nics)), None)


def _has_address(config: Configuration, name: str) -> bool:
    return any(item.method not in ("manual", "loopback", "") for item in config.ifaces(name))


def _bond(config: Configuration, name: str | None, ports: tuple[str, ...]) -> BondAnswers:
    """The bond, or without one the NICs it would be made of first: the bridge's, the only one."""
    if name is None:
        nics = (port for port in ports if not any(sign in port for sign in _NOT_A_NIC))
        return BondAnswers(slaves=tuple(nics))
    return bond_answers(name, written_slaves(config, name), *written_options(config, name))


def _bridge(config: Configuration, name: str | None, addressed: str | None) -> BridgeAnswers:
    stanzas = config.ifaces(addressed) if addressed is not None else ()
    own: tuple[Located, ...] = config.ifaces(name) if name is not None else ()
    dhcp = any((item.family, item.method) == ("inet", "dhcp") for item in stanzas)
    addresses = tuple(
        text for item in stanzas if item.method == "static" and (text := cidr(item)) is not None
    )
    nothing = name is not None and not stanzas
    mtus = (whole(it.stanza.value("mtu")) for it in (*own, *stanzas))
    return BridgeAnswers(
        name=name or "xenbr0",
        method="dhcp" if dhcp else "none" if nothing else "static",
        addresses=addresses,
        gateway=gateway(stanzas),
        on_link=on_link(stanzas),
        dns=words_of(stanzas, "dns-nameservers", "dns-nameserver"),
        search=words_of(stanzas, "dns-search", "dns-domain"),
        mac=written_mac(own) or "keep",
        mtu=next((mtu for mtu in mtus if mtu is not None), None),
    )
