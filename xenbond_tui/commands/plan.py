"""`xenbond plan`: the diff of every file and the steps; writes nothing."""

import argparse
import shlex
import sys
from dataclasses import replace
from typing import Any

from xenbond_tui import compose, planner
from xenbond_tui.answers_file import load
from xenbond_tui.errors import EXIT_REFUSED
from xenbond_tui.plan import FileChange, Plan, Run, Step
from xenbond_tui.planner import Proposal
from xenbond_tui.rules.findings import Finding

EXIT_NOTHING = 0
EXIT_CHANGES = 1

_LETTERS = {"new": "A", "changed": "M", "removed": "D", "unchanged": " "}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--answers", metavar="FILE", required=True, help="what is wanted (YAML)")
    parser.add_argument("--stack", metavar="NAME", help="the network stack, if not the host's own")
    parser.add_argument("--json", action="store_true", help="for machines, version 1")
    parser.add_argument("--root", metavar="DIR", help="plan for another system's tree")


def run(args: argparse.Namespace) -> int:
    """Print the plan; returns 0 nothing to change, 1 changes, 2 refused.

    Raises:
        XenbondError: the answers or a file of the host cannot be used.
    """
    answers = load(args.answers)
    if args.stack is not None:
        answers = replace(answers, stack=args.stack)
    machine = compose.chosen(args.root)
    proposal = planner.propose(planner.read_host(machine), answers)
    for finding in proposal.findings:
        sys.stderr.write(finding_line(finding) + "\n")
    if args.json:
        import json

        sys.stdout.write(json.dumps(plan_document(proposal), indent=2) + "\n")
    elif proposal.plan is not None:
        sys.stdout.write(_printable(plan_text(proposal.plan)))
    if proposal.plan is None:
        return EXIT_REFUSED
    return EXIT_CHANGES if proposal.plan.changed else EXIT_NOTHING


def finding_line(finding: Finding) -> str:
    """`refuse: miimon: Without miimon … Set miimon to 100 (ms).`, always one line."""
    line = f"{finding.severity}: {finding.where}: {finding.text} {finding.remedy}".rstrip()
    return " ".join(line.split())


def plan_text(plan: Plan) -> str:
    """The files with their diffs, then the steps in order."""
    if not plan.changed:
        return f"Nothing to change: {plan.summary or 'every file is as it should be'}.\n"
    lines = [
        f"{_count(len(plan.changed), 'file')} to change, {_count(len(plan.up), 'step')}. "
        "Nothing is written yet.",
        "",
    ]
    for change in plan.changes:
        added, removed = change.counts()
        size = "" if change.status == "unchanged" else f"  +{added} -{removed}"
        why = f"  {change.why}" if change.why else ""
        lines.append(f"{_LETTERS[change.status]} {change.path}  {change.status}{size}{why}")
    lines.append("")
    text = "\n".join(lines) + "\n" + "\n".join(c.diff() for c in plan.changed) + "\nSteps\n"
    for number, step in enumerate(plan.up, 1):
        argv = _argv(step)
        command = f"  ({shlex.join(argv)})" if argv else ""
        text += f"{number:>3} {step.label}{command}\n"
    return text


def plan_document(proposal: Proposal) -> dict[str, Any]:
    """`plan --json`, version 1. `argv` is null for a step that runs no command."""
    plan = proposal.plan
    return {
        "version": 1,
        "stack": proposal.answers.stack,
        "files": [_file(change) for change in plan.changes] if plan is not None else [],
        "steps": [{"label": step.label, "argv": _argv(step)} for step in plan.up] if plan else [],
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
    after = None if change.after is None else change.after.decode("utf-8", "backslashreplace")
    diff = change.diff().encode("utf-8", "backslashreplace").decode("utf-8")
    return {"path": change.path, "status": change.status, "diff": diff, "after": after}


def _argv(step: Step) -> list[str] | None:
    return list(step.action.argv) if isinstance(step.action, Run) else None


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _printable(text: str) -> str:
    """The text as this terminal or pipe can hold it; the rest as escapes."""
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
