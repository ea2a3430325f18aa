"""The way back from a change long confirmed, as a plan of its own."""

from xenbond_tui.apply import backup, files
from xenbond_tui.apply.files import Image
from xenbond_tui.apply.store import Record, State, Store
from xenbond_tui.errors import XenbondError
from xenbond_tui.machine import Machine
from xenbond_tui.plan import FileChange, Plan, RestoreFiles, Step, WriteFiles


def newest_undoable(store: Store) -> Record:
    """The newest change that was kept and has not been taken back since.

    Raises:
        XenbondError: there is none.
    """
    undone: set[str] = set()
    for record in store.history():
        if record.state is not State.CONFIRMED:
            continue
        if record.undoes:
            undone.add(record.undoes)
        elif record.id not in undone:
            return record
    raise XenbondError("There is no change to undo; `xenbond history` lists what was done.")


def reversed_plan(machine: Machine, record: Record, *, force: bool) -> Plan:
    """What takes `record` back: its files from the copies, its steps the other way round.

    Raises:
        XenbondError: it was never kept, its notes are damaged, or a file was changed since.
    """
    if record.state is not State.CONFIRMED:
        why = record.result or f"it is {record.state}"
        raise XenbondError(f"Change {record.id} can't be undone: {why}")
    store = Store(machine)
    old = store.plan(record.id)
    kept = backup.load(store.path(record.id, "backup"))
    changes, foreign = [], []
    for change in old.changed:
        now = files.keep(machine.root, change.path)
        if now.data != change.after or (now.data is not None and now.mode != change.mode):
            foreign.append(change.path)
        changes.append(_back(change.path, now, kept[change.path]))
    if foreign and not force:
        raise XenbondError(
            f"Changed since {record.id}: {_with_culprits(store, record, foreign)}. Nothing was "
            "written. `xenbond undo --force` overwrites them with the older ones."
        )
    up, down = old.down, old.up
    if record.files_only and not _runs(machine, old):
        up = tuple(step for step in up if isinstance(step.action, RestoreFiles))
        down = tuple(step for step in down if isinstance(step.action, WriteFiles))
    return Plan(
        stack=old.stack,
        changes=tuple(changes),
        up=tuple(_swapped(step) for step in up),
        down=tuple(_swapped(step) for step in down),
        summary=f"undo of {record.id}: {old.summary}",
    )


def _runs(machine: Machine, plan: Plan) -> bool:
    """Files that were only written run all the same after a reboot."""
    expected = plan.expected
    return (
        machine.activates
        and expected is not None
        and machine.kernel.bond(expected.bond) is not None
    )


def _back(path: str, now: Image, kept: Image) -> FileChange:
    return FileChange(
        path,
        before=now.data,
        after=kept.data,
        mode=kept.mode if kept.data is not None else 0o644,
        before_mode=None if now.data is None else now.mode,
        why="as it was before",
    )


def _swapped(step: Step) -> Step:
    """A step of the one way as a step of the other."""
    if isinstance(step.action, RestoreFiles):
        return Step(step.label, WriteFiles(), step.may_fail)
    if isinstance(step.action, WriteFiles):
        return Step("put the files back", RestoreFiles(), step.may_fail)
    return step


def _with_culprits(store: Store, record: Record, paths: list[str]) -> str:
    later = [
        item
        for item in store.history()
        if item.state is State.CONFIRMED and item.started > record.started
    ]
    named = []
    for path in paths:
        by = next((item.id for item in later if path in {name for name, _ in item.changes}), None)
        named.append(f"{path} (by {by})" if by else path)
    return ", ".join(named)
