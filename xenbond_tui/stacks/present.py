"""What stands today: a stack's files, and what else says a bond's options.

One rule for where an option comes from: a key of the stack's files; else what the bond runs with;
of a bond that does not run, a command in those files, else the bonding module's files.
"""

from collections.abc import Iterable, Iterator, Sequence

from xenbond_tui import modprobe
from xenbond_tui.answers import Answers, BondAnswers
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.bond import BondState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.options.running import canonical, running, same
from xenbond_tui.options.table import OPTIONS, parse_option
from xenbond_tui.regex import regex
from xenbond_tui.rules.findings import Finding, note, refuse
from xenbond_tui.rules.goes_along import holder_of
from xenbond_tui.rules.inventory import Item, Kind
from xenbond_tui.stacks.base import Stack
from xenbond_tui.stacks.dialect import bond_answers
from xenbond_tui.value import replace

_WRITES = regex(
    r"echo\s+(?:-n\s+)?[\"']?(?P<text>[^\s\"'>]+)[\"']?\s*>+\s*"
    r"[\"']?/sys/class/net/(?P<link>[^/\s]+)/bonding/(?P<option>\w+)"
)
_IP_LINK = regex(
    r"\bip\s+(?:-\S+\s+)*l\w*\s+(?:set|add)\s+(?:dev\s+|name\s+)?(?P<link>\S+)\s(?:.*\s)?type\s+bond"
    r"\s(?P<options>[^;&|]*)"
)
_MODPROBE = regex(r"\bmodprobe\s(?:[^;&|]*\s)?bonding\s(?P<options>[^;&|]*)")
_DOWN = regex(r"(pre-|post-)?down\b")


def present(stack: Stack, facts: HostFacts, about: Answers | None = None) -> Answers | None:
    """As `Stack.read`, with the bond's options wherever they are said."""
    written = stack.read(facts, about)
    if written is None or not written.bond.name or not written.bond.left_out:
        return written
    return replace(written, bond=_present(stack, facts, written.bond))


def _present(stack: Stack, facts: HostFacts, bond: BondAnswers) -> BondAnswers:
    said = {it: text for it, text in bond.every_option.items() if it not in bond.left_out}
    found = beside(stack, facts, bond.name)
    state = facts.bond(bond.name) if facts.access.knows_running else None
    if state is not None and state.slaves:
        found = {it: at for it, at in found.items() if _runs(state, it, at[0])}
        sayable = ((it, text) for it, text in _running(state) if stack.dialect.spelling(it))
        found = {it: (text, "") for it, text in sayable} | found
    named = said.keys() | {OPTIONS[it].same_as for it in said if it in OPTIONS}
    found = {it: at for it, at in found.items() if it in bond.left_out and it not in named}
    options = {**{it: text for it, (text, _) in found.items()}, **said}
    options = {it: options[it] for it in OPTIONS if it in options}
    everything = bond_answers(bond.name, bond.slaves, options, bond.kept)
    return replace(everything, left_out=frozenset(), beside=found)


def _running(state: BondState) -> Iterator[tuple[str, str]]:
    """What a bond runs with and is not the kernel's default."""
    for name, option in OPTIONS.items():
        printed = running(state, name)
        if printed is None or same(name, printed, option.default):
            continue
        value = parse_option(name, canonical(name, printed))
        if isinstance(value, str):
            yield name, value


def _runs(state: BondState, name: str, value: str) -> bool:
    printed = running(state, name)
    return printed is None or same(name, printed, value, state.miimon)


def beside(stack: Stack, facts: HostFacts, bond: str) -> dict[str, tuple[str, str]]:
    """Option → its value and `path:line`, of what is said of a bond besides the stack's keys."""
    try:
        commands = dict(_by_command(inventory_of(stack, facts), bond))
        return {**modprobe.written(facts, bond), **commands}
    except XenbondError:
        # Whoever edits that file says which line it is.
        return {}


