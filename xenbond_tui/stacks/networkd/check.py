"""What systemd-networkd in particular must refuse or warn about, each with file and line."""

from collections.abc import Iterator

from xenbond_tui.answers import Answers
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.rules import daemon
from xenbond_tui.rules.findings import Finding, note, refuse, warn
from xenbond_tui.stacks.change_over import Gap
from xenbond_tui.stacks.networkd import address, carry
from xenbond_tui.stacks.networkd.bond import KEYS
from xenbond_tui.stacks.networkd.edits import copies
from xenbond_tui.stacks.networkd.files import ETC, Configuration, Located, Unit
from xenbond_tui.stacks.networkd.match import (
    Subject,
    first_line,
    literal,
    matching,
    subject,
    unit_of,
)
from xenbond_tui.stacks.networkd.plan import Planner
from xenbond_tui.stacks.networkd.read import read
from xenbond_tui.stacks.networkd.steps import GAP, SLAVES_GAP, Steps
from xenbond_tui.stacks.networkd.version import LEAST, PERMANENT_MAC, version

SERVICE = "systemd-networkd.service"


def check(facts: HostFacts, answers: Answers) -> tuple[Finding, ...]:
    """Everything found; files that can't be read end it early."""
    found = [*_daemon(facts, answers), *_options(facts, answers)]
    try:
        config = Configuration(facts)
    except XenbondError as error:
        text = str(error)
        where = text.partition(" ")[0].rstrip(":")
        return (*found, refuse("file-unreadable", where, text, "Put it right and start again."))
    found += _netplan(config, answers)
    links = [subject(facts, name) for name in answers.bond.slaves]
    for link in links:
        found += _port(config, answers, link)
    made = [
        subject(facts, name, kind)
        for name, kind in ((answers.bond.name, "bond"), (answers.bridge.name, "bridge"))
    ]
    theirs = [unit for link in links if (unit := unit_of(config, link)) and literal(unit, link)]
    for link in (*links, *made):
        found += _others(config, link, theirs if link in made else [])
        found += _lines(config, link)
    if any(item.severity == "refuse" for item in found):
        return tuple(found)
    try:
        planner = Planner(facts, answers)
        found += _left_behind(planner, answers)
        found += _by_name(planner, facts)
        found += _guests(planner)
        planner.write()
    except XenbondError as error:
        where, _, text = str(error).partition(": ")
        text = text[:1].upper() + text[1:] if where.startswith("/") and text else str(error)
        return (*found, refuse("file-not-editable", where, text, "Then look again."))
    except ValueError:
        # The answers themselves are wrong, which the rules say in better words.
        return tuple(found)
    return (*found, *_gap(facts, Steps(facts, answers, planner.change(read(facts)))))


def _daemon(facts: HostFacts, answers: Answers) -> Iterator[Finding]:
    number = version(facts)
    if number is None:
        yield note(
            "systemd-unknown",
            SERVICE,
            f"Which systemd this host has is not known; {LEAST} or later is needed.",
            "See `networkctl --version`.",
        )
    elif number < LEAST:
        yield refuse(
            "systemd-too-old",
            SERVICE,
            f"systemd {number} can't read its network files again while it runs; that came with "
            f"systemd {LEAST}.",
            "Upgrade systemd first.",
        )
    if not answers.bridge.mac:
        yield note(
            "mac-not-pinned",
            answers.bridge.name,
            f"No MAC is known to pin on {answers.bridge.name}: systemd will make one from the "
            "machine's ID, so a reservation for the NIC's MAC does not hold any more.",
            "Name the MAC in the answers, or plan on the running host.",
        )
    yield from daemon.not_at_work(facts, SERVICE, "networkd", "systemd-networkd", "files")


def _options(facts: HostFacts, answers: Answers) -> Iterator[Finding]:
    number = version(facts)
    for option, value in answers.bond.options.items():
        key = KEYS.get(option)
        if key is None:
            continue
        if value in key.unknown:
            yield refuse(
                "value-not-expressible",
                option,
                f"systemd-networkd's {key.name}= does not know {value}.",
                "Choose another value.",
            )
        elif key.since and (number is None or number < key.since):
            yield refuse(
                "option-needs-newer-systemd",
                option,
                f"{key.name}= came with systemd {key.since}; this host has {number or 'another'}.",
                f"Leave {option} out.",
            )


def _netplan(config: Configuration, answers: Answers) -> Iterator[Finding]:
    for unit in (*config.networks, *config.netdevs):
        if "netplan-" in unit.name:
            yield refuse(
                "written-by-netplan",
                unit.path,
                f"netplan writes {unit.path}: it would write it again and undo the change.",
                "Take the stack netplan.",
            )
            return


