"""The way there and back without a gap, NetworkManager in charge from first to last.

A NIC's running profile may change or go while the NIC goes on with it; so the bridge comes up on
the idle NIC first, with the same addresses and a worse metric, is proven, and only then is the
other NIC taken over. Of IPv6 addresses the kernel would detect the other leg's as a duplicate,
for the MAC is the same: it is told not to. A lease is the bridge's too before the NIC lets go:
NetworkManager's own DHCP client names itself by the link's MAC unless told otherwise, and the
bridge has the NIC's (dhcp-client-id in nm-settings-nmcli(5)). A client ID made of the link's name
or of its profile's UUID would be another client, with another lease. A client that ends keeps its
lease, unless its profile has it given back (dhcp-send-release, since 1.48).

Of IPv4 addresses NetworkManager itself detects duplicates (`files.IPV4_DAD`). Nothing is lost by
that wait, for the NIC goes on; but the bridge is given its routes at once, and for want of the
address's prefix a separate route to each gateway (nm_l3_config_data_add_dependent_onlink_routes
in nm-l3-config-data.c). That is closer than the NIC's prefix: answers to the gateway itself would
leave by the bridge, which may not even forward yet. So the NIC has such routes too, and better
ones.
"""

from collections.abc import Iterator, Mapping

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.routing import Route
from xenbond_tui.plan.actions import AddRoute, ByItself, SetSysctls
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks.change_over.conditions import Move, NeedsOutage
from xenbond_tui.stacks.change_over.edit import Edit
from xenbond_tui.stacks.change_over.legs import wait_address
from xenbond_tui.stacks.change_over.transition import Direction, Transition
from xenbond_tui.stacks.networkmanager.commands import (
    OWN,
    RELOAD,
    bring_up,
    disconnect,
    load,
    metrics_back,
)
from xenbond_tui.stacks.networkmanager.files import Profile, boolean
from xenbond_tui.stacks.networkmanager.places import DAD, RP_FILTER
from xenbond_tui.stacks.networkmanager.write import Named
from xenbond_tui.stacks.steps import (
    ADDRESS_TIMEOUT_S,
    LEASE_TIMEOUT_S,
    OWN_FILES,
    Files,
    add_route,
    best_effort,
    drop_interim,
    gone,
    wait_carrier,
    wait_forwarding,
)
from xenbond_tui.typed import override
from xenbond_tui.value import dataclass, replace

_OF_THE_LINK = ("stable", "perm-mac", "duid", "ipv6-duid")
"""Client IDs that are made of the link's name or its profile."""


@dataclass(frozen=True, slots=True)
class Charge:
    """The profiles of one change-over, as nmcli is told of them."""

    slaves: Mapping[str, Named]
    """NIC → the slave's profile, as it is to be."""
    made: tuple[Named, ...]
    """The bridge's and the bond's."""
    alone: tuple[Named, ...]
    """What the NIC runs with while it carries everything alone."""
    patience: float
    """Seconds for NetworkManager to enslave the idle NICs before it is told to."""
    settings: tuple[Step, ...] = ()
    """What has NetworkManager read its settings, where files of those change too."""
    detects: bool = True
    """The bridge gets its IPv4 addresses when NetworkManager has looked for duplicates."""


def refuse_what_both_would_have(found: Move, profile: Profile) -> None:
    """The bridge's routes must be worse than the NIC's, or one would replace the other.

    And of a lease the bridge must be the same client, which the NIC's end does not end.

    Raises:
        NeedsOutage: the profile sets metrics, shares its network, or says so of the lease.
    """
    for section in ("ipv4", "ipv6"):
        if (profile.get(section, "route-metric") or "-1") != "-1":
            raise NeedsOutage(f"{profile.path} sets a metric, which both would have")
        if profile.get(section, "method") == "shared":
            raise NeedsOutage(f"{profile.path} shares its network, which one link alone can")
    if not found.leased:
        return
    identifier = profile.get("ipv4", "dhcp-client-id")
    if identifier in _OF_THE_LINK:
        raise NeedsOutage(
            f"dhcp-client-id={identifier} in {profile.path} makes the bridge another client"
        )
    said = profile.get("ipv4", "dhcp-send-release")
    if said not in (None, "-1") and boolean(said) is not False:
        raise NeedsOutage(f"dhcp-send-release in {profile.path} has the lease given back")


