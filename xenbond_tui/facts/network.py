"""The network that runs on a host, and the operator's own way into it."""

from xenbond_tui.facts.bond import BondState
from xenbond_tui.facts.bridge import BridgeState
from xenbond_tui.facts.link import Address, Link
from xenbond_tui.facts.routing import Route, RoutingPolicy
from xenbond_tui.value import dataclass, field


@dataclass(frozen=True, slots=True)
class Session:
    """The operator's own way in (SSH_CONNECTION → local address → NIC)."""

    peer: str
    """The operator's address."""
    local: str
    """The host's address the operator talks to."""
    link: str | None
    """The link that holds the local address, e.g. eth0 or xenbr0."""
    nic: str | None
    """The physical NIC under it, when there is just one: what must not be cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkFacts:
    """What runs, read at one time."""

    links: tuple[Link, ...]
    routes: tuple[Route, ...]
    bonds: tuple[BondState, ...]
    bridges: tuple[BridgeState, ...]
    session: Session | None
    root_links: frozenset[str] = frozenset()
    """Links that carry the root file system (NFS root, iSCSI): never to be touched."""

    def link(self, name: str) -> Link | None:
        """The link of that name, or None."""
        return next((item for item in self.links if item.name == name), None)

    def is_up(self, name: str) -> bool:
        """Is there such a link, and is it administratively up?"""
        link = self.link(name)
        return link is not None and link.admin_up

    def shared(self, name: str) -> tuple[Address, ...]:
        """The addresses of that link that others use; none where it is not there."""
        link = self.link(name)
        return () if link is None else link.shared

    def bond(self, name: str) -> BondState | None:
        """The bond of that name, or None."""
        return next((item for item in self.bonds if item.name == name), None)

    def bridge(self, name: str) -> BridgeState | None:
        """The bridge of that name, or None."""
        return next((item for item in self.bridges if item.name == name), None)


@dataclass(frozen=True, slots=True)
class KernelSnapshot:
    """Links, addresses, routes, bonds and bridges at one time."""

    links: tuple[Link, ...]
    routes: tuple[Route, ...]
    bonds: tuple[BondState, ...]
    bridges: tuple[BridgeState, ...]
    policy: RoutingPolicy = field(default_factory=RoutingPolicy)
    """Empty unless it was asked for (`Kernel.policy`): only a change needs it."""
