"""What worked before a change must work after it. What did not work before is not asked for."""

import ipaddress
from collections.abc import Callable, Collection, Iterable

from xenbond_tui.apply.tcp_session import find, is_established, local_address
from xenbond_tui.facts.file_state import UnreadableFile
from xenbond_tui.facts.network import KernelSnapshot
from xenbond_tui.machine import Machine
from xenbond_tui.plan.plan import Expected
from xenbond_tui.value import dataclass, field, replace

CONVERGENCE_S = 15.0
"""Seconds a network may take to carry traffic again: spanning tree off, LACP and ARP included."""
_POLL_S = 0.5


@dataclass(frozen=True, slots=True)
class Probe:
    """One thing that can be tried on a running host."""

    label: str
    """As the operator reads it: "gateway 192.168.0.1"; another one is another probe."""
    works: Callable[[Machine], bool] = field(compare=False)
    """Tries it once, for a second at most."""
    reach: bool = True
    """Whether it tells that the host is reached as before; False for its guests."""


def replies(what: str, ip: str) -> Probe:
    """A neighbour (gateway, DNS server) answers an echo request: it itself, not somebody else."""
    return Probe(f"{what} {ip}", lambda machine: machine.kernel.echoes(ip))


def has_address(ip: str) -> Probe:
    """The host has an address, on whatever link."""

    def works(machine: Machine) -> bool:
        links = machine.kernel.snapshot().links
        return any(item.ip == ip for link in links for item in link.addresses)

    return Probe(f"address {ip}", works)


def forwards(name: str, bridges: Collection[str], *, of_guest: bool) -> Probe:
    """A port forwards on its bridge, the one it was on or the one it shall be on.

    A guest's may be gone: its guest has ended meanwhile. A VLAN's may not.
    """

    def works(machine: Machine) -> bool:
        now = machine.kernel.snapshot()
        if of_guest and all(link.name != name for link in now.links):
            return True
        ports = (port for it in now.bridges if it.name in bridges for port in it.ports)
        return any((port.name, port.state) == (name, "forwarding") for port in ports)

    return Probe(f"{name} on {' or '.join(sorted(bridges))}", works, reach=False)


def session_lives(connection: str) -> Probe:
    """The operator's session gets through: everything it sent has been acknowledged.

    Also when it has ended: it can only end in order while packets get through. A path that is cut
    leaves it in the list, retransmitting, for minutes.
    """

    def works(machine: Machine) -> bool:
        found = find(machine.tree, connection)
        return found is None or (found.unacknowledged == 0 and found.retransmits == 0)

    return Probe(f"your session from {connection.split()[0]}", works)


def probes(
    machine: Machine,
    now: KernelSnapshot,
    expected: Expected | None,
    leaving: Collection[str] = (),
    connection: str = "",
) -> tuple[Probe, ...]:
    """What is worth trying on this host, without what is changed on purpose.

    Args:
        machine: The host.
        now: Its network before the change.
        expected: What the change aims at.
        leaving: Bridges that an undo removes, their guests' ports with them.
        connection: The operator's SSH_CONNECTION; one to an address that is given up on purpose
            is not worth trying.
    """
    found: list[Probe] = []
    given_up, involved = changed_on_purpose(now, expected)
    routed = (
        {r.gateway for r in expected.routes if _is_default(r.destination)} if expected else set()
    )
    for route in now.routes:
        ip = route.gateway
        if not ip or not _is_default(route.destination) or ip.startswith("fe80:"):
            continue
        # Another gateway on purpose: the old one may well be out of reach.
        if not routed or ip in routed:
            found.append(replies("gateway", ip))
    found += [replies("DNS server", ip) for ip in _name_servers(machine)]
    for link in now.links:
        found += [has_address(item.ip) for item in link.shared if item.ip not in given_up]
    stacked = {link.name for link in now.links if link.lower is not None}
    for bridge in now.bridges:
        if bridge.name in leaving:
            continue
        homes = {bridge.name} | ({expected.bridge} if expected and expected.bridge else set())
        for port in bridge.ports:
            if port.name not in involved:
                guest = port.name not in stacked
                found.append(forwards(port.name, homes, of_guest=guest))
    if is_established(machine.tree, connection) and local_address(connection) not in given_up:
        found.append(session_lives(connection))
    return tuple(dict.fromkeys(found))


def described(baseline: Iterable[Probe]) -> str:
    """What works, in one line."""
    return ", ".join(item.label for item in baseline) or "nothing that can be tried"


def aim_of_undo(undone: Expected, before: KernelSnapshot) -> Expected:
    """What an undo aims at: the addresses and gateways the host had before the undone change."""
    involved = {undone.bond, *undone.slaves, *((undone.bridge,) if undone.bridge else ())}
    return replace(
        undone,
        options={},
        addresses=tuple(
            a for link in before.links if link.name in involved for a in link.addresses
        ),
        routes=tuple(route for route in before.routes if route.link in involved),
        nic=None,
    )


def measure(machine: Machine, candidates: Iterable[Probe]) -> tuple[Probe, ...]:
    """The probes that work now; one that fails gets a second chance (a first ARP may be lost)."""
    return tuple(item for item in candidates if item.works(machine) or item.works(machine))


def works_again(
    machine: Machine, probe: Probe, pause: Callable[[float], None], until: float
) -> bool:
    """Try a probe until it works or the monotonic clock reads `until`."""
    while not probe.works(machine):
        if machine.clock.monotonic() >= until:
            return False
        pause(_POLL_S)
    return True


def changed_on_purpose(
    now: KernelSnapshot, expected: Expected | None
) -> tuple[frozenset[str], frozenset[str]]:
    """Addresses the plan gives up, and links whose place it changes."""
    if expected is None:
        return frozenset(), frozenset()
    involved = frozenset(
        {expected.bond, *expected.slaves, *((expected.bridge,) if expected.bridge else ())}
    )
    involved |= {link.master for link in now.links if link.name in involved and link.master}
    kept = {item.ip for item in expected.addresses}
    given_up = {
        address.ip
        for link in now.links
        if link.name in involved
        for address in link.addresses
        if address.ip not in kept
    }
    return frozenset(given_up), involved


def _is_default(destination: str) -> bool:
    return destination in ("default", "0.0.0.0/0", "::/0")


def _name_servers(machine: Machine) -> tuple[str, ...]:
    state = machine.tree.read("/etc/resolv.conf")
    if state is None or isinstance(state, UnreadableFile):
        return ()
    words = [line.split() for line in state.text.splitlines()]
    found = [item[1] for item in words if len(item) > 1 and item[0] == "nameserver"]
    # A resolver on this host (127.0.0.53) answers whatever the cables do; a word that is no address
    # is nobody's, and one with a zone (`fe80::1%eth0`) is bound to a link that may go.
    return tuple(ip for ip in found if (known := _address(ip)) and not known.is_loopback)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return None if "%" in text else ipaddress.ip_address(text)
    except ValueError:
        return None
