"""The keys of an ifcfg file that belong to the host's address: read, moved, written.

They are moved from the NIC's (or the bond's) file to the bridge's as they are written, so that
quotes and comments survive; what the answers say otherwise is then set.
"""

import re
from ipaddress import ip_address

from xenbond_tui.answers import BridgeAnswers
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.number import whole
from xenbond_tui.files.shell import ShellFile
from xenbond_tui.regex import regex
from xenbond_tui.rules.addresses import (
    canonical,
    class_prefix,
    netmask_of,
    parse_cidr,
    prefix_of,
    same_address,
)
from xenbond_tui.rules.dropped import gateway_goes

MOVING = regex(
    r"(IPADDR|NETMASK|PREFIX|BROADCAST|NETWORK|ARPCHECK|ARPUPDATE)\d*"
    r"|GATEWAY|(MS_)?DNS\d+|DOMAIN|SEARCH|RESOLV_MODS|PEER(DNS|NTP|YP|ROUTES)|DEFROUTE|GATEWAYDEV"
    r"|METRIC"
    r"|SRCADDR|SCOPE|WINDOW|ARP|ARPING_WAIT|NOZEROCONF|ZONE|MTU|EXTRA_ROUTE_OPTS"
    r"|IPV6\w*|IPV4_\w+|DHCP\w*|DHCLIENT\w*|PERSISTENT_DHCLIENT"
)
"""initscripts' sysconfig.txt; NetworkManager's ifcfg-rh plugin (nm-settings-ifcfg-rh(5))."""
_NUMBERED = regex(r"(IPADDR|NETMASK|PREFIX|BROADCAST|NETWORK)(\d*)")
_IPV6_ADDRESSES = ("IPV6ADDR", "IPV6ADDR_SECONDARIES")
_ASKS_FOR_IPV6 = ("IPV6_AUTOCONF", "DHCPV6C")
_YES = ("yes", "true", "1")
_GIVES = regex(r"(IPADDR|NETMASK|PREFIX)\d*|GATEWAY|IPV6ADDR\w*|IPV6_DEFAULTGW")
_OF_AN_ADDRESS = regex(
    r"(IPADDR|NETMASK|PREFIX|BROADCAST|NETWORK)\d*|GATEWAY|(MS_)?DNS\d+|DOMAIN|SEARCH|RESOLV_MODS"
    r"|PEER(DNS|NTP|YP|ROUTES)|DEFROUTE|GATEWAYDEV|METRIC|SRCADDR|SCOPE|WINDOW|EXTRA_ROUTE_OPTS"
    r"|IPV6(?!INIT$|_MTU$)\w*|IPV4_\w+|DHCP\w*|DHCLIENT\w*|PERSISTENT_DHCLIENT"
)
"""Those of `MOVING` that say nothing where there is no address."""
_NAMES_A_LINK = frozenset({"GATEWAYDEV", "IPV6_DEFAULTDEV"})


def gives(key: str) -> bool:
    """Is the host's address or its default route lost where that key is misread?"""
    return _GIVES.fullmatch(key) is not None


def moving_keys(file: ShellFile) -> tuple[str, ...]:
    """The keys that belong to the address, in the file's order."""
    return tuple(key for key in file.assigned() if MOVING.fullmatch(key))


def by_default(file: ShellFile) -> bool:
    """Does it say no more of routers than IPV6INIT=yes?

    The scripts listen to them then (ifup-ipv6), where `Scripts.listens`.

    Raises:
        XenbondError: the shell would have to compute it.
    """
    on = (file.get("IPV6INIT") or "").lower() in _YES
    forwards = (file.get("IPV6FORWARDING") or "").lower() in _YES
    port = file.get("MASTER") or file.get("BRIDGE")
    return on and not (port or forwards or file.get("IPV6_AUTOCONF"))


def has_address(file: ShellFile, *, listens: bool = False) -> bool:
    """True when the file gives its link an address, or asks for one at boot.

    A spare NIC of a fresh installation says BOOTPROTO=dhcp and ONBOOT=no.

    Args:
        file: which.
        listens: IPV6INIT=yes alone counts as well (`by_default`).

    Raises:
        XenbondError: the shell would have to compute it.
    """
    asks = (
        method(file) == "dhcp"
        or any((file.get(key) or "").lower() in _YES for key in _ASKS_FOR_IPV6)
        or (listens and by_default(file))
    )
    return (asks and (file.get("ONBOOT") or "").lower() != "no") or bool(addresses(file))


