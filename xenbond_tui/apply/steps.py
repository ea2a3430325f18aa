"""Carries out one step of a plan on the running host: one row for each kind of action."""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from xenbond_tui.apply import durable, rivals
from xenbond_tui.apply.network import Target, restore_network
from xenbond_tui.apply.ports import Told, exchange, plug_beside
from xenbond_tui.apply.surroundings import Sysctls
from xenbond_tui.apply.waits import StepError as StepError, Waits
from xenbond_tui.effects import Completed, KernelWriter
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.link import Address, Link
from xenbond_tui.machine import Machine
from xenbond_tui.plan import actions
from xenbond_tui.plan.actions import Action
from xenbond_tui.value import dataclass

_FILE_ACTIONS = (
    actions.WriteFiles,
    actions.RestoreFiles,
    actions.SetRuntimeFile,
    actions.WaitFor,
    actions.WaitForAddress,
    actions.WaitForRouter,
)

_CHOOSES = ("primary", "primary_reselect", "active_slave")
"""Options that may make another slave the active one (bond_select_active_slave in
drivers/net/bonding/bond_options.c)."""
_RUNTIME = "/run/systemd/network/"
"""networkd's, which a change needs while it lasts; a boot forgets them. Root's: there are users'
directories below /run too."""
_LINK_LOCAL = ("fe80:", "ff")
"""Destinations of IPv6 that each link has that is up."""


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
        return CARRIED_OUT[type(action)](self, action) or ""

    @property
    def kernel(self) -> KernelWriter:
        """The running network, to be changed."""
        return self.machine.writer()

    @property
    def waits(self) -> Waits:
        """What waits for it."""
        machine = self.machine
        return Waits(machine.kernel, machine.clock, self.pause, self.network.before)


def _run(steps: Steps, action: actions.Run) -> str:
    if action.unless is not None and steps.waits.comes_by_itself(action.unless):
        return f"{action.unless.link} is in {action.unless.master}"
    machine, rival = steps.machine, action.rival
    ended = rivals.end(machine, rival, steps.pause) if rival else ""
    done = machine.runner.run(action.argv, action.timeout)
    if rival and rivals.running(machine, rival):
        # It began while the command ran, and has copies of what was there before.
        ended = rivals.end(machine, rival, steps.pause)
        done = machine.runner.run(action.argv, action.timeout)
    if done.returncode not in action.ok:
        raise StepError(failure(done))
    return ended


def failure(done: Completed) -> str:
    """A command's failure in one line: what it was, its status and what it said last."""
    said = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    words = said[-1] if said else "it did not say why"
    return f"`{' '.join(done.argv)}` failed with status {done.returncode}: {words}"


def _ipv4(steps: Steps, name: str) -> list[Address]:
    link = steps.waits.link(name)
    return [item for item in (link.shared if link is not None else ()) if item.family == 4]


def _lend(steps: Steps, action: actions.LendAddresses) -> None:
    for item in _ipv4(steps, action.source):
        steps.kernel.add_address(action.link, Address(item.ip, 32))


def _return_lent(steps: Steps, action: actions.ReturnLent) -> None:
    own = _ipv4(steps, action.link)
    for item in own:
        if item.prefixlen == 32 and sum(item.ip == other.ip for other in own) > 1:
            steps.kernel.del_address(action.link, item)


def _flush(steps: Steps, action: actions.FlushAddresses) -> None:
    steps.kernel.flush_addresses(action.link)
    for route in steps.kernel.snapshot().routes:
        here = (route.link, route.family) == (action.link, 6)
        if here and not route.destination.startswith(_LINK_LOCAL):
            steps.kernel.del_route(route)


def _add_route(steps: Steps, action: actions.AddRoute) -> str:
    if action.unless_in is not None and steps.waits.master(action.route.link) == action.unless_in:
        return f"{action.route.link} is in {action.unless_in}"
    steps.kernel.add_route(action.route)
    return ""


def _set_link(steps: Steps, action: actions.SetLink) -> str:
    if action.unless_in is not None and steps.waits.master(action.link) == action.unless_in:
        return f"{action.link} is in {action.unless_in}"
    steps.kernel.set_link(action.link, up=action.up)
    return ""


def _set_bond_option(steps: Steps, action: actions.SetBondOption) -> None:
    with _told(steps, action.link if action.option in _CHOOSES else None):
        steps.kernel.set_bond_option(action.link, action.option, action.value)


def _set_master(steps: Steps, action: actions.SetMaster) -> None:
    if action.leaves is not None and steps.waits.master(action.link) not in (None, action.leaves):
        return
    with _told(steps, action.master, left_by=action.link):
        steps.kernel.set_master(action.link, action.master)


