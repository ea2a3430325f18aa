"""Hosts that the planner's tests share, and answers for them."""

from typing import Any

from facts_builder import (
    ETH0_MAC,
    bridge,
    default_route,
    make_facts,
    nic,
    session_over,
    virtual,
)

from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Link

INTERFACES = """\
auto lo
iface lo inet loopback

auto eth0
iface eth0 inet static
    address 192.168.0.222/24
    gateway 192.168.0.1
"""


DEBIAN = (
    "/sbin/ifup",
    "/usr/sbin/ifup",
    "/sbin/brctl",
    "/usr/sbin/brctl",
    "/etc/network/if-pre-up.d/ifenslave",
    "/etc/network/if-pre-up.d/bridge",
    "/etc/systemd/system/multi-user.target.wants/networking.service",
)


def debian(**more: Any) -> HostFacts:
    values: dict[str, object] = {
        "files": {"/etc/network/interfaces": INTERFACES},
        "present": DEBIAN,
        "dns": ("192.168.0.1",),
        "session": session_over("eth0"),
    }
    return make_facts(**{**values, **more})


def two(**bond: Any) -> Answers:
    return Answers(
        bond=BondAnswers(slaves=("eth0", "eth1"), **bond),
        bridge=BridgeAnswers(addresses=("192.168.0.222/24",), gateway="192.168.0.1"),
    )


BRIDGED = """\
auto lo
iface lo inet loopback

iface eth0 inet manual

auto xenbr0
iface xenbr0 inet static
    bridge_ports eth0
    address 192.168.0.222/24
    gateway 192.168.0.1
"""


def dom0(
    *more: Link, ports: tuple[str, ...] = ("eth0", "vif1.0"), text: str = BRIDGED
) -> HostFacts:
    """The usual dom0: eth0 and a guest's port under xenbr0, which has the address."""
    links = (
        nic("eth0", ETH0_MAC, master="xenbr0", index=2),
        nic("vif1.0", "fe:ff:ff:ff:ff:ff", master="xenbr0", index=9),
        virtual("xenbr0", "bridge", ETH0_MAC, addresses=("192.168.0.222/24",), index=4),
        *more,
    )
    return debian(
        files={"/etc/network/interfaces": text},
        links=links,
        bridges=(bridge("xenbr0", ports),),
        routes=(default_route("xenbr0"),),
        session=session_over("eth0", "xenbr0"),
    )
