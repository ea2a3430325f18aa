"""The steps that every stack's way is made of, each with its words and its patience.

A step whose failure must stop a change is as it is made here; what may find nothing left to do is
given by `best_effort`.
"""

from collections.abc import Iterable, Iterator

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.routing import Route
from xenbond_tui.plan.plan import Step
from xenbond_tui.plan.usual_actions import (
    AddRoute,
    Announce,
    DeleteLink,
    DelRoute,
    ExchangePort,
    FlushAddresses,
    PlugBeside,
    RestoreFiles,
    RestoreNetwork,
    RestoreSysctls,
    SetLink,
    SetMaster,
    WaitFor,
    WriteFiles,
)
from xenbond_tui.value import dataclass, replace

CARRIER_TIMEOUT_S = 30.0
"""Seconds until a link has carrier after it was set up: it negotiates, and may take its time."""
FORWARDING_TIMEOUT_S = 40.0
"""Seconds until a port forwards that a daemon or a script plugs in; 30 of them with spanning
tree."""
ADDRESS_TIMEOUT_S = 30.0
"""Seconds until a daemon has given a link a static address."""
COMMAND_TIMEOUT_S = 60.0
"""Seconds for a command that waits for nobody else."""
LEASE_TIMEOUT_S = 100.0
"""Seconds for a DHCP client, which asks again after 4, 10 … while answers go to the other leg."""

WRITE_FILES = Step("Write the files", WriteFiles())
RESTORE_FILES = Step("Put every file back as it was", RestoreFiles())
RESTORE_SYSCTLS = Step("Put rp_filter and the other sysctls back", RestoreSysctls())
RESTORE_NETWORK = Step("Put back what still differs from before", RestoreNetwork())
"""The end of a rollback: it can't make a bond, so the stack's own tools come first."""


@dataclass(frozen=True, slots=True)
class Files:
    """How the files of a plan are written and put back, with what must follow at once."""

    written: tuple[Step, ...] = (WRITE_FILES,)
    restored: tuple[Step, ...] = (RESTORE_FILES,)


OWN_FILES = Files()
"""Of a stack whose programs read them as they are."""


def best_effort(*steps: Step) -> tuple[Step, ...]:
    """The same steps, a failure of which stops nothing."""
    return tuple(replace(step, best_effort=True) for step in steps)


def set_up(link: str) -> Step:
    """Administratively."""
    return Step(f"Set {link} up", SetLink(link, up=True))


def set_down(link: str, *, unless_in: str | None = None) -> Step:
    """As a bond demands of a slave to be (bond_enslave in bond_main.c)."""
    return Step(f"Set {link} down", SetLink(link, up=False, unless_in=unless_in))


def enslave(link: str, bond: str) -> Step:
    """The link must be down."""
    return Step(f"Make {link} a slave of {bond}", SetMaster(link, bond))


def plug(link: str, bridge: str) -> Step:
    """Make it a port."""
    return Step(f"Make {link} a port of {bridge}", SetMaster(link, bridge))


def take_out(link: str, master: str) -> Step:
    """Out of its bond or bridge."""
    return Step(f"Take {link} out of {master}", SetMaster(link, None, leaves=master))


def plug_beside(link: str, bridge: str, port: str) -> Step:
    """Before it takes that port's place."""
    label = f"Plug {link} into {bridge} beside {port}, where it only hears"
    return Step(label, PlugBeside(link, bridge, port))


def exchange(bridge: str, leaves: str, comes: str) -> Step:
    """Host and guests are announced by it."""
    label = f"Put {comes} in the place of {leaves} on {bridge}, and announce host and guests"
    return Step(label, ExchangePort(bridge, leaves, comes))


def flush(link: str) -> Step:
    """It keeps no address."""
    return Step(f"Remove every address from {link}", FlushAddresses(link))


def gone(*links: str) -> tuple[Step, ...]:
    """Bonds and bridges that their stack may have deleted already."""
    return best_effort(
        *(Step(f"Delete {link}, if it is there", DeleteLink(link)) for link in links)
    )


def announce(link: str, addresses: Iterable[str] = ()) -> Step:
    """Switches and neighbours learn where a link's addresses are; `addresses` that are known."""
    ips = [item.partition("/")[0] for item in addresses]
    asked = {
        "gratuitous ARP": [ip for ip in ips if ":" not in ip],
        "neighbour advertisements": [ip for ip in ips if ":" in ip],
    }
    told = [f"{how} for {', '.join(which)}" for how, which in asked.items() if which]
    return Step(f"Send {' and '.join(told) or 'gratuitous ARP'} from {link}", Announce(link))


def wait_carrier(link: str, through: str = "", timeout: float = CARRIER_TIMEOUT_S) -> Step:
    """`through`: the slaves that give it carrier, in words."""
    how = f" through {through}" if through else ""
    return Step(f"Wait for carrier on {link}{how}", WaitFor(link, "carrier", timeout))


def wait_forwarding(bridge: str, port: str, timeout: float = FORWARDING_TIMEOUT_S) -> Step:
    """Frames go through."""
    action = WaitFor(port, "forwarding", timeout)
    return Step(f"Wait until {bridge} forwards through {port}", action)


def add_route(route: Route, *, unless_in: str | None = None) -> Step:
    """Or replace it."""
    action = AddRoute(route, unless_in)
    return Step(f"Add the route {route.destination} by {route.link}", action)


def drop_route(label: str, route: Route) -> Step:
    """It may be gone."""
    return Step(label, DelRoute(route), best_effort=True)


def hold_interim(routes: Iterable[Route]) -> tuple[Step, ...]:
    """They are there for the time of the move."""
    return best_effort(
        *(
            Step(f"Add the route {it.destination} by {it.link} during the move", AddRoute(it))
            for it in routes
        )
    )


def drop_interim(routes: Iterable[Route]) -> tuple[Step, ...]:
    """They were there for the time of the move."""
    return tuple(
        drop_route(f"Remove the interim route to {it.destination} by {it.link}", it)
        for it in routes
    )


def guests_back(facts: HostFacts, answers: Answers) -> Iterator[Step]:
    """Ports that no file names: a stack that makes a bridge again has lost the guests' there.

    Every port but the bond and its slaves. A guest may have ended meanwhile, so none must succeed;
    that those which still run forward is tried afterwards (`apply.probes`).
    """
    bridge = answers.bridge.name
    state = facts.bridge(bridge)
    own = (answers.bond.name, *answers.bond.slaves)
    for port in state.ports if state is not None else ():
        if port.name not in own:
            back = Step(f"Put {port.name} back on {bridge}", SetMaster(port.name, bridge))
            yield from best_effort(back, set_up(port.name))
