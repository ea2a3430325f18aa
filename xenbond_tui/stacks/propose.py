"""From a request to a proposal, the same way for every stack."""

from collections.abc import Iterable

from xenbond_tui.answers import Removal, Request, SetUp
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.names import bad_link_name
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.plan.plan import Plan
from xenbond_tui.proposal import Proposal, out_of_reach, refused, session_told
from xenbond_tui.rules import cloud_init, inventory, what_becomes
from xenbond_tui.rules.check_bridge import joins_lan
from xenbond_tui.rules.findings import Finding, Severity, by_severity, from_error
from xenbond_tui.rules.goes_along import carried, lease_goes_along, mac_unknown, with_mtu
from xenbond_tui.rules.over_bond import bond_elsewhere, over_bond, over_removed
from xenbond_tui.rules.standing import remade
from xenbond_tui.stacks import link_files
from xenbond_tui.stacks.base import Draft, Stack
from xenbond_tui.stacks.outcome import expected, summary
from xenbond_tui.stacks.present import against, inventory_of
from xenbond_tui.typed import TYPE_CHECKING
from xenbond_tui.value import replace

if TYPE_CHECKING:
    from xenbond_tui.stacks.as_before import Before

_UNREAD = ("unreadable-file", "file-not-editable")


def propose(
    stack: Stack,
    facts: HostFacts,
    request: Request,
    told: Iterable[Finding] = (),
    beside: Iterable[FileChange] = (),
    elsewhere: Iterable[inventory.Item] = (),
) -> Proposal:
    """Check the request and, unless something is refused, make the plan.

    Args:
        stack: whose files and programs these are.
        facts: the host.
        request: resolved.
        told: what the rules have found, which all stacks share.
        beside: files of others that change too; asked for when nothing is refused.
        elsewhere: what other stacks' files say that hold the bridge; asked for likewise.

    Raises:
        XenbondError: a name can't be a link's, and the rules have not refused it.
    """
    found, answers = [*told], request.answers
    for name in (answers.bond.name, answers.bridge.name, *answers.bond.slaves):
        if not refused(found) and (reason := bad_link_name(name)) is not None:
            # It would be part of paths and commands.
            raise XenbondError.at(name, f"{reason}; nothing was changed.")
    found, draft, said, request = judged(stack, facts, request, found)
    # What a lease leaves of static addresses, the files say in which the bridge is written.
    lost = [x for x in found if x.code == "address-lost" and answers.bridge.method == "dhcp"]
    if draft is None or refused(x for x in found if x not in lost):
        return Proposal(request, _sorted(found), None)
    try:
        written, was = (*draft.write(),), _before(stack, facts, request)
        if was is not None:
            written = was.given_back(stack, facts, written)
        found += cloud_init.check(facts, written)
        written = (*written, *cloud_init.changes(facts, written))
        then = inventory.files_after(facts, written)
        left = link_files.with_files_of_stack(then, request, stack.inventory(then))
        kept = (*carried(lost, left, request),)
        found = [*(x for x in found if x not in lost), *kept]
        found += over_removed(facts, said, request)
        found += joins_lan(facts, said, left, (*elsewhere,), request)
        found += what_becomes.in_use(left, request, found)
        found += what_becomes.beside(left, request, found)
        found += what_becomes.not_said(said, left, request)
        if was is not None:
            found += was.not_given_back(left)
            said = was.unsaid(said)
        if refused(found):
            return Proposal(request, _sorted(found), None)
        found += what_becomes.lost(facts, said, left, request, found)
        other = (*beside,) if was is None else was.beside_given_back(facts, written, beside)
        changes, activation = (*written, *other), draft.activate()
        if isinstance(request, Removal):
            found += cloud_init.stays(facts, changes)
    except XenbondError as error:
        found.append(_refusal(stack, "file-not-editable", error))
        return Proposal(request, _sorted(found), None)
    outage = activation.outage if facts.access.knows_running else None
    if isinstance(request, SetUp) and activation.remakes:
        found += remade(
            facts,
            answers,
            activation.forward,
            activation.remakes,
            under_bridge=activation.under_bridge,
        )
        if refused(found):
            return Proposal(request, _sorted(found), None)
    plan = Plan(
        stack=stack.name,
        changes=changes,
        forward=activation.forward,
        rollback=activation.rollback,
        expected=expected(request),
        summary=summary(request),
        outage=outage,
        nm_checkpoint=activation.nm_checkpoint,
        at_boot=activation.at_boot,
    )
    if outage is None or not outage.expected:
        found = [*lease_goes_along(found, facts, request)]
    found = [*session_told(found, outage)]
    where = request.nic if isinstance(request, Removal) else answers.bridge.name
    return Proposal(request, _sorted((*found, *out_of_reach(outage, where))), plan)


def judged(
    stack: Stack, facts: HostFacts, request: Request, told: Iterable[Finding] = ()
) -> tuple[list[Finding], Draft | None, tuple[inventory.Item, ...], Request]:
    """What programs and files have against a request, nothing written yet.

    Of one that asks for what the files say already: what is wrong with them (`health.written`).

    Returns:
        What was told and what is found; the draft, None where a file can't be read; what the files
        say; the request with the MTU that is there.

    Raises:
        ValueError: the answers themselves are wrong, and nothing is refused yet.
    """
    found, said = [*told, *stack.able(facts, request)], tuple[inventory.Item, ...]()
    draft = None
    try:
        said = link_files.with_files_of_stack(facts, request, inventory_of(stack, facts))
        request = with_mtu(said, request)
        if isinstance(request, Removal):
            draft = stack.remove(facts, request)
        else:
            draft = stack.set_up(facts, request.answers)
        for finding in draft.check():
            found.append(finding)
        found += bond_elsewhere(said, request)
        found += over_bond(facts, said, request)
        found += what_becomes.uses(said, request, found)
        found += link_files.check(facts, request)
        found += mac_unknown(said, request)
        if isinstance(request, SetUp):
            found += against(said, request.answers.bond)
    except XenbondError as error:
        found.append(_refusal(stack, "unreadable-file", error))
    except ValueError:
        # The answers themselves are wrong, which the rules say in better words.
        if not refused(found):
            raise
    if any(it.code in _UNREAD for it in found if it.severity is Severity.REFUSE):
        # Whoever has the address may well be in that file.
        found = [it for it in found if it.code != "no-address"]
    return found, draft, said, request


def _before(stack: Stack, facts: HostFacts, request: Request) -> "Before | None":
    """What earlier changes found, of a removal that knows of any."""
    if not isinstance(request, Removal) or not request.earlier:
        return None
    from xenbond_tui.stacks.as_before import before

    return before(stack, facts, request)


def _sorted(found: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(found, key=by_severity))


def _refusal(stack: Stack, code: str, error: XenbondError) -> Finding:
    """An error of a file as a finding; the text says what was left untouched."""
    found = from_error(code, error, "Put that right and try again.")
    return found if found.where else replace(found, where=stack.title)
