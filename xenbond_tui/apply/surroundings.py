"""What else of a link a stack's tools change: its values in /proc/sys and its DHCP client.

Kept before a change for the links it involves, and put back where they differ in a rollback. What a
change sets in /proc/sys for as long as it lasts is kept by itself, before anything is set, so that
a worker that takes over from one that died can put it back.
"""

from collections.abc import Callable, Collection, Mapping

from xenbond_tui.apply import dhcp_clients
from xenbond_tui.apply.codec import decode
from xenbond_tui.apply.dhcp_clients import DhcpClient
from xenbond_tui.apply.notes import read_json, write_json
from xenbond_tui.effects import KernelWriter
from xenbond_tui.errors import XenbondError
from xenbond_tui.machine import Machine
from xenbond_tui.value import dataclass, field

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


@dataclass(frozen=True, slots=True)
class Surroundings:
    """As they were at one time."""

    sysctls: Mapping[str, str] = field(default_factory=dict)
    """Path below /proc/sys → value."""
    clients: tuple[DhcpClient, ...] = ()


def look(machine: Machine, links: Collection[str]) -> Surroundings:
    """As they are now, for these links."""
    names = [name.format(link) for link in sorted(links) for name in _SYSCTLS]
    values = {name: machine.kernel.sysctl(name) for name in names}
    return Surroundings(
        {name: value for name, value in values.items() if value is not None},
        dhcp_clients.clients(machine, links),
    )


def read(path: str) -> Surroundings:
    """As they were kept with a transaction.

    Raises:
        XenbondError: they are damaged.
    """
    try:
        kept: Surroundings = decode(Surroundings, read_json(path))
    except FileNotFoundError:
        return Surroundings()
    except (OSError, ValueError) as error:
        raise XenbondError.at(path, f"can't be read: {error}.") from None
    return kept


def restore_sysctls(kernel: KernelWriter, kept: Surroundings) -> tuple[str, ...]:
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
    missing = dhcp_clients.not_running(machine, kept.clients)
    failures = (dhcp_clients.start(machine, client) for client in missing)
    return tuple(filter(None, failures))


class Sysctls:
    """The values in /proc/sys one transaction has set."""

    def __init__(self, writer: Callable[[], KernelWriter], path: str) -> None:
        self._writer = writer
        self._path = path

    def set(self, values: Mapping[str, str]) -> None:
        """Set them; names this kernel does not have are left out."""
        old = {name: self._writer().sysctl(name) for name in values}
        known = {name: value for name, value in old.items() if value is not None}
        write_json(self._path, {**known, **self._kept()})
        for name in known:
            self._writer().set_sysctl(name, values[name])

    def restore(self) -> None:
        """Put back what they were before the first `set`."""
        for name, value in self._kept().items():
            self._writer().set_sysctl(name, value)

    def _kept(self) -> dict[str, str]:
        try:
            return dict(decode(Mapping[str, str], read_json(self._path)))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError):
            raise XenbondError.at(
                self._path, "can't be read: what was in /proc/sys before is not known."
            ) from None
