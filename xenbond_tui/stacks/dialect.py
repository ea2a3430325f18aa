"""How a stack's files say the bonding options: the table's keys, in that stack's grammar of values.

What an option is, and which stack has a key for it, is in `options.table`; here is only how a
switch, a time and a list are written.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from xenbond_tui.answers import BondAnswers
from xenbond_tui.facts.number import whole
from xenbond_tui.options.kind import Addresses, PerSlave, Slave, Switch
from xenbond_tui.options.modes import MODES
from xenbond_tui.options.option import Key
from xenbond_tui.options.table import OPTIONS, parse_option
from xenbond_tui.regex import regex
from xenbond_tui.value import dataclass, field, replace

_YES = ("on", "1", "yes", "y", "true", "t")
_NO = ("off", "0", "no", "n", "false", "f")
_SPAN = regex(r"(\d+(?:\.\d+)?)\s*([a-z]*)\s*")


@dataclass(frozen=True, slots=True)
class Dialect:
    """The grammar of one stack's bonding options."""

    stack: str
    """Its name, and that of its keys in the table's rows."""
    own: str = "{}"
    """The key of an option without one in its row; {} is the kernel's name."""
    dashes: bool = False
    """Keys have - where the kernel's names have _."""
    switch: tuple[str, str] = ("0", "1")
    """Off and on. Both are read by number and name everywhere; by `words` too where `words`."""
    words: bool = False
    """yes, true and the like are read as well."""
    milliseconds: str = "{}"
    separator: str = ","
    units: Mapping[str, float] = field(default_factory=dict)
    """Suffixes of a time → ms; "" is none. Empty: plain numbers only."""
    keys: Mapping[str, Key] | None = None
    """Option → key, of a stack that has no keys in the table."""
    slave_stanzas: bool = False
    """A slave comes up with its bond, and has the address that its own stanza says."""
    from_above: bool = False
    """What a link stands on comes up with it."""
    _keys: dict[str, Key | None] = field(default_factory=dict, init=False, compare=False)
    """Option → what `key` said of it: each look at a bond's lines asks for every option."""

    def key(self, option: str) -> Key | None:
        """How the files say it; None when they can't."""
        if option not in self._keys:
            self._keys[option] = self._key(option)
        return self._keys[option]

    def _key(self, option: str) -> Key | None:
        row = OPTIONS.get(option)
        known = (row.said if row is not None else {}) if self.keys is None else self.keys
        key = known.get(option if self.keys is not None else self.stack)
        if key is None or key.name:
            return key
        name = self.own.replace("{}", option.replace("_", "-") if self.dashes else option)
        return replace(key, name=name)

    def spelling(self, option: str) -> str | None:
        """The key's name: `MIIMonitorSec`."""
        key = self.key(option)
        return None if key is None else key.name

    def said(self, *, at_slave: bool = False) -> Iterator[tuple[str, Key]]:
        """The options that the bond's (or a slave's) part of the files can say, in order."""
        for option in OPTIONS:
            key = self.key(option)
            if key is not None and key.at_slave == at_slave:
                yield option, key

    def option_of(self, name: str) -> str | None:
        """The option that a key of the bond's part of the files says."""
        return next((o for o, key in self.said() if name in (key.name, *key.also)), None)

    def names(self) -> frozenset[str]:
        """Every key of the bond's part of the files."""
        return frozenset(name for _, key in self.said() for name in (key.name, *key.also))

    def is_list(self, name: str) -> bool:
        """Is this key's value a list, which files may say in several lines?"""
        option = self.option_of(name)
        return option is not None and isinstance(OPTIONS[option].kind, Addresses)

    def texts(self, bond: BondAnswers) -> dict[str, str]:
        """Key's name → text of every option that the bond's part of the files shall say."""
        wanted = bond.in_files
        return {
            key.name: self.write(option, wanted[option])
            for option, key in self.said()
            if option in wanted and wanted[option] != key.unsaid
        }

    def write(self, option: str, value: str) -> str:
        """A canonical value in the files' words."""
        row = OPTIONS[option]
        if isinstance(row.kind, Switch):
            return self.switch[row.kind.codes.get(value, 0)]
        if isinstance(row.kind, Addresses | PerSlave):
            return self.separator.join(value.replace(",", " ").split())
        if row.unit == "ms" and value != "0":
            return self.milliseconds.replace("{}", value)
        return value

    def read(self, option: str, text: str) -> str:
        """A text of the files as a canonical value; one that is none is given back as it is."""
        row, value = OPTIONS[option], text.strip()
        if isinstance(row.kind, Switch) and self.words:
            word = value.lower()
            value = "on" if word in _YES else "off" if word in _NO else value
        elif isinstance(row.kind, Addresses | PerSlave):
            value = ",".join(item.removeprefix("+") for item in re.split(r"[\s,]+", value) if item)
        elif isinstance(row.kind, Slave):
            value = value.split()[0] if value else value
        elif self.units and row.unit == "ms":
            span = self._span(value)
            value = value if span is None else str(int(span + 1e-6))
        parsed = parse_option(option, value)
        return parsed if isinstance(parsed, str) else value

    def _span(self, text: str) -> float | None:
        """A time span in ms: `1s 500ms`."""
        total, rest = 0.0, text
        while rest:
            match = _SPAN.match(rest)
            if match is None or match[2] not in self.units:
                return None
            total += float(match[1]) * self.units[match[2]]
            rest = rest[match.end() :]
        return total if text else None

    def same(self, option: str, text: str, other: str) -> bool:
        """Do two texts of the files mean the same value, in whatever words?"""
        return self.read(option, text) == self.read(option, other)

    def heard(self, texts: Iterable[tuple[str, str]]) -> tuple[dict[str, str], dict[str, str]]:
        """Keys and texts of the bond's part of the files: (option → value, other key → text)."""
        found: dict[str, str] = {}
        kept: dict[str, str] = {}
        for name, text in texts:
            option = self.option_of(name)
            if option is None:
                kept[name] = text
            else:
                found[option] = self.read(option, text)
        return {option: found[option] for option in OPTIONS if option in found}, kept

    def unfit(self, bond: BondAnswers) -> Iterator[tuple[str, str, Key]]:
        """(option, value, key) of those whose value this stack's files can't say."""
        for option, value in bond.in_files.items():
            key = self.key(option)
            if key is None:
                continue
            over = key.most is not None and (whole(value) or 0) > key.most
            if value in key.refuses or over:
                yield option, value, key

    def newer_than(self, bond: BondAnswers, version: tuple[int, ...]) -> Iterator[tuple[str, Key]]:
        """Options that came with a later release of the stack."""
        for option in bond.in_files:
            key = self.key(option)
            if key is not None and version < key.since:
                yield option, key


