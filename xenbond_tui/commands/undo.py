"""`xenbond undo`: undo a change: the one that waits, the newest one or the one named."""

import argparse
import sys

from xenbond_tui.answers import Answers, SetUp
from xenbond_tui.apply.begin import begin_undo, undo_files
from xenbond_tui.apply.expect_disconnect import aim_of_undo
from xenbond_tui.apply.news import mark_seen
from xenbond_tui.apply.recover import resolve_stale
from xenbond_tui.apply.store import Store
from xenbond_tui.apply.undo import changed_since, undo_findings, undo_plan, undoable
from xenbond_tui.apply.waiting import rollback
from xenbond_tui.commands.apply import (
    add_ways,
    clear_the_way,
    tell_what_is_given_up,
    written,
)
from xenbond_tui.commands.follow import follow
from xenbond_tui.commands.plan import EXIT_CHANGES, EXIT_NOTHING, finding_line, plan_document
from xenbond_tui.commands.preview import agreed, show_plan
from xenbond_tui.commands.remarks import telling
from xenbond_tui.commands.say import say, say_json
from xenbond_tui.errors import EXIT_REFUSED, XenbondError
from xenbond_tui.host.running import collect_network
from xenbond_tui.machine import Machine
from xenbond_tui.proposal import Proposal


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "id", metavar="ID", nargs="?", help="which one; `xenbond history` lists them"
    )
    parser.add_argument(
        "--force", action="store_true", help="overwrite files that were changed since, too"
    )
    parser.add_argument(
        "--json", action="store_true", help="only tell what would be done, as `xenbond plan --json`"
    )
    add_ways(parser)


def run(args: argparse.Namespace) -> int:
    """Undo; 0 when the old state is there and kept, with --json what `xenbond plan` returns.

    Raises:
        XenbondError: refused, failed or rolled back itself.
    """
    from xenbond_tui.compose import chosen

    machine = chosen(args.root)
    with telling(machine):
        return _as_json(machine, args) if args.json else _undo(machine, args)


def _undo(machine: Machine, args: argparse.Namespace) -> int:
    resolved = resolve_stale(machine)
    if resolved is not None:
        say(f"Found an unfinished change. {resolved.result}")
        mark_seen(machine, resolved.id)
        if args.id in (None, resolved.id):
            return 0
    waiting = Store(machine).open()
    if waiting is not None and args.id in (None, waiting.id):
        say(f"Rolling back {waiting.id}, which was waiting to be kept.")
        say(rollback(machine).result)
        mark_seen(machine, waiting.id)
        return 0
    clear_the_way(machine)
    files_only = args.files_only or not machine.access.can_activate
    _tell_what_was_changed_since(machine, args.id, force=args.force)
    plan = undo_plan(machine, args.id, force=args.force)
    if not files_only:
        for finding in undo_findings(machine, plan, args.id):
            sys.stderr.write(f"{finding_line(finding)}\n")
    show_plan(plan, files_only=files_only)
    if not files_only:
        id = undoable(Store(machine), args.id).id
        session = collect_network(machine).session
        tell_what_is_given_up(machine, aim_of_undo(machine, id), session)
    if not agreed("Undo?", yes=args.yes):
        say("Nothing was changed.")
        return EXIT_REFUSED
    if files_only:
        written(machine, undo_files(machine, args.id, force=args.force))
        return 0
    id = begin_undo(
        machine,
        args.id,
        args.confirm_within,
        force=args.force,
        expect_disconnect=args.expect_disconnect,
    )
    return follow(machine, id)


def _as_json(machine: Machine, args: argparse.Namespace) -> int:
    """Print what it would do; nothing is done."""
    id = args.id
    waiting = Store(machine).open()
    if waiting is not None and id in (None, waiting.id):
        raise XenbondError(
            f"Change {waiting.id} has not ended: `xenbond undo` rolls it back by its own notes."
        )
    plan = undo_plan(machine, id, force=args.force)
    runs = machine.access.can_activate and not args.files_only
    findings = undo_findings(machine, plan, id) if runs else ()
    proposal = Proposal(SetUp(Answers(stack=plan.stack)), findings, plan)
    say_json(plan_document(proposal))
    return EXIT_CHANGES if plan.changed else EXIT_NOTHING


def _tell_what_was_changed_since(machine: Machine, id: str | None, *, force: bool) -> None:
    """The three-way difference of each such file; with --force, what it is about to overwrite."""
    for item in changed_since(machine, id):
        if force:
            say(f"{item.path} was changed since by {item.who}; this is overwritten:")
            say(item.since.diff())
        else:
            say(item.text())
