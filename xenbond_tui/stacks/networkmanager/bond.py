"""The [bond] section of a bond's profile, and [bond-port] of a slave's (nm-settings-keyfile(5))."""

from collections.abc import Mapping

from xenbond_tui.answers import BondAnswers
from xenbond_tui.files.ini import IniFile
from xenbond_tui.options.modes import MODES
from xenbond_tui.options.table import per_slave
from xenbond_tui.stacks.dialect import Dialect, bond_answers

DIALECT = Dialect("networkmanager")
"""Keys are the kernel's names; switches are numbers in every version."""
_PORT = "bond-port"


def _read(file: IniFile) -> tuple[dict[str, str], dict[str, str]]:
    lines = [line for part in file.sections("bond") for line in part.entries]
    return DIALECT.heard((line.key, line.value) for line in lines if line.key is not None)


def to_answers(name: str, file: IniFile, ports: Mapping[str, IniFile]) -> BondAnswers:
    """Answers from what is written; without miimon NetworkManager takes 100.

    Args:
        name: the bond's.
        file: its profile.
        ports: slave → its profile.
    """
    options, kept = _read(file)
    for option, key in DIALECT.said(at_slave=True):
        said = {slave: port.get(_PORT, key.name) for slave, port in ports.items()}
        text = ",".join(f"{slave}:{number}" for slave, number in said.items() if number)
        if text:
            options[option] = DIALECT.read(option, text)
    return bond_answers(name, tuple(ports), options, kept, unset=unset_miimon(options))


def unset_miimon(options: Mapping[str, str]) -> int:
    """What NetworkManager takes where miimon is not written (libnm-core, nm-setting-bond.c), ms."""
    known = MODES.get(options.get("mode", "balance-rr"))
    monitored = "arp_interval" in options and not (known is not None and known.miimon_only)
    return 0 if monitored else 100


def write_options(file: IniFile, bond: BondAnswers) -> None:
    """Make [bond] say what is wanted; keys that are no option of ours stay."""
    texts, now = DIALECT.texts(bond), _read(file)[0]
    if "arp_interval" in texts and texts["miimon"] == "0":
        # NetworkManager takes an explicit miimon, 0 too, for the end of ARP monitoring.
        del texts["miimon"]
    for option, key in DIALECT.said():
        if key.name not in texts:
            file.remove(*file.entries("bond", key.name))
        elif option not in now or DIALECT.read(option, texts[key.name]) != now[option]:
            file.set("bond", key.name, texts[key.name])


def write_port(file: IniFile, bond: BondAnswers, slave: str) -> None:
    """Make [bond-port] of a slave's profile say what is wanted of it."""
    for option, key in DIALECT.said(at_slave=True):
        number = per_slave(option, bond.options.get(option, "")).get(slave)
        if number is None:
            file.remove(*file.entries(_PORT, key.name))
        elif file.get(_PORT, key.name) != str(number):
            file.set(_PORT, key.name, str(number))