def bond_answers(
    name: str,
    slaves: tuple[str, ...],
    options: Mapping[str, str],
    kept: Mapping[str, str],
    *,
    unset: int | None = None,
) -> BondAnswers:
    """Answers from what is written; what is not written is what the kernel takes.

    Args:
        name: the bond's.
        slaves: its slaves.
        options: every option that is written, canonical.
        kept: what is written besides and is no option this stack can say.
        unset: miimon where none is written, of a stack that sets it, and the mode, by itself.
            None: the kernel's own default, no monitoring, except in the modes that can't be
            without (bond_option_mode_set in bond_options.c).
    """
    silent = OPTIONS.keys() - options.keys() - (set() if unset is None else {"mode", "miimon"})
    rest = dict(options)
    mode, carrier = rest.pop("mode", "balance-rr"), rest.pop("use_carrier", None)
    if unset is None:
        unset = 100 if (known := MODES.get(mode)) is not None and known.miimon_only else 0
    miimon = whole(rest.pop("miimon", str(unset)))
    return BondAnswers(
        name=name,
        slaves=slaves,
        mode=mode,
        miimon=0 if miimon is None else miimon,
        use_carrier=None if carrier is None else carrier == "on",
        options=rest,
        kept=kept,
        left_out=frozenset(silent),
    )
