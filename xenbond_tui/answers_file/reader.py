"""Text of an answers file to Answers; everything that is wrong is refused with line and key."""

from collections.abc import Callable

from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers
from xenbond_tui.answers_file.nodes import Node, parse
from xenbond_tui.facts.names import bad_link_name, bad_mac, normal_mac
from xenbond_tui.facts.number import whole
from xenbond_tui.options.kind import PerSlave, Switch
from xenbond_tui.options.modes import mode_name
from xenbond_tui.options.option import BadValue
from xenbond_tui.options.table import OPTIONS, parse_option
from xenbond_tui.rules.addresses import bad_cidr, bad_dns, ip_address
from xenbond_tui.rules.check_bond import OWN_KEYS
from xenbond_tui.stacks import STACKS

VERSION = 1
FILLED_IN = frozenset({"address", "gateway", "dns", "search"})
"""Keys of `bridge:` that are filled in where they are left out; mac and mtu have words for it."""
TOOLSTACKS = ("auto", "xend", "xl", "none")
STACK_NAMES = ("auto", *(stack.name for stack in STACKS))

_YES = ("true", "yes", "on", "1")
_NO = ("false", "no", "off", "0")
_LARGEST_MTU = 999_999
"""No link has such a one; which MTU fits, the rules say."""


def loads(text: str, name: str) -> Answers:
    """Read answers from the text of a file called `name`.

    Raises:
        XenbondError: one or two lines naming file, line and key.
    """
    top = parse(text, name)
    if top.kind != "map":
        Node(name, top.line, "an answers file", "text").refuse("is a map of keys, version: 1 first")
    top.only("version", "stack", "bond", "bridge", "xen")
    _version(top)
    xen = top.get("xen")
    toolstack = "auto"
    if xen is not None:
        xen.only("toolstack")
        toolstack = _one_of(xen.get("toolstack"), TOOLSTACKS, "auto")
    bond, bridge = top.get("bond"), top.get("bridge")
    return Answers(
        stack=_one_of(top.get("stack"), STACK_NAMES, "auto"),
        bond=BondAnswers(left_out=frozenset(OPTIONS)) if bond is None else _bond(bond),
        bridge=BridgeAnswers(left_out=FILLED_IN) if bridge is None else _bridge(bridge),
        toolstack=toolstack,
    )


def _version(top: Node) -> None:
    node = top.get("version")
    if node is None:
        Node(top.file, top.line, "version", "empty").refuse(f"is missing; write version: {VERSION}")
    if node.text != str(VERSION):
        node.refuse(f"must be {VERSION}, the only one this program reads, not {node.text!r}")


def _bond(node: Node) -> BondAnswers:
    node.only("name", "slaves", "mode", "miimon", "use_carrier", "options")
    default = BondAnswers()
    mode, use_carrier = node.get("mode"), _said(node.get("use_carrier"))
    miimon, options = node.get("miimon"), _said(node.get("options"))
    named = {name for name, _ in node.entries} | {name for name, _ in _entries(options)}
    if options is None and node.get("options") is not None:
        named |= OPTIONS.keys() - {*OWN_KEYS}
    return BondAnswers(
        name=_name(node.get("name"), default.name),
        slaves=_list(node.get("slaves"), _slave, "a list of NICs: [eth0, eth1]"),
        mode=default.mode if mode is None else _mode(mode),
        miimon=default.miimon if miimon is None else int(_option(miimon, "miimon")),
        use_carrier=None if use_carrier is None else _switch(use_carrier),
        options={} if options is None else _options(options),
        left_out=frozenset(OPTIONS) - named,
    )


def _entries(node: Node | None) -> tuple[tuple[str, Node], ...]:
    return () if node is None else node.entries


def _bridge(node: Node) -> BridgeAnswers:
    node.only("name", "address", "gateway", "dns", "search", "mac", "mtu", "announce")
    default = BridgeAnswers()
    method, addresses = _address(node.get("address"))
    mac, mtu, announce = node.get("mac"), node.get("mtu"), node.get("announce")
    dns, search = _said(node.get("dns")), _said(node.get("search"))
    return BridgeAnswers(
        name=_name(node.get("name"), default.name),
        method=method,
        addresses=addresses,
        gateway=_gateway(_said(node.get("gateway"))),
        dns=_list(dns, lambda item: _fit(item, bad_dns), "a list of addresses: [192.168.0.1]"),
        search=_list(search, _text, "a list of domains: [example.com]"),
        mac=default.mac if mac is None else _mac(mac),
        mtu=None if mtu is None else 0 if _said(mtu) is None else _mtu(mtu),
        announce=None if announce is None else _switch(announce),
        left_out=frozenset(key for key in FILLED_IN if node.get(key) is None),
    )


