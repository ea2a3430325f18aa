"""Files of systemd-networkd's own that count for the links netplan has it configure.

netplan writes /run/systemd/network/10-netplan-ID.network and .netdev. Of all files that match a
link the first by name counts, one of that name under /etc goes before the one under /run, and what
lies in NAME.d of any directory is read after it (systemd.network(5), systemd.netdev(5)).
"""

from collections.abc import Iterator, Mapping

from xenbond_tui.answers import Answers, BondAnswers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.options.running import same
from xenbond_tui.options.table import OPTIONS
from xenbond_tui.rules.findings import Finding, refuse, warn
from xenbond_tui.stacks.netplan.made import PREFIX, with_made
from xenbond_tui.stacks.netplan.places import LEASE_DROP_IN
from xenbond_tui.stacks.networkd import carry
from xenbond_tui.stacks.networkd.bond import DIALECT as NETWORKD
from xenbond_tui.stacks.networkd.files import Configuration, Located, Unit
from xenbond_tui.stacks.networkd.match import Subject, first_line, matching, subject
from xenbond_tui.stacks.networkd.places import ETC, RUN
from xenbond_tui.value import replace

_ADDRESSING = frozenset({"Address", "Route", "RoutingPolicyRule", "DHCPServer", "IPv6SendRA"})
"""Sections that give the link an address, or a way by it."""
_ADDRESSES = frozenset({"Address", "Gateway", "DHCP", "DHCPServer", "IPv6AcceptRA"})
"""Keys of [Network] that do."""
_MASTERS = (*carry.MASTERS, "VRF", "BatmanAdvanced", "KeepMaster")


def beside(facts: HostFacts, ids: Mapping[str, str], answers: Answers) -> Iterator[Finding]:
    """What such a file undoes of what netplan is to say, and what it says besides.

    Args:
        facts: the host.
        ids: slave → the ID netplan has it by.
        answers: resolved.

    Raises:
        XenbondError: a file of networkd's can't be read.
    """
    bond, bridge = answers.bond.name, answers.bridge.name
    links = {name: ("", id) for name, id in ids.items()}
    links |= {bond: ("bond", bond), bridge: ("bridge", bridge)}
    config = Configuration(_made(facts, links))
    for name, (kind, id) in links.items():
        if kind:
            yield from _netdev(config, name, kind, answers.bond)
        master = "" if kind == "bridge" else bridge if kind else bond
        link = subject(facts, name, kind)
        yield from _network(config, link, f"{PREFIX}{id}.network", master, bridge)


def _made(facts: HostFacts, links: Mapping[str, tuple[str, str]]) -> HostFacts:
    """The host with the files netplan will have made, as far as it matters whose they are."""
    kept = {
        at: it
        for at, it in facts.files.items()
        if ".d/" in at or not at.startswith(f"{RUN}/{PREFIX}")
    }
    texts = {}
    for name, (kind, id) in links.items():
        texts[f"{PREFIX}{id}.network"] = f"[Match]\nName={name}\n"
        if kind:
            texts[f"{PREFIX}{id}.netdev"] = f"[NetDev]\nName={name}\nKind={kind}\n"
    return with_made(replace(facts, files=kept), texts)


def _netdev(config: Configuration, name: str, kind: str, bond: BondAnswers) -> Iterator[Finding]:
    unit, made = config.netdev(name), f"{RUN}/{PREFIX}{name}.netdev"
    if unit is None or unit.path != made or unit.get("NetDev", "Kind") != kind:
        files = [] if unit is None else list(unit.files)
        lines = [Located(it, line) for it in files for line in it.entries("NetDev", "Kind")]
        where = lines[-1].where if lines else f"{ETC}/{PREFIX}{name}.netdev"
        text = f"systemd-networkd makes {name} by that file, not by netplan's."
        yield _refusal(where, text, made)
        return
    for line in _lines(unit):
        option = NETWORKD.option_of(line.line.key or "") if kind == "bond" else None
        if option is None:
            yield _stays(line, f"counts for {name}, over what netplan says", own=True)
            continue
        planned = bond.every_option.get(option, OPTIONS[option].default)
        if not same(option, NETWORKD.read(option, line.line.value), planned, bond.miimon):
            text = f"`{line.line.text}` counts for {name}, and {option} {planned} is planned."
            yield _refusal(line.where, text, made)


def _network(
    config: Configuration, link: Subject, made: str, master: str, bridge: str
) -> Iterator[Finding]:
    path = f"{RUN}/{made}"
    for unit, answer in matching(config, link):
        line = first_line(unit)
        if unit.path == path:
            yield from _dropped(unit, link.name, master, bridge)
            return
        if answer:
            how = "is taken in the place of" if unit.name == made else "comes before"
            text = f"`{line.line.text}` matches {link.name} and {how} {path}: what netplan says of "
            yield _refusal(line.where, f"{text}{link.name} is without effect.", path)
            return
        yield warn(
            "file-may-match",
            line.where,
            f"`{line.line.text}` may be about {link.name} too, and comes before {path}, which "
            "would be without effect then.",
            f"Give that file a name that comes after {made}.",
        )
    yield _refusal(
        f"{ETC}/{made}",
        f"is taken in the place of {path}: networkd has nothing of {link.name} by netplan.",
        path,
    )


def _dropped(unit: Unit, link: str, master: str, bridge: str) -> Iterator[Finding]:
    """What drop-ins of the file say: a port has neither an address nor another master."""
    down = [it.line for it in carry.down(unit)]
    for it in _lines(unit):
        said, key = f"`{it.line.text}`", it.line.key or ""
        section = next(x.name for x in it.file.sections() if it.line in x.entries)
        if it.line in down:
            yield _refusal(it.where, f"{said} has networkd leave {link} alone, or down.", unit.path)
        elif not master:
            yield _stays(it, f"goes on counting for {link}", own=True)
        elif key in _MASTERS and section == "Network":
            if it.value != master:
                text = f"{said} counts for {link}, which is to be a port of {master}."
                yield _refusal(it.where, text, unit.path)
        elif section in _ADDRESSING or (section == "Network" and key in _ADDRESSES):
            text = f"{said} stays with {link}, which is to be a port of {master}, and does not "
            yield _refusal(it.where, f"{text}go along to {bridge}.", unit.path)
        else:
            yield _stays(it, f"stays with {link} and does not go along to {bridge}")


def _lines(unit: Unit) -> Iterator[Located]:
    """What drop-ins say that is not a NIC's own, nor nothing."""
    own = carry.OWN_KEYS - {("Link", "ActivationPolicy"), ("Link", "Unmanaged")}
    own -= {("Network", key) for key in carry.MASTERS}
    for file in unit.files[1:]:
        if file.path.endswith(f"/{LEASE_DROP_IN}"):
            continue
        for section in file.sections():
            for line in section.entries if section.name not in carry.OWN_SECTIONS else ():
                pair = (section.name, line.key or "")
                empty = not line.value or (line.key, line.value) in carry.NOTHING
                if not empty and pair not in own and pair not in carry.BOTH_KEYS:
                    yield Located(file, line)


def _refusal(where: str, text: str, made: str) -> Finding:
    remedy = f"Take that out, so that {made} counts; what it is for, netplan's files may say."
    return refuse("networkd-beside-netplan", where, text, remedy)


def _stays(it: Located, how: str, *, own: bool = False) -> Finding:
    advice = "Write it to a drop-in of the link that is to have it, or take it out."
    if own:
        advice = "Take it out if the link is not to have it any more."
    return warn("drop-in-stays", it.where, f"`{it.line.text}` {how}.", advice)
