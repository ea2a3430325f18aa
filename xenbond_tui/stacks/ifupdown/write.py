"""Bond and bridge in /etc/network/interfaces, whichever program reads it.

What moves to the bridge's stanzas, and what bridge-utils 1.7 is told.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from xenbond_tui.answers import Answers, BridgeAnswers, Request
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.names import normal_mac
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.stacks.ifupdown.address import (
    agree,
    carrier_of_ports,
    cidr,
    remove_stanza,
    set_method,
    written_mac,
)
from xenbond_tui.stacks.ifupdown.bond import (
    drop,
    make_auto,
    spelt,
    write_bond,
    write_slaves,
    written_slaves,
)
from xenbond_tui.stacks.ifupdown.files import AT_BOOT, Configuration, Located
from xenbond_tui.stacks.ifupdown.moves import COMMANDS, moved_texts
from xenbond_tui.stacks.outcome import why
from xenbond_tui.value import dataclass, replace


@contextmanager
def editing() -> Iterator[None]:
    """Edit files.

    Raises:
        XenbondError: a line can't be edited without guessing; names file and line.
    """
    try:
        yield
    except ValueError as error:
        raise XenbondError(f"{error}; nothing was changed. Write that line again.") from None


def write(config: Configuration, answers: Answers) -> None:
    """Write the slaves, the bond and the bridge into the files."""
    if not config.main.lines:
        config.main.append("auto lo", "iface lo inet loopback")
    # Bond and slaves give up their address; first whom a boot starts.
    starts = config.brought_up(AT_BOOT)
    holders = (answers.bond.name, *sorted(answers.bond.slaves, key=lambda name: not starts(name)))
    blocks = tuple(block for name in holders for block in take(config, name, answers.bridge.name))
    _without_own_mac(config, answers)
    missing = write_slaves(config, answers)
    write_bond(config, answers, missing)
    write_bridge(config, answers, blocks)


def _without_own_mac(config: Configuration, answers: Answers) -> None:
    """Who becomes a slave has the bond's MAC; where it had the address the bridge has that one.

    A line with the MAC that the NIC has by itself does nothing, and stays.
    """
    before = written_slaves(config, answers.bond.name)
    for name in answers.bond.slaves:
        link = config.facts.link(name)
        for located in config.ifaces(name) if name not in before else ():
            words = (located.stanza.value("hwaddress") or "").split()
            if link is None or normal_mac(words[-1] if words else "") != link.permanent_mac:
                located.set_option("hwaddress", None)


def explained(config: Configuration, request: Request) -> Iterator[FileChange]:
    """The files' changes, each that is one with the reason for it."""
    for change in config.changes():
        yield change if change.status == "unchanged" else replace(change, why=why(request))


@dataclass(frozen=True, slots=True)
class Block:
    """What one stanza gave up: its family and method, and its lines as the bridge gets them."""

    family: str
    method: str
    texts: tuple[str, ...] = ()
    lead: tuple[str, ...] = ()
    """The comments above the stanza, when all of it moved."""
    address: str | None = None
    link: str = ""
    """Whose stanza it was."""


def take(config: Configuration, name: str, bridge: str) -> tuple[Block, ...]:
    """Take every address off a NIC's (or bond's) stanzas, with all that belongs to it.

    Its first stanza stays as `inet manual` with what is the NIC's own; others stay only if they
    have something of that.
    """
    blocks = []
    for position, located in enumerate(config.ifaces(name)):
        if located.method == "manual":
            continue
        lines, texts = moved_texts(located, bridge)
        stanza, method, family = located.stanza, located.method, located.family
        address = cidr(located)
        located.file.remove(*lines)
        lead: tuple[str, ...] = ()
        if position == 0 or located.stanza.options:
            set_method(located, "inet", "manual")
        else:
            lead = tuple(line.raw.rstrip("\r\n") for line in stanza.lead)
            remove_stanza(located)
        blocks.append(Block(family, method, tuple(texts), lead, address, name))
    return tuple(blocks)


def write_bridge(config: Configuration, answers: Answers, blocks: tuple[Block, ...]) -> None:
    """Write or edit the bridge; afterwards `auto` brings it up after the bond."""
    bridge = answers.bridge
    blocks = _wanted(blocks, bridge)
    if config.ifaces(bridge.name):
        _edit(config, answers, blocks)
        make_auto(config, bridge.name)
    else:
        _create(config, answers, blocks)
    agree(config, bridge)
    first = carrier_of_ports(config, bridge.name)
    if bridge.mtu is not None:
        first.set_option("mtu", str(bridge.mtu))
    _in_order(config, answers)


