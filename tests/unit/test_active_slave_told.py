"""Wherever a change moves the active slave of a bond under a bridge, host and guests are announced.

No link goes down by it, so no switch sees it; each sends to the slave before, which drops what
comes in. Every stack's steps are played through, forward and back.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
from facts_builder import ETH0_MAC, GATEWAY, address, bridge, default_route, nic, virtual
from netplan_cases import SYSTEMD
from option_cases import HOSTS, done
from proposing import plan_for, removal_for
from test_second_plan import up

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan import actions
from xenbond_tui.plan.plan import Plan, Step
from xenbond_tui.stacks import STACKS, Stack

ON_EVERY_STACK = pytest.mark.parametrize("stack", STACKS, ids=lambda stack: stack.name)
MOVED_BY_PROGRAMS = ("networkmanager",)
"""It makes the bond and enslaves by profiles; under a bridge that has guests it has an outage."""
BOND, BRIDGE, GUEST = "bond0", "xenbr0", "vif1.0"
TELL = (actions.SetBondOption, actions.SetMaster, actions.ExchangePort)
"""What tells them by itself (`apply.steps`)."""


@dataclass
class Kernel:
    """As much of a bonding kernel as moves the active slave (bond_select_active_slave)."""

    slaves: list[str] = field(default_factory=list)
    active: str | None = None
    primary: str = ""
    above: str | None = None
    """The bond's bridge."""

    def does(self, action: actions.Action) -> bool:
        """Whether the active slave is another one than before."""
        before = self.active
        match action:
            case actions.SetMaster(link, master) if master == BOND and link not in self.slaves:
                self.slaves.append(link)
            case actions.SetMaster(link, None) if link in self.slaves:
                self.slaves.remove(link)
            case actions.SetMaster(link, master) if link == BOND:
                self.above = master
            case actions.ExchangePort(bridge, leaves, comes) if BOND in (leaves, comes):
                self.above = bridge if comes == BOND else None
            case actions.SetBondOption(link, "primary", value):
                self.primary = value
            case actions.SetBondOption(link, "active_slave", value) if value in self.slaves:
                self.active = value
            case actions.SetLink(link, up) if not up and link == self.active:
                self.active = next((item for item in self.slaves if item != link), None)
            case actions.DeleteLink(link) if link == BOND:
                self.slaves, self.above = [], None
            case actions.Run(argv) if any("ifup" in word for word in argv):
                # ifupdown is given the bond's first slaves; bridge and bond are up then.
                for word in argv:
                    if word.startswith("bond-slaves="):
                        self.slaves = word.partition("=")[2].split()
                self.above = BRIDGE if argv[-1] == BRIDGE else self.above
        if self.primary in self.slaves and _chooses(action):
            self.active = self.primary
        elif self.active not in self.slaves:
            self.active = next(iter(self.slaves), None)
        return (
            self.above is not None and None not in (before, self.active) and before != self.active
        )


def _chooses(action: actions.Action) -> bool:
    """Does the kernel look for the primary then?"""
    match action:
        case actions.SetBondOption(_, option):
            return option in ("primary", "primary_reselect")
        case actions.SetMaster(_, master):
            return master == BOND
    return False


def moves(steps: tuple[Step, ...], kernel: Kernel) -> Iterator[tuple[str, bool]]:
    """Each step that moves the active slave; and whether host and guests are told of at once."""
    for step in steps:
        if kernel.does(step.action):
            yield step.label, isinstance(step.action, TELL)


def asked(stack: Stack, **options: str) -> Answers:
    answers = HOSTS[stack.name][1]
    bond = replace(answers.bond, mode="active-backup", miimon=50, options=options)
    bridge = replace(answers.bridge, mac=ETH0_MAC, gateway=GATEWAY)
    return replace(answers, stack=stack.name, bond=bond, bridge=bridge)


