"""Are the bridge's addresses, gateway, DNS servers, MAC and MTU what they should be?"""

import re
from collections.abc import Iterable, Iterator, Sequence

from xenbond_tui.answers import Answers, BridgeAnswers, Request, SetUp
from xenbond_tui.facts.guest_ports import is_guest_port, named_as_guest_port
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import above
from xenbond_tui.facts.names import bad_mac
from xenbond_tui.facts.network import NetworkFacts
from xenbond_tui.regex import regex
from xenbond_tui.rules.addresses import Interface, bad_cidr, bad_dns, bad_gateway, parse_cidr
from xenbond_tui.rules.findings import Finding, note, refuse, warn
from xenbond_tui.rules.inventory import NAMING, Item, Kind

METHODS = ("static", "dhcp", "none")
MTU_LEAST, MTU_MOST = 68, 65_535
"""Bytes; ETH_MIN_MTU and ETH_MAX_MTU of include/uapi/linux/if_ether.h."""
MTU_IPV6 = 1280
"""Bytes; a link with less has no IPv6 (RFC 8200, section 5)."""

_WITH_A_MAC = ("", "bond", "bridge")
"""Kinds of links whose MAC is not that of a link below; a veth has one of its own and no LAN."""
_LONGEST_DOMAIN = 253
_PORTS = NAMING | {Kind.MASTER, Kind.PERHAPS}
_SERVES = regex(r"DHCPServer\s*=\s*(1|yes|y|true|t|on)|ipv4 method=shared", re.IGNORECASE)
"""By what a bridge has a DHCP server of its own: systemd.network(5), nm-settings-nmcli(5)."""


def check_bridge(facts: HostFacts, answers: Answers) -> Iterator[Finding]:
    """What is said about the bridge, taken by itself."""
    bridge = answers.bridge
    if bridge.method not in METHODS:
        yield refuse(
            "bad-method",
            "bridge.address",
            f"There is no way to get an address called {bridge.method!r}.",
            "Take static, dhcp or none.",
        )
    interfaces: list[Interface] = []
    for text in bridge.addresses:
        wrong = bad_cidr(text)
        if wrong:
            yield refuse(
                "bad-address", "bridge.address", f"{text!r} {wrong}.", "Correct the address."
            )
        else:
            interfaces.append(parse_cidr(text))
    yield from _addresses(bridge, interfaces)
    yield from _gateway(bridge, interfaces)
    for server in bridge.dns:
        wrong = bad_dns(server)
        if wrong:
            yield refuse("bad-dns", "bridge.dns", f"{server!r} {wrong}.", "Correct the address.")
    for domain in bridge.search:
        if not _is_domain(domain):
            yield refuse(
                "bad-search-domain",
                "bridge.search",
                f"{domain!r} is not a domain name.",
                "Use letters, digits and dashes between dots.",
            )
    yield from _mac(bridge)
    yield from mac_in_use(facts, answers)
    yield from _mtu(bridge)


def _is_domain(text: str) -> bool:
    """Letters, digits, dashes and underscores between dots; no dash ends or begins the first."""
    name = text.removesuffix(".")
    first, *others = name.split(".")
    plain = all(f"_{it.replace('-', '_')}".isidentifier() for it in (first, *others))
    whole = first and all(others) and first == first.strip("-")
    return bool(whole) and plain and name.isascii() and len(name) <= _LONGEST_DOMAIN


def _addresses(bridge: BridgeAnswers, interfaces: list[Interface]) -> Iterator[Finding]:
    if bridge.method == "static" and not bridge.addresses and not bridge.by_router:
        yield refuse(
            "no-address",
            "bridge.address",
            f"{bridge.name} has no address.",
            "Give one with its prefix, or say dhcp or none.",
        )
    if bridge.method != "static" and bridge.addresses:
        yield warn(
            "address-ignored",
            "bridge.address",
            f"An address is given, but {bridge.name} gets its address by {bridge.method}.",
            "Leave the address out.",
        )
    seen: set[str] = set()
    for item in interfaces:
        if str(item.ip) in seen:
            yield refuse(
                "duplicate-address",
                "bridge.address",
                f"{item.ip} is given twice.",
                "Give it once, with the right prefix.",
            )
        seen.add(str(item.ip))


