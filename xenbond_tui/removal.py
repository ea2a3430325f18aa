"""From facts to a plan that takes bond and bridge away. Wizard and command share every line."""

from dataclasses import replace

from xenbond_tui import planner
from xenbond_tui.answers import Answers, BondAnswers, Removal
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.planner import EXTRAS, Proposal
from xenbond_tui.rules.check_commands import check_commands
from xenbond_tui.rules.check_removal import check_removal
from xenbond_tui.rules.exposed import led
from xenbond_tui.rules.findings import Finding, Severity, by_severity, gaps, note
from xenbond_tui.rules.foreign import foreign
from xenbond_tui.rules.owners import check_owners
from xenbond_tui.stacks.change_over import lease_goes


def propose_removal(facts: HostFacts, nic: str | None = None, stack: str = "auto") -> Proposal:
    """Check whether bond and bridge can go and, unless something is refused, make the plan.

    Args:
        facts: the host.
        nic: the slave that gets the address, by name or permanent MAC; None: `likely_nic`.
        stack: the network stack, where it is not to be decided by evidence.

    Returns:
        A proposal whose answers are what stands today.

    Raises:
        XenbondError: there is no bond to remove, the stack can't be decided, or a file can't be
            edited without guessing.
    """
    stopped = foreign(facts, Answers(stack=stack))
    if stopped is not None:
        return Proposal(Answers(stack=stack), (stopped,), None)
    owner = planner.choose_stack(facts, Answers(stack=stack))
    written = owner.read(facts)
    if written is None or not _is_bond(facts, written.bond):
        raise XenbondError(
            f"{_what_runs(facts)} {owner.title} configures no bond, so there is none I could "
            "take away; nothing was changed."
        )
    answers = planner.resolve(facts, replace(written, stack=owner.name))
    if nic is None:
        nic = likely_nic(facts, answers)
    removal = Removal(answers, planner.slave_name(facts, nic))
    evidence = planner.owners(facts)
    why = next((item for item in evidence if item.stack == owner.name), None)
    findings = [*check_owners(evidence, answers.bond.slaves, stack)]
    findings += check_removal(facts, removal)
    for module in EXTRAS:
        findings += module.check_removal(facts, removal)
    findings.sort(key=by_severity)
    if any(item.severity is Severity.REFUSE for item in findings):
        return Proposal(answers, tuple(findings), None, why)
    plan = owner.remove(facts, removal)
    if plan.gap and facts.live:
        findings.append(_gap(removal, plan.gap))
    elif facts.live:
        findings = [_lease_goes(facts, removal, item) for item in findings]
    unfit = tuple(check_commands(plan))
    if unfit:
        return Proposal(answers, (*unfit, *findings), None, why)
    extra: list[FileChange] = []
    for module in EXTRAS:
        extra += module.removal_changes(facts, removal)
    changes, more = led((*plan.changes, *extra), facts.way)
    findings = [*more, *findings]
    plan = replace(plan, changes=changes, gap_told=gaps(findings))
    return Proposal(answers, tuple(findings), plan, why)


def likely_nic(facts: HostFacts, answers: Answers) -> str:
    """The slave that gets the address unless the operator names one.

    Of those with a link, the one whose MAC the address has now, so that no neighbour has to learn
    another; else the active slave, the primary one, the first.
    """
    slaves = [link for name in answers.bond.slaves if (link := facts.link(name)) is not None]
    usable = [link for link in slaves if link.carrier] or slaves
    holder = facts.link(answers.bridge.name) or facts.link(answers.bond.name)
    bond = facts.bond(answers.bond.name)

    def rank(link: Link) -> tuple[bool, bool, bool]:
        return (
            holder is None or link.permanent_mac != holder.mac,
            bond is None or link.name != bond.active_slave,
            link.name != answers.bond.options.get("primary"),
        )

    return min(usable, key=rank).name if usable else answers.bond.slaves[0]


def _is_bond(facts: HostFacts, written: BondAnswers) -> bool:
    """False for what a bond would be made of first: one NIC, where no bond is written."""
    running = facts.bond(written.name)
    names = {item.name for item in running.slaves} if running is not None else set()
    return len(written.slaves) > 1 or (bool(names) and names == set(written.slaves))


def _what_runs(facts: HostFacts) -> str:
    names = ", ".join(bond.name for bond in facts.bonds if bond.slaves)
    return f"{names} runs, but no file makes it." if names else "No bond runs here."


def _lease_goes(facts: HostFacts, removal: Removal, finding: Finding) -> Finding:
    """Without a gap the lease does not end; the rules know nothing of the stack's way."""
    bridge = facts.link(removal.answers.bridge.name)
    leased = [x for x in bridge.addresses if x.dynamic and x.family == 4] if bridge else []
    if finding.code != "lease-moves" or bridge is None or not leased:
        return finding
    return lease_goes(leased[0].cidr, bridge.name, removal.nic)


def _gap(removal: Removal, gap: str) -> Finding:
    bridge = removal.answers.bridge.name
    text = f"The host is out of reach for {gap} while its address goes from {bridge} to"
    return note("gap", removal.nic, f"{text} {removal.nic}.")
