"""A bridge and its ports as the kernel sees them now."""

from xenbond_tui.facts.link import Address
from xenbond_tui.value import dataclass


@dataclass(frozen=True, slots=True)
class BridgePort:
    """One port of a bridge (sysfs brport/)."""

    name: str
    state: str = ""
    """disabled, listening, learning, forwarding, blocking; "" when unknown."""


@dataclass(frozen=True, slots=True)
class BridgeState:
    """One bridge as the kernel sees it now (sysfs bridge/)."""

    name: str
    mac: str
    stp: bool
    forward_delay: float
    """Seconds."""
    ports: tuple[BridgePort, ...] = ()
    addresses: tuple[Address, ...] = ()
