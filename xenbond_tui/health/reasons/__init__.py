"""What can be wrong with a bond, one module a subject.

Adding one is a file, its name here, and its code in `codes.py`.

Each `find(state)` yields its reasons; sources are bonding.rst, and the driver in bond_main.c and
bond_3ad.c of Linux.
"""

from collections.abc import Callable, Iterator

from xenbond_tui.health.model import HealthState, Reason
from xenbond_tui.health.reasons import (
    as_written,
    beyond,
    bridge,
    by_rules,
    carrying,
    failures,
    lacp,
    mtu,
    primary,
    shared_fate,
    slaves,
)

FINDERS: tuple[Callable[[HealthState], Iterator[Reason]], ...] = (
    carrying.find,
    by_rules.find,
    bridge.find,
    as_written.find,
    slaves.find,
    failures.find,
    lacp.find,
    primary.find,
    mtu.find,
    shared_fate.find,
    beyond.find,
)
