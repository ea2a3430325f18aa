"""What is there after a set-up or a removal, in words and for reading back, in every stack."""

from collections.abc import Mapping

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.facts.link import Address
from xenbond_tui.facts.routing import Route
from xenbond_tui.plan.plan import Expected
from xenbond_tui.rules.addresses import parse_cidr


def expected(answers: Answers, options: Mapping[str, str]) -> Expected:
    """What the kernel must run afterwards.

    Args:
        answers: resolved.
        options: bonding option (kernel name) → value, as the stack tells the kernel.
    """
    return _outcome(answers, options, None)


def removed_expected(removal: Removal) -> Expected:
    """What the kernel must run once bond and bridge are gone."""
    return _outcome(removal.answers, {}, removal.nic)


def _outcome(answers: Answers, options: Mapping[str, str], nic: str | None) -> Expected:
    bond, bridge = answers.bond, answers.bridge
    static = bridge.method == "static"
    interfaces = [parse_cidr(item) for item in bridge.addresses] if static else []
    routes: tuple[Route, ...] = ()
    if static and bridge.gateway is not None:
        family = 6 if ":" in bridge.gateway else 4
        routes = (Route("default", bridge.gateway, nic or bridge.name, family),)
    return Expected(
        bond=bond.name,
        slaves=bond.slaves,
        options=options,
        bridge=bridge.name,
        addresses=tuple(
            Address(str(item.ip), item.network.prefixlen, item.version) for item in interfaces
        ),
        routes=routes,
        dhcp=bridge.method == "dhcp",
        nic=nic,
    )


def summary(answers: Answers) -> str:
    """One line for the history: "bond0 (active-backup: eth0, eth1) under xenbr0 192.0.2.1/24"."""
    bond, bridge = answers.bond, answers.bridge
    slaves = ", ".join(bond.slaves)
    return f"{bond.name} ({bond.mode}: {slaves}) under {bridge.name} {_address(answers)}"


def removed_summary(removal: Removal) -> str:
    """One line for the history: "eth0 192.0.2.1/24, without bond0 and xenbr0"."""
    bond, bridge = removal.answers.bond, removal.answers.bridge
    return f"{removal.nic} {_address(removal.answers)}, without {bond.name} and {bridge.name}"


def _address(answers: Answers) -> str:
    where = {"dhcp": "by DHCP", "none": "without address"}
    return where.get(answers.bridge.method) or ", ".join(answers.bridge.addresses)


def why(answers: Answers) -> str:
    """What a file's change is for."""
    slaves = " and ".join(answers.bond.slaves)
    return f"{slaves} under {answers.bond.name}, the address on {answers.bridge.name}"


def removed_why(removal: Removal) -> str:
    """What a file's change is for when bond and bridge go."""
    bond, bridge = removal.answers.bond, removal.answers.bridge
    return f"{bond.name} and {bridge.name} go, the address is {removal.nic}'s again"
