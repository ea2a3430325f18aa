"""Which bond a removal is about, its bridge, and which slave gets the address."""

from collections.abc import Iterable, Sequence

from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers, Removal
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.names import normal_mac
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.regex import regex
from xenbond_tui.rules.goes_along import holder_of, mac_written
from xenbond_tui.rules.hook_scripts import commands
from xenbond_tui.rules.inventory import Item, Kind, files_after
from xenbond_tui.rules.link_commands import names_a_bond
from xenbond_tui.stacks.base import Stack
from xenbond_tui.stacks.present import bonds_written, items_of, present

_PLAIN = regex(r"(?!(?:all|none|regex|glob)$)[\w.:-]+")
"""A link's name, no pattern of ports."""


def likely_nic(facts: HostFacts, answers: Answers, had: str = "") -> str:
    """The slave that gets the address unless the operator names one.

    Of those with a link, the one whose MAC the address has now, so that no neighbour has to learn
    another; else the one that had it before the bond (`had`), the active slave, the primary one,
    the first.
    """
    slaves = [link for name in answers.bond.slaves if (link := facts.link(name)) is not None]
    usable = [link.name for link in slaves if link.carrier] or [link.name for link in slaves]
    holder = facts.link(answers.bridge.name) or facts.link(answers.bond.name)
    bond = facts.bond(answers.bond.name)

    def rank(name: str) -> tuple[bool, bool, bool, bool]:
        link = facts.link(name)
        return (
            holder is None or link is None or link.permanent_mac != holder.mac,
            name != had,
            bond is None or name != bond.active_slave,
            name != answers.bond.options.get("primary"),
        )

    return min(usable or answers.bond.slaves, key=rank)


def had_address(stack: Stack, facts: HostFacts, answers: Answers, request: Removal) -> str:
    """The slave that had the address when it was none yet.

    It is the one whose MAC the files give the bridge or the bond, else the one that had it by what
    earlier changes found. A change that found the address at the bond or the bridge came later.
    """
    bond, bridge = answers.bond.name, answers.bridge.name
    now = items_of(stack, facts)
    macs = {mac for name in (bridge, bond) if (mac := mac_written(now, name))}
    for name in answers.bond.slaves:
        link = facts.link(name)
        if link is not None and link.permanent_mac in macs:
            return name
    for found in request.earlier:
        # NetworkManager passes profiles over that others may read.
        changes = (FileChange(path, None, old, 0o600) for path, (old, _) in found.items())
        items = items_of(stack, files_after(facts, changes))
        if holder_of(items, answers, bridge, bond) in (bridge, bond):
            continue
        # A file that was left alone has what it had: its NIC gave nothing away.
        had = holder_of((it for it in items if it.path in found), answers)
        if had in answers.bond.slaves:
            return had
    return ""


def _is_bond(facts: HostFacts, written: BondAnswers) -> bool:
    """False for what a bond would be made of first: one NIC, where no bond is written."""
    running = facts.bond(written.name)
    names = {item.name for item in running.slaves} if running is not None else set()
    return len(written.slaves) > 1 or (bool(names) and names == set(written.slaves))


def named(stack: Stack, facts: HostFacts, items: Sequence[Item], wanted: str) -> Answers:
    """What the files say of the bond that is meant: the one named, under a bridge, or alone.

    Raises:
        XenbondError: they make none, or several.
    """
    made = bonds_written(items)
    found = {}
    for name in dict.fromkeys((*made, *(bond.name for bond in facts.bonds))):
        bridge = _bridge_of(facts, items, name)
        about = Answers(stack.name, BondAnswers(name), BridgeAnswers(bridge or "xenbr0"))
        written = present(stack, facts, about)
        if written is not None and _is_bond(facts, written.bond):
            found[name] = (written, bool(bridge))
    if wanted and wanted not in found:
        others = f" It configures {' and '.join(found)}." if found else ""
        text = (
            f"{stack.title} configures no bond {wanted} of two NICs; nothing was changed.{others}"
        )
        raise _none(stack, facts, items, [name for name in made if name == wanted], text)
    meant = [wanted] if wanted else [name for name in found if found[name][1]] or [*found]
    if len(meant) == 1:
        return found[meant[0]][0]
    if meant:
        which = " or ".join(f"`remove {name}`" for name in meant)
        where = "each under a bridge" if found[meant[0]][1] else "none of them under a bridge"
        raise XenbondError(
            f"{stack.title} configures {' and '.join(meant)}, {where}, and I can't tell which is "
            f"meant; nothing was changed. Name it: {which}."
        )
    names = ", ".join(bond.name for bond in facts.bonds if bond.slaves)
    runs = f"{names} runs, but no file makes it." if names else "No bond runs here."
    text = (
        f"{runs} {stack.title} configures no bond of two NICs, so there is none I "
        "could take away; nothing was changed."
    )
    raise _none(stack, facts, items, made, text)


