"""What goes from one profile to another with the address, section by section, line by line."""

from xenbond_tui.files.ini import IniFile
from xenbond_tui.files.ini_lines import Line
from xenbond_tui.stacks.networkmanager.address import KEYS, SECTIONS

_ETHERNET = ("ethernet", "802-3-ethernet")


def copy(file: IniFile) -> IniFile:
    """What a profile says of the address, as a separate profile."""
    found = IniFile.parse(file.path, "", file.dialect)
    for part in file.sections("connection"):
        for line in part.named(*KEYS):
            found.set("connection", line.key or "", line.value)
    for part in file.sections(*_ETHERNET):
        for line in part.named("mtu"):
            found.set("ethernet", "mtu", line.value)
    text = found.render()
    for part in file.sections(*SECTIONS):
        text += ("\n" if text else "") + _ended(part.raw, file.newline)
    return IniFile.parse(file.path, text, file.dialect)


def drop(file: IniFile) -> None:
    """Take out of a profile what it says of the address; the rest is not touched."""
    lines: list[Line] = list(file.entries("connection", *KEYS))
    for name in _ETHERNET:
        lines += file.entries(name, "mtu")
    file.remove(*lines)
    for part in file.sections(*SECTIONS):
        file.remove_section(part)
    file.trim()


def drop_mac(file: IniFile) -> None:
    """Take out the MAC it is given: a slave has the bond's, and the bridge that of its address."""
    for name in _ETHERNET:
        file.remove(*file.entries(name, "cloned-mac-address"))


def give(file: IniFile, taken: IniFile) -> None:
    """Put what was taken into a profile; keys that are there already are replaced."""
    for part in taken.sections("connection", "ethernet"):
        for line in part.entries:
            name = part.name
            if name == "ethernet" and not file.sections("ethernet"):
                name = "802-3-ethernet" if file.sections("802-3-ethernet") else name
            file.set(name, line.key or "", line.value)
    for part in taken.sections(*SECTIONS):
        for old in file.sections(part.name):
            file.remove_section(old)
    file.trim()
    for part in taken.sections(*SECTIONS):
        file.append(*part.raw.splitlines())


def _ended(text: str, newline: str) -> str:
    return text if text.endswith("\n") else text + newline
