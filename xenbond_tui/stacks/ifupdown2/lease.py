"""A leased address moves: ifreload starts dhclient for the bridge with what it has for the NIC.

ifupdown2 runs dhclient as ifupdown does, with the same files (ifupdownaddons/dhclient.py), but it
has dhclient give a lease back when it finds one running for a link that needs none (addons/
address.py). So the NIC's client is ended first. Before it starts one it has dhclient stop the one
before (`-x`), which takes off the address of any lease that the file knows for that link
(measured): in a rollback the file has none, and the server knows the client as it did before,
where those of the copied file are another link's. Until the bridge's own has the address, a host's
address of the same number replaces it: dhclient-script adds its own beside that one, while of the
very same it could not set the time.
"""

from ipaddress import ip_interface

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Address
from xenbond_tui.facts.routing import Route
from xenbond_tui.plan.actions import DelAddress, Run, WaitForAddress
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks.change_over.conditions import Move
from xenbond_tui.stacks.change_over.legs import INTERIM_METRIC
from xenbond_tui.stacks.change_over.transition import Direction
from xenbond_tui.stacks.ifupdown.lease import stop_client, take_along
from xenbond_tui.stacks.ifupdown.places import lease_file, pid_file
from xenbond_tui.stacks.ifupdown2.transition import Ifupdown2Transition
from xenbond_tui.stacks.steps import best_effort, drop_interim
from xenbond_tui.typed import override
from xenbond_tui.value import replace

_TIMEOUT_S = 30.0
"""Seconds after ifreload, which waits for dhclient itself."""


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
            Step(f"Copy the DHCP lease of {nic} to {bridge}", take_along(nic, bridge)),
            Step(f"Stop the DHCP client of {nic}", stop_client(nic)),
            Step(f"Stop an earlier DHCP client of {bridge}", stop_client(bridge)),
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
            Step(f"Stop the DHCP client of {bridge}", stop_client(bridge)),
            Step(f"Stop the DHCP client of {nic}", stop_client(nic)),
            Step(f"Copy the DHCP lease of {bridge} to {nic}", take_along(bridge, nic)),
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
            *(
                Step(
                    f"Wait until {link} has leased {item.ip} too",
                    WaitForAddress(link, item.ip, _TIMEOUT_S, leased=True),
                )
                for item in self.move.addresses
            ),
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
