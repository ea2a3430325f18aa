"""What of a NIC's definition belongs to its address and moves to the bridge, and what stays."""

from collections.abc import Iterable, Iterator

from xenbond_tui.answers import Answers, BridgeAnswers
from xenbond_tui.files.yaml_nodes import Data
from xenbond_tui.files.yaml_paths import Path
from xenbond_tui.files.yaml_text import YamlText
from xenbond_tui.rules.addresses import STUBS, canonical, same_address
from xenbond_tui.rules.dropped import gateway_goes
from xenbond_tui.stacks.netplan.files import TRUE, Definition, Merged, text_of

MOVING = (
    "addresses",
    "gateway4",
    "gateway6",
    "nameservers",
    "routes",
    "routing-policy",
    "dhcp4",
    "dhcp6",
    "dhcp-identifier",
    "dhcp4-overrides",
    "dhcp6-overrides",
    "ra-overrides",
    "accept-ra",
    "ipv6-address-generation",
    "ipv6-address-token",
    "ipv6-privacy",
    "ipv6-mtu",
    "link-local",
    "optional-addresses",
    "critical",
)
"""Keys that belong to an address, in the order of netplan's own documentation."""
STAYING = frozenset(
    {"match", "set-name", "renderer", "optional", "mtu", "macaddress", "wakeonlan", "emit-lldp"}
    | {"receive-checksum-offload", "transmit-checksum-offload", "tcp-segmentation-offload"}
    | {"tcp6-segmentation-offload", "generic-segmentation-offload", "generic-receive-offload"}
    | {"large-receive-offload", "virtual-function-count", "embedded-switch-mode"}
    | {"delay-virtual-functions-rebind", "auth", "ignore-carrier"}
)
"""Keys that belong to the NIC itself."""
_GIVES_AN_ADDRESS = ("addresses", "gateway4", "gateway6", "routes", "nameservers")
_NEEDS_AN_ADDRESS = ("gateway4", "gateway6", "nameservers", "routes", "routing-policy")


def moving_keys(link: Merged) -> tuple[str, ...]:
    """The keys of a link that move; `dhcp4: false` may stay, for a slave has no lease either."""
    return tuple(
        key
        for key in MOVING
        if key in link.keys and not (key in ("dhcp4", "dhcp6") and not link.true(key))
    )


def has_address(link: Merged) -> bool:
    """True when the files give the link an address, or something that needs one."""
    leased = any(link.true(key) for key in ("dhcp4", "dhcp6", "accept-ra"))
    return leased or any(link.having(key) is not None for key in _GIVES_AN_ADDRESS)


def only_listens(link: Merged) -> bool:
    """Has it neither a static address nor a lease of IPv4?

    Such a link gives its lines to the bridge only where no other has an address.
    """
    return not (link.true("dhcp4") or addresses(link))


def holder(own: Merged | None, others: Iterable[Merged]) -> Merged | None:
    """Who has the host's address: the bridge, else the likely one of bond and NICs."""
    if own is not None and has_address(own):
        return own
    return min(filter(has_address, others), key=only_listens, default=None)


def source_of(links: tuple[Merged, ...], answers: Answers) -> Merged | None:
    """Of bond and slaves, the one whose address the bridge gets: its keys move there."""
    holders = [link for link in links if has_address(link)]

    def rank(link: Merged) -> tuple[bool, bool]:
        wanted = answers.bridge.addresses
        mine = any(same_address(one, other) for one in addresses(link) for other in wanted)
        dhcp = answers.bridge.method == "dhcp" and link.true("dhcp4")
        return not (mine or dhcp), only_listens(link)

    return min(holders, key=rank) if holders else None


def addresses(link: Merged) -> tuple[str, ...]:
    """Static addresses with their prefixes."""
    return link.words("addresses")


def gateways(link: Merged) -> Iterator[tuple[Definition, tuple[str | int, ...], str]]:
    """Every default route of the main table: its definition, the keys to its gateway, and it."""
    for definition in link.definitions:
        for key in ("gateway4", "gateway6"):
            value = definition.get(key)
            if isinstance(value, str):
                yield definition, (key,), value
    for definition, index, route in link.items("routes"):
        if not isinstance(route, dict) or route.get("table", "254") not in ("254", "main"):
            continue
        via, to = route.get("via"), route.get("to")
        if isinstance(via, str) and to in ("default", "0.0.0.0/0", "::/0") and "from" not in route:
            yield definition, ("routes", index, "via"), via


def gateway(link: Merged) -> str | None:
    """The gateway, IPv4 first."""
    found = [via for _, _, via in gateways(link)]
    return next(iter(sorted(found, key=lambda via: ":" in via)), None)


