"""The files of one transaction: prepared, written, restored. All of them or none of them."""

import functools
import os
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

from xenbond_tui.apply import backup, durable, file_image, other_trees, surroundings
from xenbond_tui.apply.backup_index import Index
from xenbond_tui.apply.codec import encode
from xenbond_tui.apply.file_image import Image
from xenbond_tui.apply.journal import ENDED, Entry, note_end, write_entry
from xenbond_tui.apply.network import target_of
from xenbond_tui.apply.notes import write_json, write_note
from xenbond_tui.apply.operator import NOBODY, Operator
from xenbond_tui.apply.plan_json import plan_to_json
from xenbond_tui.apply.store import OPEN_STATES, Header, State, Store
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.network import KernelSnapshot
from xenbond_tui.host import door, keeping
from xenbond_tui.machine import Machine
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.plan.plan import Plan
from xenbond_tui.value import replace


def prepare(
    machine: Machine,
    plan: Plan,
    network: KernelSnapshot | None,
    *,
    confirm_within: float = 0.0,
    undoes: str = "",
    asked_by: Operator = NOBODY,
    expect_disconnect: bool = False,
) -> str:
    """Keep copies of everything and note what will be done. Nothing of the host is changed.

    Args:
        machine: The host.
        plan: What will be done.
        network: The running network as it is, where it will be changed.
        confirm_within: Seconds; 0 for files only.
        undoes: The transaction that is undone.
        asked_by: The operator.
        expect_disconnect: The operator means to be cut off.

    Returns:
        The transaction's ID.

    Raises:
        XenbondError: a file is not as the plan believes it to be, or the copies can't be kept.
    """
    images = examine(machine, plan)
    beside: tuple[Image, ...] = ()
    if network is not None:
        beside = file_image.bystanders(machine.access.root, [it.path for it in plan.changes])
    store = Store(machine)
    started = machine.clock.now()
    number = 1 + max((record.number for record in store.history()), default=0)
    id = ""
    try:
        id = _new_name(store, started)
        header = Header(
            id=id,
            kind="undo" if undoes else "apply",
            stack=plan.stack,
            summary=plan.summary,
            started=started,
            confirm_within=confirm_within,
            changes=tuple((change.path, change.status) for change in plan.changed),
            files_only=confirm_within == 0,
            undoes=undoes,
            by=asked_by.name,
            connection=asked_by.connection,
            bystanders=tuple(image.path for image in beside),
            expect_disconnect=expect_disconnect,
            number=number,
        )
        unborn = _unborn(store, id)
        write_json(f"{unborn}/header.json", encode(header), indent=1)
        write_note(f"{unborn}/plan.json", plan_to_json(plan).encode())
        if network is not None:
            write_json(f"{unborn}/network.json", encode(network), indent=1)
            expected = store.expected(undoes) if undoes else plan.expected
            links = target_of(network, expected).involved
            around = surroundings.look(machine, links)
            write_json(f"{unborn}/surroundings.json", encode(around), indent=1)
        durable.make_directory(f"{unborn}/requests", 0o700)
        changed = tuple(path for path, _ in header.changes)
        about = Index((), (), {}, changed, header.bystanders, undoes, number)
        backup.save(f"{unborn}/backup", (*images, *beside), about)
        write_entry(f"{unborn}/journal.jsonl", Entry(State.PREPARED.value, started))
        durable.rename(unborn, store.path(id))
    except OSError as error:
        if id:
            durable.remove_tree(_unborn(store, id))
            durable.remove_tree(store.path(id))
        raise XenbondError.at(
            store.directory, f"the copies can't be kept: {error.strerror}; nothing was changed."
        ) from None
    return id


def _unborn(store: Store, id: str) -> str:
    """Where a transaction is put together: it exists once it is whole and has its name."""
    return f"{store.directory}/.{id}"


