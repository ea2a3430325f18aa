"""How networkd takes charge of a bond under a bridge, and how the host gets back.

networkd makes links and moves addresses by itself once it has read its files: `networkctl reload`
makes what is new and configures again every link whose file has changed, and only those.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.actions import (
    DeleteLink,
    RestoreFiles,
    RestoreNetwork,
    Run,
    SetLink,
    SetRuntimeFile,
    WaitFor,
    WriteFiles,
)
from xenbond_tui.plan.plan import Step
from xenbond_tui.rules.findings import Finding
from xenbond_tui.stacks.change_over import Edit, Gap, KernelSteps, edit, lease_moves, move, softly
from xenbond_tui.stacks.change_over.removal import way_back, way_there
from xenbond_tui.stacks.networkd import lease
from xenbond_tui.stacks.networkd.announced import announced_held
from xenbond_tui.stacks.networkd.by_hand import routes_kept
from xenbond_tui.stacks.networkd.files import DROP_IN, RUN
from xenbond_tui.stacks.networkd.told_apart import told_apart
from xenbond_tui.stacks.networkd.version import KEEP_MASTER, SETS_SLAVES_DOWN, version
from xenbond_tui.stacks.steps import guests_back

WAIT_ONLINE = (
    "/usr/lib/systemd/systemd-networkd-wait-online",
    "/lib/systemd/systemd-networkd-wait-online",
)
GAP = "1 to 10 seconds"
"""How long networkd leaves a host without its address: measured in a slow guest, 0.8 s for a new
address, 2.4 s for a removal, 4.4 s for a bond made anew; a switch port with spanning tree adds its
own 30, a lease the server's time."""
SLAVES_GAP = (
    "1 to 5 seconds when networkd takes charge: systemd 249 sets every slave down to give it the "
    "bond it is in already"
)
"""From its source, not measured: as long as a NIC takes until it has a link again."""
_ONLINE = 60
"""Seconds: a lease may take a while."""
_HOLD = (
    "# By xenbond: networkd would set the slave down to give it the bond it is in already.\n"
    "# Gone with the next boot. For a Bond= or Bridge= to count before, take this file away.\n"
    "[Network]\nKeepMaster=yes\n"
)
_KEEP = (
    "# By xenbond: networkd would ask the routers anew for what the link has already.\n"
    "# Gone with the next boot.\n"
    "[Network]\nKeepConfiguration=dhcp\n"
)


@dataclass(frozen=True, slots=True)
class Change:
    """What a plan changes, as far as its steps depend on it."""

    options: Mapping[str, str]
    """Bonding option (kernel name) → value, as networkd tells the kernel."""
    written: Answers | None
    """What the files say today."""
    options_written: Mapping[str, str]
    """The options the bond's file has today."""
    files: Mapping[str, str]
    """Slave → name of its .network file, in which the bond is named."""
    holders: Mapping[str, str] = field(default_factory=dict)
    """Link → name of the .network file it has while it has the address: the bridge, and the NICs
    as they are today."""
    shared: frozenset[str] = frozenset()
    """Links whose file of today is one of further links too."""


