"""The files without bond and bridge: what the bridge had is one NIC's again.

The reverse of `take`, `write_bond` and `write_bridge`. A line of theirs that is neither the
bond's, the bridge's nor the address's is not dropped: the operator has to say where it goes.
"""

from collections.abc import Iterator

from xenbond_tui.answers import Removal
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.files.interfaces import Line
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.rules.link_commands import of_the_bond
from xenbond_tui.stacks.base import Activation, CommonRemoval, refuse_what_cannot_go_along
from xenbond_tui.stacks.change_over.conditions import afterwards
from xenbond_tui.stacks.change_over.transition import Direction
from xenbond_tui.stacks.ifupdown.activate import ByIfup
from xenbond_tui.stacks.ifupdown.address import cidr, remove_stanza, set_method
from xenbond_tui.stacks.ifupdown.bond import drop, is_bond, written_slaves
from xenbond_tui.stacks.ifupdown.files import AT_BOOT, Configuration, Located, today
from xenbond_tui.stacks.ifupdown.hitless import move
from xenbond_tui.stacks.ifupdown.moves import COMMANDS, Fate, fate, mentions, moved_texts
from xenbond_tui.stacks.ifupdown.transition import IfupdownTransition
from xenbond_tui.stacks.ifupdown.write import Block, editing, explained, own_stanza

_OWN = frozenset({"slaves", "mtu", "hwaddress"})
"""Options of a bond or a bridge that are not spelt `bond-…` or `bridge-…`, and go with it."""


class RemovalDraft(CommonRemoval):
    """The removal in the making."""

    def __init__(self, facts: HostFacts, removal: Removal) -> None:
        super().__init__(facts, removal)
        self.before, self.after = today(facts), Configuration(facts)

    def write(self) -> Iterator[FileChange]:
        """As `Draft`."""
        with editing():
            edit(self.after, self.removal)
        return explained(self.after, self.removal)

    def activate(self) -> Activation:
        """Without an outage where it can be, else in the order of ifdown and ifup."""
        answers, nic = self.answers, self.removal.nic
        return ByIfup(self.facts, answers, self.before, self.after, nic).unless(self._way)

    def _way(self) -> IfupdownTransition:
        answers, before, after = self.answers, self.before, self.after
        there = afterwards(self.facts, self.removal, leases=True)
        found = move(there, answers, after, answers.bridge.name)
        return IfupdownTransition(there, answers, after, before, found, Direction.PART)


def edit(config: Configuration, removal: Removal) -> None:
    """Take bond and bridge out of the files.

    Raises:
        XenbondError: no file makes that bond, or a line can't go along; names file and line.
    """
    bond, nic = removal.answers.bond.name, removal.nic
    if not any(is_bond(item) for item in config.ifaces(bond)) and not written_slaves(config, bond):
        raise XenbondError(
            f"{config.main.path} and what it reads make no {bond}, so there is nothing to take "
            "away; nothing was changed."
        )
    gone = [name for name in (removal.answers.bridge.name, bond) if config.ifaces(name)]
    lines = [*_unclear(config, gone), *_mentions(config, removal, gone)]
    refuse_what_cannot_go_along([f"{it.where(line)}: {line.text}" for it, line in lines], gone)
    taken = [item for item in config.ifaces(nic) if item.method not in ("manual", "")]
    if taken:
        raise XenbondError.at(
            taken[0].where(),
            f"{nic} has an address there, though it is a "
            "slave. Nothing was changed; take it out (`inet manual`), and try again.",
        )
    mtus = (it.stanza.value("mtu") for name in gone for it in config.ifaces(name))
    mtu = next((mtu for mtu in mtus if mtu is not None), None)
    blocks = [block for name in gone for block in _blocks(config, name, nic)]
    classes = [item for item in config.classes() if item.name in gone]
    kinds = {item.kind for item in classes} or {"auto"}
    at_boot = next((kind for kind in AT_BOOT if kind in kinds), "")
    _forget_blank_slaves(config, removal)
    for name in gone:
        _remove(config, name)
    for name in removal.answers.bond.slaves:
        _free(config, name)
    _give(config, nic, blocks)
    by_itself = (item for item in config.classes() if item.kind in AT_BOOT)
    if at_boot and blocks and not any(item.brings_up(nic) for item in by_itself):
        first = config.ifaces(nic)[0]
        first.file.insert_before(first.head, f"{at_boot} {nic}")
    first = config.ifaces(nic)[0]
    if mtu is not None and not first.stanza.named("mtu"):
        first.set_option("mtu", mtu)


