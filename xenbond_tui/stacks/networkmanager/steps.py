"""How NetworkManager takes charge of a bond under a bridge, and how the host gets back.

It acts on what it has loaded, not on files: `nmcli connection load` hands it a profile, `up` has it
carried out, `reload` makes it forget what is gone. A NIC's running profile may change or go while
the NIC goes on with it; so without a gap the bridge comes up on the idle NIC first, with the same
address and a worse metric, is proven, and only then is the other NIC taken over.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from xenbond_tui.answers import Answers
from xenbond_tui.plan import (
    Announce,
    Reach,
    RestoreNetwork,
    Run,
    SetLink,
    SetMaster,
    SetSysctls,
    Step,
    WaitFor,
    WaitForAddress,
)
from xenbond_tui.stacks import change_over
from xenbond_tui.stacks.change_over import Edit, Gap, Move, Pieces, softly
from xenbond_tui.stacks.change_over.pieces import PUT_BACK, WRITE
from xenbond_tui.stacks.networkmanager.bond import option_values
from xenbond_tui.stacks.networkmanager.plan import Named, Planner, named
from xenbond_tui.stacks.networkmanager.read import read

GAP = "2 to 10 seconds"
"""How long the host is without its address while NetworkManager changes over by itself."""
_WAIT = 90
"""Seconds: a lease may take a while."""
_NMCLI = ("nmcli", "--wait", str(_WAIT))
RELOAD = Step("Let NetworkManager read all profiles", Run(("nmcli", "connection", "reload")))
_CONF = Step(
    "Let NetworkManager read its settings",
    Run(("systemctl", "reload", "NetworkManager")),
    may_fail=True,
)
BACK = Step("Put addresses, routes and ports back as they were", RestoreNetwork())
_DAD = "net/ipv6/conf/{}/accept_dad"
NEW_LINKS = ("net/ipv4/conf/{}/rp_filter", _DAD)
"""What a link that is made begins with, below /proc/sys."""


def load(profiles: Iterable[Named]) -> Step:
    """Hand profiles to NetworkManager; what runs goes on as it is."""
    paths = tuple(dict.fromkeys(item.path for item in profiles))
    names = " and ".join(path.rpartition("/")[2] for path in paths)
    argv = ("nmcli", "connection", "load", *paths)
    return Step(f"Let NetworkManager read {names}", Run(argv))


def bring_up(name: str, profile: Named) -> Step:
    """Have one link brought up by its profile, and with it the bond and bridge above."""
    argv = (*_NMCLI, "connection", "up", *profile.argv)
    return Step(f"Bring up {name} with NetworkManager", Run(argv, _WAIT + 10.0))


def disconnect(name: str) -> Step:
    """Have one NIC let go of."""
    argv = (*_NMCLI, "device", "disconnect", name)
    return Step(f"Let NetworkManager let go of {name}", Run(argv, _WAIT + 10.0), may_fail=True)


def way(planner: Planner) -> Move | Edit:
    """How to get there without a gap: a bond that runs is changed, else one is made.

    Raises:
        Gap: it can't be done.
    """
    facts, answers = planner.facts, planner.answers
    if not facts.live:
        raise Gap("what runs there is not known")
    if facts.bond(answers.bond.name) is not None:
        written = read(facts)
        before = {} if written is None else option_values(written.bond)
        return change_over.edit(facts, answers, written, option_values(answers.bond), before)
    found = change_over.move(facts, answers)
    if found.bridge_stays:
        raise Gap(f"{found.carrying} must leave {answers.bridge.name} first")
    if any(item.family == 6 for item in found.addresses):
        raise Gap("an IPv6 address can't be on two links at once")
    profile = planner.profiles.of(planner.nics[found.carrying])
    if profile is None or profile.uuid != planner.profiles.active(planner.nics[found.carrying]):
        raise Gap(f"no profile is known that {found.carrying} runs with")
    if (profile.get("ipv4", "route-metric") or "-1") != "-1":
        raise Gap(f"{profile.path} sets a metric, which both would have")
    return found


class Steps(Pieces):
    """Up and down of one plan."""

    def __init__(self, planner: Planner) -> None:
        self.planner = planner
        self.answers: Answers = planner.answers
        try:
            self.way: Move | Edit | None = way(planner)
        except Gap:
            self.way = None
        known = self.way if isinstance(self.way, Move) else Move("", ())
        super().__init__(planner.facts, planner.answers, known)
        self.slaves = {name: planner.slave(name) for name in planner.nics}
        self.made = (planner.bridge(), planner.bond())
        written = read(self.facts)
        above = self.facts.link(self.bond)
        self.bond_stays = (
            above is not None
            and above.master == self.bridge
            and written is not None
            and written.bond == self.answers.bond
        )
        """Bond and slaves are as they shall be; only the bridge changes."""
        self.new = [name for name in (self.bridge, self.bond) if self.facts.link(name) is None]

    def up(self) -> tuple[Step, ...]:
        """From the running network to the planned one."""
        if isinstance(self.way, Edit):
            return self._edited(self.way)
        if self.way is None:
            return self._plain()
        idle = [self.slaves[name] for name in self.idle]
        ips = [item.ip for item in self.move.addresses]
        return (
            *self.announced_where_it_is(),
            Step(
                "Detect no duplicates on a new link",
                SetSysctls({_DAD.format("default"): "0"}),
                may_fail=True,
            ),
            WRITE,
            _CONF,
            load((*self.made, *idle)),
            *(bring_up(name, self.slaves[name]) for name in self.idle),
            Step(f"Wait until {self.bridge} forwards through {self.bond}", self._forwards()),
            self.either_leg(self.bridge),
            *(
                Step(
                    f"Wait until {self.bridge} has {ip} too", WaitForAddress(self.bridge, ip, 30.0)
                )
                for ip in ips
            ),
            *(
                Step(
                    f"See that {ip} answers through {' and '.join(self.idle)}",
                    Reach(self.bridge, ip),
                )
                for ip in self.gateways
            ),
            load((self.slaves[self.nic],)),
            Step(f"Tell the network where {self.bridge} is", Announce(self.bridge)),
            bring_up(self.nic, self.slaves[self.nic]),
            Step(f"Tell the network where {self.bridge} is", Announce(self.bridge)),
            *self.up_ended(),
            *self._as_made(),
            RELOAD,
        )

    def down(self) -> tuple[Step, ...]:
        """Back, from any point of `up`."""
        if isinstance(self.way, Edit):
            return self._edited_back(self.way)
        if self.way is None:
            return self._plain_back()
        nic = self.nic
        profile = self.planner.profiles.of(self.planner.nics[nic])
        before = () if profile is None else (named(profile),)
        return (
            self.either_leg(nic, self.bridge),
            PUT_BACK,
            *softly(
                *((load(before).label, load(before).action) for _ in before),
                *((f"Bring up {nic} as before", bring_up(nic, item).action) for item in before),
                (f"Wait for carrier on {nic}", WaitFor(nic, "carrier")),
                (f"Tell the network where {nic} is", Announce(nic)),
                (RELOAD.label, RELOAD.action),
                (_CONF.label, _CONF.action),
            ),
            *self.gone(self.bridge),
            *self.gone(self.bond),
            *softly((f"Tell the network where {nic} is", Announce(nic))),
            *self._metrics_back(),
            *self.down_ended(),
        )

    def _metrics_back(self) -> Iterator[Step]:
        """NetworkManager counts metrics up while several links have routes (nm-manager.c).

        Told the one from before for as long as the NIC is up; its profile stays as it is.
        """
        for nic in self.slaves:
            metrics = [
                route.metric
                for route in self.facts.routes
                if (route.link, route.family) == (nic, 4)
                and route.protocol not in ("kernel", "ra")
                and route.metric
            ]
            for metric in sorted(metrics)[:1]:
                argv = (*_NMCLI, "device", "modify", nic, "ipv4.route-metric", str(metric))
                yield from softly(
                    (f"Give the routes by {nic} the metric {metric} again", Run(argv))
                )

    def _forwards(self) -> WaitFor:
        return WaitFor(self.bond, "forwarding", 40.0)

    def _as_made(self) -> tuple[Step, ...]:
        """The bridge was made while new links detected no duplicates.

        NetworkManager besides sets rp_filter to loose where two links have the same routes.
        """
        values = {}
        for name in NEW_LINKS:
            state = self.facts.files.get(f"/proc/sys/{name.format('default')}")
            if state is not None:
                values[name.format(self.bridge)] = state.data.decode().strip()
        label = f"Filter frames on {self.bridge} as on every new link"
        return (Step(label, SetSysctls(values), may_fail=True),) if values else ()

    def _plain(self) -> tuple[Step, ...]:
        steps = [WRITE, _CONF, load((*self.made, *self.slaves.values()))]
        if self.bridge in self.new:
            # It brings its ports, and waits for its address.
            steps.append(bring_up(self.bridge, self.made[0]))
            if self.bond not in self.new:
                # Its profile need not say autoconnect-slaves.
                steps += [bring_up(name, item) for name, item in self.slaves.items()]
        else:
            steps += self._on_the_bridge()
        steps.append(
            Step(f"Wait until {self.bridge} forwards through {self.bond}", self._forwards())
        )
        return (*steps, *self._guests(), RELOAD)

    def _on_the_bridge(self) -> Iterator[Step]:
        """Bringing up a bridge that is there takes every guest's port off it; so it is not."""
        state = self.facts.bridge(self.bridge)
        if state is not None and state.mac != self.answers.bridge.mac:
            yield bring_up(self.bridge, self.made[0])
            return
        if not self.bond_stays:
            for name in self.slaves:
                link = self.facts.link(name)
                if link is not None and link.master == self.bridge:
                    yield disconnect(name)
            if self.bond not in self.new:
                yield bring_up(self.bond, self.made[1])
            yield from (bring_up(name, item) for name, item in self.slaves.items())
        yield self._reapply()

    def _reapply(self) -> Step:
        argv = (*_NMCLI, "device", "reapply", self.bridge)
        return Step(f"Have {self.bridge} as its profile says", Run(argv, _WAIT + 10.0))

    def _plain_back(self) -> tuple[Step, ...]:
        there = [] if self.bridge in self.new else [self._reapply()]
        return (
            PUT_BACK,
            *softly((RELOAD.label, RELOAD.action), (_CONF.label, _CONF.action)),
            *(step for name in self.new for step in self.gone(name)),
            *softly(*((step.label, step.action) for step in there)),
            *self.as_before(),
        )

    def as_before(self) -> tuple[Step, ...]:
        """The end of a way back: every link comes up by the profile it had."""
        links = []
        ports = (
            () if self.bond_stays else ((self.bond, "bond"), *((nic, "") for nic in self.slaves))
        )
        for name, kind in ports:
            profile = (
                self.planner.profiles.made(name, kind)
                if kind
                else self.planner.profiles.of(self.planner.nics[name])
            )
            link = self.facts.link(name)
            # One that was still asking for a lease goes on doing so by itself.
            used = link is not None and (
                link.master is not None or any(item.scope == "global" for item in link.addresses)
            )
            if used and profile is not None:
                links.append((f"Bring up {name} as before", bring_up(name, named(profile)).action))
        return (*softly(*links), *self._metrics_back(), *self._guests(), BACK)

    def _edited(self, edit: Edit) -> tuple[Step, ...]:
        """By sysfs what can be; NICs come and go by NetworkManager's own hand."""
        running = replace(edit, added=(), removed=())
        added = [bring_up(name, self.slaves[name]) for name in edit.added]
        removed = [disconnect(name) for name in edit.removed]
        charge = (_CONF, load((*self.made, *self.slaves.values())), *added, *removed, RELOAD)
        return running.up(take_charge=charge)

    def _edited_back(self, edit: Edit) -> tuple[Step, ...]:
        running = replace(edit, added=(), removed=())
        profiles = self.planner.profiles
        former = {profiles.link_of(item): named(item) for item in profiles.ports(self.bond)}
        *back, last = running.down()
        return (
            *(disconnect(name) for name in edit.added),
            *back,
            *softly(
                (RELOAD.label, RELOAD.action),
                *(
                    (f"Bring up {name} as before", bring_up(name, former[name]).action)
                    for name in edit.removed
                    if name in former
                ),
            ),
            last,
        )

    def _guests(self) -> Iterator[Step]:
        """Guests' ports, which NetworkManager takes off a bridge it brings up."""
        state = self.facts.bridge(self.bridge)
        for port in state.ports if state is not None else ():
            if port.name not in (self.bond, *self.slaves):
                action = SetMaster(port.name, self.bridge)
                yield Step(f"Put {port.name} back on {self.bridge}", action, may_fail=True)
                yield Step(f"Set {port.name} up", SetLink(port.name, up=True), may_fail=True)