def method(file: ShellFile) -> str:
    """static, dhcp or none, as BridgeAnswers has it.

    Raises:
        XenbondError: the shell would have to compute it.
    """
    if (file.get("BOOTPROTO") or "").lower() in ("dhcp", "bootp"):
        return "dhcp"
    return "static" if addresses(file) else "none"


def addresses(file: ShellFile) -> tuple[str, ...]:
    """The static addresses with their prefix, IPv4 first.

    Raises:
        XenbondError: a value is computed by the shell, or a mask is none.
    """
    return tuple(cidr for _, cidr in written(file))


def written(file: ShellFile) -> tuple[tuple[str, str], ...]:
    """Each static address with the key it is written by, IPv4 first.

    Raises:
        XenbondError: a value is computed by the shell, or a mask is none.
    """
    found: list[tuple[str, str]] = []
    numbers = [int(key[6:]) for key in file.assigned() if re.fullmatch(r"IPADDR\d{1,3}", key)]
    for index in ("", *map(str, sorted(numbers))):
        ip = file.get(f"IPADDR{index}")
        if ip:
            found.append((f"IPADDR{index}", f"{ip}/{_prefixlen(file, ip, index)}"))
    for key in _IPV6_ADDRESSES:
        for item in (file.get(key) or "").split():
            found.append((key, item if "/" in item else f"{item}/64"))
    return tuple(found)


def _prefixlen(file: ShellFile, ip: str, index: str) -> int:
    prefix, mask = file.get(f"PREFIX{index}"), file.get(f"NETMASK{index}")
    if prefix:
        number = whole(prefix)
        if number is not None and number <= 32:
            return number
        key, value = f"PREFIX{index}", prefix
    elif mask:
        length = prefix_of(mask)
        if length is not None:
            return length
        key, value = f"NETMASK{index}", mask
    else:
        # ipcalc takes the class's mask when there is none.
        length = class_prefix(ip)
        if length is not None:
            return length
        key, value = f"IPADDR{index}", ip
    raise XenbondError.at(
        f"{file.name}:{file.line(key)}", f"{key}={value} is not valid. Put it right."
    )


def nameservers(file: ShellFile) -> tuple[str, ...]:
    """DNS1, DNS2 and so on.

    Raises:
        XenbondError: the shell would have to compute one.
    """
    return tuple(value for index in range(1, 10) if (value := file.get(f"DNS{index}")))


def move(source: ShellFile, target: ShellFile, link: str, bridge: str) -> None:
    """Move the address's keys; what the target already says wins. `link` becomes `bridge`.

    Raises:
        XenbondError: a value means something only where it is; names file and line.
    """
    for key in moving_keys(source):
        if target.get(key) is None:
            target.add(source.source(key))
            value = target.get(key) or ""
            if key in _NAMES_A_LINK and value == link:
                target.set(key, bridge)
            elif key == "IPV6_DEFAULTGW" and value.endswith(f"%{link}"):
                target.set(key, value.removesuffix(link) + bridge)
        source.remove(key)


def settle(
    file: ShellFile, bridge: BridgeAnswers, facts: HostFacts, release: int, everywhere: ShellFile
) -> None:
    """Make the bridge's file say what the answers say; lines that do so already stay as they are.

    Args:
        file: the bridge's file, with what was moved into it.
        bridge: the answers.
        facts: what /etc/resolv.conf says now; the same servers need no key.
        release: of RHEL; 5 knows masks best as NETMASK.
        everywhere: /etc/sysconfig/network, whose GATEWAY holds for every link.

    Raises:
        XenbondError: a line can't be changed safely.
    """
    protocol = (file.get("BOOTPROTO") or "").lower()
    if bridge.method == "dhcp":
        if protocol != "dhcp":
            file.set("BOOTPROTO", "dhcp")
    elif protocol not in ("none", "static"):
        file.set("BOOTPROTO", "none")
    if bridge.method == "static":
        _set_addresses(file, bridge, release)
        _set_gateway(file, bridge, everywhere)
    else:
        none = bridge.method == "none"
        for key in file.assigned():
            if (_OF_AN_ADDRESS if none else _NUMBERED).fullmatch(key) or key == "GATEWAY":
                file.remove(key)
        if none and (file.get("IPV6INIT") or "").lower() in _YES:
            file.set("IPV6INIT", "no")
    if bridge.method != "none":
        _set_names(file, bridge, facts)


