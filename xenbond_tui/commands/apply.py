"""`xenbond apply`: carry out a plan, undone by itself unless it is confirmed."""

import argparse
import sys
from typing import TYPE_CHECKING

from xenbond_tui.apply import readback
from xenbond_tui.apply.begin import begin, write_only
from xenbond_tui.apply.news import mark_seen
from xenbond_tui.apply.one_at_a_time import refuse_while_waiting
from xenbond_tui.apply.recover import resolve_stale
from xenbond_tui.apply.requests import LONGEST_S, SHORTEST_S, USUAL_S
from xenbond_tui.apply.store import Store
from xenbond_tui.commands.follow import follow
from xenbond_tui.commands.preview import agreed, show_plan
from xenbond_tui.commands.remarks import tell_news, telling
from xenbond_tui.commands.say import say
from xenbond_tui.errors import EXIT_REFUSED, XenbondError
from xenbond_tui.machine import Machine
from xenbond_tui.plan.plan import Plan
from xenbond_tui.value import replace

if TYPE_CHECKING:
    from xenbond_tui.facts.host import Session
    from xenbond_tui.plan.plan import Expected
    from xenbond_tui.proposal import Proposal

EXPECT_DISCONNECT = "--expect-disconnect"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("--answers", metavar="FILE", required=True, help="what you want, as YAML")
    parser.add_argument("--stack", metavar="NAME", help="network stack, instead of the file's")
    add_ways(parser)


def add_ways(parser: argparse.ArgumentParser) -> None:
    """The options that `apply`, `remove` and `undo` share."""
    parser.add_argument(
        "--confirm-within",
        metavar="S",
        type=float,
        default=float(USUAL_S),
        help=f"seconds until it rolls back by itself, {SHORTEST_S} to {LONGEST_S} "
        f"(default: {USUAL_S})",
    )
    parser.add_argument(
        EXPECT_DISCONNECT,
        action="store_true",
        help="this change is meant to cut you off: do not roll back because gateway, name servers, "
        "addresses or your session stop answering (you still have to confirm it)",
    )
    parser.add_argument(
        "--files-only", action="store_true", help="write the files, leave the running network alone"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask before it begins")
    parser.add_argument(
        "--root", metavar="DIR", help="another system's tree instead of this host: files only"
    )


def run(args: argparse.Namespace) -> int:
    """Plan, show, ask, carry out; 0 only when confirmed, or written with --files-only.

    Raises:
        XenbondError: refused, failed or rolled back.
    """
    from xenbond_tui import planner
    from xenbond_tui.answers import SetUp
    from xenbond_tui.answers_file.on_disk import load
    from xenbond_tui.compose import chosen

    answers = load(args.answers)
    if args.stack:
        answers = replace(answers, stack=args.stack)
    machine = chosen(args.root)
    with telling(machine):
        clear_the_way(machine)
        facts = planner.read_host(machine)
        proposal = planner.propose(facts, SetUp(answers))
        return carry_out(machine, proposal, args, "Apply?", facts.session)


def carry_out(
    machine: Machine,
    proposal: "Proposal",
    args: argparse.Namespace,
    question: str,
    session: "Session | None",
) -> int:
    """Show a proposal, ask, carry it out in the ways of `add_ways`; returns the exit code.

    Raises:
        XenbondError: refused, failed or rolled back.
    """
    from xenbond_tui.commands.plan import remarks

    files_only = args.files_only or not machine.access.can_activate
    sys.stderr.write("".join(line + "\n" for line in remarks(proposal)))
    if proposal.plan is None:
        raise XenbondError(f"refused: {proposal.refusals[0].text} Nothing was written.")
    plan = proposal.plan
    if not plan.changed and (files_only or _runs(machine, plan)):
        say("Nothing to change: everything is as it should be.")
        return 0
    show_plan(plan, files_only=files_only)
    if not files_only:
        tell_what_is_given_up(machine, plan.expected, session)
    if not agreed(question, yes=args.yes):
        say("Nothing was changed.")
        return EXIT_REFUSED
    if files_only:
        written(machine, write_only(machine, plan))
        return 0
    id = begin(machine, plan, args.confirm_within, expect_disconnect=args.expect_disconnect)
    return follow(machine, id)


def tell_what_is_given_up(
    machine: Machine, aim: "Expected | None", session: "Session | None"
) -> None:
    """As the screens do where they offer the tick for it."""
    from xenbond_tui.apply.expect_disconnect import disconnected_by, no_way_left, told

    now = machine.kernel.snapshot()
    words = told(disconnected_by(now, aim, session), no_way_left(now, aim), EXPECT_DISCONNECT)
    if words:
        say(words)


def clear_the_way(machine: Machine) -> None:
    """Roll back what an interrupted run left, and say so; refuse while a change is waiting.

    Raises:
        XenbondError: a change is waiting, or one could not be rolled back.
    """
    resolved = resolve_stale(machine)
    if resolved is not None:
        say(f"Found an unfinished change. {resolved.result}")
        mark_seen(machine, resolved.id)
    tell_news(machine)
    refuse_while_waiting(machine)


def written(machine: Machine, id: str) -> None:
    """Tell what a change of files only did."""
    record = Store(machine).record(id)
    say(f"{id}: {record.result} `{machine.command('undo')}` undoes it.")


def _runs(machine: Machine, plan: Plan) -> bool:
    return plan.expected is None or not readback.differences(machine, plan.expected)
