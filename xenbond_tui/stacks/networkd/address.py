"""The bridge's .network file: what it says about addresses, gateway and name servers."""

from collections.abc import Callable

from xenbond_tui.answers import BridgeAnswers
from xenbond_tui.files.ini import IniFile
from xenbond_tui.files.ini_lines import Line
from xenbond_tui.rules.addresses import canonical, same_address
from xenbond_tui.rules.dropped import gateway_goes
from xenbond_tui.stacks.networkd.files import Located, Unit, boolean

HOLD = (("ConfigureWithoutCarrier", "yes"), ("IgnoreCarrierLoss", "yes"))
"""So that the address stays while every cable is out, and is there when none was at boot."""
ADVERTISED = ("IPv6AcceptRA", "yes")
"""A NIC listens to routers by itself, a bridge only when told to (systemd.network(5))."""
DEFAULTS = ("", "0.0.0.0/0", "::/0")
"""Destinations of a default route."""


def addresses(unit: Unit) -> tuple[Located, ...]:
    """The lines with a static address, in either spelling."""
    return (*unit.entries("Network", "Address"), *unit.entries("Address", "Address"))


def cidrs(unit: Unit) -> tuple[str, ...]:
    """The static addresses; without a prefix networkd takes the address alone."""
    return tuple(cidr(item.value) for item in addresses(unit))


def cidr(text: str) -> str:
    """With its prefix; without one networkd takes the address alone."""
    if "/" in text:
        return text
    return f"{text}/128" if ":" in text else f"{text}/32"


def dhcp(value: str | None) -> str:
    """DHCP= as yes, no, ipv4 or ipv6."""
    old = {"v4": "ipv4", "v6": "ipv6", "both": "yes", "none": "no"}.get(value or "", value or "no")
    return {True: "yes", False: "no", None: old}[boolean(old)]


def leases(unit: Unit) -> bool:
    """Is an IPv4 address asked for by DHCP?"""
    return dhcp(unit.get("Network", "DHCP")) in ("yes", "ipv4")


def method(unit: Unit) -> str:
    """static, dhcp or none."""
    if leases(unit):
        return "dhcp"
    return "static" if addresses(unit) else "none"


def announced(unit: Unit) -> bool:
    """Is it said that it has what routers announce, or an IPv6 address by DHCP?

    networkd's default, which nobody wrote, is not said.
    """
    leased = dhcp(unit.get("Network", "DHCP")) == "ipv6"
    return leased or unit.yes("Network", "IPv6AcceptRA") is True


def gateways(unit: Unit) -> tuple[str, ...]:
    """Gateways of default routes; those in other tables are none."""
    found = [item.value for item in unit.entries("Network", "Gateway")]
    for file in unit.files:
        for section in file.sections("Route"):
            if section.get("Destination") in (None, *DEFAULTS) and not section.get("Table"):
                found += section.values("Gateway")
    return tuple(item for item in found if item and not item.startswith("_"))


def on_link(unit: Unit) -> bool:
    """Is a gateway said to be on the link, or the other end of it, or has a route to itself?"""
    ways = gateways(unit)
    for section in (it for file in unit.files for it in file.sections("Route", "Address")):
        to = [(section.get(key) or "").partition("/")[0] for key in ("Destination", "Peer")]
        itself = not section.get("Gateway") and any(way in to for way in ways)
        flag = boolean(section.get("GatewayOnLink") or section.get("GatewayOnlink") or "")
        if itself or (section.get("Gateway") in ways and flag):
            return True
    return False


def servers(unit: Unit) -> tuple[str, ...]:
    """Name servers, without port, link and name."""
    words = [word for item in unit.entries("Network", "DNS") for word in item.value.split()]
    return tuple(_server(word) for word in words)


def _server(text: str) -> str:
    text = text.partition("#")[0].partition("%")[0]
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


def domains(unit: Unit) -> tuple[str, ...]:
    """Search domains; those behind a ~ only choose the server."""
    return tuple(word for word in unit.words("Network", "Domains") if not word.startswith("~"))


