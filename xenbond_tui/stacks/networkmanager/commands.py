"""What NetworkManager is told by nmcli, as steps.

It acts on what it has loaded, not on files: `nmcli connection load` hands it a profile, `up` has it
carried out, `reload` makes it forget what is gone.
"""

from collections.abc import Iterable, Iterator

from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.plan import Step
from xenbond_tui.plan.usual_actions import ByItself, Run
from xenbond_tui.stacks.networkmanager.write import Named

LEASE_WAIT_S = 90
"""Seconds: a lease may take a while."""
NMCLI = ("nmcli", "--wait", str(LEASE_WAIT_S))
RELOAD = Step("Reload NetworkManager's profiles", Run(("nmcli", "connection", "reload")))
CONF = Step(
    "Reload NetworkManager's settings",
    Run(("systemctl", "reload", "NetworkManager")),
    best_effort=True,
)
OWN = ("static", "dhcp", "kernel", "ra")
"""Routes that NetworkManager or the kernel makes; one that somebody added is `boot`."""


def load(profiles: Iterable[Named]) -> Step:
    """Hand profiles to NetworkManager; what runs goes on as it is."""
    paths = tuple(dict.fromkeys(item.path for item in profiles))
    names = " and ".join(path.rpartition("/")[2] for path in paths)
    argv = ("nmcli", "connection", "load", *paths)
    return Step(f"Load {names} into NetworkManager", Run(argv))


def bring_up(
    name: str, profile: Named, how: str = "with NetworkManager", *, unless: ByItself | None = None
) -> Step:
    """Have one link brought up by its profile, and with it the bond and bridge above.

    What is up already goes down first.
    """
    argv = (*NMCLI, "connection", "up", profile.by, profile.uuid)
    return Step(f"Bring up {name} {how}", Run(argv, LEASE_WAIT_S + 10.0, unless=unless))


def disconnect(name: str) -> Step:
    """Have one NIC let go of."""
    argv = (*NMCLI, "device", "disconnect", name)
    return Step(f"Disconnect {name}", Run(argv, LEASE_WAIT_S + 10.0), best_effort=True)


def reapply(link: str) -> Step:
    """Have a link that is up take what its profile says now; nothing goes down."""
    argv = (*NMCLI, "device", "reapply", link)
    return Step(f"Reapply the profile of {link}", Run(argv, LEASE_WAIT_S + 10.0))


def metrics_back(facts: HostFacts, nics: Iterable[str]) -> Iterator[Step]:
    """NetworkManager counts metrics up while several links have routes (nm-manager.c).

    Told the one from before for as long as the NIC is up; its profile stays as it is.
    """
    for nic in nics:
        metrics = [
            route.metric
            for route in facts.routes
            if (route.link, route.family) == (nic, 4) and route.protocol in OWN and route.metric
        ]
        for metric in sorted(metrics)[:1]:
            argv = (*NMCLI, "device", "modify", nic, "ipv4.route-metric", str(metric))
            label = f"Set the metric of the routes by {nic} to {metric} again"
            yield Step(label, Run(argv), best_effort=True)
