"""The slaves' and the bond's stanzas, as ifenslave 2.13 reads them."""

from collections.abc import Iterable

from xenbond_tui.answers import Answers, BondAnswers
from xenbond_tui.files.interfaces import Line
from xenbond_tui.plan.usual_actions import Run
from xenbond_tui.stacks.ifupdown.files import Class, Configuration, Located
from xenbond_tui.stacks.ifupdown.moves import COMMANDS, enslaves
from xenbond_tui.stacks.ifupdown.patterns import named

_GRAMMAR = frozenset({"bond-slaves", "bond-ports", "bond-master", "bond-active-slave"})
"""What begins as an option does and says something else of the bond."""


def is_bond(located: Located) -> bool:
    """True for a stanza that ifenslave makes a bond from."""
    stanza = located.stanza
    is_slave = bool(stanza.named("bond-master"))
    return not is_slave and bool(stanza.named("bond-slaves", "slaves", "bond-mode"))


def written_slaves(config: Configuration, name: str) -> tuple[str, ...]:
    """The slaves a bond has in the files: its own list first, then those that name it master."""
    slaves: list[str] = []
    for located in config.ifaces(name):
        value = located.stanza.value("bond-slaves") or located.stanza.value("slaves") or ""
        slaves += named(value.split())
    for located in config.ifaces():
        if located.stanza.value("bond-master") == name:
            slaves.append(located.stanza.arguments[0])
    return tuple(dict.fromkeys(slaves))


def written_options(config: Configuration, name: str) -> tuple[dict[str, str], dict[str, str]]:
    """The bond's options in the files, and its other bond- lines as they stand.

    Those of its slaves' stanzas fill gaps.
    """
    found: dict[str, str] = {}
    masters = [item for item in config.ifaces() if item.stanza.value("bond-master") == name]
    for located in (*config.ifaces(name), *masters):
        for line in located.stanza.options:
            known = config.dialect.option_of(line.name) is not None
            if known or (line.name.startswith("bond-") and line.name not in _GRAMMAR):
                found.setdefault(line.name, line.value)
    return config.dialect.heard(found.items())


def write_slaves(config: Configuration, answers: Answers) -> tuple[str, ...]:
    """Make the slaves' stanzas fit; returns the new slaves that have no stanza yet.

    `auto` and not `allow-hotplug`: udev would set a slave up in the middle of being enslaved, and
    the kernel refuses to enslave a link that is up. `ifup -a` goes from line to line.
    """
    listed = written_slaves(config, answers.bond.name)
    missing = []
    for slave in answers.bond.slaves:
        stanzas = config.ifaces(slave)
        if not stanzas and slave not in listed:
            missing.append(slave)
        for located in stanzas:
            # The bond names its slaves; a slave that names its bond as well is set up twice.
            for line in located.stanza.options:
                bare = f"bond-{line.name.removeprefix('bond-')}"
                if bare == "bond-master" or config.dialect.option_of(bare) is not None:
                    located.file.remove(line)
            if answers.bridge.mtu is not None and located.stanza.named("mtu"):
                located.set_option("mtu", str(answers.bridge.mtu))
    make_auto(config, *answers.bond.slaves)
    for located, line in enslaving(config, answers.bond.name):
        located.file.remove(line)
    for located in config.ifaces():
        if located.stanza.value("bond-master") == answers.bond.name:
            located.set_option("bond-master", None)
    return tuple(missing)


def enslaving(config: Configuration, bond: str) -> list[tuple[Located, Line]]:
    """The commands, of whichever stanza, that do what `bond-slaves` says."""
    return [
        (located, line)
        for located in config.ifaces()
        for line in located.stanza.options
        if line.name in COMMANDS and enslaves(line, (located.stanza.arguments or ("",))[0], bond)
    ]


def looked_at_again(config: Configuration, names: Iterable[str]) -> tuple[Run, ...]:
    """At boot, for NICs whose `allow-hotplug` a change has turned into `auto`, once it is back.

    udev asks ifquery about a NIC when it is found (ifupdown-hotplug of Debian's package), long
    before files are put back, and does nothing for one that is `auto`; networking.service leaves
    one that is `allow-hotplug` to udev: neither would bring it up.
    """
    trigger = ("udevadm", "trigger", "--action=add", "--subsystem-match=net")
    lines = [*config.classes("allow-hotplug")]
    found = (name for name in names if any(line.brings_up(name) for line in lines))
    # Where there is no udev, nothing was asked.
    return tuple(Run((*trigger, f"--sysname-match={name}"), ok=(0, 127)) for name in found)


