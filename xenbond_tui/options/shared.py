"""What rows share: the modes of a kind, and the stacks that say an option by their own rule."""

from xenbond_tui.options.kind import Choice
from xenbond_tui.options.option import OWN, said

ACTIVE = ("active-backup", "balance-tlb", "balance-alb")
"""One slave is the active one."""
ARP = ("balance-rr", "active-backup", "balance-xor", "broadcast")
"""The kernel has an ARP monitor in these."""
LACP = ("802.3ad",)
SCRIPTS = said(ifcfg=OWN, networkmanager=OWN)
"""Stacks whose files have the kernel's own names."""
ALL = said(**SCRIPTS, ifupdown=OWN, ifupdown2=OWN)
ZERO = frozenset({"0"})
"""netplan takes a 0 of some for "not said" (`if (value)` in src/networkd.c and src/nm.c)."""
U16 = 2**16 - 1


def choice(*names: str, **newer: str) -> Choice:
    """Names with the codes 0, 1, 2 …; `newer`: name → the first mainline release that has it."""
    return Choice({name: code for code, name in enumerate(names)}, newer)
