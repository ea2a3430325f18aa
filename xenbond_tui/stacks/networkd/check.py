"""What systemd-networkd in particular must refuse or warn about, each with file and line."""

from collections.abc import Iterable, Iterator

from xenbond_tui.answers import Answers, Request, SetUp
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.names import bad_link_name
from xenbond_tui.rules import daemon
from xenbond_tui.rules.findings import Finding, note, refuse, warn
from xenbond_tui.rules.occupied import (
    has_master,
    in_another_bond,
    in_another_bridge,
    written_by_netplan,
)
from xenbond_tui.stacks.networkd import carry
from xenbond_tui.stacks.networkd.bond import DIALECT
from xenbond_tui.stacks.networkd.files import Configuration, Unit
from xenbond_tui.stacks.networkd.match import (
    Subject,
    first_line,
    greedy,
    literal,
    match_line,
    matching,
    more_slaves,
    subject,
    unit_of,
)
from xenbond_tui.stacks.networkd.places import (
    ETC,
    OLDEST_SUPPORTED,
    PERMANENT_MAC,
    SERVICE,
    version,
)


def able(facts: HostFacts, request: Request) -> Iterator[Finding]:
    """Which systemd this host has, and whether its daemon is at work."""
    if isinstance(request, SetUp):
        yield from _daemon(facts)
        yield from _options(facts, request.answers)


def check(config: Configuration, answers: Answers) -> Iterator[Finding]:
    """Everything found in the files."""
    facts = config.facts
    if not answers.bridge.mac and config.netdev(answers.bridge.name) is None:
        yield note(
            "mac-not-pinned",
            answers.bridge.name,
            f"No MAC is known to pin on {answers.bridge.name}: systemd will make one from the "
            "machine's ID, so a reservation for the NIC's MAC does not hold any more.",
            "Name the MAC in the answers, or plan on the running host.",
        )
    units = (*config.networks, *config.netdevs)
    yield from [written_by_netplan(unit.path) for unit in units if "netplan-" in unit.name][:1]
    slaves = [subject(facts, name) for name in answers.bond.slaves]
    for link in slaves:
        yield from _port(config, answers, link)
    bond = subject(facts, answers.bond.name, "bond")
    bridge = subject(facts, answers.bridge.name, "bridge")
    theirs = [unit for link in slaves if (unit := unit_of(config, link)) and literal(unit, link)]
    for link in (*slaves, bond, bridge):
        yield from _others(config, link, theirs if link in (bond, bridge) else [])
        yield from _lines(config, link)
    for link in (bond, bridge):
        yield from _of_all(config, answers, link)
    yield from _by_name(facts, slaves)
    yield from _guests(config, bridge)
    yield from _more_slaves(config, answers)


def _more_slaves(config: Configuration, answers: Answers) -> Iterator[Finding]:
    """Files that make further NICs slaves of the bond: by a pattern, or no name at all."""
    bond, names = answers.bond, "Name=" + " ".join(answers.bond.slaves)
    found: dict[Unit, list[str]] = {}
    for unit, link in more_slaves(config, bond):
        if not literal(unit, link):
            found.setdefault(unit, []).append(link.name)
    for unit, others in found.items():
        line, nics = first_line(unit), " and ".join(others)
        yield warn(
            "more-slaves-match",
            line.where,
            f"`{line.line.text}` there makes {nics} a slave of {bond.name} too.",
            f"A file for {nics} that comes before it keeps it out. Add {nics} to the slaves if it "
            f"is to be one, or name there the slaves alone: {names}.",
        )
    for unit in () if config.facts.links_known else config.networks:
        if unit.get("Network", "Bond") == bond.name and _open(unit, bond.slaves):
            line = first_line(unit)
            yield warn(
                "more-slaves-match",
                line.where,
                f"`{line.line.text}` there makes other NICs that match slaves of {bond.name} too; "
                "which this system has is not known.",
                f"Name there the slaves alone ({names}), or plan on the running host.",
            )


def _open(unit: Unit, slaves: tuple[str, ...]) -> bool:
    """May it be about other NICs than these?"""
    names = unit.words("Match", "Name")
    if not names:
        return not unit.words("Match", "MACAddress") + unit.words("Match", "PermanentMACAddress")
    return any(name not in slaves for name in names)


def _daemon(facts: HostFacts) -> Iterator[Finding]:
    number = version(facts)
    if number is None:
        yield note(
            "systemd-unknown",
            SERVICE,
            f"Which systemd this host has is not known; {OLDEST_SUPPORTED} or later is needed.",
            "See `networkctl --version`.",
        )
    elif number < OLDEST_SUPPORTED:
        yield refuse(
            "systemd-too-old",
            SERVICE,
            f"systemd {number} can't read its network files again while it runs; that came with "
            f"systemd {OLDEST_SUPPORTED}.",
            "Upgrade systemd first.",
        )
    yield from daemon.not_at_work(facts, SERVICE, "networkd", "systemd-networkd", "files")


def _options(facts: HostFacts, answers: Answers) -> Iterator[Finding]:
    number = version(facts)
    for option, value, key in DIALECT.unfit(answers.bond):
        yield refuse(
            "value-not-expressible",
            option,
            f"systemd-networkd's {key.name}= does not know {value}.",
            "Choose another value.",
        )
    for option, key in DIALECT.newer_than(answers.bond, (number or 0,)):
        yield refuse(
            "option-needs-newer-systemd",
            option,
            f"{key.name}= came with systemd {key.since[0]}; this host has {number or 'another'}.",
            f"Leave {option} out.",
        )