def _set_addresses(file: ShellFile, bridge: BridgeAnswers, release: int) -> None:
    wanted = [parse_cidr(item) for item in bridge.addresses]
    have = [canonical(item) for item in addresses(file)]
    way = ip_address(bridge.gateway) if bridge.gateway else None
    # ifup-eth sets GATEWAY only where it is in the network of the first address.
    ipv4 = sorted(
        (item for item in wanted if item.version == 4),
        key=lambda item: way is None or way not in item.network,
    )
    ipv6 = [str(item) for item in wanted if item.version == 6]
    if [str(item) for item in ipv4] != [item for item in have if ":" not in item]:
        keys = set(file.assigned())
        with_mask = release <= 5 or ("NETMASK" in keys and "PREFIX" not in keys)
        numbered = "IPADDR0" in keys and "IPADDR" not in keys
        names = [str(i) if numbered or i else "" for i in range(len(ipv4))]
        said, other = ("NETMASK", "PREFIX") if with_mask else ("PREFIX", "NETMASK")
        for index, item in zip(names, ipv4, strict=True):
            length = item.network.prefixlen
            file.set(f"IPADDR{index}", str(item.ip))
            file.set(f"{said}{index}", netmask_of(length) if with_mask else str(length))
            file.remove(f"{other}{index}")
        for key in keys:
            match = _NUMBERED.fullmatch(key)
            if match and (match[2] not in names or match[1] in ("BROADCAST", "NETWORK")):
                file.remove(key)
    if ipv6 != [item for item in have if ":" in item]:
        if ipv6:
            file.set("IPV6INIT", "yes")
        for key, items in zip(_IPV6_ADDRESSES, (ipv6[:1], ipv6[1:]), strict=True):
            if items:
                file.set(key, " ".join(items))
            else:
                file.remove(key)


def _set_gateway(file: ShellFile, bridge: BridgeAnswers, everywhere: ShellFile) -> None:
    wanted = bridge.gateway
    for key in ("GATEWAY", "IPV6_DEFAULTGW"):
        if gateway_goes(bridge, file.get(key) or "") or by_route(file, bridge) == key:
            file.remove(key)
    if by_route(file, bridge):
        return
    if wanted is not None and ":" in wanted:
        now = (file.get("IPV6_DEFAULTGW") or "").partition("%")[0]
        if not now or not same_address(now, wanted):
            file.set("IPV6_DEFAULTGW", wanted)
        return
    if wanted is not None and wanted != (file.get("GATEWAY") or everywhere.get("GATEWAY")):
        file.set("GATEWAY", wanted)


def by_route(file: ShellFile, bridge: BridgeAnswers) -> str:
    """The key that can't have the gateway: ifup sets none that it can't see, but by a route file.

    "" where it is in a network of the host, or stands in that key and stays as it is.
    """
    wanted = bridge.gateway or ""
    key = "IPV6_DEFAULTGW" if ":" in wanted else "GATEWAY"
    now = (file.get(key) or "").partition("%")[0]
    return key if bridge.on_link and not (now and same_address(now, wanted)) else ""


def _set_names(file: ShellFile, bridge: BridgeAnswers, facts: HostFacts) -> None:
    """Servers and domain; without a key, and equal to what holds now, they stay out of the file."""
    written = nameservers(file)
    if bridge.dns != written and (written or bridge.dns != facts.dns):
        for index in range(1, 10):
            file.remove(f"DNS{index}")
        for index, server in enumerate(bridge.dns, 1):
            file.set(f"DNS{index}", server)
    domain = tuple((file.get("DOMAIN") or "").split())
    if bridge.search != domain and (domain or bridge.search != facts.search):
        if bridge.search:
            file.set("DOMAIN", " ".join(bridge.search))
        else:
            file.remove("DOMAIN")
