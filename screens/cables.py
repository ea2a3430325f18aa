"""Cables that can be pulled by a key: the demo's."""

from typing import TYPE_CHECKING, cast

from screens.keys import Key
from xenbond_tui.effects import KernelReader
from xenbond_tui.health.model import HealthState

if TYPE_CHECKING:
    from xenbond_tui.demo.kernel import DemoKernel

MOST = 9
"""Cables that have a digit."""


def cables_of(kernel: KernelReader) -> "DemoKernel | None":
    """The kernel, where its cables are at hand: `pull`, `plug` and `plugged`."""
    return cast("DemoKernel", kernel) if hasattr(kernel, "pull") else None


CABLE_KEYS = tuple(Key(f"cable({number})", str(number)) for number in range(1, MOST + 1))


def cable_keys(cables: "DemoKernel | None", state: HealthState | None) -> list[Key]:
    """The keys that pull or plug a cable, for the key line."""
    if cables is None or state is None:
        return []
    return [
        key.saying(f"{'pull' if cables.plugged(slave.name) else 'plug'} {slave.name}")
        for key, slave in zip(CABLE_KEYS, state.bond.slaves, strict=False)
    ]


def toggle(cables: "DemoKernel | None", state: HealthState | None, number: int) -> None:
    """Pull or plug the cable of the slave of that number, where there is one."""
    slaves = state.bond.slaves if state is not None else ()
    if cables is None or number > len(slaves):
        return
    name = slaves[number - 1].name
    if cables.plugged(name):
        cables.pull(name)
    else:
        cables.plug(name)
