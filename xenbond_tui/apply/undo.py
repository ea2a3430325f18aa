"""An undo: a new change that reverses a confirmed one. What it would do, and what it costs."""

from collections.abc import Mapping

from xenbond_tui.apply import backup, file_image
from xenbond_tui.apply.file_image import Image
from xenbond_tui.apply.network import read_snapshot
from xenbond_tui.apply.store import Record, State, Store
from xenbond_tui.errors import XenbondError
from xenbond_tui.machine import Machine
from xenbond_tui.plan.actions import RestoreFiles, WriteFiles
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.plan.plan import Plan, Step
from xenbond_tui.proposal import out_of_reach
from xenbond_tui.rules.check_boot import unguarded
from xenbond_tui.rules.exposed import led
from xenbond_tui.rules.findings import Finding
from xenbond_tui.rules.standing import kind_of
from xenbond_tui.value import dataclass, replace


@dataclass(frozen=True, slots=True)
class ChangedSince:
    """What a change did to one file, and what was done to it since."""

    ours: FileChange
    since: FileChange
    """What overwriting it would lose."""
    by: str = ""
    """The later change of ours that did it; "" when it was someone else."""

    @property
    def path(self) -> str:
        """Which file."""
        return self.ours.path

    @property
    def who(self) -> str:
        """`change 2026-11-22T15-20-17-1` or `someone else`."""
        return f"change {self.by}" if self.by else "someone else"

    def text(self) -> str:
        """The three-way difference: what the change did to it, then what was done to it since."""
        same = "(no difference)\n"
        return (
            f"{self.path}, before the change > as it was written:\n{self.ours.diff() or same}"
            f"{self.path}, as it was written > now, by {self.who}:\n{self.since.diff() or same}"
        )


def newest_undoable(store: Store) -> Record:
    """The newest change that was kept and has not been undone since.

    Raises:
        XenbondError: there is none.
    """
    for record in store.undoable():
        return record
    listed = f"`{store.machine.command('history')}` lists what was done"
    raise XenbondError(f"There is no change to undo; {listed}.")


def undoable(store: Store, id: str | None) -> Record:
    """The change of that ID; None: `newest_undoable`.

    Raises:
        XenbondError: there is no such change.
    """
    return store.record(id) if id else newest_undoable(store)


def undo_plan(machine: Machine, id: str | None = None, *, force: bool = False) -> Plan:
    """What an undo would do: the change's files from the copies, its steps the other way round.

    Args:
        machine: The host.
        id: The change; None: the newest that was kept and is not undone yet.
        force: Overwrite files someone else has changed since.

    Raises:
        XenbondError: there is no such change, it was never kept, its notes are damaged, or a file
            was changed since.
    """
    store = Store(machine)
    record = undoable(store, id)
    if record.state is not State.CONFIRMED:
        why = record.result or f"it is {record.state}"
        raise XenbondError(f"Change {record.id} can't be undone: {why}")
    old = store.plan(record.id)
    kept = backup.load(store.path(record.id, "backup"))
    foreign = () if force else _changed_since(machine, record)
    if foreign:
        names = ", ".join(f"{item.path} (by {item.by or item.who})" for item in foreign)
        later = max(item.by for item in foreign)
        first = f"Undo {later} first, or force it: " if all(item.by for item in foreign) else ""
        raise XenbondError(
            f"Changed since {record.id}: {names}. Nothing was written. {first}"
            f"`{machine.command('undo --force')}` overwrites them with the older ones."
        )
    if _runs(machine, old):
        _refuse_what_came_since(machine, store, record, old)
    changes = [
        _back(change.path, file_image.keep(machine.access.root, change.path), kept[change.path])
        for change in old.changed
    ]
    changes += _bystanders(machine, record, kept)
    forward, rollback = old.rollback, old.forward
    outage = old.outage
    if record.files_only and not _runs(machine, old):
        outage = None
        forward = tuple(step for step in forward if isinstance(step.action, RestoreFiles))
        rollback = tuple(step for step in rollback if isinstance(step.action, WriteFiles))
    return Plan(
        stack=old.stack,
        changes=tuple(changes),
        forward=tuple(_swapped(step) for step in forward),
        rollback=tuple(_swapped(step) for step in rollback),
        summary=f"undo of {record.id}: {old.summary}",
        outage=outage,
        nm_checkpoint=old.nm_checkpoint,
        at_boot=old.at_boot,
    )


