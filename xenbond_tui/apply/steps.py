"""Carries out one step of a plan on the running host."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from xenbond_tui.apply.network import Target, restore_network
from xenbond_tui.apply.runtime_file import set_runtime_file
from xenbond_tui.apply.sysctls import Sysctls
from xenbond_tui.effects import Completed
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.link import Address
from xenbond_tui.machine import Machine
from xenbond_tui.plan.actions import (
    Action,
    AddAddress,
    AddBond,
    AddBridge,
    AddRoute,
    Announce,
    AnnounceGuests,
    ByItself,
    DelAddress,
    DeleteLink,
    DelRoute,
    FlushAddresses,
    LendAddresses,
    Reach,
    RestoreFiles,
    RestoreNetwork,
    RestoreSysctls,
    ReturnLent,
    Run,
    SetBondOption,
    SetLink,
    SetMac,
    SetMaster,
    SetMtu,
    SetRuntimeFile,
    SetSysctls,
    WaitFor,
    WaitForAddress,
    WriteFiles,
)
from xenbond_tui.rules.announced import Choice, by_port, choose

_POLL = 0.1
_FILE_ACTIONS = (WriteFiles, RestoreFiles, SetRuntimeFile, WaitFor, WaitForAddress)


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
            case SetRuntimeFile(path, text):
                set_runtime_file(self.machine.root, path, text)
            case FlushAddresses(link):
                kernel.flush_addresses(link)
            case AddAddress(link, address):
                kernel.add_address(link, address)
            case DelAddress(link, address):
                kernel.del_address(link, address)
            case LendAddresses(source, link):
                for item in self._ipv4(source):
                    kernel.add_address(link, Address(item.ip, 32))
            case ReturnLent(link):
                own = self._ipv4(link)
                for item in own:
                    if item.prefixlen == 32 and sum(item.ip == other.ip for other in own) > 1:
                        kernel.del_address(link, item)
            case AddRoute(route, unless_in):
                if unless_in is not None and self._master(route.link) == unless_in:
                    return f"{route.link} is in {unless_in}"
                kernel.add_route(route)
            case DelRoute(route):
                kernel.del_route(route)
            case Announce(link):
                kernel.announce(link)
            case AnnounceGuests(bridge, port):
                return self._announce_guests(bridge, port)
            case Reach():
                return self._reach(action)
            case SetSysctls(values):
                self.sysctls.set(values)
            case RestoreSysctls():
                self.sysctls.restore()
            case AddBridge(link, mac):
                kernel.add_bridge(link, mac)
            case AddBond(link, options):
                kernel.add_bond(link, options)
            case SetBondOption():
                self._set_bond_option(action)
            case SetLink(link, up, unless_in):
                if unless_in is not None and self._master(link) == unless_in:
                    return f"{link} is in {unless_in}"
                kernel.set_link(link, up=up)
            case SetMac(link, mac):
                kernel.set_mac(link, mac)
            case SetMtu(link, mtu):
                kernel.set_mtu(link, mtu)
            case DeleteLink(link):
                kernel.delete_link(link)
            case SetMaster(link, master):
                kernel.set_master(link, master)
            case WaitFor():
                self._wait(action)
            case WaitForAddress():
                self._wait_for_address(action)
            case RestoreNetwork():
                remaining = restore_network(kernel, self.network)
                if remaining:
                    raise StepError("; ".join(remaining))
        return ""

    def _run(self, action: Run) -> str:
        if action.unless is not None and self._comes_by_itself(action.unless):
            return f"{action.unless.link} is in {action.unless.master}"
        done = self.machine.runner.run(action.argv, action.timeout)
        if done.returncode not in action.ok:
            raise StepError(failure(done))
        return ""

    def _comes_by_itself(self, change: ByItself) -> bool:
        clock = self.machine.clock
        until = clock.monotonic() + change.patience
        while self._master(change.link) != change.master:
            if clock.monotonic() >= until:
                return False
            self.pause(_POLL)
        return True

    def _wait(self, action: WaitFor) -> None:
        clock = self.machine.clock
        until = clock.monotonic() + action.timeout
        while not self._is(action.link, action.state):
            if action.state != "gone":
                self._refuse_lost_nic(action.link)
            if clock.monotonic() >= until:
                raise StepError(
                    f"{action.link} is not {_WORDS[action.state]} after {action.timeout:g} s"
                )
            self.pause(_POLL)

    def _wait_for_address(self, action: WaitForAddress) -> None:
        clock = self.machine.clock
        until = clock.monotonic() + action.timeout
        while not self._has(action):
            if clock.monotonic() >= until:
                raise StepError(f"{action.link} has not got {action.ip} in {action.timeout:g} s")
            self.pause(_POLL)

    def _has(self, action: WaitForAddress) -> bool:
        return any(
            item.ip == action.ip and (item.dynamic or not action.leased)
            for item in self._addresses(action.link)
        )

    def _ipv4(self, name: str) -> list[Address]:
        held = self._addresses(name)
        return [item for item in held if item.family == 4 and item.scope == "global"]

    def _addresses(self, name: str) -> tuple[Address, ...]:
        links = self.machine.kernel.snapshot().links
        return next((link.addresses for link in links if link.name == name), ())

    def _master(self, name: str) -> str | None:
        links = self.machine.kernel.snapshot().links
        return next((link.master for link in links if link.name == name), None)

    def _set_bond_option(self, action: SetBondOption) -> None:
        """Who is to be announced is found out before: a guest's frames are lost until then."""
        kernel, bridge = self.machine.kernel, action.moves_for
        try:
            guests = () if bridge is None else self._guests(bridge, action.link).guests
        except XenbondError:
            guests = ()
        kernel.set_bond_option(action.link, action.option, action.value)
        if bridge is not None:
            with contextlib.suppress(XenbondError):
                kernel.teach(action.link, tuple(guests))
                kernel.announce(bridge)

    def _announce_guests(self, bridge: str, port: str) -> str:
        choice = self._guests(bridge, port)
        self.machine.kernel.teach(port, tuple(choice.guests))
        return choice.told(port)

    def _guests(self, bridge: str, port: str) -> Choice:
        kernel = self.machine.kernel
        routes = kernel.snapshot().routes
        gateways = {r.gateway for r in routes if r.destination == "default" and r.gateway}
        seen = by_port(kernel.learned(bridge), outside=port)
        return choose(seen, {}, kernel.reserved_macs(gateways))

    def _reach(self, action: Reach) -> str:
        master = self._master(action.link)
        if master is not None and self._is(action.link, "forwarding"):
            # What comes in goes to the bridge, where nobody would hear the answer; it is in use.
            return f"{action.link} is in {master}"
        clock = self.machine.clock
        until = clock.monotonic() + action.timeout
        while not self.machine.kernel.answers(action.link, action.ip):
            self._refuse_lost_nic(action.link)
            if clock.monotonic() >= until:
                raise StepError(
                    f"{action.ip} does not answer through {action.link} after {action.timeout:g} s;"
                    " is it the right switch port and VLAN?"
                )
            self.pause(_POLL)
        return ""

    def _refuse_lost_nic(self, name: str) -> None:
        """A link that tools make may come yet; a NIC that was there before does not come back."""
        before = next((item for item in self.network.before.links if item.name == name), None)
        if before is not None and not before.kind and not self._is(name, "exists"):
            raise StepError(
                f"{name} is not there any more: its card was taken out, or its driver unloaded"
            )

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
            case "up":
                return link is not None and link.operstate in ("up", "unknown")
            case "forwarding":
                ports = (port for bridge in now.bridges for port in bridge.ports)
                return any(port.name == name and port.state == "forwarding" for port in ports)
        raise StepError(f"{state!r} is no state a link can be waited for")


_WORDS = {
    "exists": "there",
    "gone": "gone",
    "carrier": "connected (no carrier)",
    "up": "up and sending",
    "forwarding": "forwarding on its bridge",
}


def failure(done: Completed) -> str:
    """A command's failure in one line: what it was, its status and what it said last."""
    said = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    words = said[-1] if said else "it did not say why"
    return f"`{' '.join(done.argv)}` failed with status {done.returncode}: {words}"
