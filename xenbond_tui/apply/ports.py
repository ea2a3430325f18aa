"""One port of a bridge takes another's place, and who stands on the bridge is announced there.

Two ports on one segment are a circle, unless both are isolated: between such the kernel forwards
nothing (br_skb_isolated in net/bridge/br_private.h, Linux 4.18). So the new one is plugged in while
it is down, and hears only: it learns nothing, and nothing is flooded to it. Then they change roles.
Wherever a switch sends meanwhile, it comes in. Kernels before have one at a time.
"""

import contextlib
from collections.abc import Callable

from xenbond_tui.apply.waits import Waits
from xenbond_tui.effects import KernelReader, KernelWriter
from xenbond_tui.errors import XenbondError
from xenbond_tui.plan.actions import ExchangePort, PlugBeside, WaitFor
from xenbond_tui.rules.announced import by_port, choose

_ISOLATED, _LEARNING = "isolated", "learning"
_FLOODED = ("unicast_flood", "multicast_flood", "broadcast_flood")
_ON_THE_WAY_S = 1.0
"""Seconds that what switches sent before they were told has to come in by the port that leaves.

0.2 are too few where the NIC is emulated: 2 to 4 frames were still in its queue (measured).
"""
_ONE_AT_A_TIME = "one port at a time: {}"


class Told:
    """Announces host and guests of a bridge from one port each time it is called.

    Switches send by the way before until then, which drops what comes in or is about to. So all
    that must be read is read when it is made, before anything moves.
    """

    def __init__(self, kernel: KernelWriter, bridge: str, port: str, *others: str) -> None:
        """`others`: what is behind these is no guest either."""
        self._send: list[Callable[[], None]] = []
        self.left_out = ""
        """Who is not announced, in words; "" for nobody."""
        with contextlib.suppress(XenbondError):
            routes = kernel.snapshot().routes
            gateways = {r.gateway for r in routes if r.destination == "default" and r.gateway}
            seen = by_port(kernel.learned(bridge), port, *others)
            choice = choose(seen, {}, kernel.reserved_macs(gateways))
            self._send.append(kernel.teaching(port, tuple(choice.guests)))
            self.left_out = choice.told(port)
        with contextlib.suppress(XenbondError):
            self._send.insert(0, kernel.announcement(bridge))

    def __call__(self) -> None:
        """Nobody is there to be told that it failed; the switch learns by what is sent anyway."""
        for send in self._send:
            with contextlib.suppress(XenbondError):
                send()


def plug_beside(kernel: KernelWriter, waits: Waits, action: PlugBeside) -> str:
    """Plug a link in that hears only; where both can't be there, it is up and no port."""
    link = action.link
    ports = _ports(kernel, action.bridge)
    now = waits.link(link)
    if link in ports and now is not None and now.admin_up:
        return f"{link} is in {action.bridge}"
    if action.beside not in ports:
        why = f"{action.beside} is not in {action.bridge}"
    elif kernel.port_option(action.beside, _ISOLATED) is None:
        why = "this kernel isolates none"
    elif cut_off := [
        name
        for name in ports
        if name not in (action.beside, link) and kernel.port_option(name, _ISOLATED) == "1"
    ]:
        why = f"{cut_off[0]} is isolated too"
    else:
        kernel.set_port_option(action.beside, _ISOLATED, "1")
        kernel.set_link(link, up=False)
        kernel.set_master(link, action.bridge)
        for option in (_LEARNING, *_FLOODED):
            kernel.set_port_option(link, option, "0")
        kernel.set_port_option(link, _ISOLATED, "1")
        why = ""
    kernel.set_link(link, up=True)
    return _ONE_AT_A_TIME.format(why) if why else ""


def exchange(kernel: KernelWriter, waits: Waits, action: ExchangePort) -> str:
    """Put one port in the place of another, from wherever a change was when it ended."""
    leaves, comes = action.leaves, action.comes
    ports = _ports(kernel, action.bridge)
    if comes in ports and leaves in ports:
        waits.for_state(WaitFor(comes, "forwarding"))
    tell = Told(kernel, action.bridge, comes, leaves)
    if comes in ports and leaves in ports:
        # What goes out by both comes in again: neither may learn from that where a guest is.
        kernel.set_port_option(leaves, _LEARNING, "0")
        for port, value in ((comes, "1"), (leaves, "0")):
            for option in _FLOODED:
                kernel.set_port_option(port, option, value)
        kernel.set_port_option(leaves, "flush", "1")
        tell()
        waits.pause(_ON_THE_WAY_S)
    if leaves in ports:
        # Down first: beside the bridge it would speak, with the same MAC maybe.
        kernel.set_link(leaves, up=False)
    if comes not in ports:
        kernel.set_master(comes, action.bridge)
        tell()
    if leaves in ports:
        kernel.set_master(leaves, None)
    if kernel.port_option(comes, _ISOLATED) == "1":
        for option in (_LEARNING, *_FLOODED):
            kernel.set_port_option(comes, option, "1")
        kernel.set_port_option(comes, _ISOLATED, "0")
    # Again: what left had the bridge's MAC maybe, and has spoken until it went down.
    tell()
    return tell.left_out


def _ports(kernel: KernelReader, bridge: str) -> tuple[str, ...]:
    state = kernel.bridge(bridge)
    return tuple(port.name for port in state.ports) if state is not None else ()
