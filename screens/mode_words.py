"""Bonding modes and link checks in the words of the bond's screen."""

from xenbond_tui.options.modes import MODES, Mode

IN_SHORT = {
    "active-backup": "one carries, the others wait. Switch: nothing to set up.",
    "balance-xor": "all carry, chosen by a hash. Switch: a static group.",
    "802.3ad": "all carry, agreed by LACP. Switch: an LACP group.",
}
"""One line for each mode that works under a bridge."""


def fits(mode: Mode) -> bool:
    """Does the mode work under a guests' bridge without reservations?"""
    return mode.under_bridge == "yes"


def ordered_modes() -> list[Mode]:
    """Every mode: those that work under a bridge first, the usual ones at the top."""
    return sorted(MODES.values(), key=lambda mode: (not fits(mode), _rank(mode)))


def mode_line(mode: Mode, chosen: str) -> str:
    """One row of the list: `(*)` chosen, `( )` not, `!` not to be chosen."""
    if fits(mode):
        mark = "(*)" if mode.name == chosen else "( )"
        return f"{mark} {mode.name:<14} {IN_SHORT.get(mode.name, mode.does)}"
    mark = "(!)" if mode.name == chosen else " ! "
    return f"{mark} {mode.name:<14} not under a bridge with guests"


def _rank(mode: Mode) -> int:
    usual = ("active-backup", "802.3ad", "balance-xor")
    return usual.index(mode.name) if mode.name in usual else len(usual) + mode.code


def about_carrier(refused: bool | None) -> str:
    """What use_carrier means on this kernel; `refused`: it takes only the driver's carrier."""
    if refused:
        return (
            "Where link state is read. This kernel knows only the driver's carrier; a saved "
            "use_carrier=0 would keep bonding from loading at all."
        )
    if refused is None:
        return (
            "Where link state is read. Whether this kernel still takes ethtool or MII is not "
            "known: from Linux 6.18 on it keeps bonding from loading at all."
        )
    return (
        "Where link state is read. This kernel takes both. From Linux 6.18 only the first "
        'exists, and a saved "MII" setting keeps bonding from loading at all: choose it only '
        "for a NIC whose driver reports carrier late."
    )
