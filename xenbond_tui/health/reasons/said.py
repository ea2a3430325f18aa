"""Where a reason's evidence is, in words."""

from collections.abc import Mapping

UNREAD = "See that /proc/net/bonding and /sys/class/net are there and can be read."
"""Advice where something is not known."""


def proc(bond: str, what: str) -> str:
    """Something of /proc/net/bonding/BOND."""
    return f"/proc/net/bonding/{bond}: {what}"


def option(bond: str, name: str, value: object) -> str:
    """An option of the bond in sysfs."""
    return f"/sys/class/net/{bond}/bonding/{name}: {value}"


def each(values: Mapping[str, str]) -> str:
    """`eth0 1000, eth1 100`."""
    return ", ".join(f"{name} {value}" for name, value in values.items())
