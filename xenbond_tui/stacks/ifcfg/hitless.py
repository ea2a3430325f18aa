"""What keeps network-scripts from a change-over without a gap; there is no daemon to fight.

The files say what ifup does at the next boot, and the running kernel is brought to the same by
netlink (`stacks.change_over`); only a lease is asked for by ifup. Whatever ifup does besides
addresses and routes would be missing, so where the files ask for such a thing ifdown and ifup do it
all, with their gap.
"""

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.stacks.change_over.conditions import Move, NeedsOutage, move
from xenbond_tui.stacks.change_over.edit import Edit, edit
from xenbond_tui.stacks.change_over.removal import afterwards, plain_mtu
from xenbond_tui.stacks.change_over.transition import Direction, Transition
from xenbond_tui.stacks.ifcfg import lease
from xenbond_tui.stacks.ifcfg.files import Scripts
from xenbond_tui.stacks.ifcfg.places import DIRECTORY, HOOKS
from xenbond_tui.stacks.ifcfg.read import read


def way(scripts: Scripts, answers: Answers) -> Move | Edit:
    """How to get there without a gap: a bond that runs is changed, else one is made.

    Raises:
        NeedsOutage: it can't be done.
    """
    facts = scripts.facts
    _without_ifup(scripts)
    if facts.bond(answers.bond.name) is None:
        return _move(scripts, answers)
    written = read(facts, answers)
    found = edit(facts, answers, written, Transition)
    if found.to_bridge is not None:
        _pins_macs(scripts, answers)
    for name in (*found.added, *((found.bond,) if found.to_bridge else ())):
        _only_an_address(scripts, name)
    return found


def removal(scripts: Scripts, wanted: Removal) -> Transition:
    """From the bond under the bridge to the NIC with the address without a gap.

    Raises:
        NeedsOutage: it can't be done.
    """
    answers = wanted.answers
    _without_ifup(scripts)
    _pins_macs(scripts, answers)
    if answers.bridge.method == "dhcp":
        lease.refuse_old_release(scripts)
        lease.refuse(scripts, answers.bridge.name, wanted.nic)
    facts = afterwards(scripts.facts, wanted, leases=True)
    plain_mtu(scripts.facts, wanted)
    found = move(facts, answers, leases=True)
    for name in (answers.bridge.name, answers.bond.name, *answers.bond.slaves):
        _only_an_address(scripts, name)
    return transition(scripts, facts, answers, found, Direction.PART)


def transition(
    scripts: Scripts,
    facts: HostFacts,
    answers: Answers,
    found: Move,
    direction: Direction = Direction.JOIN,
) -> Transition:
    """A set-up or a removal; `facts`: with the NIC alone."""
    if found.leased:
        return lease.LeasedTransition(scripts, facts, answers, found, direction)
    return Transition(facts, answers, found, direction=direction)


def _without_ifup(scripts: Scripts) -> None:
    if not scripts.facts.access.knows_running:
        raise NeedsOutage("what runs there is not known")
    for path in HOOKS:
        if path in scripts.facts.present:
            raise NeedsOutage(f"ifup must run {path}")


def _pins_macs(scripts: Scripts, answers: Answers) -> None:
    if scripts.release <= 5:
        # br_set_mac_address came with Linux 2.6.27.
        raise NeedsOutage(f"this kernel gives {answers.bridge.name} no separate MAC")


def _move(scripts: Scripts, answers: Answers) -> Move:
    facts, bridge = scripts.facts, answers.bridge
    _pins_macs(scripts, answers)
    if bridge.method == "dhcp":
        lease.refuse_old_release(scripts)
    found = move(facts, answers, leases=True)
    if found.leased:
        lease.refuse(scripts, found.carrying, bridge.name)
    if scripts.of_device(answers.bond.name):
        raise NeedsOutage(f"{answers.bond.name} is there already")
    if bridge.dns not in ((), facts.dns) or bridge.search not in ((), facts.search):
        raise NeedsOutage("ifup must write the name servers")
    for name in answers.bond.slaves:
        _only_an_address(scripts, name)
    return found


def _only_an_address(scripts: Scripts, name: str) -> None:
    for config in scripts.of_device(name):
        for path in (f"{DIRECTORY}/{kind}-{config.name}" for kind in ("rule", "rule6")):
            if path in scripts.facts.files:
                raise NeedsOutage(f"ifup must set the rules of {path}")
        for key in ("ZONE", "ETHTOOL_OPTS"):
            if config.value(key):
                raise NeedsOutage(f"ifup must do what {key} in {config.path} says")
        if scripts.network_manager and not config.no("NM_CONTROLLED"):
            raise NeedsOutage(f"NetworkManager has {name}, and must let go of it first")
    if scripts.network_manager and not scripts.of_device(name):
        raise NeedsOutage(f"NetworkManager has {name}, and must let go of it first")
