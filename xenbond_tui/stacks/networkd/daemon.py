"""What networkd is told while a bond comes under a bridge or goes, as steps.

networkd makes links and moves addresses by itself once it has read its files: `networkctl reload`
makes what is new and configures again every link whose file has changed, and only those.
"""

from collections.abc import Iterator, Mapping

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.actions import Run, SetRuntimeFile
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks.networkd.files import DROP_IN
from xenbond_tui.stacks.networkd.places import (
    KEEP_MASTER,
    RUN,
    SERVICE,
    SETS_SLAVES_DOWN,
    WAIT_ONLINE,
    version,
)
from xenbond_tui.stacks.steps import OWN_FILES, Files, best_effort
from xenbond_tui.value import dataclass, field

_ONLINE_S = 60
"""Seconds: a lease may take a while."""
RESTART_NETWORKD = Step("Restart networkd", Run(("systemctl", "restart", SERVICE)))
"""A link it has made once and that is gone, networkd makes again only then (seen with 252)."""
RELOAD = Step("Reload networkd's files", Run(("networkctl", "reload")))


@dataclass(frozen=True, slots=True)
class UntilBoot:
    """What a drop-in of ours has networkd's file of a link say until the next boot."""

    key: str
    name: str
    """Of the drop-in."""
    text: str
    how: str = ""
    """What for, in words."""

    def path(self, file: str) -> str:
        """`file`: the name of the link's file."""
        return f"{RUN}/{file}.d/{DROP_IN}{self.name}.conf"

    def said(self, link: str, file: str) -> Step:
        """From now on; networkd does not look until it is told to."""
        label = f"Set {self.key}= for {link}{self.how}"
        return Step(label, SetRuntimeFile(self.path(file), self.text))

    def gone(self, link: str, file: str) -> Step:
        """No longer."""
        return Step(f"Remove {self.key}= for {link}", SetRuntimeFile(self.path(file), None))

    def moved(self, to: str, files: Mapping[str, str]) -> Iterator[Step]:
        """Of this link from now on, and of others no longer; `files`: link → name of its file."""
        for link, file in files.items():
            yield from [self.said(link, file)] if link == to else best_effort(self.gone(link, file))


_HOLD = UntilBoot(
    "KeepMaster",
    "hold",
    "# By xenbond: networkd would set the slave down to give it the bond it is in already.\n"
    "# Gone with the next boot. For a Bond= or Bridge= to count before, take this file away.\n"
    "[Network]\nKeepMaster=yes\n",
    " until the next boot",
)
_UNMANAGED = UntilBoot(
    "Unmanaged",
    "unmanaged",
    "# By xenbond: the bond comes out of its bridge, and networkd is told when it is out.\n"
    "# Gone with the next boot.\n"
    "[Link]\nUnmanaged=yes\n",
)


@dataclass(frozen=True, slots=True)
class Change:
    """What a plan changes, as far as its steps depend on it."""

    written: Answers | None
    """What the files say today."""
    files: Mapping[str, str]
    """Slave → name of its .network file, in which the bond is named."""
    holders: Mapping[str, str] = field(default_factory=dict)
    """Link → name of the .network file it has while it has the address: the bridge, and the bond
    and the NICs as they are today."""
    shared: frozenset[str] = frozenset()
    """Links whose file of today is one of further links too."""
    written_by: Files = OWN_FILES
    """How the files get where networkd reads them."""
    bond_file: str = ""
    """Name of the .network file that the bond has under the bridge."""


class Daemon:
    """networkd of one host, for one change."""

    def __init__(self, facts: HostFacts, answers: Answers, change: Change) -> None:
        self.facts = facts
        self.answers = answers
        self.change = change

    def take_charge(self, link: str | None = None) -> tuple[Step, ...]:
        """Let networkd find everything as its files say, and keep its hands off the slaves.

        Until it has configured `link`, which has the address: the bridge, else.

        Where it would set them down (see `places`) it does so for all at once, so nothing would
        get through. A drop-in under /run spares them that.
        """
        online = self.online(link or self.answers.bridge.name)
        return (*self.hold(), RELOAD, *online, *self.held_no_longer())

    def hands_off_bond(self) -> tuple[Step, ...]:
        """It would take a bond that leaves its bridge for a new link; `bond_again` ends it.

        To such a one it would give what the files say that still have it under the bridge, and
        take off every route that it has not made.
        """
        unmanaged = _UNMANAGED.said(self.answers.bond.name, self.change.bond_file)
        return (*self.hold(), unmanaged, RELOAD)

    def bond_again(self) -> tuple[Step, ...]:
        """The next time that it reads its files the bond is its own."""
        return (_UNMANAGED.gone(self.answers.bond.name, self.change.bond_file),)

    def held_no_longer(self) -> tuple[Step, ...]:
        """The drop-ins go, unless networkd would set the slaves down for that change as well.

        Not at once, but the next time it reads its files, which someone may have it do for another
        link of the host. So they stay until the next boot, or until xenbond takes the bond away.
        """
        number = version(self.facts)
        return () if number is None or number in SETS_SLAVES_DOWN else self.let_go()

    @property
    def slaves_set_down(self) -> bool:
        """When it takes charge networkd sets the slaves down, and nothing spares them that."""
        number = version(self.facts)
        return number is not None and number in SETS_SLAVES_DOWN and number < KEEP_MASTER

    def hold(self) -> tuple[Step, ...]:
        """The slaves' drop-ins; to a networkd that knows none they would be a change more."""
        if self.slaves_set_down:
            return ()
        return tuple(_HOLD.said(name, file) for name, file in self.change.files.items())

    def let_go(self) -> tuple[Step, ...]:
        """The slaves' drop-ins go; networkd does not look until it is told to."""
        return best_effort(*(_HOLD.gone(*it) for it in self.change.files.items()))

    def freed(self) -> tuple[Step, ...]:
        """So do those that an earlier change has left: networkd makes slaves or frees them now."""
        left = (it for it in self.change.files.items() if _HOLD.path(it[1]) in self.facts.files)
        return best_effort(*(_HOLD.gone(*it) for it in left))

    def online(self, name: str) -> tuple[Step, ...]:
        """Wait until networkd has configured the link, and it has an address."""
        if self.answers.bridge.method == "none":
            return ()
        program = next((path for path in WAIT_ONLINE if path in self.facts.present), WAIT_ONLINE[0])
        argv = (program, f"--interface={name}", f"--timeout={_ONLINE_S}")
        return (Step(f"Wait until networkd has configured {name}", Run(argv, _ONLINE_S + 10.0)),)
