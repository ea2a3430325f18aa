"""Small edits to .network files that every plan is made of, and the .netdev files.

Those are what makes the bond and the bridge.
"""

from collections.abc import Iterator

from xenbond_tui.answers import Answers
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.names import normal_mac
from xenbond_tui.files.ini import IniFile
from xenbond_tui.files.ini_lines import SYSTEMD
from xenbond_tui.stacks.networkd import address, carry
from xenbond_tui.stacks.networkd.bond import write_options
from xenbond_tui.stacks.networkd.files import PREFIXES, Configuration, Unit
from xenbond_tui.stacks.networkd.places import ETC


def make_port(file: IniFile, key: str, name: str) -> None:
    """Make the link a port of that bond or bridge, and of nothing else."""
    lines = file.entries("Network", *carry.MASTERS)
    if not any((line.key, line.value) == (key, name) for line in lines):
        if lines:
            file.insert_after(lines[0], f"{key}={name}")
        else:
            address.add(file, key, name)
    file.remove(*(line for line in lines if (line.key, line.value) != (key, name)))


def pruned(file: IniFile) -> None:
    """Take out of a port's file what makes it one, and the sections that say nothing then."""
    file.remove(*file.entries("Network", "Bond", "PrimarySlave", "ActiveSlave"))
    for section in file.sections("Link"):
        if [line.text for line in section.entries] == ["RequiredForOnline=no"]:
            file.remove_section(section)
    file.prune("Network")


def comes_up(file: IniFile) -> None:
    """Take out of a file what has networkd leave its link alone or down."""
    lines = carry.down(Unit(file.path, (file,)))
    if not lines:
        return
    file.remove(*file.entries("Link", *{item.line.key or "" for item in lines}))
    file.prune("Link")


def copy(file: IniFile, path: str) -> IniFile:
    """The same text under another path, open for editing."""
    return IniFile.parse(path, file.render(), file.dialect)


def copies(unit: Unit) -> tuple[IniFile, ...]:
    """Its files, open for editing."""
    return tuple(copy(file, file.path) for file in unit.files)


def no_name_left(path: str) -> XenbondError:
    """Each name of a new file of ours is taken; `path`: the last of them."""
    return XenbondError.at(
        path,
        "is there already and is about something else. It was left untouched; give it another "
        "name.",
    )


def refuse_drop_ins(unit: Unit) -> None:
    """Only a file without drop-ins can be edited: they are read over what is written.

    Raises:
        XenbondError: it has some; names both.
    """
    if len(unit.files) > 1:
        raise XenbondError.at(
            unit.files[1].path,
            f"is read after {unit.path}, which I would have to edit. Both "
            "were left untouched; put them together in one file and try again.",
        )


def set_link_key(file: IniFile, key: str, value: str, *, spaced: bool = True) -> None:
    """Set a key of [Link], which stands below [Match] where it is new."""
    if not file.sections("Link"):
        match = file.sections("Match")
        blank = [""] if spaced else []
        if match:
            file.insert_after(match[-1].last, *blank, "[Link]", f"{key}={value}")
            return
    file.set("Link", key, value)


def add_section(file: IniFile, name: str, *, spaced: bool) -> None:
    """Add an empty section at the end, in the file's own spacing."""
    if spaced or not file.lines:
        file.append(f"[{name}]")
    else:
        file.insert_after(file.lines[-1], f"[{name}]")


def netdevs(config: Configuration, answers: Answers) -> Iterator[tuple[IniFile, str]]:
    """Both files as they are to be, each with what it is for.

    Raises:
        XenbondError: a file makes something else of that name, or can't be edited.
    """
    bond, bridge = answers.bond, answers.bridge
    pinned = normal_mac(bridge.mac) == bridge.mac
    mac = [f"MACAddress={bridge.mac}"] if pinned else []
    follows = bond.options.get("fail_over_mac", "none") != "none"
    unit = _made(config, bond.name, "bond")
    file = _file(config, bond.name, "bond", unit, [] if follows else mac)
    write_options(file, unit, bond)
    yield file, f"{bond.name} with its options"
    unit = _made(config, bridge.name, "bridge")
    file = _file(config, bridge.name, "bridge", unit, mac)
    if pinned and (file.get("NetDev", "MACAddress") or "").lower() != bridge.mac:
        file.set("NetDev", "MACAddress", bridge.mac)
    if unit is None:
        file.append_section("Bridge", ("STP", "no"), ("ForwardDelaySec", "0"))
    yield file, f"{bridge.name} with the MAC the host has now" if pinned else bridge.name


def _made(config: Configuration, name: str, kind: str) -> Unit | None:
    unit = config.netdev(name)
    if unit is None:
        return None
    if unit.get("NetDev", "Kind") != kind:
        raise XenbondError.at(
            unit.path,
            f"makes {name} as {unit.get('NetDev', 'Kind')}, not as {kind}. "
            "It was left untouched; choose another name.",
        )
    refuse_drop_ins(unit)
    return unit


def _file(
    config: Configuration, name: str, kind: str, unit: Unit | None, mac: list[str]
) -> IniFile:
    if unit is not None:
        # A file under /run or /usr is replaced by one of its name under /etc.
        return copy(unit.main, f"{ETC}/{unit.name}")
    paths = [f"{ETC}/{prefix}{name}.netdev" for prefix in PREFIXES]
    path = next((path for path in paths if not config.there(path)), None)
    if path is None:
        raise no_name_left(paths[-1])
    file = IniFile.parse(path, "", SYSTEMD)
    file.append("[NetDev]", f"Name={name}", f"Kind={kind}", *mac)
    return file
