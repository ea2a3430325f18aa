"""The golden cases of the ifupdown stack: what is asked for in each tree under tests/golden."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from facts_builder import ETH0_MAC, make_facts
from proposing import plan_for, told_by

from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.stacks.ifupdown import Ifupdown

GOLDEN = Path(__file__).parent.parent / "golden" / "ifupdown"

STACK = Ifupdown()
MAIN = "/etc/network/interfaces"
LO = "auto lo\niface lo inet loopback\n"
ETH0 = "auto eth0\niface eth0 inet static\n\taddress 192.168.0.222/24\n\tgateway 192.168.0.1\n"

PRESENT = (
    "/sbin/ifup",
    "/sbin/brctl",
    "/etc/network/if-pre-up.d/ifenslave",
    "/etc/network/if-pre-up.d/bridge",
    "/etc/systemd/system/multi-user.target.wants/networking.service",
)
"""What a Debian with all three packages has."""

STATIC = BridgeAnswers(addresses=("192.168.0.222/24",), gateway="192.168.0.1", mac=ETH0_MAC)
BOND = BondAnswers(slaves=("eth0", "eth1"))
ANSWERS = Answers(stack="ifupdown", bond=BOND, bridge=STATIC)

CASES: dict[str, Answers] = {
    "installer": replace(
        ANSWERS, bridge=replace(STATIC, dns=("192.168.0.1",), search=("example.com",))
    ),
    "sourced-files": ANSWERS,
    "bond-master": replace(ANSWERS, bond=replace(BOND, options={"primary": "eth0"})),
    "dhcp": replace(ANSWERS, bridge=BridgeAnswers(method="dhcp", mac=ETH0_MAC)),
    "routes-and-inet6": replace(
        ANSWERS,
        bond=replace(BOND, use_carrier=False, options={"updelay": "200"}),
        bridge=replace(
            STATIC,
            addresses=("192.168.0.222/24", "192.168.0.223/24", "2001:db8::222/64"),
            mtu=9000,
        ),
    ),
    "odd-layout": replace(ANSWERS, bridge=replace(STATIC, dns=("192.168.0.1", "192.168.0.2"))),
    "crlf-no-final-newline": ANSWERS,
    "bridge-without-bond": ANSWERS,
    "bond-under-bridge": replace(
        ANSWERS, bond=replace(BOND, options={"downdelay": "200", "primary": "eth1"})
    ),
    "only-lo": replace(ANSWERS, bridge=replace(STATIC, dns=("192.168.0.1",))),
}


def tree(directory: Path) -> dict[str, bytes]:
    """Path on the host → bytes, of every file below."""
    return {
        "/" + str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def facts_of(case: str) -> HostFacts:
    """The case's host before."""
    return make_facts(files=tree(GOLDEN / case / "before"), present=PRESENT)


def host(
    text: str, others: Mapping[str, str] | None = None, *, present: tuple[str, ...] = PRESENT
) -> HostFacts:
    """A host with these interfaces files."""
    return make_facts(files={MAIN: text, **(others or {})}, present=present)


def planned(text: str, answers: Answers = ANSWERS) -> str:
    """The main file afterwards."""
    changes = plan_for(STACK, host(text), answers).changes
    after = next(change.after for change in changes if change.path == MAIN)
    assert after is not None
    return after.decode()


def codes(facts: HostFacts, answers: Answers = ANSWERS) -> dict[str, str]:
    """Code → where, of everything check() finds but how long the change takes."""
    found = told_by(STACK, facts, answers)
    return {item.code: item.where for item in found if item.code != "gap"}
