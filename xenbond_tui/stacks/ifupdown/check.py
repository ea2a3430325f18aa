"""What ifupdown in particular must refuse or warn about, each with file and line."""

import re
from collections.abc import Iterable, Iterator

from xenbond_tui.answers import Answers, Request, SetUp
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.files.interfaces import Line
from xenbond_tui.regex import fits
from xenbond_tui.rules.findings import Finding, Severity, note, refuse, warn
from xenbond_tui.rules.occupied import (
    alias_on_slave,
    given_up,
    in_another_bond,
    in_another_bridge,
)
from xenbond_tui.stacks.ifupdown.address import cidr, words_of
from xenbond_tui.stacks.ifupdown.bond import enslaving, written_slaves
from xenbond_tui.stacks.ifupdown.files import Configuration, Located
from xenbond_tui.stacks.ifupdown.grammar import packages
from xenbond_tui.stacks.ifupdown.inventory import command
from xenbond_tui.stacks.ifupdown.moves import COMMANDS, METHODS, Fate, enslaves, fate, unclear
from xenbond_tui.stacks.ifupdown.patterns import takes
from xenbond_tui.stacks.ifupdown.places import DEFAULTS, MAIN

_MADE = ("/run/", "/var/run/")


def able(facts: HostFacts, request: Request) -> Iterable[Finding]:
    """Missing packages, and other programs in ifupdown's place."""
    return packages(facts) if isinstance(request, SetUp) else ()


def check(config: Configuration, answers: Answers) -> Iterator[Finding]:
    """What in the files forbids going on or must be known, whichever program reads them."""
    yield from _file_lines(config)
    yield from _by_the_service(config, answers)
    for where, name in (("bond.name", answers.bond.name), ("bridge.name", answers.bridge.name)):
        lower, _, number = name.rpartition(".")
        if lower and number.isdecimal() and not config.ifaces(name):
            yield refuse(
                "bad-name",
                where,
                f"{name} is the name of VLAN {number} of {lower} for ifup, which would make that.",
                "Give it a name without a number behind a dot.",
            )
    for slave in answers.bond.slaves:
        yield from _slave(config, answers, slave)
    yield from _bond(config, answers)
    yield from _bridge(config, answers)
    for name in (answers.bond.name, answers.bridge.name):
        yield from _made_at_boot(config.ifaces(name), name)
    yield from _port_options(config, answers)


def _file_lines(config: Configuration) -> Iterator[Finding]:
    for path, line in config.not_followed:
        yield refuse(
            "source-not-followed",
            f"{path}:{line.number}",
            f"`{line.text}` names files only a shell can tell, so I can't see what they configure.",
            "Write the path out.",
        )
    for path, file in config.files.items():
        for line in file.stray():
            yield refuse(
                "misplaced-option",
                f"{path}:{line.number}",
                f"`{line.text}` stands outside any iface stanza: ifup refuses the whole file.",
                "Put it below its iface line, or begin it with #.",
            )
    for located in config.ifaces():
        if len(located.stanza.arguments) < 3:
            yield refuse(
                "iface-incomplete",
                located.where(),
                f"`{located.head.text}` lacks a name, an address family or a method.",
                "Write it as: iface NAME inet METHOD",
            )


def _by_the_service(config: Configuration, answers: Answers) -> Iterator[Finding]:
    """Links that the boot's `ifup -a` passes over (the comments of that file; start-networking)."""
    said = {}
    for number, line in enumerate(config.facts.said(DEFAULTS).splitlines(), 1):
        key, _, value = line.strip().partition("=")
        said[key] = (number, line.strip(), value.strip("\"'"))
    number, line, value = said.get("CONFIGURE_INTERFACES", (0, "", ""))
    if value.lower() == "no":
        yield warn(
            "network-service-off",
            f"{DEFAULTS}:{number}",
            f"`{line}`: a boot brings up nothing that {MAIN} has.",
            "Take that line out, or have bond and bridge brought up by what brings up the rest.",
        )
    number, line, value = said.get("EXCLUDE_INTERFACES", (0, "", ""))
    for name in (answers.bond.name, answers.bridge.name):
        if any(fits(name, pattern) for pattern in value.split()):
            yield refuse(
                "network-service-off",
                f"{DEFAULTS}:{number}",
                f"`{line}` has a boot pass over {name}.",
                f"Take {name} out of that line, or choose another name.",
            )


def _slave(config: Configuration, answers: Answers, slave: str) -> Iterator[Finding]:
    stanzas = config.ifaces(slave)
    paths = tuple(dict.fromkeys(item.file.path for item in stanzas))
    if len(paths) > 1:
        yield refuse(
            "slave-in-two-files",
            slave,
            f"{slave} is configured in {' and in '.join(item.where() for item in stanzas)}.",
            "Keep one of them.",
        )
    yield from _made_at_boot(stanzas, slave)
    there = written_slaves(config, answers.bond.name)
    for located in stanzas:
        yield from _movable(located, slave, answers.bond.name)
        yield from _own_commands(located, slave, answers, there=slave in there)
        yield from _masked(located)
        master = located.stanza.value("bond-master")
        if master and master != answers.bond.name:
            yield in_another_bond(located.where(), slave, master)
    for item in config.classes("allow-hotplug"):
        if item.name == slave:
            yield note(
                "line-goes",
                f"{item.file.path}:{item.line.number}",
                f"`{item.line.text}` becomes auto for {slave}: udev would "
                "bring it up while it is enslaved.",
            )
    yield from _indirect(config, slave)
    yield from _on_top(config, answers, slave)


