"""Up and down with ifup and ifdown, in the order that holds with ifupdown 0.8.

It leaves the host without its address for a while; `transition` does not, where it can be.

Every ifup and ifdown is given `--force`: /run/network/ifstate may say "already configured" of a
link that is gone, or nothing of one that runs, and both would silently do nothing otherwise.
ifdown needs the file that the link was brought up with still in place: it releases the lease and
runs the hooks by what it reads there. No failed ifdown is fatal, because what counts (addresses
off, links gone) is made sure of by netlink right after it.
"""

from collections.abc import Iterable

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.actions import Run
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks.ifupdown.files import Configuration
from xenbond_tui.stacks.ifupdown.programs import program
from xenbond_tui.stacks.steps import (
    COMMAND_TIMEOUT,
    LEASE_TIMEOUT,
    RESTORE_FILES,
    RESTORE_NETWORK,
    WRITE_FILES,
    best_effort,
    flush,
    gone,
    guests_back,
    set_up,
    wait_carrier,
    wait_forwarding,
)

_FORWARDING = 35.0
"""Seconds: 30 with spanning tree."""


def up(
    facts: HostFacts, answers: Answers, before: Configuration, after: Configuration
) -> tuple[Step, ...]:
    """From what runs now to the bond under the bridge."""
    bond, bridge, slaves = answers.bond.name, answers.bridge.name, answers.bond.slaves
    there = [name for name in (bridge, bond, *slaves) if _runs_from(facts, before, name)]
    return (
        *ifdown(facts, *there),
        *gone(*(name for name in (bridge, bond) if facts.link(name) is not None)),
        *map(flush, slaves),
        WRITE_FILES,
        *ifup_plain(facts, slaves, after),
        _ifup(facts, bond, f"with {' and '.join(slaves)}"),
        wait_carrier(bond),
        _addressed(facts, answers, bridge),
        # A router may have announced IPv6 to the bond before it became a port.
        flush(bond),
        *guests_back(facts, answers),
        wait_forwarding(bridge, bond, _FORWARDING),
    )


def down(
    facts: HostFacts, answers: Answers, before: Configuration, after: Configuration
) -> tuple[Step, ...]:
    """Back to what ran, from any point of `up`."""
    bond, bridge, slaves = answers.bond.name, answers.bridge.name, answers.bond.slaves
    links = [facts.link(name) for name in slaves]
    return (
        *ifdown(facts, *(name for name in (bridge, bond, *slaves) if after.ifaces(name))),
        *gone(bridge, bond),
        *best_effort(*map(flush, slaves)),
        RESTORE_FILES,
        *best_effort(
            *(
                _ifup(facts, name, "as before", LEASE_TIMEOUT)
                for name in _boot_order(before, answers)
                if _runs_from(facts, before, name) and _brought_up(before, name)
            ),
            *(set_up(link.name) for link in links if link is not None and link.admin_up),
        ),
        *guests_back(facts, answers),
        RESTORE_NETWORK,
    )


def removal(
    facts: HostFacts, wanted: Removal, before: Configuration, after: Configuration
) -> tuple[Step, ...]:
    """From the bond under the bridge to one NIC with its address; `down` leads back."""
    answers, nic = wanted.answers, wanted.nic
    bond, bridge, slaves = answers.bond.name, answers.bridge.name, answers.bond.slaves
    there = [name for name in (bridge, bond, *slaves) if _runs_from(facts, before, name)]
    link = facts.link(nic)
    return (
        *ifdown(facts, *there),
        *gone(bridge, bond),
        *map(flush, slaves),
        WRITE_FILES,
        *ifup_plain(facts, [name for name in slaves if name != nic], after),
        _addressed(facts, answers, nic),
        *([wait_carrier(nic)] if link is not None and link.carrier else []),
    )


def ifup_plain(facts: HostFacts, names: Iterable[str], config: Configuration) -> tuple[Step, ...]:
    """Tell ifupdown of NICs that it brings up at boot, with no address of their own."""
    autos = config.classes("auto")
    known = [name for name in names if any(item.brings_up(name) for item in autos)]
    return best_effort(*(_ifup(facts, name, "without address") for name in known))


def ifdown(facts: HostFacts, *names: str, options: tuple[str, ...] = ()) -> tuple[Step, ...]:
    """What it would take away may have gone before."""
    argv = (program(facts, "ifdown"), "--force", *options)
    return best_effort(*(Step(f"Take {name} down", Run((*argv, name))) for name in names))


def _ifup(facts: HostFacts, name: str, how: str, timeout: float = COMMAND_TIMEOUT) -> Step:
    run = Run((program(facts, "ifup"), "--force", name), timeout)
    return Step(f"Bring up {name} {how}", run)


def _addressed(facts: HostFacts, answers: Answers, name: str) -> Step:
    """Dhclient itself would try for five minutes."""
    if answers.bridge.method == "dhcp":
        return _ifup(facts, name, "with a leased address", LEASE_TIMEOUT)
    return _ifup(facts, name, f"with {', '.join(answers.bridge.addresses) or 'no address'}")


def _boot_order(config: Configuration, answers: Answers) -> list[str]:
    """The links in question as `ifup -a` would take them; the bridge after what it stands on."""
    known = [item.name for item in config.classes()] + list(config.names())
    names = (*answers.bond.slaves, answers.bond.name)
    first = sorted(names, key=lambda name: known.index(name) if name in known else len(known))
    return [*first, answers.bridge.name]


def _runs_from(facts: HostFacts, before: Configuration, name: str) -> bool:
    """True for a link the present files configure and that is up (or may be: another tree)."""
    if not before.ifaces(name):
        return False
    link = facts.link(name)
    return not facts.live or (link is not None and link.admin_up)


def _brought_up(before: Configuration, name: str) -> bool:
    """False for a mere `inet manual` that no boot ever brings up; something else set it up."""
    named = any(item.brings_up(name) for item in before.classes())
    return named or any(item.method != "manual" for item in before.ifaces(name))