def _none(
    stack: Stack, facts: HostFacts, items: Sequence[Item], made: Sequence[str], text: str
) -> XenbondError:
    """Why there is no bond that could go, with the lines that make one after all."""
    if made and not facts.links_known:
        return XenbondError.at(
            _places(it for it in items if it.value in made and it.kind is Kind.MASTER)
            or _places(it for it in items if it.link in made and it.kind is Kind.BOND),
            f"{stack.title} makes {' and '.join(made)}, but no file names two slaves of it, and "
            "which NICs this system has is not known; nothing was changed. Name the slaves where a "
            "pattern stands for them, or remove the bond on the running host.",
        )
    if by_command := _by_command(facts, items):
        return XenbondError.at(
            by_command,
            f"{text} What stands there makes a bond by commands, which I can't take back: take "
            "them out yourself.",
        )
    return XenbondError(text)


def _places(items: Iterable[Item]) -> str:
    return ", ".join(dict.fromkeys(it.where for it in items))


def _by_command(facts: HostFacts, items: Iterable[Item]) -> str:
    """Where commands of the files, or of scripts that the boot runs, make or fill a bond."""
    own = [it.where for it in items if it.kind is Kind.COMMAND and names_a_bond(it.value)]
    scripts = [where for where, _, meant in commands(facts) if any(map(names_a_bond, meant))]
    return ", ".join(dict.fromkeys((*own, *scripts)))


def refuse_unknown_macs(facts: HostFacts, items: Sequence[Item], answers: Answers) -> None:
    """The files may find a slave by its MAC alone: of a NIC that is not there no name is known.

    Raises:
        XenbondError: no NIC, or more than one, has it; names the lines.
    """
    bond = answers.bond
    for mac in filter(None, map(normal_mac, bond.slaves)):
        if sum(it.permanent_mac == mac and not it.kind for it in facts.links) != 1:
            raise XenbondError.at(
                _places(it for it in items if it.kind is Kind.MASTER and it.value == bond.name)
                or _places(it for it in items if it.kind is Kind.BOND and it.link == bond.name),
                f"finds a slave of {bond.name} by the MAC {mac}, and which NIC here has it is not "
                "known. Nothing was changed; name the NIC there (netplan: set-name), or remove the "
                "bond on the running host, with that NIC in it.",
            )


def bridged(facts: HostFacts, items: Iterable[Item], answers: Answers) -> bool:
    """Is there a bridge of that name, in the files or running?"""
    bridge = answers.bridge.name
    return facts.bridge(bridge) is not None or any(bridge in (it.link, it.value) for it in items)


def _bridge_of(facts: HostFacts, items: Iterable[Item], bond: str) -> str:
    """The bridge whose port the bond is, in the files, else running; "" for none."""
    for it in items:
        if it.kind is Kind.MASTER and it.link == bond:
            return it.value
        if it.kind is Kind.PORT and it.value == bond:
            return it.link
    return next((it.name for it in facts.bridges if bond in (p.name for p in it.ports)), "")


def refuse_other_bridge(facts: HostFacts, items: Sequence[Item], answers: Answers) -> None:
    """A bridge that does not have the bond is not the bond's, though its name is taken for one.

    Raises:
        XenbondError: there is a bridge of that name, and nothing names the bond as a port of it.
    """
    bond, bridge = answers.bond.name, answers.bridge.name
    if _bridge_of(facts, items, bond) == bridge or not bridged(facts, items, answers):
        return
    ports: dict[str, str] = {}
    for it in items:
        if it.kind is Kind.PORT and it.link == bridge:
            ports[it.value] = it.where
        elif it.kind is Kind.MASTER and it.value == bridge:
            ports[it.link] = it.where
    about = next((it.where for it in items if bridge in (it.link, it.value) and it.where), bridge)
    leave = f"take {bond} out of the files yourself, and leave {bridge} as it is."
    if not ports or not all(_PLAIN.fullmatch(name) for name in ports):
        raise XenbondError.at(
            next(iter(ports.values()), about),
            f"Nothing names {bond} as a port of {bridge}, so I can't tell that {bridge} is its "
            f"bridge. Nothing was changed; name {bond} there if it is, else {leave}",
        )
    raise XenbondError.at(
        next(iter(ports.values())),
        f"{bridge} has {' and '.join(ports)} as ports and not {bond}, so {bridge} is not the "
        f"bridge of {bond}, and {bond} can't be taken away beside it. Nothing was changed; {leave}",
    )