def _made_at_boot(stanzas: Iterable[Located], name: str) -> Iterator[Finding]:
    """What is below /run is written anew at each boot, and what I make of it is gone.

    Debian's cloud images do so for each NIC that no other file names (cloud-ifupdown-helper, quoted
    in the kernel's Documentation/networking/net_failover.rst).
    """
    for path, located in {it.file.path: it for it in reversed(tuple(stanzas))}.items():
        if path.startswith(_MADE):
            yield refuse(
                "profile-made-at-boot",
                located.where(),
                f"{path} is for {name} and is made again at each boot, by udev or "
                "another program: what I write there would be gone.",
                f"Write {name} in {MAIN} as it is there, so that no other file is made for it, and "
                "remove that one.",
            )


def _masked(located: Located) -> Iterator[Finding]:
    """An address that nobody can tell the network of must not be lost."""
    for line in located.stanza.named("address") if located.method == "static" else ():
        if cidr(located, line) is None:
            yield refuse(
                "bad-address",
                located.where(line),
                f"`{line.text}` and its netmask are no address with a prefix that I can read.",
                "Write it as: address 192.168.0.222/24",
            )


def _movable(located: Located, name: str, bond: str) -> Iterator[Finding]:
    if located.method and located.method not in METHODS:
        yield refuse(
            "method-not-movable",
            located.where(),
            f"{name} has the method {located.method}, which I can't move to a bridge.",
            "Change it to static, dhcp or manual first.",
        )
    if located.method == "manual":
        return
    for line in located.stanza.options if located.family == "inet6" else ():
        if line.name not in COMMANDS or fate(line, name) is not Fate.MOVES:
            continue
        from xenbond_tui.rules.slave_commands import asks_for_ipv4

        if asks_for_ipv4(command((located.file.path, line.number), name, line)):
            yield refuse(
                "command-not-movable",
                located.where(line),
                f"`{line.text}` asks for an IPv4 address, and would do so for the bridge, to which "
                f"the `{located.head.text}` of {name} moves.",
                "Take it out; where the bridge is to have a lease, answer `address: dhcp`.",
            )
    for line in unclear(located, bond):
        yield refuse(
            "command-not-movable",
            located.where(line),
            f"I can't tell whether `{line.text}` belongs to {name} or to its address.",
            f"Give each command its own line. Where it is about the address, write $IFACE for "
            f"{name}; what is about {name} itself belongs in an `inet manual` stanza.",
        )


def _own_commands(
    located: Located, name: str, answers: Answers, *, there: bool
) -> Iterator[Finding]:
    """Commands that stay with a slave or the bond, and do what neither can have.

    `there`: they are below a bond that is in the files already, and nobody knows whether it works.
    """
    bond, bridge = answers.bond.name, answers.bridge.name
    for line in located.stanza.options:
        stays = located.method == "manual" or fate(line, name) is Fate.STAYS
        if line.name not in COMMANDS or not stays or enslaves(line, name, bond):
            continue
        from xenbond_tui.rules.slave_commands import about_packets, unfit

        where = located.where(line)
        it = command((located.file.path, line.number), name, line)
        done = next(unfit(it, answers), "")
        what = "slave" if name != bond else f"port of {bridge}"
        if done:
            yield (warn if there else refuse)(
                "command-of-a-slave",
                where,
                f"`{line.text}` of {name} {done}, which does not go together with a {what}.",
                f"Take it out. Addresses and their routes belong in an `inet static` stanza, or to "
                f"{bridge}; a VLAN stands on {bond}.",
            )
        elif about_packets(it):
            yield warn(
                "names-a-slave",
                where,
                f"`{line.text}` names {name}, which as a {what} has no address: packets come in "
                f"and go out by {bridge}.",
                f"Name {bridge} there if that is what is meant.",
            )


def _indirect(config: Configuration, slave: str) -> Iterator[Finding]:
    """Stanzas that reach a slave by a pattern, another name or a template."""
    for located in config.of_keyword("mapping"):
        if any(fits(slave, pattern) for pattern in located.stanza.arguments):
            yield _indirectly(located, located.head, slave)
    for located in config.of_keyword("rename"):
        for pair in located.stanza.arguments:
            old, _, new = pair.partition("=")
            if slave in (old, new) or (old.startswith("/") and fits(slave, old.strip("/"))):
                yield _indirectly(located, located.head, slave)
    for item in config.classes():
        by_udev = item.kind == "allow-hotplug" and item.name.startswith("/")
        if ("=" in item.name or by_udev) and item.brings_up(slave):
            yield _indirectly(Located(item.file, item.line), item.line, slave)
    for located in config.of_keyword("iface", "template"):
        words = located.stanza.arguments
        parents = words[words.index("inherits") + 1 :] if "inherits" in words else []
        if slave in parents or (parents and words[0] == slave):
            yield _indirectly(located, located.head, slave)


