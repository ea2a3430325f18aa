"""Cables that can be pulled by a key: the demo's."""

from typing import Protocol, runtime_checkable

from xenbond_tui.effects import Kernel


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


def cables_of(kernel: Kernel) -> Cables | None:
    """The kernel's cables, where it has any to pull."""
    return kernel if isinstance(kernel, Cables) else None
