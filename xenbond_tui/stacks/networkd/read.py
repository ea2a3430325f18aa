"""What networkd's files configure today, said in answers."""

from collections.abc import Mapping, Sequence

from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.names import normal_mac
from xenbond_tui.facts.number import whole
from xenbond_tui.rules.suitable import cards
from xenbond_tui.stacks.networkd import address
from xenbond_tui.stacks.networkd.bond import to_answers
from xenbond_tui.stacks.networkd.files import Configuration, Unit
from xenbond_tui.stacks.networkd.match import subject, unit_of
from xenbond_tui.value import replace


def read(facts: HostFacts, about: Answers | None = None) -> Answers | None:
    """A bond and a bridge if there are any, else the address of the NIC that has one.

    Raises:
        XenbondError: a file that counts can't be read.
    """
    config = Configuration(facts)
    ports: tuple[str, ...] = ()
    if about is not None:
        bond = about.bond.name if config.netdev(about.bond.name) is not None else None
        bridge = about.bridge.name if config.netdev(about.bridge.name) is not None else None
        ports = about.bond.slaves
    else:
        bonds = [name for name, _ in config.of_kind("bond")]
        bridges = [name for name, _ in config.of_kind("bridge")]
        bonds.sort(key=lambda name: _master(config, name, "bond", "Bridge") is None)
        bond = next(iter(bonds), None)
        above = None if bond is None else _master(config, bond, "bond", "Bridge")
        bridge = above if above in bridges else None
        if bond is None:
            bridge = next((name for name in bridges if ports_of(config, "Bridge", name)), None)
            ports = () if bridge is None else ports_of(config, "Bridge", bridge)
    holder = _holder(config, bridge, bond, ports)
    if bond is None and bridge is None and holder is None:
        return None
    found = _bridge(config, bridge, holder)
    if about is not None:
        to_be, found = BondAnswers(name=""), replace(found, name=about.bridge.name)
    else:
        nic = () if bond or bridge or holder is None else _names(config, holder, _taken(config))
        to_be = BondAnswers(slaves=ports or nic[:1])
    return Answers("networkd", to_be if bond is None else _bond(config, bond), found)


def _master(config: Configuration, name: str, kind: str, key: str) -> str | None:
    unit = unit_of(config, subject(config.facts, name, kind))
    return None if unit is None else unit.get("Network", key)


def ports_of(config: Configuration, key: str, master: str) -> tuple[str, ...]:
    """NICs whose file makes them ports of a bond (`Bond`) or a bridge (`Bridge`)."""
    made = {name for kind in ("bond", "bridge") for name, _ in config.of_kind(kind)}
    found = []
    taken = _taken(config)
    for unit in config.networks:
        if unit.get("Network", key) == master:
            found += [name for name in _names(config, unit, taken) if name not in made]
    order = {link.name: at for at, link in enumerate(config.facts.links)}
    return tuple(sorted(dict.fromkeys(found), key=lambda name: (order.get(name, len(order)), name)))


def _taken(config: Configuration) -> Mapping[Unit, Sequence[str]]:
    """The NICs that are there, by the file that configures them."""
    found: dict[Unit, list[str]] = {}
    for link in cards(config.facts):
        unit = unit_of(config, subject(config.facts, link.name))
        if unit is not None:
            found.setdefault(unit, []).append(link.name)
    return found


def _names(
    config: Configuration, unit: Unit, taken: Mapping[Unit, Sequence[str]]
) -> tuple[str, ...]:
    """The NICs a file configures: known ones it is the file of, else the names it spells out."""
    known = tuple(taken.get(unit, ()))
    words = unit.words("Match", "Name")
    spelt_out = tuple(word for word in words if not any(sign in word for sign in "*?[!"))
    return known if known or config.facts.links_known else spelt_out


def _holder(
    config: Configuration, bridge: str | None, bond: str | None, ports: tuple[str, ...]
) -> Unit | None:
    """The file with the host's address."""
    facts = config.facts
    made = ((bridge, "bridge"), (bond, "bond"), *((port, "") for port in ports))
    links = [subject(facts, name, kind) for name, kind in made if name]
    for link in links:
        unit = unit_of(config, link)
        if unit is not None and address.method(unit) != "none":
            return unit
    if links:
        units = (unit_of(config, link) for link in links)
        return next((unit for unit in units if unit and address.announced(unit)), None)
    known = [unit for it in facts.ways_in if (unit := unit_of(config, subject(facts, it)))]
    taken = _taken(config)
    return next(
        (
            unit
            for unit in (*known, *config.networks)
            if address.method(unit) != "none" and _names(config, unit, taken)
        ),
        None,
    )


def _bond(config: Configuration, name: str) -> BondAnswers:
    unit = config.netdev(name)
    assert unit is not None  # noqa: S101 - its name is from this file
    slaves = ports_of(config, "Bond", name)
    primary = next(
        (
            slave
            for slave in slaves
            if (own := unit_of(config, subject(config.facts, slave))) is not None
            and own.yes("Network", "PrimarySlave")
        ),
        None,
    )
    return to_answers(name, unit, slaves, primary)


def _bridge(config: Configuration, name: str | None, holder: Unit | None) -> BridgeAnswers:
    made = None if name is None else config.netdev(name)
    said = None if made is None else made.get("NetDev", "MACAddress")
    own = None if name is None else unit_of(config, subject(config.facts, name, "bridge"))
    if made is None and own is None:
        # A bridge that is not there yet gets the lines of the file with the address.
        own = holder
    # networkd sets it after the bridge is made.
    said = (None if own is None else own.get("Link", "MACAddress")) or said
    mac = normal_mac(said or "")
    if holder is None:
        return BridgeAnswers(name=name or "xenbr0", method="none", mac=mac or "keep")
    mtu = holder.get("Link", "MTUBytes") or ""
    gateways = address.gateways(holder)
    method = address.method(holder)
    return BridgeAnswers(
        name=name or "xenbr0",
        method=method,
        addresses=() if method == "dhcp" else address.cidrs(holder),
        gateway=next((ip for ip in gateways if ":" not in ip), next(iter(gateways), None)),
        dns=address.servers(holder),
        search=address.domains(holder),
        mac=mac or "keep",
        mtu=whole(mtu),
        announced=address.announced(holder),
        on_link=address.on_link(holder),
    )