def settle(file: IniFile, bridge: BridgeAnswers) -> None:
    """Make the bridge's file say what the answers say; what they do not speak of stays."""
    unit = Unit(file.path, (file,))
    if bridge.method == "none":
        _no_address(file)
        return
    if bridge.method == "dhcp":
        if not leases(unit):
            _drop_addresses(file, keep=(), family=4)
            _drop_gateways(file, lambda via: ":" not in via)
            now = dhcp(unit.get("Network", "DHCP"))
            file.set("Network", "DHCP", "yes" if now == "ipv6" else "ipv4")
    else:
        if leases(unit):
            now = dhcp(unit.get("Network", "DHCP"))
            file.set("Network", "DHCP", "ipv6" if now == "yes" else "no")
        _static(file, bridge)
        _gateway(file, bridge)
    if servers(unit) != bridge.dns:
        _list(file, "DNS", bridge.dns)
    if domains(unit) != bridge.search:
        routing = [word for word in unit.words("Network", "Domains") if word.startswith("~")]
        _list(
            file,
            "Domains",
            (" ".join((*bridge.search, *routing)),) if bridge.search or routing else (),
        )


def _static(file: IniFile, bridge: BridgeAnswers) -> None:
    for family in (4, 6):
        _drop_addresses(file, bridge.addresses, family)
    have = {canonical(item) for item in cidrs(Unit(file.path, (file,)))}
    for item in bridge.addresses:
        if canonical(item) not in have:
            add(file, "Address", item)


def _drop_addresses(file: IniFile, keep: tuple[str, ...], family: int) -> None:
    """Addresses of that family that are not asked for."""
    kept = {canonical(item) for item in keep}

    def unwanted(value: str) -> bool:
        if (6 if ":" in value else 4) != family:
            return False
        return not value or canonical(cidr(value)) not in kept

    file.remove(*(line for line in file.entries("Network", "Address") if unwanted(line.value)))
    for section in file.sections("Address"):
        values = section.values("Address")
        if values and unwanted(values[-1]):
            file.remove_section(section)


def _gateway(file: IniFile, bridge: BridgeAnswers) -> None:
    wanted = bridge.gateway

    def unwanted(via: str) -> bool:
        if wanted is None or gateway_goes(bridge, via):
            return True
        return (":" in via) == (":" in wanted) and not same_address(via, wanted)

    _drop_gateways(file, unwanted)
    if wanted is not None and not any(
        same_address(item, wanted) for item in gateways(Unit(file.path, (file,)))
    ):
        if bridge.on_link:
            file.append_section("Route", ("Gateway", wanted), ("GatewayOnLink", "yes"))
        else:
            add(file, "Gateway", wanted)


def _drop_gateways(file: IniFile, goes: Callable[[str], bool]) -> None:
    """Those of default routes that go; a word (`_dhcp4`) is none."""

    def unwanted(value: str) -> bool:
        return value[:1] not in ("", "_") and goes(value)

    file.remove(*(line for line in file.entries("Network", "Gateway") if unwanted(line.value)))
    for section in file.sections("Route"):
        default = section.get("Destination") in (None, *DEFAULTS) and not section.get("Table")
        if default and any(unwanted(value) for value in section.values("Gateway")):
            file.remove_section(section)


def _no_address(file: IniFile) -> None:
    file.remove(*file.entries("Network", "Address", "Gateway", "DHCP", "DNS", "Domains"))
    for section in file.sections("Address", "Route", "RoutingPolicyRule", "DHCPv4", "DHCPv6"):
        file.remove_section(section)
    for key in ("LinkLocalAddressing", "IPv6AcceptRA"):
        file.set("Network", key, "no")


def _list(file: IniFile, key: str, wanted: tuple[str, ...]) -> None:
    lines = file.entries("Network", key)
    stays = lines[:1] if wanted else ()
    file.remove(*lines[len(stays) :])
    for line in stays:
        file.set_value(line, wanted[0])
    for value in wanted[len(stays) :]:
        add(file, key, value)


def add(file: IniFile, key: str, value: str) -> Line:
    """Add a key to the [Network] section that has its like, else to the first one."""
    sections = file.sections("Network")
    with_key = [section for section in sections if section.named(key)]
    return file.add((with_key or sections)[-1 if with_key else 0], key, value)
