"""The slaves' and the bond's stanzas, as ifenslave 2.13 reads them."""

from collections.abc import Mapping

from xenbond_tui.answers import Answers, BondAnswers
from xenbond_tui.rules.modes import mode_name
from xenbond_tui.rules.options import parse_option
from xenbond_tui.stacks.ifupdown.files import Class, Configuration, Located

EXPRESSIBLE = frozenset(
    {"mode", "miimon", "updelay", "downdelay", "use_carrier", "arp_interval", "arp_ip_target"}
    | {"arp_validate", "primary", "primary_reselect", "fail_over_mac", "xmit_hash_policy"}
    | {"lacp_rate", "ad_select", "num_grat_arp", "num_unsol_na", "tlb_dynamic_lb"}
    | {"packets_per_slave"}
)
"""Bonding options /etc/network/if-pre-up.d/ifenslave writes; it ignores all others silently."""

_SWITCHES = frozenset({"use_carrier", "tlb_dynamic_lb"})
"""Written as 0 or 1: kernels before 3.x know no on and off here."""


def option_values(bond: BondAnswers) -> dict[str, str]:
    """Kernel name → the value the kernel is to have, in the order they are written."""
    values = {"mode": bond.mode, "miimon": str(bond.miimon)}
    if bond.use_carrier is not None:
        values["use_carrier"] = "1" if bond.use_carrier else "0"
    for name, value in bond.options.items():
        if name in _SWITCHES:
            value = {"on": "1", "off": "0"}.get(value, value)
        values[name] = value
    return values


def key(option: str) -> str:
    """`arp_ip_target` → `bond-arp-ip-target`."""
    return "bond-" + option.replace("_", "-")


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
        slaves += (word for word in value.split() if word not in ("none", "all"))
    for located in config.ifaces():
        if located.stanza.value("bond-master") == name:
            slaves.append(located.stanza.arguments[0])
    return tuple(dict.fromkeys(slaves))


def written_options(config: Configuration, name: str) -> dict[str, str]:
    """The bond's options in the files, by kernel name; those of its slaves' stanzas fill gaps."""
    found: dict[str, str] = {}
    masters = [item for item in config.ifaces() if item.stanza.value("bond-master") == name]
    for located in (*config.ifaces(name), *masters):
        for option in EXPRESSIBLE:
            value = located.stanza.value(key(option))
            if value is not None:
                found.setdefault(option, _canonical(option, value))
    return {option: found[option] for option in sorted(found)}


def _canonical(option: str, value: str) -> str:
    if option == "mode":
        return mode_name(value) or value
    if option == "arp_ip_target":
        value = ",".join(value.replace(",", " ").split())
    elif option == "primary":
        value = value.split()[0]
    parsed = parse_option(option, value)
    return parsed if isinstance(parsed, str) else value


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
                if line.name == "bond-master" or line.name.removeprefix("bond-") in _OPTION_KEYS:
                    located.file.remove(line)
            if answers.bridge.mtu is not None and located.stanza.named("mtu"):
                located.set_option("mtu", str(answers.bridge.mtu))
    make_auto(config, *answers.bond.slaves)
    for located in config.ifaces():
        if located.stanza.value("bond-master") == answers.bond.name:
            located.set_option("bond-master", None)
    return tuple(missing)


_OPTION_KEYS = frozenset(option.replace("_", "-") for option in EXPRESSIBLE)


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


def write_bond(
    config: Configuration, answers: Answers, missing: tuple[str, ...], mtu: int | None
) -> None:
    """Write the bond, and `iface … inet manual` for slaves without a stanza, above the bridge."""
    bond = answers.bond
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
    block += [f"{indent}{key(name)} {_text(name, value)}" for name, value in _written(bond)]
    if mtu is not None:
        block.append(f"{indent}mtu {mtu}")
    if config.ifaces(answers.bridge.name):
        _insert_above(config, answers.bridge.name, [*block, ""])
    else:
        config.main.append(*block)


def _written(bond: BondAnswers) -> list[tuple[str, str]]:
    return list(option_values(bond).items())


def _text(option: str, value: str) -> str:
    return value.replace(",", " ") if option == "arp_ip_target" else value


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
    stanzas = config.ifaces(bond.name)
    main = next((item for item in stanzas if is_bond(item)), stanzas[0])
    own = "slaves" if main.stanza.named("slaves") and not main.stanza.named("bond-slaves") else ""
    main.set_option(own or _spelling(main, "bond-slaves"), " ".join(bond.slaves))
    wanted: Mapping[str, str] = option_values(bond)
    for option in EXPRESSIBLE - wanted.keys():
        main.set_option(key(option), None)
    for option, value in wanted.items():
        present = main.stanza.value(key(option))
        if present is None or _canonical(option, present) != _canonical(option, value):
            main.set_option(_spelling(main, key(option)), _text(option, value))
    if mtu is not None:
        main.set_option("mtu", str(mtu))


def _spelling(located: Located, name: str) -> str:
    """The option's name as this stanza spells its others: `bond_mode` beside `bond_slaves`."""
    underscores = any(line.words[0].startswith("bond_") for line in located.stanza.options)
    return name.replace("-", "_") if underscores else name
