"""A change-over by netlink, with ifreload to take charge: there is nothing left for it to do.

What it finds right already it leaves alone, and remembers.

A leased address moves: ifreload starts dhclient for the bridge with what it has for the NIC.
ifupdown2 runs dhclient as ifupdown does, with the same files (ifupdownaddons/dhclient.py), but it
has dhclient give a lease back when it finds one running for a link that needs none (addons/
address.py). So the NIC's client is ended first. Before it starts one it has dhclient stop the one
before (`-x`), which takes off the address of any lease that the file knows for that link
(measured): in a rollback the file has none, and the server knows the client as it did before,
where those of the copied file are another link's. Until the bridge's own has the address, a host's
address of the same number replaces it: dhclient-script adds its own beside that one, while of the
very same it could not set the time.
"""

import re
from collections.abc import Iterator
from ipaddress import ip_interface

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Address, above
from xenbond_tui.facts.routing import Route
from xenbond_tui.plan.actions import DelAddress, Run, SetSysctls
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks.change_over.conditions import Move
from xenbond_tui.stacks.change_over.legs import INTERIM_METRIC, wait_address
from xenbond_tui.stacks.change_over.transition import Direction, Transition
from xenbond_tui.stacks.ifupdown.activate import stop_client, take_along
from xenbond_tui.stacks.ifupdown.places import IFUP, lease_file, pid_file
from xenbond_tui.stacks.ifupdown2 import activate
from xenbond_tui.stacks.ifupdown2.announced import announced
from xenbond_tui.stacks.steps import best_effort, drop_interim
from xenbond_tui.typed import override
from xenbond_tui.value import replace

_TIMEOUT_S = 120.0
"""Seconds for one link, as for all of them."""
_LEASED_S = 30.0
"""Seconds after ifreload, which waits for dhclient itself."""


class Ifupdown2Transition(Transition):
    """One set-up or removal."""

    def reload(self, *options: str) -> Step:
        """Have ifupdown2 take charge of what is in its files."""
        return activate.reload(self.facts, self.answers, "Hand it all to ifupdown2", *options)

    @override
    def new_bridge(self) -> Iterator[Step]:
        """One that listens to routers from the start, forwarding or not.

        A new link has what `default` says then. Were it told later, the value would be put back
        with all that is set for the time of the change.
        """
        link = self.facts.link(self.nic)
        if link is not None and announced(self.facts, link):
            values = {"net/ipv6/conf/default/accept_ra": "2"}
            label = f"Set accept_ra to 2 on new links, for {self.bridge} will forward"
            yield from best_effort(Step(label, SetSysctls(values)))
        yield from super().new_bridge()

    @override
    def hand_over(self) -> tuple[Step, ...]:
        """Of bond and bridge."""
        return (self.reload(),)

    @override
    def parted(self) -> tuple[Step, ...]:
        """The NIC is ifupdown2's, without losing what routers have announced to it.

        As at boot (`--perfmode`, its start-networking) it purges nothing; of that NIC alone, since
        it also sets again what is right already. ifreload has to leave out what stands on it as
        well: with that it takes what is below.
        """
        link = self.facts.link(self.nic)
        if link is None or not any(item.announced for item in link.addresses):
            return (self.reload(),)
        program = activate.program(self.facts, IFUP)
        alone = Run((program, "--perfmode", self.nic), _TIMEOUT_S)
        left_out = sorted(above(self.facts.links, (self.nic,)))
        return (
            self.reload(*(word for name in left_out for word in ("-X", f"^{re.escape(name)}$"))),
            Step(f"Bring up {self.nic} with ifup, which removes nothing", alone),
        )


def as_stand_in(facts: HostFacts, found: Move) -> tuple[HostFacts, Move]:
    """The host and its move with a stand-in, and the way to its network, for what is leased."""
    nic = found.carrying
    routes = (
        Route(
            str(ip_interface(item.cidr).network),
            None,
            nic,
            4,
            INTERIM_METRIC,
            item.ip,
            scope="link",
        )
        for item in found.addresses
    )
    alone = tuple(Address(item.ip, 32) for item in found.addresses)
    return (
        replace(facts, routes=(*routes, *facts.routes)),
        replace(found, addresses=alone),
    )


def transition(
    facts: HostFacts, answers: Answers, found: Move, direction: Direction
) -> Ifupdown2Transition:
    """A set-up or a removal, with a lease or without; `facts`: with the NIC alone."""
    kind = Ifupdown2Transition
    if found.leased:
        (facts, found), kind = as_stand_in(facts, found), LeasedTransition
    return kind(facts, answers, found, direction=direction)


class LeasedTransition(Ifupdown2Transition):
    """A set-up or a removal with `as_stand_in`'s host and move."""

    @override
    def before_last_slave(self) -> tuple[Step, ...]:
        """The bridge's client is to be the NIC's."""
        nic, bridge = self.nic, self.bridge
        return (
            take_along(nic, bridge),
            stop_client(nic),
            stop_client(bridge, "an earlier"),
            Step(
                f"Remove the pid file of an earlier DHCP client of {bridge}",
                _forget(pid_file(bridge)),
            ),
        )

    @override
    def hand_over(self) -> tuple[Step, ...]:
        """Ifreload starts the bridge's client."""
        return (*super().hand_over(), *self._leased(self.bridge))

    @override
    def release(self) -> tuple[Step, ...]:
        """No client is left that ifreload would have give its lease back."""
        nic, bridge = self.nic, self.bridge
        return best_effort(
            stop_client(bridge),
            stop_client(nic),
            take_along(bridge, nic),
            # ifreload would give back what it finds there.
            Step(
                f"Empty the lease file of {nic}, or dhclient removes its address",
                Run(("sed", "-i", "/^lease {/,/^}/d", lease_file(nic))),
            ),
            Step(
                "Remove the lease and pid files of the clients that were stopped",
                _forget(lease_file(bridge), pid_file(bridge), pid_file(nic)),
            ),
        )

    @override
    def activate(self) -> tuple[Step, ...]:
        """Ifreload starts the NIC's client."""
        return (self.reload(), *self._leased(self.nic))

    @override
    def parted(self) -> tuple[Step, ...]:
        """That was all."""
        return ()

    def _leased(self, link: str) -> tuple[Step, ...]:
        """The lease is there, and the address that was used until then goes."""
        routes = (route.by(link) for route in self.routes() if route.metric == INTERIM_METRIC)
        return (
            *(wait_address(link, item.ip, _LEASED_S, leased=True) for item in self.move.addresses),
            *drop_interim(routes),
            *best_effort(
                *(
                    Step(f"Remove the interim {item.cidr} from {link}", DelAddress(link, item))
                    for item in self.move.addresses
                )
            ),
        )


def _forget(*files: str) -> Run:
    return Run(("rm", "-f", *files))
