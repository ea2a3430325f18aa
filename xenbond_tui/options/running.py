"""What the kernel runs of a bond's options, and whether it is what was wanted.

The one comparison of a wanted value with what the kernel prints, whoever asks: reading back after
a change, editing a bond that runs, health, the module's parameters.
"""

from collections.abc import Iterable, Mapping

from xenbond_tui.facts.bond import BondState
from xenbond_tui.facts.number import whole
from xenbond_tui.options.kind import Choice, Switch
from xenbond_tui.options.table import OPTIONS


def running(bond: BondState, name: str) -> str | None:
    """What the kernel prints of an option: `active-backup 1`, "" for an empty list or no slave.

    None where it does not tell: this kernel has no such option, the mode has none, or it tells root
    alone (ad_actor_system), or only /proc could be read.
    """
    option = OPTIONS.get(name)
    for each in (name, option.same_as if option is not None else ""):
        printed = bond.options.get(each)
        if printed is None:
            value = getattr(bond, each, None)
            printed = None if value is None else str(value)
        if printed is not None and (printed.strip() or (option and option.kind.clearable)):
            return printed.strip()
    return None


def same(name: str, printed: str, wanted: str, miimon: int | None = None) -> bool:
    """Is what the kernel prints what was wanted?

    Args:
        name: the option's kernel name.
        printed: as `running` gives it, or as sysfs, /proc or netlink print it.
        wanted: the canonical value.
        miimon: the bond's, in ms: delays are rounded to it. None or 0 where it has none.
    """
    option = OPTIONS.get(name)
    if option is None:
        return printed.split() == wanted.split()
    if option.counted_in:
        wanted = rounded(wanted, miimon)
    have, want = option.kind.key(printed), option.kind.key(wanted)
    if have is None or want is None:
        return printed.strip().lower() == wanted.strip().lower()
    return have == want


def rounded(delay: str, miimon: int | None) -> str:
    """A delay as the kernel has it: a whole number of miimon, rounded down.

    bond_option_updelay_set() and others in bond_options.c keep it as that number.
    """
    number = whole(delay)
    return delay if number is None or not miimon else str(number - number % miimon)


def canonical(name: str, printed: str) -> str:
    """What the kernel prints, as answers have it; "none" for an empty list or no slave."""
    option, words = OPTIONS.get(name), printed.split()
    if not words:
        return "none"
    if option is not None and isinstance(option.kind, Choice):
        return option.kind.read(words[0]) or printed
    return ",".join(words)


def for_sysfs(name: str, value: str) -> str:
    """A canonical value as its file in sysfs takes it, on every kernel."""
    option = OPTIONS.get(name)
    if option is None:
        return value
    if isinstance(option.kind, Switch):
        # Kernels before 3.13 know no words here.
        return str(option.kind.codes.get(value, value))
    return "" if option.kind.clearable and value == "none" else value


def in_order(options: Mapping[str, str]) -> tuple[str, ...]:
    """The names in an order in which the kernel takes the values, one after the other.

    A delay needs miimon: it is set after it, or before it where miimon ends.
    """
    table = list(OPTIONS)
    ends = whole(options.get("miimon")) == 0

    def rank(name: str) -> tuple[int, int]:
        option = OPTIONS.get(name)
        first = ends and option is not None and bool(option.counted_in)
        return (0 if first else 1, table.index(name) if name in OPTIONS else len(table))

    return tuple(sorted(options, key=rank))


def counted(names: Iterable[str]) -> tuple[str, ...]:
    """Options that the kernel keeps as a multiple of one of these."""
    wanted = set(names)
    return tuple(name for name, option in OPTIONS.items() if option.counted_in in wanted)
