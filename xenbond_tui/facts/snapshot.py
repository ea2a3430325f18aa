"""The running network at one time."""

from xenbond_tui.facts.bond import BondState
from xenbond_tui.facts.bridge import BridgeState
from xenbond_tui.facts.link import Link
from xenbond_tui.facts.routing import Route, RoutingPolicy
from xenbond_tui.value import dataclass, field


@dataclass(frozen=True, slots=True)
class KernelSnapshot:
    """Links, addresses, routes, bonds and bridges at one time."""

    links: tuple[Link, ...]
    routes: tuple[Route, ...]
    bonds: tuple[BondState, ...]
    bridges: tuple[BridgeState, ...]
    policy: RoutingPolicy = field(default_factory=RoutingPolicy)
    """Empty unless it was asked for (`Kernel.policy`): only a change needs it."""
