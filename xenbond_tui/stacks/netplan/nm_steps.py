"""The way up and the way back where netplan renders for NetworkManager.

What `netplan generate` writes below /run/NetworkManager is read when nmcli is told to, and carried
out profile by profile: so NetworkManager's own way without a gap holds here too, each write
followed by netplan's. `netplan apply` is left alone: it stops NetworkManager, takes every address
off its links, and returns before they are back.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.files.ini import KEYFILE, IniFile
from xenbond_tui.plan.actions import Action, Announce, DeleteLink, Run, WaitFor, WaitForAddress
from xenbond_tui.plan.plan import Step
from xenbond_tui.rules.addresses import parse_cidr
from xenbond_tui.stacks.change_over import Edit, Gap, Move, edit, move, softly
from xenbond_tui.stacks.change_over.pieces import PUT_BACK, WRITE
from xenbond_tui.stacks.change_over.removal import afterwards, way_back
from xenbond_tui.stacks.netplan.bond import option_values, written
from xenbond_tui.stacks.netplan.files import Configuration
from xenbond_tui.stacks.netplan.links import definition_of
from xenbond_tui.stacks.netplan.networkd_steps import rendered
from xenbond_tui.stacks.netplan.read import read_answers
from xenbond_tui.stacks.netplan.steps import GENERATE
from xenbond_tui.stacks.networkmanager.capabilities import detects
from xenbond_tui.stacks.networkmanager.commands import BACK, RELOAD, bring_up, disconnect, load
from xenbond_tui.stacks.networkmanager.hitless import (
    Charge,
    Hitless,
    refuse_what_both_would_have,
)
from xenbond_tui.stacks.networkmanager.plan import Named
from xenbond_tui.stacks.networkmanager.profiles import Profile
from xenbond_tui.stacks.networkmanager.version import version
from xenbond_tui.stacks.steps import guests_back

GAP = "1 to 5 seconds"
"""How long the host is without its address while NetworkManager takes the NIC over."""
_PATIENCE = 5.0
"""Seconds: netplan's bridge brings no ports; a NIC that no profile runs on may still come."""
_PROFILE = "/run/NetworkManager/system-connections/netplan-{}.nmconnection"


