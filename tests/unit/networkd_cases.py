"""The golden cases of the networkd stack: what is asked for in each tree under tests/golden."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from facts_builder import (
    ETH0_MAC,
    ETH1_MAC,
    address,
    default_route,
    make_facts,
    nic,
)

from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Link

GOLDEN = Path(__file__).parent.parent / "golden" / "networkd"
DIRECTORY = "/etc/systemd/network"

ENABLED = "/etc/systemd/system/multi-user.target.wants/systemd-networkd.service"
LIBRARY = "/usr/lib/x86_64-linux-gnu/systemd/libsystemd-shared-{}.so"

STATIC = BridgeAnswers(
    addresses=("192.168.0.222/24",), gateway="192.168.0.1", dns=("192.168.0.1",), mac=ETH0_MAC
)
BOND = BondAnswers(slaves=("eth0", "eth1"))
ANSWERS = Answers(stack="networkd", bond=BOND, bridge=STATIC)

CASES: dict[str, Answers] = {
    "installer": replace(ANSWERS, bridge=replace(STATIC, search=("example.com",))),
    "dhcp-for-all": replace(ANSWERS, bridge=BridgeAnswers(method="dhcp", mac=ETH0_MAC)),
    "routes-and-rules": replace(
        ANSWERS,
        bond=replace(BOND, options={"updelay": "200", "primary": "eth1"}),
        bridge=replace(
            STATIC, addresses=("192.168.0.222/24", "192.168.0.223/24", "2001:db8::222/64"), mtu=9000
        ),
    ),
    "crlf-no-final-newline": ANSWERS,
    "current-mac": ANSWERS,
    "drop-ins": ANSWERS,
    "vendor-file": replace(ANSWERS, bridge=BridgeAnswers(method="dhcp", mac=ETH0_MAC)),
    "bridge-without-bond": ANSWERS,
    "bond-without-bridge": replace(
        ANSWERS, bond=replace(BOND, options={"updelay": "500", "ad_actor_sys_prio": "100"})
    ),
    "bond-under-bridge": replace(
        ANSWERS, bond=replace(BOND, options={"downdelay": "200", "primary": "eth1"})
    ),
    "nothing": ANSWERS,
}
REVERSIBLE = frozenset(
    {"installer", "dhcp-for-all", "routes-and-rules", "crlf-no-final-newline"}
    | {"drop-ins", "vendor-file"}
)
"""Cases in which removing bond and bridge again gives back every byte."""


def tree(directory: Path) -> dict[str, bytes]:
    """Path on the host → bytes, of every file below."""
    return {
        "/" + str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def host(
    files: Mapping[str, str | bytes],
    *,
    links: Iterable[Link] | None = None,
    systemd: int = 252,
    enabled: bool = True,
    **more: Any,
) -> HostFacts:
    """A host with that systemd, and those files under /etc/systemd/network or at full paths."""
    laid = {
        path if path.startswith("/") else f"{DIRECTORY}/{path}": text
        for path, text in files.items()
    }
    return make_facts(
        files=laid,
        links=links,
        present=[ENABLED] if enabled else [],
        unreadable={LIBRARY.format(systemd): "is larger than 1 MiB"},
        **{"routes": [default_route()], **more},
    )


def veths() -> tuple[Link, ...]:
    """NICs whose driver tells no permanent MAC."""
    return (
        nic(
            "eth0",
            ETH0_MAC,
            index=2,
            addresses=[address("192.168.0.222/24")],
            kind="veth",
            permanent_mac_source="current",
        ),
        nic("eth1", ETH1_MAC, index=3, kind="veth", permanent_mac_source="current"),
    )


def facts_of(case: str) -> HostFacts:
    """The case's host before."""
    return host(tree(GOLDEN / case / "before"))