def _port(config: Configuration, answers: Answers, link: Subject) -> Iterator[Finding]:
    """What is said of a slave today that can't be, or must not be lost."""
    unit = unit_of(config, link)
    if unit is None:
        return
    for item in unit.entries("Network", *carry.STACKED):
        yield refuse(
            "stacked-on-slave",
            item.where,
            f"`{item.line.text}` makes {item.value} on {link.name}; it would be cut off when "
            f"{link.name} becomes a slave.",
            f"Move it to {answers.bridge.name}'s file by hand afterwards, and take it out now.",
        )
    if unit.yes("Link", "Unmanaged"):
        line = unit.entries("Link", "Unmanaged")[-1]
        yield refuse(
            "slave-unmanaged",
            line.where,
            f"`{line.line.text}` leaves {link.name} to another program.",
            f"Let that program make the bond, or take {link.name} out of that file's [Match].",
        )
    for key, ours, what in (
        ("Bond", answers.bond.name, "slave"),
        ("Bridge", answers.bridge.name, "port"),
    ):
        master = unit.get("Network", key)
        if master not in (None, ours):
            line = unit.entries("Network", key)[-1]
            yield refuse(
                f"{what}-of-another-{key.lower()}",
                line.where,
                f"{link.name} is a {what} of {master} there.",
                f"Name the {key.lower()} {master}, or take that line out.",
            )
    for item in unit.entries("Network", "VRF", "BatmanAdvanced", "KeepMaster"):
        yield refuse(
            "slave-has-master",
            item.where,
            f"`{item.line.text}`: {link.name} belongs to something else there.",
            "Take that line out, or choose another NIC.",
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
        elif answer is None:
            yield note(
                "file-may-match",
                line.where,
                f"`{line.line.text}` may be about {link.name} too; our file comes before it.",
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


def _left_behind(planner: Planner, answers: Answers) -> Iterator[Finding]:
    """Addresses and other lines that the bridge does not get."""
    source = None if planner.source is None else planner.unit(planner.source)
    for link in (planner.bond, *planner.slaves.values()):
        unit = planner.unit(link)
        if unit is None or unit is source:
            continue
        for file in copies(unit):
            for line in carry.parts((file,)).assignments:
                yield warn(
                    "line-left-behind",
                    f"{file.path}:{line.number}",
                    f"`{line.text}` is said of {link.name}, which is a port afterwards: it does "
                    f"not apply any more, and {answers.bridge.name} does not get it.",
                    f"Write it into {answers.bridge.name}'s file if it is still needed.",
                )
    yield from _dropped(planner, answers)
    yield from _named_elsewhere(planner)


def _dropped(planner: Planner, answers: Answers) -> Iterator[Finding]:
    bridge = answers.bridge
    unit = planner.unit(planner.source or planner.bridge)
    if unit is None or (bridge.method == "dhcp" and address.leases(unit)):
        return
    for item in address.addresses(unit):
        if item.value in bridge.addresses:
            continue
        spoken_of = any((":" in item.value) == (":" in one) for one in bridge.addresses)
        if spoken_of or bridge.method != "static":
            yield warn(
                "address-dropped",
                item.where,
                f"{item.value} is not among the addresses asked for; the host will lose it.",
                f"Add {item.value} to the bridge's addresses if it is still needed.",
            )


def _named_elsewhere(planner: Planner) -> Iterator[Finding]:
    """Files of other links that name a slave."""
    keys = ("BindCarrier", "UplinkInterface", "IncomingInterface", "OutgoingInterface")
    own = {planner.unit(link) for link in (planner.bond, planner.bridge, *planner.slaves.values())}
    for unit in planner.config.networks:
        if unit in own:
            continue
        for item in _entries(unit, keys):
            for name in planner.slaves:
                if name in item.value.split():
                    yield warn(
                        "names-a-slave",
                        item.where,
                        f"`{item.line.text}` names {name}, which is a slave afterwards.",
                        f"Name {planner.bridge.name} there if that is what is meant.",
                    )


def _entries(unit: Unit, keys: tuple[str, ...]) -> Iterator[Located]:
    for file in unit.files:
        for section in file.sections():
            for line in section.named(*keys):
                yield Located(file, line)


def _by_name(planner: Planner, facts: HostFacts) -> Iterator[Finding]:
    number = version(facts)
    for name, link in planner.slaves.items():
        if facts.link(name) is not None and planner.mac(link) is None:
            yield note(
                "matched-by-name",
                name,
                f"{name} is found by its name: its driver tells no permanent MAC, and the current "
                "one is the bond's as soon as it is a slave.",
            )
        elif planner.mac(link) is not None and number is not None and number < PERMANENT_MAC:
            yield note(
                "matched-by-name",
                name,
                f"{name} is found by its name: systemd {number} knows no PermanentMACAddress=.",
            )


def _guests(planner: Planner) -> Iterator[Finding]:
    if planner.facts.xen.role != "dom0":
        return
    for unit in planner.greedy():
        line = first_line(unit)
        yield note(
            "guests-ports-kept",
            line.where,
            f"`{line.line.text}` matches guests' ports (vif1.0) too: networkd would take them off "
            f"{planner.bridge.name}. A new file leaves them to the toolstack.",
        )


def _gap(facts: HostFacts, steps: Steps) -> Iterator[Finding]:
    """How long the host is out of reach; nothing where it never is."""
    way = steps.way()
    if facts.live and isinstance(way, Gap):
        yield note(
            "gap",
            steps.bridge,
            f"The host is out of reach for {GAP} while networkd changes over: {way}.",
        )
    elif facts.live and steps.slaves_set_down:
        text = f"The host is out of reach for {SLAVES_GAP}."
        yield note("gap", steps.bridge, text)
    if facts.live:
        yield from steps.lease_moves()
