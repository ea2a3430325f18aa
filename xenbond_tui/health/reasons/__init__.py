"""What can be wrong with a bond, one module a subject.

Adding one is a function in its subject's module or a new one, its name here, and its code in
`codes.py`.

Each takes a state and yields its reasons; sources are bonding.rst, and the driver in bond_main.c
and bond_3ad.c of Linux.
"""

from collections.abc import Callable, Iterator

from xenbond_tui.health.model import HealthState, Reason
from xenbond_tui.health.reasons import as_written, beyond, bridge, by_rules, carrying, lacp, slaves

FINDERS: tuple[Callable[[HealthState], Iterator[Reason]], ...] = (
    carrying.find,
    by_rules.find,
    bridge.find,
    as_written.find,
    slaves.find,
    slaves.failures,
    lacp.find,
    slaves.primary,
    slaves.mtu,
    slaves.shared_fate,
    beyond.find,
)
