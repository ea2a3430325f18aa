"""What a row of the table says of one bonding option."""

from collections.abc import Mapping
from enum import StrEnum

from xenbond_tui.facts.number import whole
from xenbond_tui.options.kind import Kind, Number
from xenbond_tui.value import dataclass, field


@dataclass(frozen=True, slots=True)
class BadValue:
    """Why a value is not one of an option's."""

    text: str
    """A sentence that follows the option's name: "takes 0 or more ms, not 'fast'"."""


class Change(StrEnum):
    """When the kernel takes another value (BOND_OPTFLAG_* in bond_options.c)."""

    ANYTIME = "anytime"
    EMPTY = "without slaves"
    """BOND_OPTFLAG_NOSLAVES: else ENOTEMPTY."""
    DOWN = "while down"
    """BOND_OPTFLAG_IFDOWN: else EBUSY."""


@dataclass(frozen=True, slots=True)
class Key:
    """How one network stack's files say an option."""

    name: str = ""
    """The key; "" for what that stack makes of the kernel's name (`stacks.dialect`)."""
    since: tuple[int, ...] = ()
    """First release of the stack that has it; () for every one that is supported."""
    refuses: frozenset[str] = frozenset()
    """Values of the kernel's that this stack can't say."""
    most: int | None = None
    """The greatest number it takes, where that is less than the kernel's."""
    unsaid: str = ""
    """A value that is said by leaving the key out: the kernel's default, which it can't say."""
    also: tuple[str, ...] = ()
    """Other spellings of the key that it reads."""
    at_slave: bool = False
    """It is written in the slave's file or section instead of the bond's."""


OWN = Key()
"""The stack has a key by its rule, and takes what the kernel takes."""


def said(**keys: Key | str) -> Mapping[str, Key]:
    """Stack → how it says the option; a text alone is the key's name."""
    return {stack: Key(key) if isinstance(key, str) else key for stack, key in keys.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One bonding option."""

    name: str
    """The kernel's name (sysfs, module parameter, netlink without IFLA_BOND_)."""
    help: str
    """What it is for, in plain words."""
    default: str
    """What the kernel does when it is left out."""
    kind: Kind = field(default_factory=Number)
    modes: tuple[str, ...] = ()
    """Modes in which it does anything; empty: all."""
    enforced: bool = False
    """The kernel itself refuses it in other modes (EACCES); otherwise it is ignored there."""
    change: Change = Change.ANYTIME
    by: str = "PSN"
    """Where the kernel takes it: module Parameter, Sysfs, Netlink."""
    attribute: int = 0
    """Where sysfs has no file of it: its number in netlink (IFLA_BOND_* of linux/if_link.h)."""
    needs: tuple[str, ...] = ()
    """Options of which one must be set too, else it does nothing or is refused."""
    excludes: tuple[str, ...] = ()
    """Options that can't be set at the same time."""
    counted_in: str = ""
    """The option (in ms) of which the kernel keeps a whole multiple: `running.rounded`."""
    same_as: str = ""
    """Another name of the same value in the kernel."""
    since: str = ""
    """First mainline release that has it; "" when older than 2.6.30. Never decide by it alone:
    distributions back-port."""
    until: str = ""
    """Last mainline release that still has a choice, in words."""
    expert: bool = False
    """Kept out of the way: it can break guests' traffic or needs knowledge of the network."""
    source: str = "bond_options.c"
    said: Mapping[str, Key]
    """Network stack → how its files say it; a stack that is not there can't."""

    @property
    def unit(self) -> str:
        """ms, s or nothing."""
        return self.kind.unit if isinstance(self.kind, Number) else ""

    @property
    def allowed(self) -> str:
        """What it takes, in words."""
        return self.kind.allowed

    def parse(self, text: str) -> str | BadValue:
        """The canonical value of what an operator or a file says."""
        value = text.strip()
        parsed = self.kind.read(value)
        if parsed is not None:
            return parsed
        takes = self.allowed
        if isinstance(self.kind, Number) and (whole(value) or 0) > self.kind.most:
            takes = f"{self.kind.least} to {self.kind.most} {self.unit}".strip()
        return BadValue(f"takes {takes}, not {value!r}")
