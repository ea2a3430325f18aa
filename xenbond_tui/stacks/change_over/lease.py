"""What Review says of a lease that a stack takes along, to the bridge or back from it."""

from collections.abc import Iterator

from xenbond_tui.rules.findings import Finding, note
from xenbond_tui.stacks.change_over.conditions import Move


def lease_moves(move: Move, bridge: str) -> Iterator[Finding]:
    """In the place of the rules' word, that the lease ends; nothing where no lease goes along."""
    for item in move.addresses if move.leased else ():
        yield lease_goes(item.cidr, move.carrying, bridge)


def lease_goes(cidr: str, source: str, target: str) -> Finding:
    """From one link to the other."""
    return note(
        "lease-moves",
        source,
        f"The lease {cidr} goes from {source} to {target}, which is the same client to the DHCP "
        "server. Should the server give another address all the same, the change is undone.",
    )
