"""[Bond] and [Bridge] of .netdev files: which bonding options networkd can say, and how."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from xenbond_tui.answers import BondAnswers
from xenbond_tui.facts.number import whole
from xenbond_tui.files.ini import IniFile
from xenbond_tui.rules.modes import MODES
from xenbond_tui.rules.options import parse_option
from xenbond_tui.stacks.networkd.files import Unit, boolean


@dataclass(frozen=True, slots=True)
class Key:
    """How networkd calls one option."""

    name: str
    form: str = "word"
    """word, ms (a time span), list (blanks between) or switch (yes and no)."""
    since: int = 0
    """First systemd that has it; 0 for older than 244."""
    unknown: frozenset[str] = frozenset()
    """Values the kernel takes and networkd does not."""


KEYS: Mapping[str, Key] = {
    "mode": Key("Mode"),
    "miimon": Key("MIIMonitorSec", "ms"),
    "updelay": Key("UpDelaySec", "ms"),
    "downdelay": Key("DownDelaySec", "ms"),
    "peer_notif_delay": Key("PeerNotifyDelaySec", "ms", 256),
    "primary_reselect": Key("PrimaryReselectPolicy"),
    "fail_over_mac": Key("FailOverMACPolicy"),
    "xmit_hash_policy": Key("TransmitHashPolicy", unknown=frozenset({"vlan+srcmac"})),
    "lacp_rate": Key("LACPTransmitRate"),
    "ad_select": Key("AdSelect"),
    "min_links": Key("MinLinks"),
    "num_grat_arp": Key("GratuitousARP"),
    "resend_igmp": Key("ResendIGMP"),
    "packets_per_slave": Key("PacketsPerSlave"),
    "all_slaves_active": Key("AllSlavesActive", "switch"),
    "tlb_dynamic_lb": Key("DynamicTransmitLoadBalancing", "switch"),
    "arp_interval": Key("ARPIntervalSec", "ms"),
    "arp_ip_target": Key("ARPIPTargets", "list"),
    "arp_validate": Key(
        "ARPValidate", unknown=frozenset({"filter", "filter_active", "filter_backup"})
    ),
    "arp_all_targets": Key("ARPAllTargets"),
    "arp_missed_max": Key("ARPMissedMax", since=256),
}
"""By kernel name, in the order they are written (systemd.netdev(5), src/network/netdev/bond.c).

LearnPacketIntervalSec= is left out: networkd tells the kernel only beside ARPIntervalSec=, which
the modes it is for can't have.
"""

SPELLINGS = {**{option: key.name for option, key in KEYS.items()}, "primary": "PrimarySlave"}
"""The primary slave is said in that slave's .network file: PrimarySlave=yes."""

_UNITS = {
    "": 1000.0,
    "us": 0.001,
    "usec": 0.001,
    "ms": 1.0,
    "msec": 1.0,
    "s": 1000.0,
    "sec": 1000.0,
    "second": 1000.0,
    "seconds": 1000.0,
    "m": 60_000.0,
    "min": 60_000.0,
    "minute": 60_000.0,
    "minutes": 60_000.0,
}


def option_values(bond: BondAnswers) -> dict[str, str]:
    """Kernel name → the value the kernel is to have, in the order they are written."""
    named = {"mode": bond.mode, "miimon": str(bond.miimon), **bond.options}
    order = [*KEYS, "primary"]
    return {name: named[name] for name in sorted(named, key=lambda item: _rank(order, item))}


def _rank(order: list[str], name: str) -> int:
    return order.index(name) if name in order else len(order)


def milliseconds(text: str) -> int | None:
    """A time span of systemd.time(7) in ms, rounded down; a bare number is seconds."""
    total, rest = 0.0, text.strip()
    if not rest:
        return None
    while rest:
        match = re.match(r"(\d+(?:\.\d+)?)\s*([a-z]*)\s*", rest)
        if match is None or match[2] not in _UNITS:
            return None
        total += float(match[1]) * _UNITS[match[2]]
        rest = rest[match.end() :]
    return int(total + 1e-6)


def _written(key: Key, value: str) -> str:
    if key.form == "ms":
        return f"{value}ms" if value != "0" else "0"
    if key.form == "list":
        return value.replace(",", " ")
    return {"on": "yes", "off": "no"}.get(value, value) if key.form == "switch" else value


def _read(option: str, key: Key, text: str) -> str:
    if key.form == "ms":
        value = milliseconds(text)
        return text if value is None else str(value)
    if key.form == "list":
        text = ",".join(text.split())
    elif key.form == "switch":
        text = {True: "on", False: "off", None: text}[boolean(text)]
    parsed = parse_option(option, text)
    return parsed if isinstance(parsed, str) else text


def written_options(unit: Unit) -> dict[str, str]:
    """The bond's options in its file, by kernel name."""
    found = {}
    for option, key in KEYS.items():
        text = (
            " ".join(unit.words("Bond", key.name))
            if key.form == "list"
            else unit.get("Bond", key.name)
        )
        if text:
            found[option] = _read(option, key, text)
    return found


def to_answers(name: str, unit: Unit, slaves: tuple[str, ...], primary: str | None) -> BondAnswers:
    """Answers from what is written; what is not written is what the kernel takes."""
    options = written_options(unit)
    mode = options.pop("mode", "balance-rr")
    known = MODES.get(mode)
    unset = "100" if known is not None and known.miimon_only else "0"
    miimon = options.pop("miimon", unset)
    if primary is not None:
        options["primary"] = primary
    return BondAnswers(
        name=name,
        slaves=slaves,
        mode=mode,
        miimon=whole(miimon) or 0,
        options=options,
    )


def write_options(file: IniFile, unit: Unit | None, bond: BondAnswers) -> None:
    """Make [Bond] say what is wanted; keys that are no option of ours stay."""
    wanted = option_values(bond)
    now = {} if unit is None else written_options(unit)
    for option, key in KEYS.items():
        if option not in wanted:
            file.remove(*file.entries("Bond", key.name))
        elif now.get(option) != wanted[option]:
            lines = file.entries("Bond", key.name)
            file.remove(*lines[:-1])
            file.set("Bond", key.name, _written(key, wanted[option]))