@contextlib.contextmanager
def _told(steps: Steps, bond: str | None, left_by: str | None = None) -> Iterator[None]:
    """Host and guests are announced, where another slave may have become active in the block.

    Nobody is told where that is no bond, or one that is no port of a bridge.
    """
    port = _port(steps, bond, left_by)
    tell = Told(steps.kernel, port.master or "", port.name) if port is not None else None
    yield
    if tell is not None:
        tell()


def _port(steps: Steps, bond: str | None, slave: str | None) -> Link | None:
    """The bond of that name, or that slave's, where it is a port."""
    if bond is None and slave is None:
        return None
    with contextlib.suppress(XenbondError):
        links = {link.name: link for link in steps.kernel.snapshot().links}
        leaves = links.get(slave or "")
        found = links.get(bond or (leaves.master if leaves is not None else None) or "")
        if found is not None and found.kind == "bond" and found.master is not None:
            return found
    return None


def _set_runtime_file(steps: Steps, action: actions.SetRuntimeFile) -> None:
    """Write it, mode 0644, or take it away; one that is gone already is no error.

    Raises:
        XenbondError: it is not below /run/systemd/network, or it can't be written.
    """
    path = action.path
    if not path.startswith(_RUNTIME) or os.path.normpath(path) != path:
        raise XenbondError(f"{path!r} is not below {_RUNTIME}; nothing was written.")
    real = f"{steps.machine.access.root}{path}"
    try:
        if action.text is None:
            with contextlib.suppress(FileNotFoundError):
                durable.unlink(real)
            with contextlib.suppress(OSError):
                durable.remove_directory(os.path.dirname(real))
            return
        durable.make_directories(os.path.dirname(real), 0o755)
        durable.replace(real, action.text.encode(), 0o644)
    except OSError as error:
        raise XenbondError.at(path, f"{error.strerror}.") from None


def _restore_network(steps: Steps, action: actions.RestoreNetwork) -> None:
    remaining = restore_network(steps.kernel, steps.network)
    if remaining:
        raise StepError("; ".join(remaining))


_A = TypeVar("_A")
_CarryOut = Callable[[Steps, Any], str | None]


def _row(kind: type[_A], do: Callable[[Steps, _A], str | None]) -> tuple[type, _CarryOut]:
    return kind, do


CARRIED_OUT: Mapping[type, _CarryOut] = dict(
    (
        _row(actions.Run, _run),
        _row(actions.WriteFiles, lambda steps, it: steps.write_files()),
        _row(actions.RestoreFiles, lambda steps, it: steps.restore_files()),
        _row(actions.SetRuntimeFile, _set_runtime_file),
        _row(actions.FlushAddresses, _flush),
        _row(actions.AddAddress, lambda steps, it: steps.kernel.add_address(it.link, it.address)),
        _row(actions.DelAddress, lambda steps, it: steps.kernel.del_address(it.link, it.address)),
        _row(actions.LendAddresses, _lend),
        _row(actions.ReturnLent, _return_lent),
        _row(actions.AddRoute, _add_route),
        _row(actions.DelRoute, lambda steps, it: steps.kernel.del_route(it.route)),
        _row(actions.Announce, lambda steps, it: steps.kernel.announcement(it.link)()),
        _row(actions.Reach, lambda steps, it: steps.waits.reach(it)),
        _row(actions.SetSysctls, lambda steps, it: steps.sysctls.set(it.values)),
        _row(actions.RestoreSysctls, lambda steps, it: steps.sysctls.restore()),
        _row(actions.AddBridge, lambda steps, it: steps.kernel.add_bridge(it.link, it.mac)),
        _row(actions.AddBond, lambda steps, it: steps.kernel.add_bond(it.link, it.options)),
        _row(actions.SetBondOption, _set_bond_option),
        _row(actions.SetLink, _set_link),
        _row(actions.SetMac, lambda steps, it: steps.kernel.set_mac(it.link, it.mac)),
        _row(actions.SetMtu, lambda steps, it: steps.kernel.set_mtu(it.link, it.mtu)),
        _row(actions.DeleteLink, lambda steps, it: steps.kernel.delete_link(it.link)),
        _row(actions.SetMaster, _set_master),
        _row(actions.PlugBeside, lambda steps, it: plug_beside(steps.kernel, steps.waits, it)),
        _row(actions.ExchangePort, lambda steps, it: exchange(steps.kernel, steps.waits, it)),
        _row(actions.WaitFor, lambda steps, it: steps.waits.for_state(it)),
        _row(actions.WaitForAddress, lambda steps, it: steps.waits.for_address(it)),
        _row(
            actions.WaitForRouter,
            lambda steps, it: steps.waits.for_router(it, steps.kernel.solicit_routers),
        ),
        _row(actions.RestoreNetwork, _restore_network),
    )
)
"""Every kind of action → what carries it out."""
