"""Carries out one step of a plan on the running host."""

from collections.abc import Callable
from dataclasses import dataclass

from xenbond_tui.apply.network import Target, restore_network
from xenbond_tui.apply.sysctls import Sysctls
from xenbond_tui.effects import Completed
from xenbond_tui.errors import XenbondError
from xenbond_tui.machine import Machine
from xenbond_tui.plan import (
    Action,
    AddAddress,
    AddBridge,
    AddRoute,
    Announce,
    DelAddress,
    DeleteLink,
    DelRoute,
    FlushAddresses,
    Reach,
    RestoreFiles,
    RestoreNetwork,
    RestoreSysctls,
    Run,
    SetLink,
    SetMac,
    SetMaster,
    SetSysctls,
    WaitFor,
    WriteFiles,
)

_POLL = 0.1
_FILE_ACTIONS = (WriteFiles, RestoreFiles, WaitFor)


class StepError(XenbondError):
    """A step that did not do what it should."""


def touches_network(action: Action) -> bool:
    """True for actions after which the running network may be another one."""
    return not isinstance(action, _FILE_ACTIONS)


@dataclass(frozen=True, slots=True)
class Steps:
    """Carries out actions on one machine for one transaction."""

    machine: Machine
    write_files: Callable[[], str]
    """Writes the transaction's files; returns what it did, in words."""
    restore_files: Callable[[], str]
    """Puts the transaction's files back; returns what it found, in words."""
    network: Target
    """What RestoreNetwork goes back to."""
    pause: Callable[[float], None]
    """Waits so many seconds; raises what ends the transaction early."""
    sysctls: Sysctls
    """Remembers what SetSysctls changes."""

    def carry_out(self, action: Action) -> str:
        """Do it; returns a detail worth showing, or "".

        Raises:
            StepError: it failed; says how.
            XenbondError: files could not be written or put back.
        """
        kernel = self.machine.kernel
        match action:
            case Run():
                return self._run(action)
            case WriteFiles():
                return self.write_files()
            case RestoreFiles():
                return self.restore_files()
            case FlushAddresses(link):
                kernel.flush_addresses(link)
            case AddAddress(link, address):
                kernel.add_address(link, address)
            case DelAddress(link, address):
                kernel.del_address(link, address)
            case AddRoute(route):
                kernel.add_route(route)
            case DelRoute(route):
                kernel.del_route(route)
            case Announce(link):
                kernel.announce(link)
            case Reach():
                self._reach(action)
            case SetSysctls(values):
                self.sysctls.set(values)
            case RestoreSysctls():
                self.sysctls.restore()
            case AddBridge(link, mac):
                kernel.add_bridge(link, mac)
            case SetLink(link, up):
                kernel.set_link(link, up=up)
            case SetMac(link, mac):
                kernel.set_mac(link, mac)
            case DeleteLink(link):
                kernel.delete_link(link)
            case SetMaster(link, master):
                kernel.set_master(link, master)
            case WaitFor():
                self._wait(action)
            case RestoreNetwork():
                remaining = restore_network(kernel, self.network)
                if remaining:
                    raise StepError("; ".join(remaining))
        return ""

    def _run(self, action: Run) -> str:
        done = self.machine.runner.run(action.argv, action.timeout)
        if done.returncode not in action.ok:
            raise StepError(failure(done))
        return ""

    def _wait(self, action: WaitFor) -> None:
        clock = self.machine.clock
        until = clock.monotonic() + action.timeout
        while not self._is(action.link, action.state):
            if clock.monotonic() >= until:
                raise StepError(
                    f"{action.link} is not {_WORDS[action.state]} after {action.timeout:g} s"
                )
            self.pause(_POLL)

    def _reach(self, action: Reach) -> None:
        clock = self.machine.clock
        until = clock.monotonic() + action.timeout
        while not self.machine.kernel.answers(action.link, action.ip):
            if clock.monotonic() >= until:
                raise StepError(
                    f"{action.ip} does not answer through {action.link} after {action.timeout:g} s;"
                    " is it the right switch port and VLAN?"
                )
            self.pause(_POLL)

    def _is(self, name: str, state: str) -> bool:
        now = self.machine.kernel.snapshot()
        link = next((item for item in now.links if item.name == name), None)
        match state:
            case "exists":
                return link is not None
            case "gone":
                return link is None
            case "carrier":
                return link is not None and link.carrier is True
            case "forwarding":
                ports = (port for bridge in now.bridges for port in bridge.ports)
                return any(port.name == name and port.state == "forwarding" for port in ports)
        raise StepError(f"{state!r} is no state a link can be waited for")


_WORDS = {
    "exists": "there",
    "gone": "gone",
    "carrier": "connected (no carrier)",
    "forwarding": "forwarding on its bridge",
}


def failure(done: Completed) -> str:
    """A command's failure in one line: what it was, its status and what it said last."""
    said = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    words = said[-1] if said else "it did not say why"
    return f"`{' '.join(done.argv)}` failed with status {done.returncode}: {words}"
