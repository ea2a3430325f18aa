"""What Review says of a lease that a stack takes along."""

from collections.abc import Iterator

from xenbond_tui.rules.findings import Finding, note
from xenbond_tui.stacks.change_over.conditions import Move


def lease_moves(move: Move, bridge: str) -> Iterator[Finding]:
    """In the place of the rules' word, that the lease ends; nothing where no lease goes along."""
    for item in move.addresses if move.leased else ():
        yield note(
            "lease-moves",
            move.carrying,
            f"The lease {item.cidr} goes from {move.carrying} to {bridge}, which is the same "
            "client to the DHCP server. Should the server give another address all the same, the "
            "change is undone.",
        )