def make_auto(config: Configuration, *names: str) -> None:
    """Turn the links' `allow-hotplug` into `auto`; a link on no such line is left alone."""
    for item in config.classes("allow-hotplug"):
        if item.line not in item.file.lines or item.name not in names:
            continue
        if any(other.brings_up(item.name) for other in config.classes("auto")):
            drop(item)
        elif set(item.line.words[1:]) <= set(names):
            item.file.set_word(item.line, 0, "auto")
        else:
            line = item.file.drop_word(item.line, item.index)
            item.file.insert_after(line, f"{line.indent}auto {item.name}")
            make_auto(config, *names)
            return


def drop(item: Class) -> None:
    """Take a name off its `auto` or `allow-…` line, and the line with its last name."""
    if len(item.line.words) == 2:
        item.file.remove(item.line)
    else:
        item.file.drop_word(item.line, item.index)


def write_bond(config: Configuration, answers: Answers, missing: tuple[str, ...]) -> None:
    """Write the bond, and `iface … inet manual` for slaves without a stanza, above the bridge."""
    bond, mtu = answers.bond, answers.bridge.mtu
    block: list[str] = []
    for slave in missing:
        block += [f"auto {slave}", f"iface {slave} inet manual", ""]
    stanzas = config.ifaces(bond.name)
    if stanzas:
        if block:
            _insert_above(config, bond.name, block)
        _edit_bond(config, bond, mtu)
        make_auto(config, bond.name)
        if not any(item.brings_up(bond.name) for item in config.classes("auto")):
            first = config.ifaces(bond.name)[0]
            first.file.insert_before(first.head, f"auto {bond.name}")
        return
    indent = config.main.indent
    block += [f"auto {bond.name}", f"iface {bond.name} inet manual"]
    block.append(f"{indent}bond-slaves {' '.join(bond.slaves)}")
    block += [f"{indent}{key} {text}" for key, text in config.dialect.texts(bond).items()]
    if mtu is not None:
        block.append(f"{indent}mtu {mtu}")
    if config.ifaces(answers.bridge.name):
        _insert_above(config, answers.bridge.name, [*block, ""])
    else:
        config.main.append(*block)


def _insert_above(config: Configuration, name: str, block: list[str]) -> None:
    """Put new stanzas above a link's `auto` line, or above its first stanza."""
    first = config.ifaces(name)[0]
    at, file = first.stanza, first.file
    for item in config.classes("auto"):
        if item.name == name and item.file is file and len(item.line.words) == 2:
            at = next(found for found in file.stanzas() if found.head is item.line)
            break
    file.insert_before(at.lead[0] if at.lead else at.head, *block)


def _edit_bond(config: Configuration, bond: BondAnswers, mtu: int | None) -> None:
    stanzas, dialect = config.ifaces(bond.name), config.dialect
    main = next((item for item in stanzas if is_bond(item)), stanzas[0])
    own = "slaves" if main.stanza.named("slaves") and not main.stanza.named("bond-slaves") else ""
    main.set_option(own or spelt(main, "bond-slaves"), " ".join(bond.slaves))
    texts = dialect.texts(bond)
    for option, key in dialect.said():
        names = [name for name in (key.name, *key.also) if main.stanza.named(name)] or [key.name]
        present, text = main.stanza.value(names[0]), texts.get(key.name)
        for name in names if text is None else names[1:]:
            main.set_option(name, None)
        if text is not None and (present is None or not dialect.same(option, present, text)):
            main.set_option(spelt(main, names[0]), text)
    if mtu is not None:
        main.set_option("mtu", str(mtu))


def spelt(located: Located, name: str) -> str:
    """The option's name as this stanza spells its others: `bond_mode` beside `bond_slaves`."""
    sign, other = "-_" if "-" in name else "_-"
    its = f"{name.partition(sign)[0]}{other}"
    others = any(line.words[0].startswith(its) for line in located.stanza.options)
    return name.replace(sign, other) if others else name
