"""`xenbond plan`: the diff of every file and the steps; writes nothing."""

import sys

from xenbond_tui import compose, planner
from xenbond_tui.answers import SetUp
from xenbond_tui.answers_file.on_disk import load
from xenbond_tui.commands.preview import show_plan
from xenbond_tui.commands.say import say, say_json
from xenbond_tui.errors import EXIT_REFUSED
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.plan.plan import Outage, Step
from xenbond_tui.plan.usual_actions import Run
from xenbond_tui.proposal import Proposal
from xenbond_tui.rules.findings import Finding
from xenbond_tui.text import one_line
from xenbond_tui.typed import TYPE_CHECKING, Any
from xenbond_tui.value import replace

if TYPE_CHECKING:
    import argparse

EXIT_NOTHING = 0
EXIT_CHANGES = 1


def configure(parser: "argparse.ArgumentParser") -> None:
    """Add the command's arguments."""
    parser.add_argument("--answers", metavar="FILE", required=True, help="what is wanted (YAML)")
    parser.add_argument("--stack", metavar="NAME", help="the network stack, if not the host's own")
    parser.add_argument("--json", action="store_true", help="for machines, version 1")
    parser.add_argument("--root", metavar="DIR", help="plan for another system's tree")


def run(args: "argparse.Namespace") -> int:
    """Print the plan; returns 0 nothing to change, 1 changes, 2 refused.

    Raises:
        XenbondError: the answers or a file of the host cannot be used.
    """
    answers = load(args.answers)
    if args.stack is not None:
        answers = replace(answers, stack=args.stack)
    machine = compose.chosen(args.root)
    proposal = planner.propose(planner.read_host(machine), SetUp(answers))
    sys.stderr.write("".join(line + "\n" for line in remarks(proposal)))
    if args.json:
        say_json(plan_document(proposal))
    plan = proposal.plan
    if plan is None:
        return EXIT_REFUSED
    if not plan.changed:
        if not args.json:
            say(f"Nothing to change: {plan.summary or 'every file is as it should be'}.")
        return EXIT_NOTHING
    if not args.json:
        show_plan(plan, files_only=False)
        if not machine.access.can_activate:
            say(
                "In another system's tree only the files are written; the other steps are the "
                "host's, when it runs."
            )
    return EXIT_CHANGES


def remarks(proposal: Proposal) -> tuple[str, ...]:
    """What is said before a plan: whose network it is, what Xen it has, then each finding.

    A refusal stays short: where it is about the owner, its finding tells the evidence.
    """
    owner, xen = proposal.owner, proposal.xen
    host = [f"{owner.stack}: {owner.text}"] if owner is not None else []
    host += [f"Xen {xen.text}"] if xen is not None else []
    told = (one_line("; ".join(host)),) if host and proposal.plan is not None else ()
    return (*told, *(finding_line(finding) for finding in proposal.findings))


def finding_line(finding: Finding) -> str:
    """`refuse: miimon: Without miimon … Set miimon to 100 (ms).`, always one line."""
    place = "" if finding.text.startswith(f"{finding.where}:") else f"{finding.where}: "
    line = f"{finding.severity}: {place}{finding.text} {finding.remedy}".rstrip()
    return one_line(" ".join(line.split()))


def plan_document(proposal: Proposal) -> dict[str, Any]:
    """`plan --json`, version 1. `argv` is null for a step that runs no command.

    Where a file is `masked`, passwords and keys are `(masked)` in its `diff` and its `after`: what
    is written is not that `after`.
    """
    plan = proposal.plan
    outage = plan.outage if plan is not None else None
    return {
        "version": 1,
        "stack": proposal.request.answers.stack,
        "evidence": proposal.owner.text if proposal.owner is not None else None,
        "xen": proposal.xen.text if proposal.xen is not None else None,
        "files": [_file(change) for change in plan.changes] if plan is not None else [],
        "steps": [{"label": step.label, "argv": _argv(step)} for step in plan.forward]
        if plan
        else [],
        "outage": _outage(outage) if outage is not None and outage.expected else None,
        "outage_text": outage.text if outage is not None else None,
        "findings": [
            {
                "severity": str(finding.severity),
                "code": finding.code,
                "where": finding.where,
                "text": finding.text,
                "remedy": finding.remedy,
            }
            for finding in proposal.findings
        ],
    }


def _file(change: FileChange) -> dict[str, Any]:
    return {
        "path": change.path,
        "status": change.status,
        "diff": change.diff(),
        "after": change.shown_after(),
        "masked": change.masked,
    }


def _outage(outage: Outage) -> dict[str, Any]:
    return {"seconds": [outage.least, outage.longest], "text": outage.text}


def _argv(step: Step) -> list[str] | None:
    return list(step.action.argv) if isinstance(step.action, Run) else None