class Steps:
    """Up and down of one plan."""

    def __init__(self, facts: HostFacts, answers: Answers, change: Change | None = None) -> None:
        self.facts = facts
        self.answers = answers
        self.change = change or Change({}, None, {}, {})
        self.bond, self.bridge = answers.bond.name, answers.bridge.name
        self.made = [name for name in (self.bridge, self.bond) if facts.link(name) is None]

    def up(self) -> tuple[Step, ...]:
        """From the running network to the planned one."""
        way = self.way()
        read: tuple[Step, ...]
        if isinstance(way, KernelSteps):
            return told_apart(self.facts, self._hitless(way))
        if isinstance(way, Edit):
            return way.up(take_charge=self._taken_charge())
        if self._anew():
            away = f"Take {self.bond} away: it is made anew, for a running one can't be changed so"
            read = (Step(away, DeleteLink(self.bond)), Step("Start networkd anew", RESTART))
        else:
            read = (RELOAD,)
        return (
            WRITE,
            *self.freed(),
            *read,
            Step(f"Wait until {self.bond} is there", WaitFor(self.bond, "exists")),
            Step(
                f"Wait until {self.bond} forwards in {self.bridge}",
                WaitFor(self.bond, "forwarding", 40.0),
            ),
            *self.online(self.bridge),
        )

    def down(self) -> tuple[Step, ...]:
        """Back, from any point of `up`."""
        way = self.way()
        reload = ("Let networkd read its files again", RELOAD.action)
        if isinstance(way, KernelSteps):
            kept, dropped = self._kept(way, way.nic)
            put_back = (BACK, *_soft(kept), *softly(reload), *_soft(dropped))
            return told_apart(self.facts, way.down(let_go=self._let_go(), put_back=put_back))
        if isinstance(way, Edit):
            held, let_go = _soft(self._hold()), self._let_go()
            return (*way.down(let_go=let_go), *held, *softly(reload), *self._held_no_longer())
        if self._anew():
            away = (f"Take {self.bond} away, as it is now", DeleteLink(self.bond))
            return (BACK, *softly(away), *self.formed_again())
        gone = self.made
        before = [link.name for link in self.facts.links if link.name in self._known()]
        again = Run(("networkctl", "reconfigure", *before))
        return (
            BACK,
            *softly(
                *((f"Make sure {name} is gone", DeleteLink(name)) for name in gone),
                reload,
                *((f"Configure {' and '.join(before)} again", again) for _ in before[:1]),
            ),
            *guests_back(self.facts, self.answers),
            Step("Put addresses, routes and ports back as they were", RestoreNetwork()),
        )

    def removed(self, removal: Removal) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
        """Without a gap from the bond to the NIC, and back; `facts` are of the host afterwards.

        Raises:
            Gap: it can't be done.
        """
        way = self.way()
        if not isinstance(way, KernelSteps):
            raise way if isinstance(way, Gap) else Gap("the bond is there already")
        kept, dropped = self._kept(way, way.nic)
        held, again = routes_kept(way, way.nic)
        read = (*self.freed(), RELOAD, *self.online(way.nic))
        charge = (*kept, *held, *read, *again, *dropped)
        # An address that networkd makes again must not be taken for a duplicate.
        there = way_there(told_apart(self.facts, way.down(put_back=charge)), removal)
        return (WRITE, *there), way_back(told_apart(self.facts, self._hitless(way)), removal)

    def way(self) -> KernelSteps | Edit | Gap:
        """How to change over without a gap, or why it can't be."""
        facts, answers, change = self.facts, self.answers, self.change
        try:
            if facts.link(self.bond) is None:
                leases = lease.holder(facts, answers) is not None
                found = move(facts, answers, leases=leases)
                if found.leased and found.carrying in change.shared:
                    raise Gap(f"the file of {found.carrying} is one of other links too")
                known, found = lease.as_static(facts, found)
                return KernelSteps(known, answers, found, change.options)
            return edit(facts, answers, change.written, change.options, change.options_written)
        except Gap as why:
            return why

    def lease_moves(self) -> Iterator[Finding]:
        """What Review says where the lease goes along."""
        way = self.way()
        if isinstance(way, KernelSteps):
            yield from lease_moves(way.move, self.bridge)

    def _taken_charge(self) -> tuple[Step, ...]:
        """Let networkd find everything as its files say, and keep its hands off the slaves.

        Where it would set them down (see `version`) it does so for all at once, so nothing would
        get through. A drop-in under /run spares them that.
        """
        return (*self._hold(), RELOAD, *self.online(self.bridge), *self._held_no_longer())

    def _held_no_longer(self) -> tuple[Step, ...]:
        """The drop-ins go, unless networkd would set the slaves down for that change as well.

        Not at once, but the next time it reads its files, which someone may have it do for another
        link of the host. So they stay until the next boot, or until xenbond takes the bond away.
        """
        number = version(self.facts)
        return () if number is None or number in SETS_SLAVES_DOWN else self._let_go()

    @property
    def slaves_set_down(self) -> bool:
        """When it takes charge networkd sets the slaves down, and nothing spares them that."""
        number = version(self.facts)
        return number is not None and number in SETS_SLAVES_DOWN and number < KEEP_MASTER

    def _hold(self) -> tuple[Step, ...]:
        if self.slaves_set_down:
            # To it the drop-in would only be one change more.
            return ()
        return tuple(
            Step(f"Let networkd keep {name} where it is", SetRuntimeFile(path, _HOLD))
            for name, path in self._drop_ins()
        )

    def _let_go(self) -> tuple[Step, ...]:
        """The slaves' drop-ins go; networkd does not look until it is told to."""
        return _without(self._drop_ins())

    def freed(self) -> tuple[Step, ...]:
        """So do those that an earlier change has left: networkd makes slaves or frees them now."""
        return _without((name, at) for name, at in self._drop_ins() if at in self.facts.files)

    def _hitless(self, way: KernelSteps) -> tuple[Step, ...]:
        """Files may be written at any time: networkd reads them when it is told to, and not before.

        It gives a NIC its addresses again whenever the NIC's link comes back, so it must have
        read them before the NIC becomes a slave: what it said through that would teach the switch
        the wrong port.
        """
        kept, dropped = self._kept(way, self.bridge)
        held, again = routes_kept(way, self.bridge)
        charge = (*kept, *held, *self._taken_charge(), *again, *dropped)
        if way.move.bridge_stays:
            return way.up(take_charge=charge)
        # It sets a NIC up that its files know.
        down = Step(f"Set {way.nic} down", SetLink(way.nic, up=False))
        return way.up(before_last=(*charge, down))

    def _kept(self, way: KernelSteps, link: str) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
        """Before and after networkd takes charge: the link keeps its lease, or what routers say.

        networkd drops what it has not made itself, and would ask the routers anew: 1.5 s measured.
        In its words such addresses are dynamic ones, as those of DHCP are
        (link_drop_foreign_addresses in networkd-address.c). For a file that has changed again it
        would ask anew the next time it reads them, so the drop-in stays until the next boot, or
        until the address moves on.
        """
        both = (way.nic, self.bridge)
        if way.move.leased:
            files = {name: file for name, file in self.change.holders.items() if name in both}
            held, again = announced_held(way, link)
            return (*lease.kept(link, files), *held), (*lease.taken(way, link), *again)
        if not way.announced:
            return (), ()
        files = {name: file for name, file in self.change.holders.items() if name in both}
        texts = {name: _KEEP if name == link else None for name in files}
        return (
            softly(
                *(
                    (
                        f"Let networkd keep what routers announced to {name}"
                        if texts[name]
                        else f"{name} keeps no more than routers announce",
                        SetRuntimeFile(f"{RUN}/{file}.d/{DROP_IN}keep.conf", texts[name]),
                    )
                    for name, file in files.items()
                )
            ),
            (),
        )

    def _drop_ins(self) -> list[tuple[str, str]]:
        return [
            (name, f"{RUN}/{file}.d/{DROP_IN}hold.conf") for name, file in self.change.files.items()
        ]

    def _anew(self) -> tuple[str, ...]:
        """The bond, when it runs and can't be changed while it does."""
        return () if self.bond in self.made else (self.bond,)

    def _known(self) -> frozenset[str]:
        return frozenset({*self.answers.bond.slaves, self.bond, self.bridge})

    def online(self, name: str) -> tuple[Step, ...]:
        """Wait until networkd has configured the link, and it has an address."""
        if self.answers.bridge.method == "none":
            return ()
        program = next((path for path in WAIT_ONLINE if path in self.facts.present), WAIT_ONLINE[0])
        argv = (program, f"--interface={name}", f"--timeout={_ONLINE}")
        return (Step(f"Wait until networkd has configured {name}", Run(argv, _ONLINE + 10.0)),)

    def formed_again(self) -> tuple[Step, ...]:
        """The end of a way back to a bond under a bridge that networkd makes again."""
        return (
            *self.freed(),
            *softly(
                ("Start networkd anew with its files", RESTART),
                (f"Wait until {self.bond} is there", WaitFor(self.bond, "exists")),
                (
                    f"Wait until {self.bond} forwards in {self.bridge}",
                    WaitFor(self.bond, "forwarding", 40.0),
                ),
                *((step.label, step.action) for step in self.online(self.bridge)),
            ),
            *guests_back(self.facts, self.answers),
            Step("Put addresses, routes and ports back as they were", RestoreNetwork()),
        )


def _without(drop_ins: Iterable[tuple[str, str]]) -> tuple[Step, ...]:
    return softly(
        *(
            (f"Let networkd's files decide on {name} from now on", SetRuntimeFile(path, None))
            for name, path in drop_ins
        )
    )


def _soft(steps: Iterable[Step]) -> tuple[Step, ...]:
    return softly(*((step.label, step.action) for step in steps))


RESTART = Run(("systemctl", "restart", "systemd-networkd.service"))
"""A link it has made once and that is gone, networkd makes again only then (seen with 252)."""
WRITE = Step("Write the files", WriteFiles())
BACK = Step("Put the files back", RestoreFiles())
RELOAD = Step("Let networkd read its files", Run(("networkctl", "reload")))
