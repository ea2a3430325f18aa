"""The detached process that carries a transaction out, waits for a person, else takes it back."""

from xenbond_tui.machine import Machine


def run_worker(machine: Machine, id: str, *, back: bool = False) -> int:
    """Carry out one transaction to its end.

    Args:
        machine: The host.
        id: The transaction, prepared.
        back: Only take back what a worker that died has left.

    Returns:
        0 when it was confirmed, 2 when it was taken back or failed.
    """
    raise NotImplementedError