class NmSteps:
    """Up and down of one plan, as the files stand before they are edited."""

    def __init__(self, facts: HostFacts, answers: Answers, config: Configuration) -> None:
        self.facts = facts
        self.answers = answers
        self.bond, self.bridge = answers.bond.name, answers.bridge.name
        links = {nic: definition_of(facts, config, nic) for nic in answers.bond.slaves}
        self.ids = {nic: link.id for nic, link in links.items()}
        self.defined = [nic for nic, link in links.items() if link.definitions]
        self.way = self._way(config)
        removed = self.way.removed if isinstance(self.way, Edit) else ()
        self.former = {nic: definition_of(facts, config, nic).id for nic in removed}

    def _way(self, config: Configuration) -> Hitless | Edit | Gap:
        """How to change over without a gap, or why it can't be."""
        facts, answers = self.facts, self.answers
        try:
            if facts.link(self.bond) is None:
                return self._hitless(move(facts, answers, leases=True))
            today = written(config.of(self.bond))
            return edit(
                facts, answers, read_answers(facts, config), option_values(answers.bond), today
            )
        except Gap as why:
            return why

    def _hitless(self, found: Move) -> Hitless:
        """NetworkManager's own way, with the profiles that netplan makes.

        Raises:
            Gap: it can't be done.
        """
        if found.bridge_stays:
            raise Gap(f"{found.carrying} must leave {self.bridge} first")
        before = _profile(self.ids[found.carrying])
        running = self._read(before, found.carrying)
        refuse_what_both_would_have(found, running)
        slaves = {nic: _profile(name) for nic, name in self.ids.items()}
        made = (_profile(self.bridge), _profile(self.bond))
        dad = detects(version(self.facts), running)
        charge = Charge(slaves, made, (before,), _PATIENCE, detects=dad)
        return Hitless(self.facts, self.answers, found, charge)

    def _read(self, named: Named, link: str) -> Profile:
        state = self.facts.files.get(named.path)
        if state is None:
            raise Gap(f"no profile is known that {link} runs with")
        return Profile(named.path, IniFile.parse(named.path, state.data, KEYFILE))

    def up(self) -> tuple[Step, ...]:
        """From the running network to the planned one: the NIC that carries comes last."""
        if isinstance(self.way, Hitless):
            return rendered(self.way.up())
        if isinstance(self.way, Edit):
            return self._edited(self.way)
        there = self.facts.link(self.bridge) is not None
        reapply = Run(("nmcli", "--wait", "90", "device", "reapply", self.bridge), 100.0)
        return (
            WRITE,
            GENERATE,
            RELOAD,
            *(disconnect(nic) for nic in self._ports()),
            *self._bond_up(),
            *(self._up(nic) for nic in sorted(self.ids, key=self._carries)),
            Step(f"Wait until {self.bridge} forwards through {self.bond}", self._forwards()),
            *softly(*((f"Have {self.bridge} as its profile says", reapply) for _ in range(there))),
            *guests_back(self.facts, self.answers),
            *self._addressed(self.bridge),
        )

    def down(self) -> tuple[Step, ...]:
        """Back, from any point of `up`."""
        if isinstance(self.way, Hitless):
            return rendered(self.way.down())
        if isinstance(self.way, Edit):
            return self._edited_back(self.way)
        made = [name for name in (self.bridge, self.bond) if self.facts.link(name) is None]
        before = self._running()
        return (
            PUT_BACK,
            *softly((GENERATE.label, GENERATE.action)),
            # The other NICs carry bond and bridge, address and all, until they are forgotten.
            *self._again(self._loaded(before)),
            *self._again((*self._bond_up(), *(self._up(nic) for nic in before))),
            *softly(
                *(pair for nic in before if self._carries(nic) for pair in self._proven(nic)),
                (RELOAD.label, RELOAD.action),
                *((f"Make sure {name} is gone", DeleteLink(name)) for name in made),
                *(pair for nic in before for pair in self._metric_back(nic)),
            ),
            *guests_back(self.facts, self.answers),
            BACK,
        )

    def _edited(self, change: Edit) -> tuple[Step, ...]:
        """By sysfs what can be; NICs come and go by NetworkManager's own hand."""
        running = replace(change, added=(), removed=())
        profiles = [_profile(name) for name in (self.bridge, self.bond, *self.ids.values())]
        added = (self._up(nic) for nic in change.added)
        removed = (disconnect(nic) for nic in change.removed)
        return rendered(running.up(take_charge=(load(profiles), *added, *removed, RELOAD)))

    def _edited_back(self, change: Edit) -> tuple[Step, ...]:
        *back, last = replace(change, added=(), removed=()).down()
        former = (bring_up(nic, _profile(name)) for nic, name in self.former.items())
        return (
            *(disconnect(nic) for nic in change.added),
            *rendered(back),
            *softly((RELOAD.label, RELOAD.action)),
            *self._again(former),
            last,
        )

    def removal(
        self, removal: Removal, config: Configuration
    ) -> tuple[tuple[Step, ...], tuple[Step, ...], str]:
        """From the bond under the bridge to the address on one NIC, back, and how long the gap is.

        Raises:
            XenbondError: the files can't be read.
        """
        try:
            there = NmSteps(afterwards(self.facts, removal), self.answers, config).way
            if not isinstance(there, Hitless):
                raise Gap("the way back would have one")
            # What it says of the address, the NIC's profile will say.
            refuse_what_both_would_have(there.move, self._read(_profile(self.bridge), self.bridge))
        except Gap:
            return self._removal_up(removal), self._removal_down(), GAP
        given = _profile(self.ids[removal.nic])
        back = way_back(there.up(), removal)
        return rendered(there.removed(given)), rendered(back), ""

    def _removal_up(self, removal: Removal) -> tuple[Step, ...]:
        return (
            WRITE,
            GENERATE,
            *self._loaded([removal.nic]),
            self._up(removal.nic),
            *self._addressed(removal.nic),
            *softly(
                *self._proven(removal.nic),
                (RELOAD.label, RELOAD.action),
                (f"Make sure {self.bridge} is gone", DeleteLink(self.bridge)),
                (f"Make sure {self.bond} is gone", DeleteLink(self.bond)),
            ),
        )

    def _removal_down(self) -> tuple[Step, ...]:
        forwards = (f"Wait until {self.bridge} forwards through {self.bond}", self._forwards())
        return (
            PUT_BACK,
            *softly((GENERATE.label, GENERATE.action), (RELOAD.label, RELOAD.action)),
            *self._again(self._up(nic) for nic in self.ids),
            *softly(forwards),
            *guests_back(self.facts, self.answers),
            BACK,
        )

    def _proven(self, nic: str) -> tuple[tuple[str, Action], ...]:
        """Peers are told that they find the address at the NIC again."""
        return (
            (f"Wait for carrier on {nic}", WaitFor(nic, "carrier", 30.0)),
            (f"Tell the network where {nic} is", Announce(nic)),
        )

    def _metric_back(self, nic: str) -> Iterator[tuple[str, Action]]:
        """NetworkManager counts metrics up while several links have routes (nm-manager.c)."""
        found = (
            route.metric
            for route in self.facts.routes
            if (route.destination, route.link, route.family) == ("default", nic, 4)
        )
        metric = next((item for item in found if item), None)
        if metric is not None:
            argv = ("nmcli", "device", "modify", nic, "ipv4.route-metric", str(metric))
            yield f"Give the routes by {nic} the metric {metric} again", Run(argv)

    def _loaded(self, nics: list[str]) -> tuple[Step, ...]:
        return (load([_profile(self.ids[nic]) for nic in nics]),) if nics else ()

    def _up(self, nic: str) -> Step:
        return bring_up(nic, _profile(self.ids[nic]))

    def _bond_up(self) -> tuple[Step, ...]:
        """A bond that runs takes new options only when it is brought up anew."""
        if self.facts.link(self.bond) is None:
            return ()
        return (bring_up(self.bond, _profile(self.bond)),)

    def _again(self, steps: Iterable[Step]) -> tuple[Step, ...]:
        return softly(*((f"{step.label} again", step.action) for step in steps))

    def _ports(self) -> list[str]:
        """NICs in the bridge themselves: beside the bond they would make a circle."""
        links = (self.facts.link(nic) for nic in self.ids)
        return [link.name for link in links if link is not None and link.master == self.bridge]

    def _running(self) -> list[str]:
        links = (self.facts.link(nic) for nic in self.defined)
        return [link.name for link in links if link is not None and link.admin_up]

    def _carries(self, nic: str) -> bool:
        link = self.facts.link(nic)
        return link is not None and any(item.scope == "global" for item in link.addresses)

    def _forwards(self) -> WaitFor:
        return WaitFor(self.bond, "forwarding", 40.0)

    def _addressed(self, link: str) -> Iterable[Step]:
        if self.answers.bridge.method == "static":
            for item in self.answers.bridge.addresses:
                ip = str(parse_cidr(item).ip)
                yield Step(f"Wait until {link} has {ip}", WaitForAddress(link, ip, 30.0))


def _profile(name: str) -> Named:
    """What netplan calls a profile it makes (write_nm_conf in its src/nm.c)."""
    return Named(_PROFILE.format(name), f"netplan-{name}", "id")
