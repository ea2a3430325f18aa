"""A leased address moves: ifreload starts dhclient for the bridge with what it has for the NIC.

ifupdown2 runs dhclient as ifupdown does, with the same files (ifupdownaddons/dhclient.py), but it
has dhclient give a lease back when it finds one running for a link that needs none (addons/
address.py). So the NIC's client is ended first. Before it starts one it has dhclient stop the one
before (`-x`), which takes off the address of any lease that the file knows for that link
(measured): on the way back the file has none, and the server knows the client as it does on the way
there, where those of the copied file are another link's. Until the bridge's own has the address, a
host's address of the same number stands in for it: dhclient-script adds its own beside that one,
while of the very same it could not set the time.
"""

from dataclasses import replace
from ipaddress import ip_interface

from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Address
from xenbond_tui.facts.routing import Route
from xenbond_tui.plan.actions import DelAddress, DelRoute, Run, WaitForAddress
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks.change_over import KernelSteps, Move, softly
from xenbond_tui.stacks.change_over.pieces import PUT_BACK
from xenbond_tui.stacks.ifupdown.hitless_steps import STAND_IN
from xenbond_tui.stacks.ifupdown.lease import lease_file, pid_file, stop_client, take_along

_TIMEOUT = 30.0
"""Seconds after ifreload, which waits for dhclient itself."""


def as_stand_in(facts: HostFacts, found: Move) -> tuple[HostFacts, Move]:
    """The host and its move with a stand-in, and the way to its network, for what is leased."""
    nic = found.carrying
    routes = (
        Route(str(ip_interface(item.cidr).network), None, nic, 4, STAND_IN, item.ip, scope="link")
        for item in found.addresses
    )
    alone = tuple(Address(item.ip, 32) for item in found.addresses)
    return (
        replace(facts, routes=(*routes, *facts.routes)),
        replace(found, addresses=alone),
    )


def up(kernel: KernelSteps, reload: Step) -> tuple[Step, ...]:
    """From the NIC with a lease to the bridge with the same."""
    nic, bridge = kernel.nic, kernel.bridge
    return kernel.up(
        before_last=(
            Step(f"Let {bridge} be {nic} to the DHCP server", take_along(nic, bridge)),
            Step(f"Stop the DHCP client of {nic}", stop_client(nic)),
            Step(f"Stop an earlier DHCP client of {bridge}", stop_client(bridge)),
            Step(f"Forget an earlier DHCP client of {bridge}", _forget(pid_file(bridge))),
        ),
        take_charge=(
            reload,
            *(
                Step(
                    f"See that {bridge} has leased {item.ip} too",
                    WaitForAddress(bridge, item.ip, _TIMEOUT, leased=True),
                )
                for item in kernel.move.addresses
            ),
            *_own(kernel, bridge),
        ),
    )


def down(
    kernel: KernelSteps, reload: Step, *, files: tuple[Step, ...] = (PUT_BACK,)
) -> tuple[Step, ...]:
    """Back to the NIC with its lease, from any point of `up`.

    `files`: puts them back; () where they are already.
    """
    nic, bridge = kernel.nic, kernel.bridge
    return kernel.down(
        let_go=softly(
            (f"Stop the DHCP client of {bridge}", stop_client(bridge)),
            (f"Stop the DHCP client of {nic}", stop_client(nic)),
            (f"Let {nic} be {bridge} to the DHCP server", take_along(bridge, nic)),
            # ifreload would give back what it finds there.
            (
                f"Keep dhclient from taking the address off {nic}",
                Run(("sed", "-i", "/^lease {/,/^}/d", lease_file(nic))),
            ),
            (
                "Keep the lease from being given back",
                _forget(lease_file(bridge), pid_file(bridge), pid_file(nic)),
            ),
        ),
        put_back=(
            *files,
            reload,
            *softly(
                *(
                    (
                        f"Wait until {nic} has leased {item.ip}",
                        WaitForAddress(nic, item.ip, _TIMEOUT, leased=True),
                    )
                    for item in kernel.move.addresses
                )
            ),
            *_own(kernel, nic),
        ),
    )


def _forget(*files: str) -> Run:
    return Run(("rm", "-f", *files))


def _own(kernel: KernelSteps, link: str) -> tuple[Step, ...]:
    """What stood in for the lease goes."""
    routes = (route.by(link) for route in kernel.routes() if route.metric == STAND_IN)
    return softly(
        *((f"{link} has its own route now", DelRoute(route)) for route in routes),
        *(
            (f"{link} has its own address now", DelAddress(link, item))
            for item in kernel.move.addresses
        ),
    )