def _wanted(blocks: tuple[Block, ...], bridge: BridgeAnswers) -> tuple[Block, ...]:
    """The blocks worth keeping, IPv4 first; none for a bridge without address."""
    if bridge.method == "none":
        return ()
    keep: list[Block] = []
    at_once: dict[tuple[str, str], int] = {}
    lease = next((it.link for it in blocks if (it.family, it.method) == ("inet", "dhcp")), None)

    def goes(block: Block) -> bool:
        """An IPv4 address that is not asked for, or a lease beside those that are."""
        leased = block.method == "dhcp" and bridge.method == "static"
        unwanted = block.address is not None and block.address not in bridge.addresses
        # ifup does all stanzas of a link: an address beside the lease stays beside it.
        beside = bridge.method == "dhcp" and block.link == lease is not None
        return block.family == "inet" and (leased or unwanted) and not beside

    for block in sorted(blocks, key=lambda it: (it.family != "inet", goes(it))):
        # An IPv4 address that is not asked for goes; its routes would have nowhere to go either.
        if goes(block) and any(one.family == "inet" for one in keep):
            continue
        asked = (block.family, block.method)
        if block.method != "static" and asked in at_once:
            # It is asked for once, with the commands of both.
            first = keep[at_once[asked]]
            more = (it for it in block.texts if it.split()[0] in COMMANDS)
            keep[at_once[asked]] = replace(first, texts=(*first.texts, *more))
            continue
        at_once[asked] = len(keep)
        keep.append(block)
    return tuple(keep)


def _create(config: Configuration, answers: Answers, blocks: tuple[Block, ...]) -> None:
    bridge, file = answers.bridge, config.main
    indents = [text[: len(text) - len(text.lstrip())] for one in blocks for text in one.texts]
    indent = next((item for item in indents if item), file.indent)
    first = blocks[0] if blocks else _from_answers(bridge, indent)
    inet = bridge.method == "dhcp" or any(":" not in item for item in bridge.addresses)
    if first.family != "inet" and bridge.method != "none" and inet:
        blocks = (_from_answers(bridge, indent), *blocks)
        first = blocks[0]
    texts = [f"auto {bridge.name}", f"iface {bridge.name} {first.family} {first.method}"]
    texts += [*first.texts, f"{indent}bridge_ports {answers.bond.name}"]
    texts += [f"{indent}bridge_stp off", f"{indent}bridge_fd 0"]
    if bridge.mac:
        texts.append(f"{indent}bridge_hw {bridge.mac}")
    for block in blocks[1:]:
        texts += ["", *own_stanza(block, bridge.name)]
    file.append(*texts)


def _from_answers(bridge: BridgeAnswers, indent: str) -> Block:
    if bridge.method != "static" or not bridge.addresses:
        return Block("inet", "dhcp" if bridge.method == "dhcp" else "manual")
    first = next((item for item in bridge.addresses if ":" not in item), bridge.addresses[0])
    family = "inet6" if ":" in first else "inet"
    return Block(family, "static", (f"{indent}address {first}",))


def own_stanza(block: Block, name: str) -> list[str]:
    """The lines of a stanza of that link which says what a block does."""
    return [*block.lead, f"iface {name} {block.family} {block.method}", *block.texts]


def _edit(config: Configuration, answers: Answers, blocks: tuple[Block, ...]) -> None:
    bridge = answers.bridge
    first = carrier_of_ports(config, bridge.name)
    _ports(first, answers)
    if not first.stanza.named("bridge-stp"):
        first.set_option(spelt(first, "bridge_stp"), "off")
    # With STP on the kernel takes no forward delay below 2 s.
    without_stp = first.stanza.value("bridge-stp") in ("off", "no")
    if without_stp and not first.stanza.named("bridge-fd"):
        first.set_option(spelt(first, "bridge_fd"), "0")
    if bridge.mac and written_mac(config.ifaces(bridge.name)) != bridge.mac:
        first.set_option(spelt(first, "bridge_hw"), bridge.mac)
    has = {item.family for item in config.ifaces(bridge.name) if item.method != "manual"}
    leased: str | None = None
    late = ("inet", "static") if bridge.method == "dhcp" else None
    for block in sorted(blocks, key=lambda it: (it.family, it.method) == late):
        given = block.family not in has
        if given and (block.family, block.method) == ("inet", "dhcp"):
            leased = block.link
        if block.family == first.family and first.method == "manual" and given:
            first = set_method(first, block.family, block.method)
            first.file.insert_after(first.head, *block.texts)
            has.add(block.family)
        elif given or block.address in bridge.addresses or block.link == leased:
            last = config.ifaces(bridge.name)[-1]
            last.file.insert_after(last.stanza.last, "", *own_stanza(block, bridge.name))
            has.add(block.family)


def _ports(first: Located, answers: Answers) -> None:
    bond, slaves = answers.bond.name, answers.bond.slaves
    present = (first.stanza.value("bridge-ports") or "").split()
    others = [port for port in present if port not in (*slaves, bond, "none", "all")]
    if bond not in present or len(others) + 1 != len(present):
        first.set_option(spelt(first, "bridge_ports"), " ".join([bond, *others]))


def _in_order(config: Configuration, answers: Answers) -> None:
    """`ifup -a` must bring the bond up before the bridge: a port that is not there is left out."""
    bridge, autos = answers.bridge.name, config.classes("auto")
    at = [i for i, item in enumerate(autos) if item.brings_up(bridge)]
    bond = [i for i, item in enumerate(autos) if item.brings_up(answers.bond.name)]
    if at and not (bond and at[0] < bond[0]):
        return
    if at and autos[at[0]].name == bridge:
        drop(autos[at[0]])
    first = config.ifaces(bridge)[0]
    heads = [stanza.head for _, stanza in config.stanzas()]
    if not bond or heads.index(first.head) > heads.index(autos[bond[0]].line):
        first.file.insert_before(first.head, f"auto {bridge}")
    else:
        config.main.append(f"auto {bridge}")