def _unclear(config: Configuration, gone: list[str]) -> Iterator[tuple[Located, Line]]:
    """Lines of the bond's and the bridge's own stanzas that would be lost."""
    for name in gone:
        for located in config.ifaces(name):
            for line in located.stanza.options:
                if line.name in COMMANDS and of_the_bond(line.value):
                    continue
                if (not _is_own(line) and fate(line, name) is not Fate.MOVES) or (
                    line.name in COMMANDS
                    and any(mentions(line.value, other) for other in gone if other != name)
                ):
                    yield located, line


def _is_own(line: Line) -> bool:
    return line.name.startswith(("bridge-", "bond-")) or line.name in _OWN


def _mentions(
    config: Configuration, removal: Removal, gone: list[str]
) -> Iterator[tuple[Located, Line]]:
    """Lines elsewhere that need the bond or the bridge: VLANs, aliases, routes."""
    for located in config.of_keyword("iface", "mapping", "template"):
        name = located.stanza.arguments[0] if located.stanza.arguments else ""
        if name in gone:
            continue
        if any(name.startswith((f"{other}.", f"{other}:")) for other in gone):
            yield located, located.head
            continue
        for line in located.stanza.options:
            own = _is_own(line) or (line.name in COMMANDS and of_the_bond(line.value))
            is_slave = name in removal.answers.bond.slaves and own
            if not is_slave and any(mentions(line.value, other) for other in gone):
                yield located, line


def _blocks(config: Configuration, name: str, nic: str) -> Iterator[Block]:
    """What each stanza of a link gives to the NIC."""
    for position, located in enumerate(config.ifaces(name)):
        _, texts = moved_texts(located, nic)
        if located.method == "manual" and not texts:
            continue
        lead = () if position == 0 else located.stanza.lead
        yield Block(
            located.family,
            located.method,
            tuple(texts),
            tuple(line.raw.rstrip("\r\n") for line in lead),
            cidr(located),
        )


def _forget_blank_slaves(config: Configuration, removal: Removal) -> None:
    """What `write_bond` puts above a new bond for slaves that no file knew; bare, as it made it."""
    bond, texts = removal.answers.bond.name, [it for one in removal.earlier for it in one.values()]
    there = b"".join(old or b"" for old, _ in texts).split(b"\n")
    found = list(config.stanzas())
    at = next((i for i, (_, item) in enumerate(found) if _is_auto(item.head, bond)), 0)
    while at >= 2:
        (file, auto), (other, iface) = found[at - 2], found[at - 1]
        name = iface.arguments[0] if iface.arguments else ""
        bare = iface.head.words == ["iface", name, "inet", "manual"] and not iface.body
        known = name in removal.answers.bond.slaves and name != removal.nic
        if not (bare and known and file is other and _is_auto(auto.head, name) and not auto.lead):
            return
        if iface.lead or len(config.ifaces(name)) > 1 or iface.head.raw.strip().encode() in there:
            return
        start = file.lines.index(auto.head)
        end = file.lines.index(iface.head) + 1
        if end < len(file.lines) and not file.lines[end].text:
            end += 1
        file.remove(*file.lines[start:end])
        at -= 2


def _is_auto(line: Line, name: str) -> bool:
    return line.words == ["auto", name]


def _remove(config: Configuration, name: str) -> None:
    """The link's stanzas, and its name on every line that brings it up."""
    for item in [item for item in config.classes() if item.name == name][::-1]:
        stanza = next(one for one in item.file.stanzas() if one.head is item.line)
        if len(item.line.words) == 2:
            # What stands above `auto xenbr0` is about xenbr0.
            item.file.remove(*stanza.lead)
        drop(item)
    for located in config.ifaces(name):
        remove_stanza(located)


def _free(config: Configuration, slave: str) -> None:
    """A slave's stanzas without a word of the bond."""
    options = {key.name for _, key in config.dialect.said()} | {"bond-master"}
    for located in config.ifaces(slave):
        located.file.remove(*located.stanza.named(*options))


def _give(config: Configuration, nic: str, blocks: list[Block]) -> None:
    """The first block fills the NIC's stanza, every other one becomes a stanza below."""
    stanzas = config.ifaces(nic)
    if not stanzas:
        config.main.append(f"iface {nic} inet manual")
        stanzas = config.ifaces(nic)
    for position, block in enumerate(blocks):
        if position == 0:
            first = set_method(stanzas[0], block.family, block.method)
            first.file.insert_after(first.head, *block.texts)
        else:
            last = config.ifaces(nic)[-1]
            last.file.insert_after(last.stanza.last, "", *own_stanza(block, nic))
