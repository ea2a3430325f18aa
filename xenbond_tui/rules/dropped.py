"""What the files say of the host's address and the answers do not ask for: it goes, and is said.

One rule for every stack and both families:

- static: the bridge has the addresses that are named, and no others. A family of which none is
  named has no gateway in the files either, and where no gateway is asked for there is none. What
  routers announce is no static address, and stays, as does a gateway of IPv6 beside it.
- dhcp: IPv4 is leased. Of IPv6 such answers can say nothing, so the files' words on it stay.
- none: no address, no gateway, and no route that is the address's.
"""

from xenbond_tui.answers import BridgeAnswers
from xenbond_tui.rules.addresses import same_address
from xenbond_tui.rules.findings import Finding, warn


def has(bridge: BridgeAnswers, ip: str) -> bool:
    """Is it, with its prefix or without, an address that the answers give the bridge?"""
    return bridge.method == "static" and any(same_address(ip, item) for item in bridge.addresses)


def stays(bridge: BridgeAnswers, address: str) -> bool:
    """Is a static address of the files, with its prefix or without, one that the bridge has?"""
    return has(bridge, address) or (bridge.method == "dhcp" and ":" in address)


def gateway_goes(bridge: BridgeAnswers, gateway: str) -> bool:
    """Does a default gateway of the files go: none is asked for, or no address of its family?

    The answers name one gateway; where they name addresses of both families, the other family's is
    left as it is.
    """
    family = ":" in gateway
    if bridge.method != "static":
        return bridge.method == "none"
    if bridge.gateway is None:
        return True
    if family and bridge.announced and ":" not in bridge.gateway:
        return False
    if family == (":" in bridge.gateway):
        return False
    return family not in {":" in item for item in bridge.addresses}


def address_dropped(where: str, address: str, link: str = "", method: str = "") -> Finding:
    """The warning of an address that goes; `method`: the bridge's."""
    remedy = f"Add {address} to the bridge's addresses if it is still needed."
    if method == "dhcp":
        remedy = f"Name all addresses in place of dhcp if {address} is still needed."
    of = f" of {link}" if link else ""
    return warn(
        "address-dropped",
        where,
        f"{address}{of} is not among the addresses asked for; the host will lose it.",
        remedy,
    )


def gateway_dropped(where: str, gateway: str) -> Finding:
    """The warning of a gateway that goes."""
    return warn(
        "gateway-dropped",
        where,
        f"The default route by {gateway} goes: no gateway, or no address of its family, is asked "
        "for.",
        "Name the gateway, and an address of its family, if it is still needed.",
    )
