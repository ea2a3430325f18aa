"""The .netdev files: what makes the bond and the bridge."""

from collections.abc import Iterator

from xenbond_tui.answers import Answers
from xenbond_tui.errors import XenbondError
from xenbond_tui.files.ini import IniFile
from xenbond_tui.files.ini_lines import SYSTEMD
from xenbond_tui.regex import regex
from xenbond_tui.stacks.networkd.bond import write_options
from xenbond_tui.stacks.networkd.edits import copy, refuse_drop_ins
from xenbond_tui.stacks.networkd.files import PREFIXES, Configuration, Unit
from xenbond_tui.stacks.networkd.places import ETC

_MAC = regex(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")


def netdevs(config: Configuration, answers: Answers) -> Iterator[tuple[IniFile, str]]:
    """Both files as they are to be, each with what it is for.

    Raises:
        XenbondError: a file makes something else of that name, or can't be edited.
    """
    bond, bridge = answers.bond, answers.bridge
    pinned = _MAC.fullmatch(bridge.mac) is not None
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
        raise XenbondError.at(
            paths[-1],
            "is there already and is about something else. It was left untouched; "
            "give it another name.",
        )
    file = IniFile.parse(path, "", SYSTEMD)
    file.append("[NetDev]", f"Name={name}", f"Kind={kind}", *mac)
    return file