def _port(config: Configuration, answers: Answers, link: Subject) -> Iterator[Finding]:
    """What is said of a slave today that can't be, or must not be lost."""
    unit = unit_of(config, link)
    if unit is None:
        return
    bond, bridge = answers.bond.name, answers.bridge.name
    for item in unit.entries("Network", *carry.STACKED):
        for name in item.value.split():
            if wrong := bad_link_name(name):
                text = f"`{item.line.text}` is without effect: {name} {wrong}."
                yield note("line-without-effect", item.where, text)
    yield from _kept_down(unit, link, bond)
    for item in unit.entries("Network", "Bond")[-1:]:
        if item.value != bond:
            yield in_another_bond(item.where, link.name, item.value)
    for item in unit.entries("Network", "Bridge")[-1:]:
        if item.value != bridge:
            yield in_another_bridge(item.where, link.name, item.value)
    for item in unit.entries("Network", "VRF", "BatmanAdvanced", "KeepMaster"):
        yield has_master(item.where, link.name, item.value)


def _kept_down(unit: Unit, link: Subject, bond: str) -> Iterator[Finding]:
    """What keeps networkd from bringing up a link that a file is about."""
    for item in carry.down(unit):
        if item.line.key == "ActivationPolicy":
            why = f"without {link.name} up {bond} carries nothing by it"
            yield note(
                "line-goes", item.where, f"`{item.line.text}` does not hold for {link.name}: {why}."
            )
            continue
        yield refuse(
            "slave-unmanaged",
            item.where,
            f"`{item.line.text}` leaves {link.name} to another program.",
            f"Let that program make the bond, or take {link.name} out of that file's [Match].",
        )


def _of_all(config: Configuration, answers: Answers, link: Subject) -> Iterator[Finding]:
    """What a file says of bond or bridge, by its name or of all of a pattern."""
    unit, bond = unit_of(config, link), answers.bond.name
    if unit is not None and literal(unit, link):
        yield from _kept_down(unit, link, bond)
    elif unit is not None and link.name == bond:
        mtu = unit.entries("Link", "MTUBytes") if answers.bridge.mtu is None else ()
        for item in (*carry.down(unit), *mtu):
            yield note(
                "file-stays",
                item.where,
                f"`{item.line.text}` there is for any link of that [Match]. The new file of {bond} "
                "comes before it and does not say so.",
            )


def _others(config: Configuration, link: Subject, edited: list[Unit]) -> Iterator[Finding]:
    """Files that match besides the one that counts: shown, so that nobody wonders."""
    unit = unit_of(config, link)
    for other, answer in matching(config, link):
        line = first_line(other)
        if other in edited:
            continue
        if other is unit:
            reason = _stays(other, link)
            if reason:
                yield note(
                    "file-stays",
                    line.where,
                    f"`{line.line.text}` there configures {link.name} today. That file stays as it "
                    f"is, for {reason}; where {link.name} needs another, it comes before it.",
                )
        elif answer is None and unit is not None and other.name < unit.name:
            if not _stays(unit, link):
                yield warn(
                    "file-may-match",
                    line.where,
                    f"`{line.line.text}` may be about {link.name} too, and comes before "
                    f"{unit.path}, which would be without effect then.",
                    f"Give {unit.path} a name that comes before {other.name}.",
                )
        elif answer is None:
            yield note(
                "file-may-match",
                line.where,
                f"`{line.line.text}` may be about {link.name} too; the file that counts comes "
                "before it.",
            )
        else:
            yield note(
                "file-matches-too",
                line.where,
                f"`{line.line.text}` matches {link.name} too, and is without effect on it.",
            )


def _stays(unit: Unit, link: Subject) -> str:
    """Why a file is not edited but another one put before it; "" when it is edited."""
    if not literal(unit, link):
        return "it is about other links too"
    if len(unit.files) > 1:
        return f"{unit.files[1].path} is read after it"
    return "" if unit.path.startswith(f"{ETC}/") else "it is not the operator's to write"


def _lines(config: Configuration, link: Subject) -> Iterator[Finding]:
    """Lines networkd does not understand, in a file that will be edited."""
    unit = unit_of(config, link)
    for file in unit.files if unit is not None else ():
        for line in file.stray():
            if line.text.startswith("["):
                yield refuse(
                    "broken-section",
                    f"{file.path}:{line.number}",
                    f"`{line.text}` is no section: networkd reads nothing of that file below it.",
                    "Write it as [Section].",
                )
            else:
                yield note(
                    "line-without-effect",
                    f"{file.path}:{line.number}",
                    f"networkd does not understand `{line.text}`.",
                )


def _by_name(facts: HostFacts, slaves: Iterable[Subject]) -> Iterator[Finding]:
    number = version(facts)
    for link in slaves:
        if facts.link(link.name) is None or match_line(facts, link).startswith("Permanent"):
            continue
        why = (
            f"systemd {number} knows no PermanentMACAddress="
            if number is not None and number < PERMANENT_MAC
            else "its driver tells no permanent MAC, and the current one is the bond's as soon as "
            "it is a slave"
        )
        yield note("matched-by-name", link.name, f"{link.name} is found by its name: {why}.")


def _guests(config: Configuration, bridge: Subject) -> Iterator[Finding]:
    unit = greedy(config) if config.facts.xen.role == "dom0" else None
    if unit is not None:
        line = first_line(unit)
        yield note(
            "guests-ports-kept",
            line.where,
            f"`{line.line.text}` matches guests' ports (vif1.0) too: networkd would take them off "
            f"{bridge.name}. A new file leaves them to the toolstack.",
        )
