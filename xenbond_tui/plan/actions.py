"""What a step can do. `xenbond_tui.apply.steps` carries each out; `Action` is all of them."""

from collections.abc import Mapping

from xenbond_tui.facts.link import Address
from xenbond_tui.plan.usual_actions import (
    AddRoute as AddRoute,
    Announce as Announce,
    ByItself as ByItself,
    DeleteLink as DeleteLink,
    DelRoute as DelRoute,
    ExchangePort as ExchangePort,
    FlushAddresses as FlushAddresses,
    PlugBeside as PlugBeside,
    RestoreFiles as RestoreFiles,
    RestoreNetwork as RestoreNetwork,
    RestoreSysctls as RestoreSysctls,
    Rival as Rival,
    Run as Run,
    SetLink as SetLink,
    SetMaster as SetMaster,
    WaitFor as WaitFor,
    WriteFiles as WriteFiles,
)
from xenbond_tui.value import dataclass


@dataclass(frozen=True, slots=True)
class SetRuntimeFile:
    """Write a file below /run, or take it away: it counts until the next boot at most."""

    path: str
    text: str | None
    """None: no such file; its directory goes too when nothing else is in it."""


@dataclass(frozen=True, slots=True)
class AddAddress:
    """Add an address to a link, by netlink."""

    link: str
    address: Address


@dataclass(frozen=True, slots=True)
class DelAddress:
    """Take one address off a link, by netlink."""

    link: str
    address: Address


@dataclass(frozen=True, slots=True)
class LendAddresses:
    """Give a link each IPv4 address that another one has now, as a host's (/32)."""

    source: str
    link: str


@dataclass(frozen=True, slots=True)
class ReturnLent:
    """Take each /32 off a link that it has with another prefix as well."""

    link: str


@dataclass(frozen=True, slots=True)
class Reach:
    """Wait until a neighbour answers an ARP probe out of a link that needs no address for it."""

    link: str
    ip: str
    timeout: float = 45.0
    """Seconds; a switch port with spanning tree takes 30 to forward. Running out fails the step."""


@dataclass(frozen=True, slots=True)
class SetSysctls:
    """Set values of /proc/sys for the time of the change; what they were is kept."""

    values: Mapping[str, str]
    """Path below /proc/sys → value: {"net/ipv4/conf/eth0/rp_filter": "0"}."""


@dataclass(frozen=True, slots=True)
class AddBridge:
    """Make a bridge with that MAC, still down, if it is not there, by netlink."""

    link: str
    mac: str


@dataclass(frozen=True, slots=True)
class AddBond:
    """Make a bond with these options, still down and without slaves, if it is not there."""

    link: str
    options: Mapping[str, str]
    """Kernel name → value, as sysfs takes them; in any order, without `primary`."""


@dataclass(frozen=True, slots=True)
class SetBondOption:
    """Set one option of a bond that runs, by sysfs."""

    link: str
    option: str
    """Kernel name; active_slave too."""
    value: str


@dataclass(frozen=True, slots=True)
class SetMac:
    """Set a link's current MAC, by netlink."""

    link: str
    mac: str


@dataclass(frozen=True, slots=True)
class SetMtu:
    """Set a link's MTU, by netlink; a bond's slaves follow it."""

    link: str
    mtu: int
    """Bytes."""


ROUTER_S = 15.0
"""Seconds a router may take: a host asks three times, 4 s apart, and is answered within half a
second (RFC 4861, section 10). What is asked first may be lost while a port is plugged in."""


@dataclass(frozen=True, slots=True)
class WaitForAddress:
    """Wait until a link has an address that it gets by itself, as from a router."""

    link: str
    ip: str
    timeout: float = ROUTER_S
    leased: bool = False
    """Wait until it is one for a time, though the link may have it without end before."""


@dataclass(frozen=True, slots=True)
class WaitForRouter:
    """Wait until a link has an IPv6 default route that a router announced."""

    link: str
    timeout: float = ROUTER_S


Action = (
    Run
    | WriteFiles
    | RestoreFiles
    | SetRuntimeFile
    | FlushAddresses
    | AddAddress
    | DelAddress
    | LendAddresses
    | ReturnLent
    | AddRoute
    | DelRoute
    | Announce
    | Reach
    | SetSysctls
    | RestoreSysctls
    | AddBridge
    | AddBond
    | SetBondOption
    | SetLink
    | SetMac
    | SetMtu
    | DeleteLink
    | SetMaster
    | PlugBeside
    | ExchangePort
    | WaitFor
    | WaitForAddress
    | WaitForRouter
    | RestoreNetwork
)
