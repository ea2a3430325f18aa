"""What the ifcfg files say today, as answers: to open the wizard with, and to compare."""

import re
from collections.abc import Set

from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.names import normal_mac
from xenbond_tui.stacks.ifcfg.address import addresses, method, nameservers
from xenbond_tui.stacks.ifcfg.bond import to_answers
from xenbond_tui.stacks.ifcfg.files import Config, Scripts, tried


def read(facts: HostFacts, about: Answers | None = None) -> Answers | None:
    """A bond and a bridge if there are any, else the address of the NIC that has one.

    What can't be read is left out: this opens a wizard, it decides nothing.
    """
    scripts = Scripts(facts)
    masters = {config.value("MASTER") for config in scripts.configs}
    if about is not None:
        name = about.bridge.name
        own = next(iter(scripts.of_device(name)), None)
        bond = next((it for it in scripts.of_device(about.bond.name) if is_bond(it, masters)), None)
        slaves = (it for slave in about.bond.slaves for it in scripts.of_device(slave))
        links = (it for it in (own, bond, *slaves) if it is not None)
        holder = next(
            (it for it in links if tried(method, it, "") in ("static", "dhcp")), own or bond
        )
    else:
        bonds = [config for config in scripts.configs if is_bond(config, masters)]
        bond = min(bonds, key=lambda config: config.value("BRIDGE") is None, default=None)
        own = _bridge(scripts, bond)
        holder = own or bond or _nic(scripts)
        name = own.link if own else (bond and bond.value("BRIDGE")) or BridgeAnswers().name
    if holder is None:
        return None
    if bond is not None:
        bond_answers = _bond_answers(scripts, bond)
    else:
        bond_answers = BondAnswers(name="") if about else _to_be(scripts, holder, own)
    bridge_answers = _bridge_answers(scripts, holder, name, own=holder is own)
    return Answers("ifcfg", bond_answers, bridge_answers)


def is_bond(config: Config, masters: Set[str | None]) -> bool:
    """Is a file's link a bond? `masters`: what the files name as MASTER."""
    name = config.link
    return (
        (config.value("TYPE") or "").lower() == "bond"
        or config.value("BONDING_MASTER") == "yes"
        or config.value("BONDING_OPTS") is not None
        or name in masters
    )


def _bridge(scripts: Scripts, bond: Config | None) -> Config | None:
    """The bridge above the bond, else the only one there is with a port."""
    named = {config.value("BRIDGE") for config in ([bond] if bond else scripts.configs)}
    for config in scripts.configs:
        is_bridge = (config.value("TYPE") or "").lower() == "bridge"
        if config.link in named and (is_bridge or bond is not None):
            return config
    return None


def _nic(scripts: Scripts) -> Config | None:
    """The NIC's file with the host's address: the session's, the default route's, any."""
    known = [config for name in scripts.facts.ways_in for config in scripts.of_device(name)]
    for config in (*known, *scripts.configs):
        if tried(method, config, "") in ("static", "dhcp"):
            return config
    return None


def _to_be(scripts: Scripts, holder: Config, bridge: Config | None) -> BondAnswers:
    """Without a bond, the NICs it would be made of first: the bridge's, or the one there is."""
    if bridge is None:
        return BondAnswers(slaves=(scripts.about(holder),))
    name = bridge.link
    ports = [config for config in scripts.configs if config.value("BRIDGE") == name]
    nics = (scripts.about(config) for config in ports)
    return BondAnswers(slaves=tuple(nic for nic in nics if "." not in nic and ":" not in nic))


def _bond_answers(scripts: Scripts, bond: Config) -> BondAnswers:
    name = bond.link
    slaves = tuple(
        config.link
        for config in scripts.enslaved_to(name)
        if config.value("SLAVE") in (None, "yes")
    )
    return to_answers(name, bond.value("BONDING_OPTS") or "", slaves)


def _bridge_answers(scripts: Scripts, holder: Config, name: str, own: bool) -> BridgeAnswers:
    mtu = holder.value("MTU") or ""
    gateway = holder.value("GATEWAY") or scripts.everywhere("GATEWAY")
    mac = normal_mac(holder.value("MACADDR") or "") if own else None
    return BridgeAnswers(
        name=name,
        method=tried(method, holder, "static"),
        addresses=tried(addresses, holder, ()),
        gateway=gateway or (holder.value("IPV6_DEFAULTGW") or "").partition("%")[0] or None,
        dns=tried(nameservers, holder, ()),
        search=tuple((holder.value("DOMAIN") or "").split()),
        mac=mac or "keep",
        mtu=int(mtu) if re.fullmatch(r"\d{2,5}", mtu) else None,
    )
