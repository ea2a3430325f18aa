"""[Bond] of .netdev files (systemd.netdev(5), src/network/netdev/bond.c)."""

from xenbond_tui.answers import BondAnswers
from xenbond_tui.files.ini import IniFile
from xenbond_tui.stacks.dialect import Dialect, bond_answers
from xenbond_tui.stacks.networkd.files import Unit

_UNITS = {
    **{"": 1000.0, "us": 0.001, "usec": 0.001, "ms": 1.0, "msec": 1.0},
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1000.0),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60_000.0),
}
"""systemd.time(7): a bare number is seconds."""

DIALECT = Dialect(
    "networkd",
    switch=("no", "yes"),
    words=True,
    milliseconds="{}ms",
    separator=" ",
    units=_UNITS,
)


def written(unit: Unit) -> tuple[dict[str, str], dict[str, str]]:
    """What the bond's file says: option → value, and other keys → text."""
    keys = dict.fromkeys(
        line.key
        for file in unit.files
        for part in file.sections("Bond")
        for line in part.entries
        if line.key is not None
    )
    lines = {key: unit.entries("Bond", key) for key in keys}
    # Of a list every line counts, of anything else the last.
    said = {key: it if DIALECT.is_list(key) else it[-1:] for key, it in lines.items()}
    texts = ((key, " ".join(item.value for item in its)) for key, its in said.items())
    return DIALECT.heard((key, text) for key, text in texts if text)


def to_answers(name: str, unit: Unit, slaves: tuple[str, ...], primary: str | None) -> BondAnswers:
    """Answers from what is written; what is not written is what the kernel takes."""
    options, kept = written(unit)
    if primary is not None:
        options["primary"] = primary
    return bond_answers(name, slaves, options, kept)


def write_options(file: IniFile, unit: Unit | None, bond: BondAnswers) -> None:
    """Make [Bond] say what is wanted; keys that are no option of ours stay."""
    wanted, texts = bond.in_files, DIALECT.texts(bond)
    now = {} if unit is None else written(unit)[0]
    for option, key in DIALECT.said():
        if key.name not in texts:
            file.remove(*file.entries("Bond", key.name))
        elif now.get(option) != wanted[option]:
            lines = file.entries("Bond", key.name)
            file.remove(*lines[:-1])
            file.set("Bond", key.name, texts[key.name])