def make_state_directory(store: Store) -> None:
    """Create what transactions are kept in, readable for root alone.

    Raises:
        OSError: it can't be.
        XenbondError: it is another user's, or others could exchange it.
    """
    try:
        keeping.look_at_way(store.machine)
        durable.make_directories(os.path.dirname(store.places[0]), 0o755)
        for place in store.places:
            durable.make_directories(place, keeping.MODE)
            keeping.look_after(store.machine, place)
    except XenbondError as error:
        raise XenbondError(f"{error}.") from None
    if store.machine.state:
        other_trees.label(store.machine, os.path.dirname(store.directory))


def _new_name(store: Store, started: float) -> str:
    make_state_directory(store)
    for name in door.names(store.directory):
        if keeping.HALF_MADE.fullmatch(name):
            # Killed while it was put together: nothing had been changed for it.
            durable.remove_tree(f"{store.directory}/{name}")
    stamp = time.strftime("%Y-%m-%dT%H-%M-%S", time.localtime(started))
    number = 1
    while door.exists(store.path(f"{stamp}-{number}")):
        number += 1
    durable.make_directory(_unborn(store, f"{stamp}-{number}"), 0o700)
    return f"{stamp}-{number}"


def examine(machine: Machine, plan: Plan) -> tuple[Image, ...]:
    """Every file of the plan as it is now; changes nothing.

    Raises:
        XenbondError: one can't be kept, or is not as the plan believes it to be.
    """
    images = tuple(file_image.keep(machine.access.root, change.path) for change in plan.changes)
    _refuse_changed(plan.changes, images)
    return images


def _refuse_changed(changes: Iterable[FileChange], images: Iterable[Image]) -> None:
    names = []
    for change, image in zip(changes, images, strict=True):
        if change.real and change.real != image.real:
            names.append(f"{change.path} (it led to {change.real}, and leads to {image.real} now)")
        elif image.data != change.before or (
            change.before_mode is not None
            and image.data is not None
            and image.mode != change.before_mode
        ):
            names.append(change.path)
    if names:
        raise XenbondError(
            f"Changed by someone else since the preview: {', '.join(names)}. Nothing was written. "
            "Make the plan again."
        )


def reach(
    machine: Machine, id: str, state: State, text: str = "", deadline: float | None = None
) -> None:
    """Note that a state is reached; returns when the note is on the disk.

    Raises:
        XenbondError: it can't be noted.
    """
    store = Store(machine)
    path, witness = store.path(id, "journal.jsonl"), store.path(id, ENDED)
    try:
        if state in OPEN_STATES and door.exists(witness):
            # Taken up again: it has not ended any more.
            durable.unlink(witness)
        entry = write_entry(path, Entry(state.value, machine.clock.now(), text, deadline))
    except OSError as error:
        raise XenbondError.at(path, f"{error.strerror}.") from None
    if state not in OPEN_STATES:
        note_end(witness, entry)


def write(machine: Machine, id: str) -> int:
    """Write every file of the plan, or none; returns how many were written.

    Raises:
        XenbondError: one could not be written; every one is as it was.
    """
    wishes = _wishes(machine, id)
    name = ""
    try:
        for wish in wishes:
            name = wish.path
            file_image.stage(machine.access.root, wish, _tag(id))
        for wish in wishes:
            name = wish.path
            file_image.commit(machine.access.root, wish, _tag(id))
        for wish in wishes:
            file_image.settle(machine.access.root, wish, _tag(id))
    except OSError as error:
        restore(machine, id)
        raise XenbondError.at(
            name, f"{error.strerror}. Every file was put back as it was; nothing has changed."
        ) from None
    except BaseException:
        restore(machine, id)
        raise
    return len(wishes)