def _refuse_what_came_since(machine: Machine, store: Store, record: Record, old: Plan) -> None:
    """A VLAN that was put on bond or bridge since they were made would go with them, for good.

    Raises:
        XenbondError: there is one.
    """
    expected = old.expected
    if record.files_only or record.kind == "undo" or expected is None or expected.nic is not None:
        return
    try:
        before = read_snapshot(store.path(record.id, "network.json"))
    except XenbondError:
        return
    had = {link.name for link in before.links}
    going = {expected.bond, expected.bridge} - had
    for link in machine.kernel.snapshot().links if going else ():
        if link.lower in going and link.name not in had:
            raise XenbondError.at(
                link.name,
                f"{link.name} ({kind_of(link)}) stands on {link.lower}, which the undo of "
                f"{record.id} takes away, and nothing would make {link.name} again. Nothing was "
                f"changed; take {link.name} away first, or put it on another link.",
            )


def undo_findings(machine: Machine, plan: Plan, id: str | None = None) -> tuple[Finding, ...]:
    """What must be known before `plan`, the undo of that change, is carried out.

    Files that are not root's alone; how long the host is out of reach: an undo carries out the
    steps of the change the other way round, so its outage is the same; and that no boot guard is
    there.

    Raises:
        XenbondError: there is no such change, or its notes are damaged.
    """
    store = Store(machine)
    expected = store.expected(undoable(store, id).id)
    where = expected.holder if expected is not None else plan.stack
    text = "Expect what was told of the change itself, for its undo is the same: "
    _, exposed = led(plan.changes, machine.tree.way)
    told = (replace(item, text=f"{text}{item.text}") for item in out_of_reach(plan.outage, where))
    return (*exposed, *told, *unguarded(machine.at_boot()))


def _bystanders(machine: Machine, record: Record, kept: Mapping[str, Image]) -> list[FileChange]:
    """What the change's tools made beside its files, where nobody has changed that since."""
    directory = Store(machine).path(record.id, "settled")
    if not backup.there(directory):
        return []
    found = []
    for path, settled in backup.load(directory).items():
        now = file_image.keep_if_any(machine.access.root, path)
        if now is not None and path in kept and file_image.same(settled, now):
            found.append(_back(path, now, kept[path]))
    return found


def changed_since(machine: Machine, id: str | None = None) -> tuple[ChangedSince, ...]:
    """Files of a past change that were changed since: why its undo is refused without `force`.

    Args:
        machine: The host.
        id: The change; None: the one `undo_plan` would take.

    Returns:
        For each the three states; `text()` shows them, `since` is what an overwriting loses.

    Raises:
        XenbondError: there is no such change, its notes are damaged, or a file can't be read.
    """
    return _changed_since(machine, undoable(Store(machine), id))


def _changed_since(machine: Machine, record: Record) -> tuple[ChangedSince, ...]:
    if record.state is not State.CONFIRMED:
        return ()
    store = Store(machine)
    kept = backup.load(store.path(record.id, "backup"))
    found = []
    for change in store.plan(record.id).changed:
        now = file_image.keep(machine.access.root, change.path)
        if now.data == change.after and (now.data is None or now.mode == change.mode):
            continue
        old = kept[change.path]
        before = None if old.data is None else old.mode
        written = None if change.after is None else change.mode
        ours = FileChange(change.path, old.data, change.after, change.mode, before)
        since = FileChange(change.path, change.after, now.data, now.mode, written)
        found.append(ChangedSince(ours, since, _later_change(store, record, change.path)))
    return tuple(found)


def _later_change(store: Store, record: Record, path: str) -> str:
    """The newest kept change after `record` that wrote there; "" when there is none."""
    for item in store.history():
        if item.id == record.id:
            break
        if item.state is State.CONFIRMED and path in {name for name, _ in item.changes}:
            return item.id
    return ""


def _runs(machine: Machine, plan: Plan) -> bool:
    """Files that were only written run all the same after a reboot."""
    expected = plan.expected
    if not machine.access.can_activate or expected is None:
        return False
    stands = machine.kernel.bond(expected.bond) is not None
    return stands is (expected.nic is None)


def _back(path: str, now: Image, kept: Image) -> FileChange:
    return FileChange(
        path,
        before=now.data,
        after=kept.data,
        mode=kept.mode if kept.data is not None else 0o644,
        before_mode=None if now.data is None else now.mode,
        why="as it was before",
        real=now.real,
    )


def _swapped(step: Step) -> Step:
    """A step of the one way as a step of the other."""
    if isinstance(step.action, RestoreFiles):
        return Step(step.label, WriteFiles(), step.best_effort)
    if isinstance(step.action, WriteFiles):
        return Step("Put every file back as it was", RestoreFiles(), step.best_effort)
    return step