def _indirectly(located: Located, line: Line, slave: str) -> Finding:
    return refuse(
        "slave-configured-indirectly",
        located.where(line),
        f"`{line.text}` configures {slave} by a pattern, another name or a template.",
        f"Configure {slave} by a plain `iface {slave}` stanza.",
    )


def _on_top(config: Configuration, answers: Answers, slave: str) -> Iterator[Finding]:
    """What sits on a slave today and would be cut off."""
    bond, bridge = answers.bond.name, answers.bridge.name
    for located in config.ifaces():
        name = located.stanza.arguments[0] if located.stanza.arguments else ""
        if name.startswith(f"{slave}:"):
            yield alias_on_slave(located.where(), name, slave, bridge, _as_second(located, slave))
        elif name != bridge and slave in words_of((located,), "bridge-ports"):
            where = located.where(located.stanza.named("bridge-ports")[0])
            yield in_another_bridge(where, slave, name)
        elif name != bond and slave in words_of((located,), "bond-slaves", "slaves"):
            yield in_another_bond(located.where(), slave, name)


def _as_second(located: Located, slave: str) -> str:
    """How an alias is written that can move; "" for one without an address of its own."""
    if located.method != "static":
        return ""
    return (
        f"Write `iface {slave} {located.family} static` in place of `{located.head.text}`, and "
        f"take {located.head.words[1]} off the line that brings it up: as a second stanza of "
        f"{slave} it goes along by itself."
    )


def _bond(config: Configuration, answers: Answers) -> Iterator[Finding]:
    name = answers.bond.name
    masters = [item for item in config.ifaces() if item.stanza.value("bond-master") == name]
    if masters:
        yield Finding(
            Severity.NOTE,
            "bond-master-replaced",
            masters[0].where(),
            f"The slaves name their bond there; {name} will name its slaves instead. The other way "
            "depends on which of them comes up first, and breaks between releases of ifenslave.",
            "",
        )
    for located, line in enslaving(config, name):
        yield note(
            "line-goes",
            located.where(line),
            f"`{line.text}` is taken out: bond-slaves of {name} says which slaves it has.",
        )
    for slave in written_slaves(config, name):
        if slave not in answers.bond.slaves:
            yield given_up(slave, name)
    for located in config.ifaces(name):
        yield from _movable(located, name, name)
        yield from _own_commands(located, name, answers, there=True)
        yield from _masked(located)
        if "inherits" in located.stanza.arguments:
            yield _indirectly(located, located.head, name)
    for located in config.of_keyword("no-scripts"):
        for made in (name, answers.bridge.name):
            if any(fits(made, word.strip("/")) for word in located.stanza.arguments):
                yield refuse(
                    "no-scripts",
                    located.where(),
                    f"`{located.head.text}` keeps ifup from the scripts that make {made}.",
                    f"Take {made} out of that line.",
                )


def _bridge(config: Configuration, answers: Answers) -> Iterator[Finding]:
    name = answers.bridge.name
    stanzas = config.ifaces(name)
    for located in stanzas:
        if "inherits" in located.stanza.arguments:
            yield _indirectly(located, located.head, name)
    for located in config.ifaces():
        own = answers.bond.name in located.stanza.arguments[:1]
        for line in located.stanza.named("bridge-ports", "ovs-ports", "bond-slaves", "slaves"):
            listed = line.value.replace("all", "") if own else line.value
            if any(takes(listed, port) for port in (answers.bond.name, *answers.bond.slaves)):
                yield refuse(
                    "bridge-ports-pattern",
                    located.where(line),
                    f"`{line.text}` takes the bond or its slaves as ports by a pattern.",
                    "Name the ports, and let the pattern match guests' ports only (vif.*).",
                )
    if stanzas and not any(item.stanza.named("bridge-ports") for item in stanzas):
        for located in stanzas:
            for line in located.stanza.options:
                made = line.name in COMMANDS and re.search(r"\b(brctl|ip\s+link|ovs-)", line.value)
                if made or line.name.startswith("ovs"):
                    yield refuse(
                        "bridge-made-otherwise",
                        located.where(line),
                        f"`{line.text}` makes {name} in a way I can't edit.",
                        "Choose another name for the bridge, or write it with bridge_ports.",
                    )


def _port_options(config: Configuration, answers: Answers) -> Iterator[Finding]:
    """What the bridge says of a port that becomes a slave: path cost, priority, hairpin."""
    for located in config.ifaces(answers.bridge.name):
        for line in located.stanza.options:
            if not line.name.startswith("bridge-") or line.name == "bridge-ports":
                continue
            for name in answers.bond.slaves:
                if any(name in word.split("=") for word in line.value.split()):
                    yield warn(
                        "option-of-a-former-port",
                        located.where(line),
                        f"`{line.text}` is about {name}, which is no port of "
                        f"{answers.bridge.name} any more: it has no effect, and ifup may complain.",
                        f"Write it for {answers.bond.name} if it is still needed, and take it out.",
                    )