def host(stack: Stack) -> HostFacts:
    facts = HOSTS[stack.name][0]
    more = {SYSTEMD: FileState(SYSTEMD, b"", 0o644)} if stack.name == "netplan" else {}
    return replace(facts, files={**facts.files, **more}, routes=(default_route(),))


def runs(stack: Stack, **options: str) -> HostFacts:
    """The host with the bond as asked for, running, under a bridge with a guest."""
    made = done(host(stack), plan_for(stack, host(stack), asked(stack, **options)))
    facts = up(stack, made, mtu=1500)
    shown = {**facts.bonds[0].options, "updelay": "0", "primary_reselect": "always 0", **options}
    state = replace(facts.bonds[0], options=shown, active_slave="eth0")
    return replace(facts, bonds=(state,))


def untold(plan: Plan, kernel: Kernel) -> tuple[int, list[str]]:
    """How often the active slave moves, forward and then back; and the steps that tell nobody."""
    found = [*moves(plan.forward, kernel), *moves(plan.rollback, kernel)]
    return len(found), [label for label, told in found if not told]


@ON_EVERY_STACK
@pytest.mark.parametrize("bridged", [False, True], ids=["nic", "bridge under a guest"])
def test_a_set_up_and_its_way_back(stack: Stack, *, bridged: bool) -> None:
    facts, answers = host(stack), asked(stack, primary="eth0")
    if bridged:
        facts = under_a_guest(facts)
    plan = plan_for(stack, facts, answers)
    count, silent = untold(plan, Kernel())
    assert silent == []
    assert count >= (0 if stack.name in MOVED_BY_PROGRAMS else 2)


def under_a_guest(facts: HostFacts) -> HostFacts:
    """eth0 and the guest's port in xenbr0, which has the address."""
    links = [
        replace(link, master=BRIDGE, addresses=()) for link in facts.links if link.name == "eth0"
    ]
    links += [link for link in facts.links if link.name == "eth1"]
    links.append(virtual(BRIDGE, "bridge", ETH0_MAC, addresses=(address("192.168.0.222/24"),)))
    return replace(
        facts,
        links=tuple(links),
        bridges=(bridge(BRIDGE, ("eth0", GUEST), mac=ETH0_MAC),),
        routes=(default_route(BRIDGE, GATEWAY),),
    )


@ON_EVERY_STACK
@pytest.mark.parametrize(
    ("options", "slaves"),
    [
        ({"primary": "eth1"}, ("eth0", "eth1")),
        ({"primary": "eth0", "primary_reselect": "failure"}, ("eth0", "eth1")),
        ({"primary": "eth2"}, ("eth1", "eth2")),
    ],
    ids=["another primary", "when it takes over again", "the active slave leaves"],
)
def test_an_edit_and_its_way_back(
    stack: Stack, options: dict[str, str], slaves: tuple[str, ...]
) -> None:
    wanted = asked(stack, **options)
    facts = runs(stack, primary="eth0")
    facts = replace(facts, links=(*facts.links, nic("eth2", "00:14:22:36:f1:fb")))
    plan = plan_for(stack, facts, replace(wanted, bond=replace(wanted.bond, slaves=slaves)))
    count, silent = untold(plan, Kernel(["eth0", "eth1"], "eth0", "eth0", BRIDGE))
    assert silent == []
    assert count >= (0 if "primary_reselect" in options or stack.name in MOVED_BY_PROGRAMS else 2)


@ON_EVERY_STACK
def test_a_removal_and_its_way_back(stack: Stack) -> None:
    """Its way back finds a bond that remembers its primary: that one takes over as it joins."""
    plan = removal_for(
        stack, runs(stack, primary="eth0"), Removal(asked(stack, primary="eth0"), "eth0")
    )
    count, silent = untold(plan, Kernel(["eth0", "eth1"], "eth0", "eth0", BRIDGE))
    assert silent == []
    assert count >= (0 if stack.name in MOVED_BY_PROGRAMS else 2)
