"""What is there after a request is carried out, in words and for reading back."""

from collections.abc import Mapping

from xenbond_tui.answers import Answers, BridgeAnswers, Removal, Request
from xenbond_tui.facts.link import Address
from xenbond_tui.facts.routing import Route
from xenbond_tui.plan.plan import Expected
from xenbond_tui.rules.addresses import parse_cidr


def expected(request: Request) -> Expected:
    """What the kernel must run afterwards; the request is resolved."""
    bond, bridge = request.answers.bond, request.answers.bridge
    nic = request.nic if isinstance(request, Removal) else None
    static = bridge.method == "static"
    interfaces = [parse_cidr(item) for item in bridge.addresses] if static else []
    routes: tuple[Route, ...] = ()
    if static and bridge.gateway is not None:
        family = 6 if ":" in bridge.gateway else 4
        routes = (Route("default", bridge.gateway, nic or bridge.name, family),)
    return Expected(
        bond=bond.name,
        slaves=bond.slaves,
        options=bond.every_option if nic is None else {},
        bridge=bridge.name,
        addresses=tuple(
            Address(str(item.ip), item.network.prefixlen, item.version) for item in interfaces
        ),
        routes=routes,
        dhcp=bridge.method == "dhcp",
        nic=nic,
    )


def summary(request: Request) -> str:
    """One line for the history.

    "bond0 (active-backup: eth0, eth1) under xenbr0 192.0.2.1/24", or "eth0 192.0.2.1/24, without
    bond0 and xenbr0".
    """
    bond, bridge = request.answers.bond, request.answers.bridge
    address = _address(request.answers)
    if isinstance(request, Removal):
        return f"{request.nic} {address}, without {' and '.join(request.gone[::-1])}"
    slaves = ", ".join(bond.slaves)
    return f"{bond.name} ({bond.mode}: {slaves}) under {bridge.name} {address}"


def edited(today: Answers, wanted: Answers) -> str:
    """The same line where bond and bridge are written already: what changes, from and to.

    "bond0 under xenbr0: miimon 100 -> 200"; "" where they are others, or nothing changes.
    """
    bond, bridge = wanted.bond, wanted.bridge
    if (today.bond.name, today.bridge.name) != (bond.name, bridge.name):
        return ""
    changes = _changes(_said(today), _said(wanted))
    return f"{bond.name} under {bridge.name}: {', '.join(changes)}" if changes else ""


def _said(answers: Answers) -> Mapping[str, str]:
    bridge = answers.bridge
    return {
        "slaves": " ".join(answers.bond.slaves),
        **answers.bond.every_option,
        "address": _address(answers),
        "gateway": bridge.gateway or "none",
        "DNS": " ".join(bridge.dns),
        "search": " ".join(bridge.search),
        **({"MTU": str(bridge.mtu)} if bridge.mtu is not None else {}),
    }


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    names = dict.fromkeys((*after, *before))
    both = ((name, before.get(name) or "unset", after.get(name) or "unset") for name in names)
    return [f"{name} {old} -> {new}" for name, old, new in both if old != new]


def _address(answers: Answers) -> str:
    where = {"dhcp": "by DHCP", "none": "without address"}
    return where.get(answers.bridge.method) or ", ".join(answers.bridge.addresses)


def why_bridge(bridge: BridgeAnswers) -> str:
    """What the change of the bridge's own file is for."""
    with_it = "without address" if bridge.method == "none" else "with the host's address"
    return f"{bridge.name} {with_it}"


def why(request: Request) -> str:
    """What a file's change is for."""
    bond, bridge = request.answers.bond, request.answers.bridge
    if isinstance(request, Removal):
        go = "go" if request.bridged else "goes"
        last = f", the address is {request.nic}'s again" if bridge.method != "none" else ""
        return f"{' and '.join(request.gone[::-1])} {go}{last}"
    slaves = " and ".join(bond.slaves)
    above = f"{bond.name} under" if bridge.method == "none" else "the address on"
    return f"{slaves} under {bond.name}, {above} {bridge.name}"