def _said(node: Node | None) -> Node | None:
    """A key's value; None where it is left out, and where `none` takes away what is there."""
    return None if node is None or (node.kind == "text" and node.text == "none") else node


def _one_of(node: Node | None, known: tuple[str, ...], default: str) -> str:
    if node is None:
        return default
    # YAML 1.1 readers take a bare `none` as text too, but `~` is empty.
    node.expect("text", what=f"one of {', '.join(known)}")
    if node.text not in known:
        node.refuse(f"must be one of {', '.join(known)}, not {node.text!r}")
    return node.text


def _list(node: Node | None, read: Callable[[Node], str], what: str) -> tuple[str, ...]:
    if node is None:
        return ()
    node.expect("list", what=what)
    return tuple(read(item) for item in node.items)


def _text(node: Node) -> str:
    node.expect("text", what="text (in quotes if it looks like a number)")
    return node.text.strip()


def _name(node: Node | None, default: str) -> str:
    if node is None:
        return default
    return _fit(node, bad_link_name)


def _fit(node: Node, bad: Callable[[str], str | None]) -> str:
    """A text that `bad` says nothing against."""
    text = _text(node)
    wrong = bad(text)
    if wrong:
        node.refuse(f"{text!r} {wrong}")
    return text


def _slave(node: Node) -> str:
    node.expect("text", "number", what="the name or permanent MAC of a NIC")
    return normal_mac(node.text) or _name(node, "")


def _mode(node: Node) -> str:
    node.expect("text", "number", what="a mode's name or number")
    mode = mode_name(node.text)
    if mode is None:
        node.refuse(f"must be {OPTIONS['mode'].allowed}, not {node.text!r}")
    return mode


def _option(node: Node, name: str) -> str:
    """One option's canonical value; a list or a map is joined with commas, true is on."""
    option = OPTIONS[name]
    if node.kind == "list":
        text = ",".join(_text(item) for item in node.items)
    elif node.kind == "map" and isinstance(option.kind, PerSlave):
        text = ",".join(f"{slave}:{number.text}" for slave, number in node.entries)
    else:
        node.expect("text", "number", "bool", what=option.allowed)
        text = node.text
    if node.kind == "bool" and isinstance(option.kind, Switch):
        text = "on" if node.text.lower() in _YES else "off"
    value = parse_option(name, text)
    if isinstance(value, BadValue):
        node.refuse(value.text)
    return value


def _switch(node: Node) -> bool:
    node.expect("bool", "number", "text", what="true or false")
    text = node.text.lower()
    if text not in _YES + _NO:
        node.refuse(f"must be true or false, not {node.text!r}")
    return text in _YES


def _options(node: Node) -> dict[str, str]:
    node.expect("map", what="a map of bonding options: {primary: eth0}")
    for name, value in node.entries:
        if name in OWN_KEYS:
            value.refuse(f"has its own place: write it as bond.{name}")
    node.only(*(name for name in OPTIONS if name not in OWN_KEYS))
    return {name: _option(value, name) for name, value in node.entries if _kept(name, value)}


def _kept(name: str, value: Node) -> bool:
    """False for `updelay: none`, which takes the option away; arp_validate has a value `none`.

    So it is of `primary: none`: no slave is meant.
    """
    if _said(value) is not None:
        return True
    clears = OPTIONS[name].kind.clearable
    return not clears and not isinstance(parse_option(name, "none"), BadValue)


def _address(node: Node | None) -> tuple[str, tuple[str, ...]]:
    if node is None:
        return "static", ()
    if node.kind == "list":
        return "static", tuple(_fit(item, bad_cidr) for item in node.items)
    node.expect("text", what="an address with its prefix, a list of them, dhcp or none")
    if node.text in ("dhcp", "none"):
        return node.text, ()
    return "static", (_fit(node, bad_cidr),)


def _gateway(node: Node | None) -> str | None:
    if node is None:
        return None
    text = _text(node)
    try:
        ip_address(text)
    except ValueError:
        node.refuse(f"{text!r} is not an IP address")
    return text


def _mac(node: Node) -> str:
    node.expect("text", "number", what="keep, or a MAC")
    if node.text == "keep":
        return "keep"
    wrong = bad_mac(node.text)
    if wrong:
        node.refuse(f"{node.text!r} {wrong}")
    return normal_mac(node.text) or ""


def _mtu(node: Node) -> int:
    node.expect("number", "text", what="a number of bytes")
    number = whole(node.text)
    if number is None or number > _LARGEST_MTU:
        node.refuse(f"must be a number of bytes, not {node.text!r}")
    return number
