"""What front ends ask for: begin, confirm, extend, roll back, undo. Screens and commands share it.

The work itself is done by the worker, a process of its own; these functions start it, ask it and
read its notes.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from xenbond_tui.apply import boot_guard, reverse, transaction
from xenbond_tui.apply.changed_since import ChangedSince
from xenbond_tui.apply.holder import at_work, drill_lock, holder
from xenbond_tui.apply.launch import start_worker
from xenbond_tui.apply.lock import Lock
from xenbond_tui.apply.operator import operator
from xenbond_tui.apply.recover import put_back_files, resolve, stand_down
from xenbond_tui.apply.requests import LONGEST as LONGEST
from xenbond_tui.apply.requests import Ask, Request, post
from xenbond_tui.apply.retention import prune
from xenbond_tui.apply.reverse import newest_undoable, reversed_plan
from xenbond_tui.apply.store import Record, State, Store, unusable
from xenbond_tui.apply.unsettled import unsettled
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.host import door
from xenbond_tui.machine import Machine
from xenbond_tui.plan.plan import Plan
from xenbond_tui.rules.check_boot import unguarded
from xenbond_tui.rules.findings import Finding

SHORTEST, USUAL = 30, 120
"""Seconds to confirm within; an extension has the same bounds."""
_POLL = 0.1
_ANSWER = 10.0
"""Seconds the worker may take to answer a confirmation or an extension."""
_WAY_BACK = 300.0
"""Seconds a roll-back may take: commands that wait for DHCP or spanning tree included."""


def begin(
    machine: Machine,
    facts: HostFacts,
    plan: Plan,
    confirm_within: float = USUAL,
    *,
    cut_off: bool = False,
) -> str:
    """Carry out a plan in the background; it goes back by itself unless it is confirmed.

    Args:
        machine: The host.
        facts: What the plan was made from.
        plan: What to do.
        confirm_within: Seconds, 30 to 600.
        cut_off: "This change is meant to cut me off": that gateway, name servers, addresses or the
            operator's session do not answer any more is noted, and not a reason to go back.
            Guests' ports must forward all the same, and someone must still keep the change.

    Returns:
        The transaction's ID; `Store.progress` tells how far it is.

    Raises:
        XenbondError: refused; nothing was written.
    """
    if not facts.live:
        raise XenbondError("Another system's tree can be written, not activated.")
    _refuse_time(confirm_within)
    return _begin(machine, plan, confirm_within, cut_off=cut_off)


def write_only(machine: Machine, facts: HostFacts, plan: Plan) -> str:
    """Write the plan's files and leave the running network alone.

    Returns:
        The transaction's ID; it has ended, and `begin_undo` or `undo_files` can take it back.

    Raises:
        XenbondError: refused or failed; every file is as it was.
    """
    return _write_files(machine, plan)


def confirm(machine: Machine) -> Record:
    """Keep the change that is waiting.

    Raises:
        XenbondError: none is waiting, it is not up yet, or it has gone back already.
    """
    record = _waiting(machine)
    if Store(machine).progress(record.id).state is not State.ACTIVE:
        raise XenbondError(f"Change {record.id} is still being made; wait until it is up.")
    ended = _ask(machine, record.id, Request(Ask.CONFIRM), _ANSWER)
    if ended.state is not State.CONFIRMED:
        raise XenbondError(f"Too late: change {record.id} was not kept. {ended.result}")
    return ended


def extend(machine: Machine, seconds: float) -> float:
    """Give the waiting change more time.

    Args:
        machine: The host.
        seconds: How much more, 30 to 600.

    Returns:
        Seconds that remain now.

    Raises:
        XenbondError: none is waiting, or it has gone back already.
    """
    _refuse_time(seconds)
    record = _waiting(machine)
    before = Store(machine).progress(record.id)
    if before.deadline is None:
        raise XenbondError(f"Change {record.id} is not waiting yet; there is nothing to extend.")
    _ask(machine, record.id, Request(Ask.EXTEND, seconds), _ANSWER, taken=True)
    after = Store(machine).progress(record.id)
    if after.remaining is None:
        raise XenbondError(f"Too late: change {record.id} was not kept. {after.message}")
    return after.remaining


def roll_back(machine: Machine) -> Record:
    """Take the waiting change back now, and wait until it is.

    Raises:
        XenbondError: none is waiting, or it could not be taken back completely.
    """
    record = _waiting(machine)
    ended = _ask(machine, record.id, Request(Ask.ROLL_BACK), _WAY_BACK)
    if ended.state is State.FAILED:
        raise XenbondError(ended.result)
    return ended


def ask_back(machine: Machine) -> None:
    """Have the waiting change taken back, without waiting until it is: `Store.progress` tells.

    Raises:
        XenbondError: none is waiting.
    """
    record = _waiting(machine)
    _ask(machine, record.id, Request(Ask.ROLL_BACK), _ANSWER, taken=True)


def undo_plan(machine: Machine, id: str | None = None, *, force: bool = False) -> Plan:
    """What taking a past change back would do, for the preview.

    Args:
        machine: The host.
        id: The change; None: the newest that was kept and is not undone yet.
        force: Overwrite files someone else has changed since.

    Raises:
        XenbondError: there is no such change, or a file was changed since.
    """
    store = Store(machine)
    return reversed_plan(machine, store.record(id) if id else newest_undoable(store), force=force)


def undo_findings(machine: Machine, plan: Plan, id: str | None = None) -> tuple[Finding, ...]:
    """What must be known before a past change is taken back by `undo_plan`.

    An expected gap, and that no boot guard is there.

    Raises:
        XenbondError: there is no such change, or its notes are damaged.
    """
    store = Store(machine)
    told = reverse.told_before(store, id or newest_undoable(store).id, plan)
    return (*told, *unguarded(machine.at_boot()))


def changed_since(machine: Machine, id: str | None = None) -> tuple[ChangedSince, ...]:
    """Files of a past change that were changed since: why its undo is refused without `force`.

    Args:
        machine: The host.
        id: The change; None: the one `undo_plan` would take.

    Returns:
        For each the three states; `text()` shows them, `since` is what an overwriting loses.

    Raises:
        XenbondError: there is no such change, or its notes are damaged.
    """
    store = Store(machine)
    record = store.record(id) if id else newest_undoable(store)
    return reverse.changed_since(machine, record)


def begin_undo(
    machine: Machine,
    id: str | None = None,
    confirm_within: float = USUAL,
    *,
    force: bool = False,
    cut_off: bool = False,
) -> str:
    """Take a past change back, as a change of its own; the one that is waiting goes back at once.

    Returns:
        The ID of the transaction to follow.

    Raises:
        XenbondError: refused; nothing was written.
    """
    store = Store(machine)
    waiting = store.open()
    if waiting is not None and id in (None, waiting.id):
        return roll_back(machine).id
    _refuse_time(confirm_within)
    record = store.record(id) if id else newest_undoable(store)
    plan = reversed_plan(machine, record, force=force)
    return _begin(machine, plan, confirm_within, undoes=record.id, cut_off=cut_off)


def undo_files(machine: Machine, id: str | None = None, *, force: bool = False) -> str:
    """Take a past change back in the files only.

    Returns:
        The ID of the transaction that did it; it has ended.

    Raises:
        XenbondError: refused or failed; every file is as it was.
    """
    store = Store(machine)
    record = store.record(id) if id else newest_undoable(store)
    return _write_files(machine, reversed_plan(machine, record, force=force), undoes=record.id)


def resolve_stale(machine: Machine, *, boot: bool = False) -> Record | None:
    """Take back a change whose worker died; None when there is none.

    Args:
        machine: The host.
        boot: The network is not up yet: only files are put back.

    Raises:
        XenbondError: it could not be taken back completely.
    """
    if Store(machine).open() is None and not boot_guard.is_there(machine):
        return None
    with only_one(machine):
        try:
            return resolve(machine, boot=boot)
        finally:
            stand_down(machine)


def refuse_while_waiting(machine: Machine) -> None:
    """One change at a time: names the one that waits, since when, and who holds it.

    Raises:
        XenbondError: one is waiting.
    """
    # One whose worker is dead is not waiting, but to be resolved.
    held = holder(machine)
    if held is not None:
        raise XenbondError(
            f"{held.text}; nothing was changed. Watch it with `xenbond`, keep it with `xenbond "
            "confirm` or take it back with `xenbond undo`."
        )
    record = Store(machine).open()
    if record is not None and record.state is State.UNREADABLE:
        raise XenbondError(f"{unsettled(machine)} Nothing was changed.")
    if drill_lock(machine).holder() is not None:
        raise XenbondError(
            "A failover drill is running; nothing was changed. Wait for its end, or stop it."
        )


def _begin(
    machine: Machine, plan: Plan, confirm_within: float, *, undoes: str = "", cut_off: bool
) -> str:
    if not machine.activates:
        raise XenbondError(
            "Another system's tree (--root) can't be activated, only written: use --files-only."
        )
    refuse_while_waiting(machine)
    transaction.examine(machine, plan)
    with only_one(machine):
        resolve(machine)
        refuse_while_waiting(machine)
        network = replace(machine.kernel.snapshot(), policy=machine.kernel.policy())
        id = transaction.prepare(
            machine,
            plan,
            network,
            kind="undo" if undoes else "apply",
            confirm_within=confirm_within,
            undoes=undoes,
            asked_by=operator(machine),
            cut_off=cut_off,
        )
        try:
            start_worker(machine, id)
        except XenbondError as error:
            lock = Lock(Store(machine).path(id, "worker.lock"))
            if not lock.take(machine.clock):
                # It came up after all, at the last moment.
                return id
            transaction.reach(machine, id, State.ROLLED_BACK, str(error))
            lock.release()
            raise
    return id


def _write_files(machine: Machine, plan: Plan, undoes: str = "") -> str:
    refuse_while_waiting(machine)
    transaction.examine(machine, plan)
    with only_one(machine):
        resolve(machine)
        refuse_while_waiting(machine)
        kind = "undo" if undoes else "apply"
        id = transaction.prepare(
            machine, plan, None, kind=kind, undoes=undoes, asked_by=operator(machine)
        )
        try:
            if machine.activates:
                boot_guard.install(machine)
            transaction.write(machine, id)
            text = "Files written; the running network was left as it is."
            transaction.reach(machine, id, State.CONFIRMED, text)
        except XenbondError as error:
            put_back_files(machine, id, str(error))
            raise
        finally:
            stand_down(machine)
            prune(Store(machine))
    return id


def _ask(
    machine: Machine, id: str, request: Request, patience: float, *, taken: bool = False
) -> Record:
    """Ask the worker and wait until it has answered; `taken`: until it knows of it."""
    store = Store(machine)
    try:
        path = post(store.path(id, "requests"), request)
    except OSError as error:
        raise XenbondError(f"{store.path(id)}: {error.strerror}. Run it as root.") from None
    until = machine.clock.monotonic() + patience
    while (record := store.record(id)).is_open or at_work(machine, id):
        if taken and not door.exists(path):
            return record
        if machine.clock.monotonic() > until:
            if not record.is_open:
                return record
            raise XenbondError(
                f"The background process of change {id} does not answer; `xenbond history` tells "
                "how it ended."
            )
        machine.clock.sleep(_POLL)
    return record


def _waiting(machine: Machine) -> Record:
    resolved = resolve_stale(machine)
    if resolved is not None:
        raise XenbondError(f"Change {resolved.id} is not waiting any more. {resolved.result}")
    record = Store(machine).open()
    if record is None:
        _refuse_not_root(machine)
        listed = f"`{machine.command('history')}` lists what was done"
        raise XenbondError(f"No change is waiting; {listed}.")
    return record


def busy(machine: Machine) -> bool:
    """True while some xenbond begins or resolves a change (`only_one`)."""
    return _host_lock(machine).holder() is not None


def _host_lock(machine: Machine) -> Lock:
    return Lock(f"{os.path.dirname(Store(machine).directory)}/lock")


@contextmanager
def only_one(machine: Machine) -> Iterator[None]:
    """Hold the host's lock: beginnings and resolutions are one at a time.

    Raises:
        XenbondError: someone else has it, or it can't be made.
    """
    _refuse_not_root(machine)
    directory = Store(machine).directory
    try:
        transaction.make_state_directory(Store(machine))
        lock = _host_lock(machine)
        taken = lock.take(machine.clock, wait=2.0)
    except OSError as error:
        raise XenbondError(f"{unusable(directory, error)}; nothing was changed.") from None
    if not taken:
        raise XenbondError(
            f"Another xenbond (process {lock.holder() or 'unknown'}) is at work on a change; "
            "nothing was changed. Try again in a moment."
        )
    try:
        yield
    finally:
        lock.release()


def _refuse_time(seconds: float) -> None:
    if not SHORTEST <= seconds <= LONGEST:
        raise XenbondError(
            f"{seconds:g} s is no time to confirm within: it takes {SHORTEST} to {LONGEST} s; "
            "nothing was changed."
        )


def _refuse_not_root(machine: Machine) -> None:
    if machine.spec == "live" and os.geteuid() != 0:
        raise XenbondError(
            "Changing this host's network takes root; nothing was changed. Use sudo."
        )
