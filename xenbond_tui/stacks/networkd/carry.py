"""What of a .network file goes with the address to another link, and what is the NIC's own.

Everything goes but what is about the NIC itself: its [Match], the traffic shaping and the ports of
its hardware, and a few keys. Lines move as they stand, with the comments above them.
"""

import re
from collections.abc import Iterable, Sequence

from xenbond_tui.errors import XenbondError
from xenbond_tui.files.ini import IniFile, Section
from xenbond_tui.files.ini_lines import SYSTEMD, Line
from xenbond_tui.stacks.networkd.files import Located, Unit
from xenbond_tui.value import dataclass

PORT_SECTIONS = frozenset({"Bridge", "BridgeVLAN", "BridgeFDB", "BridgeMDB"})
"""About a port of a bridge: they follow the port."""
OWN_SECTIONS = frozenset(
    {"Match", "SR-IOV", "CAN", "IPoIB", "LLDP", "QDisc", "NetworkEmulator", "TokenBucketFilter"}
    | {"PIE", "FlowQueuePIE", "StochasticFairBlue", "StochasticFairnessQueueing", "BFIFO"}
    | {"PFIFO", "PFIFOHeadDrop", "PFIFOFast", "CAKE", "ControlledDelay", "TrivialLinkEqualizer"}
    | {"DeficitRoundRobinScheduler", "DeficitRoundRobinSchedulerClass", "HeavyHitterFilter"}
    | {"EnhancedTransmissionSelection", "GenericRandomEarlyDetection", "QuickFairQueueing"}
    | {
        "FairQueueingControlledDelay",
        "FairQueueing",
        "QuickFairQueueingClass",
        "MultiClassQueueing",
    }
    | {"HierarchyTokenBucket", "HierarchyTokenBucketClass", "ClassfulMultiQueueing"}
    | {"BandMultiQueueing"}
    | PORT_SECTIONS
)
"""About the NIC, not about its address (systemd.network(5))."""
MASTERS = ("Bond", "Bridge")
OWN_KEYS = frozenset(
    {("Network", key) for key in (*MASTERS, "PrimarySlave", "ActiveSlave", "LLDP", "EmitLLDP")}
    | {("Link", key) for key in ("ActivationPolicy", "Multicast", "AllMulticast", "Promiscuous")}
    | {("Link", key) for key in ("Unmanaged", "Group")}
)
BOTH_KEYS = frozenset({("Link", "MTUBytes")})
NOTHING = frozenset(
    (key, "no") for key in ("LinkLocalAddressing", "IPv6AcceptRA", "DHCP", "RequiredForOnline")
)
"""Lines that only say what a port is without anyway."""
STACKED = ("VLAN", "MACVLAN", "MACVTAP", "IPVLAN", "IPVTAP", "VXLAN", "Tunnel", "MACsec", "Xfrm")
"""Links that are made on top of the one the file is about."""
_NAMES_LINK = frozenset({"IncomingInterface", "OutgoingInterface"})


@dataclass(frozen=True, slots=True)
class Parts:
    """The lines of one or more files, apart."""

    own: tuple[Line, ...]
    moved: tuple[Line, ...]
    spaced: bool
    """The file has blank lines between its sections."""

    @property
    def assignments(self) -> tuple[Line, ...]:
        """The moved lines that would be missed."""
        return tuple(
            line
            for line in self.moved
            if line.key not in (None, "MTUBytes") and (line.key, line.value) not in NOTHING
        )


def parts(files: Sequence[IniFile], *, keeps: Iterable[str] = ()) -> Parts:
    """Take a .network file and its drop-ins apart, as if they were one file.

    `keeps`: further keys of [Network] that stay.
    """
    stay = OWN_KEYS | {("Network", key) for key in keeps}
    own: list[Line] = []
    moved: list[Line] = []
    spaced = True
    for file in files:
        if len(files) > 1 and file.lines:
            # What comes from the next file must not join its last line.
            file.append()
        sections = file.sections()
        starts = [_start(file, section) for section in sections]
        own += file.lines[: starts[0]] if starts else file.lines
        for section, start, end in zip(sections, starts, [*starts[1:], None], strict=False):
            block = file.lines[start:end]
            if section.name == "Match" and end is not None:
                spaced = not block[-1].text
            if section.name in OWN_SECTIONS:
                own += block
            else:
                _part(section, block, own, moved, stay)
    return Parts(tuple(own), tuple(moved), spaced)


def _start(file: IniFile, section: Section) -> int:
    first = (*section.lead, section.head)[0]
    return next(i for i, line in enumerate(file.lines) if line is first)


def _part(
    section: Section,
    block: list[Line],
    own: list[Line],
    moved: list[Line],
    stay: frozenset[tuple[str, str]],
) -> None:
    kept: list[Line] = []
    gone: list[Line] = []
    above: list[Line] = []
    body = block[len(section.lead) + 1 :]
    for line in body:
        pair = (section.name, line.key or "")
        if line.comment:
            above.append(line)
            continue
        if pair in BOTH_KEYS:
            kept.append(line)
        (kept if pair in stay else gone).extend((*above, line))
        above = []
    gone += above
    if kept and not any(line.key or line.unknown for line in gone):
        own += block
        return
    if kept:
        own += [section.head, *kept, *(line for line in body[-1:] if not line.text)]
    moved += [*section.lead, section.head, *gone]


def assembled(path: str, lines: Iterable[Line]) -> IniFile:
    """Those lines as one file."""
    return IniFile.parse(path, "".join(line.raw for line in lines), SYSTEMD)


def renamed(file: IniFile, old: str, new: str, source: str) -> None:
    """Let the lines that name a link name the other one, where that is plain.

    A link that stands on it has a name like any other (`VLAN=bond0.200`), which stays.

    Raises:
        XenbondError: a line names it in a way I can't rewrite; names `source`, the file where
            that line stands today.
    """
    mention = re.compile(rf"(?<![\w.:-]){re.escape(old)}(?![\w:-])")
    scoped = re.compile(rf"(?<=[@%]){re.escape(old)}(?![\w.:-])")
    for section in file.sections():
        for line in section.entries:
            if section.name == "Match" or line.key in (*MASTERS, *STACKED):
                continue
            if not mention.search(line.value):
                continue
            after = new if line.key in _NAMES_LINK and line.value == old else None
            after = after or scoped.sub(lambda _: new, line.value)
            if mention.search(after) and line.key != "Description":
                raise XenbondError.at(
                    source,
                    f"`{line.text}` names {old} in a way I can't rewrite safely. "
                    "It was left untouched; edit that line yourself and try again.",
                )
            if after != line.value:
                file.set_value(line, after)


def down(unit: Unit) -> tuple[Located, ...]:
    """Lines that have networkd leave the link alone, or not bring it up (systemd.network(5))."""
    lines = unit.entries("Link", "ActivationPolicy")
    policies = (item for item in lines if item.value not in ("up", "always-up"))
    alone = unit.entries("Link", "Unmanaged") if unit.yes("Link", "Unmanaged") else ()
    return (*alone[-1:], *policies)
