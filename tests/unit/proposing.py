"""What a stack makes of a request, as the tests of the stacks ask for it."""

from xenbond_tui import planner
from xenbond_tui.answers import Answers, Removal, Request, SetUp
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.plan import Plan
from xenbond_tui.proposal import Proposal
from xenbond_tui.rules import checks
from xenbond_tui.rules.findings import Finding
from xenbond_tui.stacks import Stack, propose


def told_by(stack: Stack, facts: HostFacts, answers: Answers) -> tuple[Finding, ...]:
    """Everything the stack itself finds about a set-up."""
    return propose(stack, facts, SetUp(answers)).findings


def reviewed(stack: Stack, facts: HostFacts, answers: Answers) -> tuple[Finding, ...]:
    """Everything the stack and the rules find about a set-up."""
    request = SetUp(answers)
    return propose(stack, facts, request, checks.check(facts, request)).findings


def plan_for(stack: Stack, facts: HostFacts, answers: Answers) -> Plan:
    """The plan of a set-up.

    Raises:
        XenbondError: the stack refuses it.
    """
    return _plan(stack, facts, SetUp(answers))


def removal_for(stack: Stack, facts: HostFacts, removal: Removal) -> Plan:
    """The plan of a removal.

    Raises:
        XenbondError: the stack refuses it.
    """
    return _plan(stack, facts, removal)


def _plan(stack: Stack, facts: HostFacts, request: Request) -> Plan:
    proposal = propose(stack, facts, request)
    if proposal.plan is None:
        told = (f"{item.text} {item.remedy}" for item in proposal.refusals)
        raise XenbondError("; ".join(told))
    return proposal.plan


def propose_removal(facts: HostFacts, nic: str = "", stack: str = "auto") -> Proposal:
    """As `xenbond remove` asks for it."""
    return planner.propose(facts, Removal(Answers(stack=stack), nic))
