"""Cables that can be pulled by a key: the demo's."""

from typing import Protocol, runtime_checkable

from screens.keys import Key
from xenbond_tui.effects import KernelReader
from xenbond_tui.health.model import HealthState

MOST = 9
"""Cables that have a digit."""


@runtime_checkable
class Cables(Protocol):
    """A kernel whose cables are at hand."""

    def pull(self, nic: str) -> None:
        """Pull a NIC's cable."""
        ...

    def plug(self, nic: str) -> None:
        """Plug it in again."""
        ...

    def plugged(self, nic: str) -> bool:
        """Is it in?"""
        ...


def cables_of(kernel: KernelReader) -> Cables | None:
    """The kernel's cables, where it has any to pull."""
    return kernel if isinstance(kernel, Cables) else None


CABLE_KEYS = tuple(Key(f"cable({number})", str(number)) for number in range(1, MOST + 1))


def cable_keys(cables: Cables | None, state: HealthState | None) -> list[Key]:
    """The keys that pull or plug a cable, for the key line."""
    if cables is None or state is None:
        return []
    return [
        key.saying(f"{'pull' if cables.plugged(slave.name) else 'plug'} {slave.name}")
        for key, slave in zip(CABLE_KEYS, state.bond.slaves, strict=False)
    ]


def toggle(cables: Cables | None, state: HealthState | None, number: int) -> None:
    """Pull or plug the cable of the slave of that number, where there is one."""
    slaves = state.bond.slaves if state is not None else ()
    if cables is None or number > len(slaves):
        return
    name = slaves[number - 1].name
    if cables.plugged(name):
        cables.pull(name)
    else:
        cables.plug(name)