def on_link(link: Merged) -> bool:
    """Is the gateway said to be on the link, whatever the networks of its addresses are?"""
    way = gateway(link)
    for _, _, route in link.items("routes"):
        if not isinstance(route, dict):
            continue
        to = str(route.get("to", "")).partition("/")[0]
        itself = to == way and "via" not in route
        if itself or (route.get("via") == way and str(route.get("on-link")).lower() in TRUE):
            return way is not None
    return False


def carry(link: Merged, target: Path, renderer: str) -> None:
    """Move a link's address keys to the definition at a path, each within its own file.

    netplan merges that one from the same files in the same order as it did the link, so what
    several files say still means the same. A file that has no such definition gets one, which
    needs a first key: the renderer, which it has anyway.
    """
    moving = moving_keys(link)
    for definition in link.definitions:
        for key in definition.keys:
            if key in moving:
                if not definition.file.data(target):
                    definition.file.put((*target, "renderer"), renderer)
                definition.file.move((*definition.path, key), (*target, key))


def settle(bridge: Merged, home: YamlText, answers: Answers) -> None:
    """Make the bridge's address what the answers ask for; what is right already stays.

    Args:
        bridge: as the files define it, the moved keys included.
        home: the file that new keys go to.
        answers: resolved.
    """
    wanted, path = answers.bridge, ("network", "bridges", answers.bridge.name)
    leased = bridge.true("dhcp4")
    if (wanted.method == "dhcp") != leased:
        holder = bridge.having("dhcp4")
        file = home if holder is None else holder.file
        file.put((*path, "dhcp4"), "true" if wanted.method == "dhcp" else "false")
    if wanted.method == "dhcp":
        if not leased:
            _drop_static(bridge)
        _names(bridge, home, path, wanted)
        return
    asked = wanted.addresses if wanted.method == "static" else ()
    _items(bridge, home, path, ("addresses",), asked)
    if wanted.method == "none":
        for key in ("dhcp6", "accept-ra"):
            if bridge.true(key):
                bridge.put("false", key)
        for key in _NEEDS_AN_ADDRESS:
            bridge.drop(key)
    else:
        _gateway(bridge, home, answers)
        _names(bridge, home, path, wanted)


def _names(bridge: Merged, home: YamlText, path: Path, wanted: BridgeAnswers) -> None:
    servers = tuple(item for item in wanted.dns if item not in STUBS)
    _items(bridge, home, path, ("nameservers", "addresses"), servers)
    _items(bridge, home, path, ("nameservers", "search"), wanted.search)


def _drop_static(bridge: Merged) -> None:
    """Take out what the lease brings again: IPv4 addresses and the IPv4 gateway."""
    for definition, index, item in reversed(bridge.items("addresses")):
        if ":" not in text_of(item):
            definition.drop("addresses", index)
    for definition, keys, via in reversed(list(gateways(bridge))):
        if ":" not in via:
            definition.drop(*keys[:2])


def _items(
    bridge: Merged, home: YamlText, path: Path, keys: tuple[str, ...], wanted: tuple[str, ...]
) -> None:
    """Give a list, merged from several files, these items; what is right already keeps its line."""
    present = bridge.items(*keys)
    for definition, index, item in reversed(present):
        if not any(_same(text_of(item), other) for other in wanted):
            definition.drop(*keys, index)
    held = [text_of(item) for _, _, item in present]
    for item in wanted:
        if not any(_same(item, other) for other in held):
            holder = bridge.having(*keys)
            (home if holder is None else holder.file).append((*path, *keys), item)
    for definition in {definition for definition, _, _ in present}:
        # A list that became empty, and a map that had it alone, says nothing.
        for depth in range(len(keys), 0, -1):
            if definition.get(*keys[:depth]) in ([], {}):
                definition.drop(*keys[:depth])


def _same(one: str, other: str) -> bool:
    return canonical(one) == canonical(other)


def _gateway(bridge: Merged, home: YamlText, answers: Answers) -> None:
    wanted = answers.bridge.gateway
    family = ":" in (wanted or "")
    for definition, keys, via in reversed(list(gateways(bridge))):
        if gateway_goes(answers.bridge, via):
            definition.drop(*keys[:2])
    if wanted is None:
        return
    own = [item for item in gateways(bridge) if (":" in item[2]) == family]
    if any(same_address(via, wanted) for _, _, via in own):
        return
    path = ("network", "bridges", bridge.id)
    if own:
        definition, keys, _ = own[0]
        if keys[0] == "routes" or not answers.bridge.on_link:
            definition.put(wanted, *keys)
            if answers.bridge.on_link:
                definition.put("true", *keys[:-1], "on-link")
            return
        # gateway4 and gateway6 have no word for it.
        definition.drop(*keys)
    holder = bridge.having("routes")
    file = home if holder is None else holder.file
    said: dict[str, Data] = {"on-link": "true"} if answers.bridge.on_link else {}
    file.append((*path, "routes"), {"to": "default", "via": wanted, **said})
