"""The way there and back without a gap, NetworkManager in charge from first to last.

A NIC's running profile may change or go while the NIC goes on with it; so the bridge comes up on
the idle NIC first, with the same addresses and a worse metric, is proven, and only then is the
other NIC taken over. Of IPv6 addresses the kernel would detect the other leg's as a duplicate,
for the MAC is the same: it is told not to. A lease is the bridge's too before the NIC lets go:
the same MAC makes the same client (see `lease`).

Of IPv4 addresses NetworkManager itself detects duplicates (see `capabilities`). Nothing is lost by
that wait, for the NIC goes on; but the bridge is given its routes at once, and for want of the
address's prefix a route of its own to each gateway (nm_l3_config_data_add_dependent_onlink_routes
in nm-l3-config-data.c). That is closer than the NIC's prefix: answers to the gateway itself would
leave by the bridge, which may not even forward yet. So the NIC has such routes too, and better
ones.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from xenbond_tui.answers import Answers
from xenbond_tui.effects import Tree
from xenbond_tui.facts.guest_ports import named_as_guest_port
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.routing import Route
from xenbond_tui.plan.actions import (
    AddRoute,
    Announce,
    ByItself,
    DeleteLink,
    DelRoute,
    Reach,
    RestoreSysctls,
    SetSysctls,
    WaitFor,
    WaitForAddress,
)
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks.change_over import CARRIER_TIMEOUT, Gap, Move, Pieces, softly
from xenbond_tui.stacks.change_over.pieces import PUT_BACK, WRITE
from xenbond_tui.stacks.networkmanager import lease
from xenbond_tui.stacks.networkmanager.commands import OWN, RELOAD, bring_up, load, metrics_back
from xenbond_tui.stacks.networkmanager.plan import Named
from xenbond_tui.stacks.networkmanager.profiles import Profile

_RP_FILTER = "net/ipv4/conf/{}/rp_filter"
_DAD = "net/ipv6/conf/{}/accept_dad"
_LEASE = 100.0
"""Seconds: a client asks again after 4, 10 … while answers go to the other leg."""


def sysctls(tree: Tree) -> tuple[str, ...]:
    """What the NICs have now, and what a link that is made begins with."""
    own = tree.glob(f"/proc/sys/{_RP_FILTER.format('*')}")
    return (
        *(path for path in own if not named_as_guest_port(path.split("/")[-2])),
        f"/proc/sys/{_DAD.format('default')}",
    )


@dataclass(frozen=True, slots=True)
class Charge:
    """The profiles of one change-over, as nmcli is told of them."""

    slaves: Mapping[str, Named]
    """NIC → the slave's profile, as it is to be."""
    made: tuple[Named, ...]
    """The bridge's and the bond's."""
    before: tuple[Named, ...]
    """What the NIC that carries runs with today."""
    patience: float
    """Seconds for NetworkManager to enslave the idle NICs before it is told to."""
    settings: tuple[Step, ...] = ()
    """What has NetworkManager read its settings, where files of those change too."""
    detects: bool = True
    """The bridge gets its IPv4 addresses when NetworkManager has looked for duplicates."""


def refuse_what_both_would_have(found: Move, profile: Profile) -> None:
    """The bridge's routes must be worse than the NIC's, or one would replace the other.

    Raises:
        Gap: the profile sets metrics.
    """
    for section in ("ipv4", "ipv6"):
        if (profile.get(section, "route-metric") or "-1") != "-1":
            raise Gap(f"{profile.path} sets a metric, which both would have")
    if found.leased:
        lease.refuse(profile)


