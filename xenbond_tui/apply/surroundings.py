"""What else of a link a stack's tools change: its values in /proc/sys and its DHCP client.

Kept before a change for the links it involves, and put back where they differ on the way back.
"""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from xenbond_tui.apply.codec import decode, parse
from xenbond_tui.apply.notes import read_note
from xenbond_tui.effects import Kernel, Tree
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.files import FileState
from xenbond_tui.host import door
from xenbond_tui.machine import Machine

_SYSCTLS = (
    *(f"net/ipv4/conf/{{}}/{name}" for name in ("arp_announce", "arp_filter", "arp_ignore")),
    *(f"net/ipv4/conf/{{}}/{name}" for name in ("arp_notify", "forwarding", "proxy_arp")),
    *(f"net/ipv4/conf/{{}}/{name}" for name in ("rp_filter", "send_redirects")),
    # Forwarding first: the kernel changes accept_ra's meaning with it.
    *(f"net/ipv6/conf/{{}}/{name}" for name in ("forwarding", "accept_ra", "autoconf")),
    *(f"net/ipv6/conf/{{}}/{name}" for name in ("addr_gen_mode", "use_tempaddr", "accept_dad")),
    "net/ipv6/conf/{}/disable_ipv6",
)
"""Per link, as ifup-ipv6 (initscripts), interfaces(5) and a hitless change-over set them."""
_FOREGROUND = {"dhclient": "-d", "dhclient3": "-d", "udhcpc": "-f", "dhcpcd": "-B"}
"""DHCP clients, with the option by which another daemon keeps one at its hand and restarts it."""


@dataclass(frozen=True, slots=True)
class DhcpClient:
    """A DHCP client that runs for one link."""

    link: str
    argv: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """As they were at one time."""

    sysctls: Mapping[str, str] = field(default_factory=dict)
    """Path below /proc/sys → value."""
    dhcp: tuple[DhcpClient, ...] = ()


def look(machine: Machine, links: Collection[str]) -> Surroundings:
    """As they are now, for these links."""
    names = [name.format(link) for link in sorted(links) for name in _SYSCTLS]
    values = {name: machine.kernel.sysctl(name) for name in names}
    return Surroundings(
        {name: value for name, value in values.items() if value is not None},
        clients(machine, links),
    )


def read(path: str) -> Surroundings:
    """As they were kept with a transaction.

    Raises:
        XenbondError: they are damaged.
    """
    try:
        kept: Surroundings = decode(Surroundings, parse(read_note(path)))
    except FileNotFoundError:
        return Surroundings()
    except (OSError, ValueError) as error:
        raise XenbondError(f"{path}: can't be read: {error}.") from None
    return kept


def restore_sysctls(kernel: Kernel, kept: Surroundings) -> tuple[str, ...]:
    """Set what differs; returns what could not be, in words."""
    failures = []
    for name, value in kept.sysctls.items():
        here = kernel.sysctl(name)
        if here is None or here == value:
            # None: its link is gone.
            continue
        try:
            kernel.set_sysctl(name, value)
        except Exception as error:
            failures.append(f"{name}: {error}")
    return tuple(failures)


def restart_dhcp(machine: Machine, kept: Surroundings) -> tuple[str, ...]:
    """Start again what ran for a link that is there and has none; returns failures, in words."""
    links = {link.name for link in machine.kernel.snapshot().links}
    running = {client.link for client in clients(machine, links)}
    missing = [client for client in kept.dhcp if client.link in links - running]
    return tuple(
        f"the DHCP client of {client.link} did not start again"
        for client in missing
        if machine.runner.run(client.argv, 90.0).returncode != 0
    )


def clients(machine: Machine, links: Collection[str]) -> tuple[DhcpClient, ...]:
    """DHCP clients of these links that were started as daemons, in this network namespace."""
    tree, found = machine.tree, []
    for path in tree.glob("/proc/[0-9]*/cmdline"):
        argv = _argv(tree, path)
        program = os.path.basename(argv[0]) if argv else ""
        if program not in _FOREGROUND or _FOREGROUND[program] in argv:
            continue
        link = next((word for word in reversed(argv) if word in links), None)
        if link is not None and _is_ours(machine.root, os.path.dirname(path)):
            found.append(DhcpClient(link, argv))
    return tuple(dict.fromkeys(found))


def _argv(tree: Tree, path: str) -> tuple[str, ...]:
    state = tree.read(path)
    if not isinstance(state, FileState) or not state.data:
        return ()
    return tuple(state.data.decode("utf-8", "replace").rstrip("\0").split("\0"))


def _is_ours(root: str, process: str) -> bool:
    """A container's client has an eth0 of its own."""

    def namespace(directory: str) -> str | None:
        try:
            return door.to(root).link(f"{directory}/ns/net")
        except OSError:
            return None

    return namespace(process) == namespace("/proc/self")
