"""The whole of what will be done: files, steps, rollback, what must be true afterwards."""

from collections.abc import Mapping

from xenbond_tui.facts import FORMERLY
from xenbond_tui.facts.link import Address
from xenbond_tui.facts.routing import Route
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.plan.usual_actions import Run
from xenbond_tui.typed import TYPE_CHECKING, Self
from xenbond_tui.value import dataclass, field, replace

if TYPE_CHECKING:
    from xenbond_tui.plan.actions import Action


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, with the words the operator reads while it is done."""

    label: str
    action: "Action"
    best_effort: bool = field(default=False, metadata={FORMERLY: "may_fail"})
    """Its failure is noted and stops nothing: a rollback may find it done already."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What must be true of the running kernel afterwards; compared by reading back.

    Either the bond stands, under the bridge where one is named, or, with `nic`, both are gone.
    """

    bond: str
    slaves: tuple[str, ...]
    options: Mapping[str, str] = field(default_factory=dict)
    """sysfs option name → its value's name, e.g. {"mode": "active-backup", "miimon": "100"}."""
    bridge: str | None = None
    addresses: tuple[Address, ...] = ()
    """Static addresses that `holder` must have; empty for dhcp and none."""
    routes: tuple[Route, ...] = ()
    dhcp: bool = False
    nic: str | None = None
    """The NIC that has the addresses once bond and bridge are gone; None while they stand."""

    @property
    def holder(self) -> str:
        """The link that must have the addresses: the NIC, else the bridge, else the bond."""
        return self.nic or self.bridge or self.bond


SLOW_MACHINE = 4
"""How many times longer it takes on a machine that is emulated: 41 to 49 s were measured in a dom0
under QEMU without KVM, where 9 to 11 s are usual."""
SPANNING_TREE_S = 30
"""Seconds until a switch port with spanning tree forwards (IEEE 802.1D, twice 15)."""


@dataclass(frozen=True, slots=True)
class Outage:
    """How long the host is out of reach while a plan is carried out, or why it never is."""

    least: int
    """Seconds."""
    most: int
    """Seconds that were measured at most, on a machine of usual speed; 0 where there is none."""
    why: str
    """How the sentence goes on: "while ifdown and ifup change over, because eth1 is in use"."""

    @classmethod
    def none(cls, why: str) -> Self:
        """None is expected: "eth1 is idle, the bond is built on it first"."""
        return cls(0, 0, why)

    @property
    def expected(self) -> bool:
        """Is there one?"""
        return self.most > 0

    @property
    def longest(self) -> int:
        """Seconds that hold on a slow machine and behind a slow switch too."""
        return SLOW_MACHINE * self.most + SPANNING_TREE_S if self.expected else 0

    @property
    def text(self) -> str:
        """The answer, as it is shown everywhere."""
        if not self.expected:
            return f"No outage expected: {self.why}."
        return (
            f"About {self.least} to {self.most} seconds without network {self.why} (up to "
            f"{self.longest} on a slow machine, or where the switch port has spanning tree)."
        )

    def because(self, reason: object) -> Self:
        """The same with the reason in this case: "eth1 is in use"."""
        return replace(self, why=f"{self.why}, because {reason}")


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that will be done to one host."""

    stack: str
    changes: tuple[FileChange, ...]
    """Every file looked at, unchanged ones included."""
    forward: tuple[Step, ...] = field(metadata={FORMERLY: "up"})
    """In order; contains WriteFiles once. With --files-only just that one is carried out."""
    rollback: tuple[Step, ...] = field(metadata={FORMERLY: "down"})
    """In order, from any point of `forward`; contains RestoreFiles once."""
    expected: Expected | None = None
    summary: str = ""
    """One line for the history: "bond0 (active-backup: eth0, eth1) under xenbr0"."""
    outage: Outage | None = None
    """How long the host is out of reach while it is carried out or rolled back; None: not known, as
    of another system's tree."""
    nm_checkpoint: bool = False
    """NetworkManager rolls back too, by a checkpoint, should nobody keep the change."""
    at_boot: tuple[Run, ...] = ()
    """Run once a boot has put the files back: of what has read them before, or made others of them.
    No network daemon runs yet."""

    @property
    def changed(self) -> tuple[FileChange, ...]:
        """The files that really change."""
        return tuple(change for change in self.changes if change.status != "unchanged")