def restore(machine: Machine, id: str) -> tuple[str, ...]:
    """Put every file back as it was kept. Doing it twice is no error.

    Returns:
        In words, files someone else had changed meanwhile, and where their content is kept.

    Raises:
        XenbondError: a file could not be put back; the others were.
    """
    store = Store(machine)
    kept = backup.salvage(store.path(id, "backup"))
    notes = []
    written = functools.cache(lambda: _written(machine, id))
    changed, watched = _concerned(store, id, kept)
    failures = [why for path, why in kept.lost.items() if path in (*changed, *watched)]
    for path in (*changed, *watched):
        try:
            if path in kept.lost:
                continue
            if path in watched and _is_as(machine, kept.images[path]):
                continue
            file_image.refuse_elsewhere(machine.access.root, kept.images[path])
            notes += _displaced(machine, id, kept.images[path], written)
            file_image.restore(machine.access.root, kept.images[path], _tag(id))
        except OSError as error:
            failures.append(f"{path}: {error.strerror}")
        except XenbondError as error:
            failures.append(str(error))
    if failures:
        where = store.path(id, "backup", "files")
        raise XenbondError(f"Not put back: {'; '.join(failures)}. The copies are in {where}.")
    return tuple(notes)


def _concerned(store: Store, id: str, kept: backup.Kept) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The files it writes and those it only watches, from whichever note can be read."""
    if not kept.index.is_old:
        return kept.index.changed, kept.index.bystanders
    try:
        header = store.header(id)
    except XenbondError:
        watched = tuple(path for path in kept.images if path in file_image.BYSTANDERS)
        return tuple(path for path in kept.images if path not in watched), watched
    return tuple(path for path, _ in header.changes), header.bystanders


def _displaced(
    machine: Machine, id: str, kept: Image, written: Callable[[], Mapping[str, bytes | None]]
) -> list[str]:
    """Keep what someone else wrote into the file since; says where."""
    now = file_image.keep(machine.access.root, kept.path)
    if now.data is None or now.data == kept.data or now.data == written().get(kept.path):
        return []
    where = backup.displace(Store(machine).path(id, "backup"), now)
    return [f"{kept.path} had been changed by someone else meanwhile; that is kept as {where}."]


def _is_as(machine: Machine, image: Image) -> bool:
    """True when a bystander needs no putting back; only being rewritten the same is no change."""
    now = file_image.keep_if_any(machine.access.root, image.path)
    return now is not None and file_image.same(image, now)


def settle_bystanders(machine: Machine, id: str) -> None:
    """Before a change is kept: note what its tools made of the bystanders, for a later undo.

    Without that note, which a full disk may prevent, an undo leaves them alone.
    """
    store = Store(machine)
    with suppress(OSError, XenbondError):
        kept = backup.load(store.path(id, "backup"))
        names = store.header(id).bystanders
        root = machine.access.root
        changed = [
            file_image.keep_if_any(root, path) for path in names if not _is_as(machine, kept[path])
        ]
        if changed:
            backup.save(store.path(id, "settled"), [image for image in changed if image])


def undo_bystanders(machine: Machine, id: str) -> None:
    """Bring them back once more: the undo's own tools may have written them after it did.

    Raises:
        XenbondError: one can't be put back.
    """
    for wish in _wishes(machine, id):
        if wish.path in file_image.BYSTANDERS and not _is_as(machine, wish):
            try:
                file_image.restore(machine.access.root, wish, _tag(id))
            except OSError as error:
                raise XenbondError.at(wish.path, f"{error.strerror}.") from None


def _written(machine: Machine, id: str) -> dict[str, bytes | None]:
    """Path → what this transaction writes there; unknown when its notes are damaged."""
    try:
        return {wish.path: wish.data for wish in _wishes(machine, id)}
    except XenbondError:
        return {}


def _wishes(machine: Machine, id: str) -> tuple[Image, ...]:
    """What the files shall be: the plan's contents, or what an undone transaction had kept."""
    store = Store(machine)
    plan, header = store.plan(id), store.header(id)
    kept = backup.load(store.path(id, "backup"))
    if header.undoes:
        old = backup.load(store.path(header.undoes, "backup"))
        return tuple(old[change.path] for change in plan.changed)
    return tuple(_wish(change, kept[change.path]) for change in plan.changed)


def _wish(change: FileChange, kept: Image) -> Image:
    if change.after is None:
        return Image(change.path, kept.real, None, own=kept.own)
    return replace(kept, data=change.after, mode=change.mode, mtime_ns=None)


def _tag(id: str) -> str:
    return f"xenbond-{id}"