class Hitless(Pieces):
    """Up and down of one change-over."""

    def __init__(self, facts: HostFacts, answers: Answers, move: Move, charge: Charge) -> None:
        super().__init__(facts, answers, move)
        self.charge = charge
        self.nics = tuple(charge.slaves)

    def up(self) -> tuple[Step, ...]:
        """From the NIC with the addresses to the bond under the bridge."""
        slaves = self.charge.slaves
        return (
            *self.announced_where_it_is(),
            Step(
                "Let a new link take frames in and detect no duplicates",
                SetSysctls({_RP_FILTER.format("default"): "0", _DAD.format("default"): "0"}),
                best_effort=True,
            ),
            WRITE,
            *self.charge.settings,
            *(
                Step(
                    f"Keep {route.destination} by {self.nic} until {self.bridge} has its address",
                    AddRoute(route),
                    best_effort=True,
                )
                for route in self._gateways_kept()
            ),
            load((*self.charge.made, *(slaves[name] for name in self.idle))),
            *self._idle_enslaved(),
            Step(
                f"Wait until {self.bridge} forwards through {self.bond}",
                WaitFor(self.bond, "forwarding", 40.0),
            ),
            self.either_leg(self.bridge),
            *self._held_too(self.bridge),
            *(
                Step(
                    f"See that {ip} answers through {' and '.join(self.idle)}",
                    Reach(self.bridge, ip),
                )
                for ip in self.gateways
            ),
            *(
                Step(
                    f"Add the route {route.destination} by {self.bridge}",
                    AddRoute(route.by(self.bridge)),
                )
                for route in self._by_hand()
            ),
            load((slaves[self.nic],)),
            Step(f"Tell the network where {self.bridge} is", Announce(self.bridge)),
            *self.announced_by_routers(self.bridge),
            bring_up(self.nic, slaves[self.nic]),
            Step(f"Tell the network where {self.bridge} is", Announce(self.bridge)),
            *self.up_ended(),
            *self._as_the_nic(),
            RELOAD,
        )

    def down(self) -> tuple[Step, ...]:
        """Back, from any point of `up`."""
        nic, before = self.nic, self.charge.before
        told = (f"Tell the network where {nic} is", Announce(nic))
        return (
            self.either_leg(nic, self.bridge),
            PUT_BACK,
            *softly(
                *((load(before).label, load(before).action) for _ in before[:1]),
                *((f"Bring up {nic} as before", bring_up(nic, item).action) for item in before),
                (f"Wait for carrier on {nic}", WaitFor(nic, "carrier")),
            ),
            # Applied again, the profile loses the NIC whatever is not in it: a route by hand.
            *metrics_back(self.facts, self.nics),
            *softly(
                *((step.label, step.action) for step in self._held_too(nic)),
                told,
                *(
                    (f"Add the route {route.destination} by {nic}", AddRoute(route))
                    for route in self._by_hand()
                ),
            ),
            *self.announced_by_routers(nic),
            *softly(
                (RELOAD.label, RELOAD.action),
                *((step.label, step.action) for step in self.charge.settings),
            ),
            # Out of its bridge the bond would speak with the NIC's MAC, and draw everything there.
            *self.gone(self.bond),
            *self.gone(self.bridge),
            *softly(
                told,
                *(
                    (f"{nic} has its own route to {route.destination}", DelRoute(route))
                    for route in self._gateways_kept()
                ),
            ),
            *self.down_ended(),
        )

    def removed(self, given: Named) -> tuple[Step, ...]:
        """From the bond under the bridge to the NIC alone; `facts` are of the host afterwards.

        The NIC leaves the bond and has the addresses too, while the other slaves still carry.

        Args:
            given: the profile that the NIC is to have.
        """
        bond, bridge, nic = self.bond, self.bridge, self.nic
        told = Step(f"Tell the network where {nic} is", Announce(nic), best_effort=True)
        return (
            self.either_leg(nic, bridge),
            WRITE,
            load((given,)),
            bring_up(nic, given),
            Step(f"Wait for carrier on {nic}", WaitFor(nic, "carrier", CARRIER_TIMEOUT)),
            *self._held_too(nic),
            *(Step(f"See that {ip} answers through {nic}", Reach(nic, ip)) for ip in self.gateways),
            *(
                Step(f"Add the route {route.destination} by {nic}", AddRoute(route))
                for route in self._by_hand()
            ),
            told,
            *self.announced_by_routers(nic),
            RELOAD,
            *self.charge.settings,
            Step(f"Make sure {bond} is gone", DeleteLink(bond)),
            Step(f"Make sure {bridge} is gone", DeleteLink(bridge)),
            told,
            Step("Filter incoming frames as before", RestoreSysctls()),
        )

    def _idle_enslaved(self) -> Iterator[Step]:
        """What may connect by itself does so once its profile is read.

        Brought up over again, the NIC would leave the bond for half a second, when the switch
        has heard the bridge through it already and sends everything there.
        """
        for name in self.idle:
            by_itself = ByItself(name, self.bond, self.charge.patience)
            yield bring_up(name, self.charge.slaves[name], by_itself)

    def _held_too(self, link: str) -> Iterator[Step]:
        """Both have every address; should a server lease another one, nothing has moved yet."""
        patience = _LEASE if self.move.leased else 30.0
        for item in self.move.addresses:
            action = WaitForAddress(link, item.ip, patience)
            yield Step(f"Wait until {link} has {item.ip} too", action)

    def _gateways_kept(self) -> tuple[Route, ...]:
        """Each IPv4 gateway by the NIC, until that goes down; as the kernel's, which nobody moves.

        Metric 0 is better than any that NetworkManager gives.
        """
        if not self.charge.detects or self.move.leased:
            # With a lease address and routes come at once (L3_CONFIG_DATA_TYPE_DHCP_4).
            return ()
        own = [route for route in self.facts.routes if (route.link, route.family) == (self.nic, 4)]
        there = {route.destination for route in own if route.gateway is None}
        gateways = dict.fromkeys(x.gateway for x in own if x.gateway and x.protocol in OWN)
        return tuple(
            Route(f"{ip}/32", None, self.nic, protocol="kernel", scope="link")
            for ip in gateways
            if ":" not in ip and f"{ip}/32" not in there
        )

    def _by_hand(self) -> tuple[Route, ...]:
        """Routes of no profile: NetworkManager drops them with the link they leave by."""
        return tuple(route for route in self.routes() if route.protocol not in OWN)

    def _as_the_nic(self) -> tuple[Step, ...]:
        """The bridge filters as strictly as the NIC did; else both are as links that are made are.

        NetworkManager makes a strict filter (1) loose (2) on each link that gets an IPv4 default
        route, once, at the end of the commit that also gives it its address (_rp_filter_update in
        nm-l3cfg.c, since 1.40). It is one thread, and has answered nmcli since: it is over by now.
        """
        wanted = {
            _RP_FILTER.format(self.bridge): _RP_FILTER.format(self.nic),
            _RP_FILTER.format(self.bond): _RP_FILTER.format("default"),
            _DAD.format(self.bridge): _DAD.format("default"),
        }
        files = self.facts.files
        values = {
            name: files[f"/proc/sys/{model}"].data.decode().strip()
            for name, model in wanted.items()
            if f"/proc/sys/{model}" in files
        }
        label = f"Filter frames on {self.bridge} as on {self.nic} before"
        return (Step(label, SetSysctls(values), best_effort=True),) if values else ()