def items_of(stack: Stack, facts: HostFacts) -> tuple[Item, ...]:
    """What the files say; nothing where they can't be read, which is refused later."""
    try:
        return inventory_of(stack, facts)
    except XenbondError:
        return ()


def inventory_of(stack: Stack, facts: HostFacts) -> tuple[Item, ...]:
    """As `Stack.inventory`, made once of the same facts."""
    return facts.kept.of(facts, ("inventory", stack.name), lambda: tuple(stack.inventory(facts)))


def bonds_written(items: Iterable[Item]) -> tuple[str, ...]:
    """The bonds that the files make."""
    return tuple(dict.fromkeys(it.link for it in items if it.kind is Kind.BOND and it.link))


def gateways(items: Sequence[Item], answers: Answers) -> dict[str, str]:
    """Each gateway that the files have for the link with the address, or for the whole host.

    With its `path:line`. That link is the bridge, else the bond, else a slave.
    """
    if "gateway" not in answers.bridge.left_out:
        return {}
    holder = holder_of(items, answers, answers.bridge.name)
    # A file with an address is of links that are only described: its gateway is theirs.
    described = {it.path for it in items if it.kind in (Kind.ADDRESS, Kind.LEASE) and not it.link}
    everywhere = [it for it in items if not it.link and it.path not in described]
    said = {it.value: it.where for it in everywhere if it.kind is Kind.GATEWAY}
    own = {it.value: it.where for it in items if it.kind is Kind.GATEWAY and it.link == holder}
    return own | {value: where for value, where in said.items() if value not in own}


def against(items: Iterable[Item], bond: BondAnswers) -> Iterator[Finding]:
    """Each command of the files that would set another value than the planned one at each boot."""
    wanted = bond.every_option
    for option, (value, where) in _by_command(items, bond.name):
        planned = wanted.get(option, OPTIONS[option].default)
        if not same(option, value, planned, bond.miimon):
            yield refuse(
                "command-contradicts",
                where,
                f"That command sets {option} of {bond.name} to {value} whenever it comes up, and "
                f"{planned} is planned.",
                f"Take the command out, or ask for {option} {value}.",
            )


def _by_command(items: Iterable[Item], bond: str) -> Iterator[tuple[str, tuple[str, str]]]:
    for it in items:
        if it.kind is not Kind.COMMAND or _DOWN.match(it.value):
            continue
        names = (bond, "*") if it.link == bond else (bond,)
        for name, text in _set(it.value, names):
            value = parse_option(name, text) if name in OPTIONS else None
            if isinstance(value, str):
                yield name, (value, it.where)


def _set(command: str, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Option and text of each that a command sets of a bond with one of these names."""
    for found in _WRITES.finditer(command):
        if found["link"] in names:
            yield found["option"], found["text"].removeprefix("+")
    for found in _IP_LINK.finditer(command):
        if found["link"] in names:
            words = found["options"].split()
            yield from zip(words[::2], words[1::2], strict=False)
    for found in _MODPROBE.finditer(command):
        for word in found["options"].split():
            name, _, text = word.partition("=")
            yield name, text


def check_spelling(stack: Stack, written: Answers | None, bond: BondAnswers) -> Iterator[Finding]:
    """What is asked for and can't be said is refused; what is written and not known is told."""
    for option in bond.in_files:
        # One that no row knows is refused by the rules in better words.
        if option in OPTIONS and stack.dialect.spelling(option) is None:
            other = OPTIONS[option].same_as
            says_other = other and stack.dialect.spelling(other) is not None
            yield refuse(
                "option-not-expressible",
                option,
                f"{stack.title} has no way to say {option}.",
                f"Say {other}, which is the same." if says_other else f"Leave {option} out.",
            )
    if written is None or written.bond.name != bond.name:
        return
    for key, text in written.bond.kept.items():
        yield note(
            "option-kept",
            key,
            f"The files of {bond.name} say {key} {text}, which is no option that {stack.title} is "
            "known to have. It stays as it is.",
        )