def _gateway(bridge: BridgeAnswers, interfaces: list[Interface]) -> Iterator[Finding]:
    if bridge.gateway is None:
        return
    if bridge.method != "static":
        yield warn(
            "gateway-ignored",
            "bridge.gateway",
            f"A gateway is given, but {bridge.name} has method {bridge.method}.",
            "Leave the gateway out, or give a static address.",
        )
        return
    announced = bridge.announced and ":" in bridge.gateway
    if not interfaces or (announced and all(it.version == 4 for it in interfaces)):
        return
    wrong = bad_gateway(bridge.gateway, tuple(interfaces), on_link=bridge.on_link)
    if wrong and bridge.gateway_from:
        yield refuse(
            "bad-gateway",
            "bridge.gateway",
            f"The gateway is left out, so it stays {bridge.gateway} ({bridge.gateway_from}), and "
            f"that {wrong}. No file says that it is on the link itself (pointopoint, on-link).",
            "Name a gateway in the network of the bridge's address; with gateway: none the host "
            "reaches nothing beyond that network.",
        )
    elif wrong:
        yield refuse(
            "bad-gateway",
            "bridge.gateway",
            f"The gateway {bridge.gateway!r} {wrong}.",
            "Correct the gateway, or the prefix of the address.",
        )


def _mac(bridge: BridgeAnswers) -> Iterator[Finding]:
    wrong = None if bridge.mac in ("", "keep") else bad_mac(bridge.mac)
    if wrong:
        yield refuse(
            "bad-mac", "bridge.mac", f"{bridge.mac!r} {wrong}.", "Say keep, or another MAC."
        )


def mac_in_use(facts: NetworkFacts, answers: Answers) -> Iterator[Finding]:
    """A NIC beside bond and bridge that is up, with the bridge's MAC: one MAC twice on the LAN."""
    bond, bridge = answers.bond, answers.bridge
    # A slave that is a VLAN has its NIC's MAC.
    slaves = (slave for state in facts.bonds for slave in state.slaves)
    below = {slave.stands_on for slave in slaves if slave.stands_on is not None}
    ours = above(facts.links, {bond.name, bridge.name, *bond.slaves}) | below
    for link in facts.links:
        other = link.kind in _WITH_A_MAC and link.master is None and link.name not in ours
        if other and link.admin_up and link.mac == bridge.mac != "" and not is_guest_port(link):
            yield warn(
                "mac-in-use",
                link.name,
                f"{bridge.name} has the MAC of {link.name} ({link.mac}), which is in use beside "
                "it: on one LAN a switch sends to either.",
                f"Give {bridge.name} the MAC of {bond.name} or of a slave.",
            )


def _mtu(bridge: BridgeAnswers) -> Iterator[Finding]:
    mtu = bridge.mtu
    if mtu is None:
        return
    if not MTU_LEAST <= mtu <= MTU_MOST:
        yield refuse(
            "bad-mtu",
            "bridge.mtu",
            f"An MTU of {mtu} bytes is outside {MTU_LEAST} to {MTU_MOST}.",
            "1500 is usual, 9000 with jumbo frames.",
        )
    elif mtu < MTU_IPV6:
        yield warn(
            "mtu-below-ipv6",
            "bridge.mtu",
            f"With an MTU below {MTU_IPV6} bytes there is no IPv6, for the guests neither.",
            "1500 is usual.",
        )
    elif mtu > 1500:
        yield note(
            "jumbo-frames",
            "bridge.mtu",
            f"An MTU of {mtu} bytes must be set on the switch ports and in the guests too.",
            "Check the switch before applying.",
        )


def joins_lan(
    facts: HostFacts,
    said: Iterable[Item],
    left: Iterable[Item],
    elsewhere: Sequence[Item],
    request: Request,
) -> Iterator[Finding]:
    """A bridge without a way out, for guests among themselves, that would get the bond as its port.

    It is one where files or kernel have it and neither knows of another port.

    Args:
        facts: the host.
        said: what the files of the stack say.
        left: what they say afterwards.
        elsewhere: what those of others say that have the bridge too.
        request: resolved.
    """
    if not isinstance(request, SetUp):
        return
    name, slaves = request.answers.bridge.name, " and ".join(request.answers.bond.slaves)
    running = next((it for it in facts.bridges if it.name == name), None)
    said = (*said, *elsewhere)
    own = [it for it in said if it.link == name]
    if running is None and not own:
        return
    ports = [port.name for port in running.ports] if running is not None else []
    ports += [it.value for it in own if it.kind in _PORTS]
    ports += [it.link for it in said if it.value == name and it.kind in _PORTS]
    if all(named_as_guest_port(port) for port in ports):
        text = (
            f"{name} has no port but guests' today. With {request.answers.bond.name} as its port "
            f"its guests are on the network of {slaves}, and what is there reaches them."
        )
        remedy = "Name another bridge in the answers if they are to stay among themselves."
        for it in (*left, *elsewhere):
            if it.link == name and _SERVES.fullmatch(it.text):
                text += f" By `{it.text}` ({it.where}) it has a DHCP server, which answers there."
                remedy += f" Else take {it.where} out first: a second DHCP server cuts hosts off."
        yield warn("bridge-joins-lan", own[0].where if own else name, text, remedy)
