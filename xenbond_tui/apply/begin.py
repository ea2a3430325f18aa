"""A change is begun, or only written: a plan, or the undo of a past change.

The work itself is done by the worker, a separate process, which this starts.
"""

from xenbond_tui.apply import boot_guard, transaction
from xenbond_tui.apply.launch import ONLY_WRITTEN, start_worker
from xenbond_tui.apply.lock import Lock
from xenbond_tui.apply.one_at_a_time import only_one, refuse_while_waiting
from xenbond_tui.apply.operator import operator
from xenbond_tui.apply.recover import put_back_files, resolve, stand_down
from xenbond_tui.apply.requests import USUAL_S, refuse_time
from xenbond_tui.apply.retention import prune
from xenbond_tui.apply.store import State, Store
from xenbond_tui.apply.undo import undo_plan, undoable
from xenbond_tui.apply.waiting import rollback
from xenbond_tui.errors import XenbondError
from xenbond_tui.machine import Machine
from xenbond_tui.plan.plan import Plan
from xenbond_tui.value import replace


def begin(
    machine: Machine,
    plan: Plan,
    confirm_within: float = USUAL_S,
    *,
    undoes: str = "",
    expect_disconnect: bool = False,
) -> str:
    """Carry out a plan in the background; it rolls back by itself unless it is confirmed.

    Args:
        machine: The host.
        plan: What to do.
        confirm_within: Seconds, 30 to 600.
        undoes: The change that it undoes.
        expect_disconnect: "This change is meant to cut me off": that gateway, name servers,
            addresses or the operator's session do not answer any more is noted, and not a reason
            to roll back.
            Guests' ports must forward all the same, and someone must still keep the change.

    Returns:
        The transaction's ID; `Store.progress` tells how far it is.

    Raises:
        XenbondError: refused; nothing was written.
    """
    refuse_time(confirm_within)
    if not machine.access.can_activate:
        raise XenbondError(ONLY_WRITTEN)
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
            confirm_within=confirm_within,
            undoes=undoes,
            asked_by=operator(machine),
            expect_disconnect=expect_disconnect,
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


def begin_undo(
    machine: Machine,
    id: str | None = None,
    confirm_within: float = USUAL_S,
    *,
    force: bool = False,
    expect_disconnect: bool = False,
) -> str:
    """Undo a past change, by a new change; the one that is waiting is rolled back at once.

    Returns:
        The ID of the transaction to follow.

    Raises:
        XenbondError: refused; nothing was written.
    """
    store = Store(machine)
    waiting = store.open()
    if waiting is not None and id in (None, waiting.id):
        return rollback(machine).id
    undoes = undoable(store, id).id
    plan = undo_plan(machine, undoes, force=force)
    return begin(machine, plan, confirm_within, undoes=undoes, expect_disconnect=expect_disconnect)


def undo_files(machine: Machine, id: str | None = None, *, force: bool = False) -> str:
    """Undo a past change in the files only.

    Returns:
        The ID of the transaction that did it; it has ended.

    Raises:
        XenbondError: refused or failed; every file is as it was.
    """
    record = undoable(Store(machine), id)
    return write_only(machine, undo_plan(machine, record.id, force=force), undoes=record.id)


def write_only(machine: Machine, plan: Plan, *, undoes: str = "") -> str:
    """Write the plan's files and leave the running network alone.

    Args:
        machine: The host.
        plan: What to write.
        undoes: The change that it undoes.

    Returns:
        The transaction's ID; it has ended, and `begin_undo` or `undo_files` undoes it.

    Raises:
        XenbondError: refused or failed; every file is as it was.
    """
    refuse_while_waiting(machine)
    transaction.examine(machine, plan)
    with only_one(machine):
        resolve(machine)
        refuse_while_waiting(machine)
        id = transaction.prepare(machine, plan, None, undoes=undoes, asked_by=operator(machine))
        try:
            if machine.access.can_activate:
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