class NmTransition(Transition):
    """One set-up or removal: it brings a NIC up by another profile, and that is the join itself."""

    files_first = True

    def __init__(
        self,
        facts: HostFacts,
        answers: Answers,
        move: Move,
        charge: Charge,
        *,
        direction: Direction = Direction.JOIN,
        files: Files = OWN_FILES,
    ) -> None:
        super().__init__(facts, answers, move, direction=direction, files=files)
        self.charge = charge

    @override
    def tell_both(self) -> tuple[Step, ...]:
        """And of the links that NetworkManager will make."""
        values = {RP_FILTER.format("default"): "0", DAD.format("default"): "0"}
        label = "Set rp_filter and duplicate address detection off on new links"
        return (*super().tell_both(), *best_effort(Step(label, SetSysctls(values))))

    @override
    def make_bond(self) -> Iterator[Step]:
        """With the bridge above it, which it talks by as soon as it has carrier."""
        slaves = self.charge.slaves
        yield from self.charge.settings
        for route in self._gateways_kept():
            kept = f"Keep {route.destination} by {self.nic} until {self.bridge} has its address"
            action = AddRoute(route, unless_in=self.bond)
            yield from best_effort(Step(kept, action))
        yield load((*self.charge.made, *(slaves[name] for name in self.idle)))
        for name in self.idle:
            # What may connect by itself does so once its profile is read. Brought up over again,
            # the NIC would leave the bond for half a second, when the switch has heard the bridge
            # through it already and sends everything there.
            by_itself = ByItself(name, self.bond, self.charge.patience)
            yield bring_up(name, slaves[name], unless=by_itself)
        yield wait_forwarding(self.bridge, self.bond)

    @override
    def prove_idle(self) -> Iterator[Step]:
        """Through the bridge, when it has its addresses too."""
        yield from self.either_leg(self.bridge)
        yield from self._held_too(self.bridge)
        yield from self.reached(self.bridge, " and ".join(self.idle))

    @override
    def new_bridge(self) -> tuple[Step, ...]:
        """It is there."""
        return ()

    @override
    def fill_bridge(self) -> tuple[Step, ...]:
        """It is up, and has its addresses."""
        return ()

    @override
    def bridge_routes(self) -> tuple[Step, ...]:
        """Those of no profile."""
        return tuple(add_route(route.by(self.bridge)) for route in self._by_hand())

    @override
    def silence_nic(self) -> tuple[Step, ...]:
        """NetworkManager will take everything off it when it joins."""
        return (
            load((self.charge.slaves[self.nic],)),
            self.announced_from(self.bridge),
            *self.announced_by_routers(self.bridge),
        )

    @override
    def take_nic(self) -> tuple[Step, ...]:
        """By its profile as a slave."""
        return (bring_up(self.nic, self.charge.slaves[self.nic]), self.announced_from(self.bridge))

    @override
    def joined(self) -> tuple[Step, ...]:
        """It forgets the profiles that are gone."""
        return (*self._as_the_nic(), RELOAD)

    @override
    def free_nic(self) -> Iterator[Step]:
        """By the profile that it has alone, while the other slaves still carry."""
        nic, alone = self.nic, self.charge.alone
        yield from self.either_leg(nic, self.bridge)
        if alone:
            yield load(alone)
        for profile in alone:
            yield bring_up(nic, profile, self.with_its_address)
        yield wait_carrier(nic)

    @override
    def give_nic(self) -> Iterator[Step]:
        """Its profile does. Applied again, it takes away the routes that are not in it."""
        if not self.removes:
            yield from metrics_back(self.facts, self.charge.slaves)
        yield from self._held_too(self.nic)
        if self.removes:
            yield from self.reached(self.nic, self.nic)

    @override
    def nic_routes(self) -> tuple[Step, ...]:
        """Those of no profile."""
        return tuple(map(add_route, self._by_hand()))

    @override
    def unmake_bridge(self) -> tuple[Step, ...]:
        """The bond first: out of its bridge it would speak with the NIC's MAC.

        The switch would send everything there.
        """
        return (RELOAD, *self.charge.settings, *gone(self.bond, self.bridge))

    @override
    def unmake_bond(self) -> Iterator[Step]:
        """It is gone; the NIC goes out by its own routes."""
        yield from best_effort(self.announced_from(self.nic))
        yield from drop_interim(() if self.removes else self._gateways_kept())

    def _held_too(self, link: str) -> Iterator[Step]:
        """Both have every address; should a server lease another one, nothing has moved yet."""
        patience = LEASE_TIMEOUT_S if self.move.leased else ADDRESS_TIMEOUT_S
        for item in self.move.addresses:
            yield wait_address(link, item.ip, patience)

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
            RP_FILTER.format(self.bridge): RP_FILTER.format(self.nic),
            RP_FILTER.format(self.bond): RP_FILTER.format("default"),
            DAD.format(self.bridge): DAD.format("default"),
        }
        files = self.facts.files
        values = {
            name: files[f"/proc/sys/{model}"].data.decode().strip()
            for name, model in wanted.items()
            if f"/proc/sys/{model}" in files
        }
        label = f"Set the sysctls of {self.bridge} as {self.nic} had them"
        return (Step(label, SetSysctls(values), best_effort=True),) if values else ()


def by_networkmanager(
    edit: Edit, charge: Charge, former: Mapping[str, Named], files: Files = OWN_FILES
) -> Edit:
    """The same change of a bond that runs, as NetworkManager carries it out: by sysfs what can be.

    NICs come and go by NetworkManager itself, which would lose track of them otherwise.

    Args:
        edit: what changes.
        charge: the profiles as they are to be.
        former: slave → the profile it has today.
        files: how they are written and put back.
    """
    slaves, back = charge.slaves, [name for name in edit.removed if name in former]
    return replace(
        edit,
        added=(),
        removed=(),
        files=files,
        hand_over=(
            *charge.settings,
            load((*charge.made, *slaves.values())),
            *(bring_up(name, slaves[name]) for name in edit.added),
            *map(disconnect, edit.removed),
            RELOAD,
        ),
        release=tuple(map(disconnect, edit.added)),
        activate=(RELOAD, *(bring_up(name, former[name], "as before") for name in back)),
    )
