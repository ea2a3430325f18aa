"""/proc/net/bonding/NAME, in every form kernels since 2.6 have printed it.

The text is made of `Key: value` lines: first the bond's own, then from each `Slave Interface:` on
that slave's (drivers/net/bonding/bond_procfs.c). Blank lines mean nothing here: pasted and captured
texts lose and double them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from xenbond_tui.facts.bond import (
    MODES_WITH_ACTIVE_SLAVE,
    BondState,
    LacpState,
    SlaveState,
)
from xenbond_tui.facts.number import whole
from xenbond_tui.regex import regex
from xenbond_tui.value import dataclass, field, replace

MODES = {
    "load balancing (round-robin)": "balance-rr",
    "fault-tolerance (active-backup)": "active-backup",
    "load balancing (xor)": "balance-xor",
    "fault-tolerance (broadcast)": "broadcast",
    "ieee 802.3ad dynamic link aggregation": "802.3ad",
    "transmit load balancing": "balance-tlb",
    "adaptive load balancing": "balance-alb",
}
"""What the kernel prints (bond_mode_name(), lower-case) → the option's name."""

_BANNER = "ethernet channel bonding driver"
_SLAVE = "slave interface"

_OPTIONS = {
    "peer_notif_delay": "peer notification delay (ms)",
    "arp_missed_max": "arp missed max",
    "arp_ip_target": "arp ip target/s (n.n.n.n form)",
    "ns_ip6_target": "ns ipv6 target/s (xx::xx form)",
    "lacp_active": "lacp active",
    "lacp_rate": "lacp rate",
    "min_links": "min links",
    "ad_select": "aggregator selection policy (ad_select)",
}
"""Options that have no field of their own → their keys."""
_BOND_KEYS = frozenset(
    {
        _BANNER,
        "bonding mode",
        "transmit hash policy",
        "primary slave",
        "currently active slave",
        "multicast mode",
        "mii status",
        "mii polling interval (ms)",
        "up delay (ms)",
        "down delay (ms)",
        "arp polling interval (ms)",
        "system priority",
        "system mac address",
        "active aggregator info",
        "aggregator id",
        "number of ports",
        "actor key",
        "partner key",
        "partner mac address",
        *_OPTIONS.values(),
    }
)
_OF_EVERY_SLAVE = frozenset(
    {"mii status", "speed", "duplex", "link failure count", "permanent hw addr", "slave queue id"}
)
"""A kernel prints each of these for all slaves, or for none (bond_info_show_slave())."""
_SLAVE_KEYS = frozenset(
    {
        _SLAVE,
        *_OF_EVERY_SLAVE,
        "aggregator id",
        "actor churn state",
        "partner churn state",
        "actor churned count",
        "partner churned count",
    }
)
_SINCE_EVER = frozenset({"mii status", "link failure count"})
"""And these for all slaves (bond_info_show_slave() in 2.6.12's bond_main.c)."""
_PDU_HEADS = {"details actor lacp pdu": "actor ", "details partner lacp pdu": "partner "}
_PDU_KEYS = frozenset(
    {
        "system priority",
        "system mac address",
        "port key",
        "oper key",
        "port priority",
        "port number",
        "port state",
    }
)
_KEYLESS = regex(r"802\.3ad info", re.IGNORECASE)
_NO_AGGREGATOR = regex(r"bond \S+ has no active aggregator", re.IGNORECASE)
_LINE = regex(r"([^:(]*+(?:\([^)]*+\)[ \t]*+)?):(.*)", re.DOTALL)
"""Key and value; a colon inside brackets, as in `(xx::xx form)`, belongs to the key."""
_AGGREGATOR = "aggregator id"
_MOST_SLAVES = 256
"""Beyond is no bond that runs, but a text in somebody's tree: each slave costs a dozen looks."""
_FAIL_OVER_MAC = regex(r"\s*\(fail_over_mac (\w+)\)$")
_PRIMARY = regex(r"(?P<name>\S+)(?: \(primary_reselect (?P<reselect>\w+)\))?")
_MII = frozenset({"up", "going down", "down", "going back", "unknown"})
_MAC = regex(r"[0-9a-f]{2}(:[0-9a-f]{2})+")
_SPEEDS_UNKNOWN = frozenset({"unknown", "65535 mbps", "4294967295 mbps", "-1 mbps", "0 mbps"})
"""Besides the word: what drivers without a link left in the number's place."""


def parse_proc_bonding(name: str, text: str) -> BondState:
    """One bond from the text of /proc/net/bonding/NAME.

    Never raises: what was not understood is None (or "" for mode and MII status) and its lines
    are in `not_understood`, in order.
    """
    lost: list[str] = []
    head, *slaves = _sections(text, lost)
    mode, fail_over_mac = _mode(head)
    primary, reselect = _primary(head)
    active = head.word("currently active slave")
    miimon = head.number("mii polling interval (ms)")
    arp_interval = head.number("arp polling interval (ms)")
    if arp_interval is None and miimon is not None:
        # The line is printed only while ARP monitoring is on.
        arp_interval = 0
    state = BondState(
        name=name,
        driver=head.text(_BANNER),
        mode=mode,
        mii_status=head.choice("mii status", frozenset({"up", "down"})) or "",
        miimon=miimon,
        updelay=head.number("up delay (ms)"),
        downdelay=head.number("down delay (ms)"),
        arp_interval=arp_interval,
        primary=primary,
        primary_reselect=reselect,
        active_slave=None if active == "None" else active,
        xmit_hash_policy=_hash_policy(head),
        fail_over_mac=fail_over_mac,
        slaves=tuple(_slave(section) for section in slaves if section.text(_SLAVE)),
        lacp=_lacp(head) if mode == "802.3ad" else None,
        options={
            # A list has commas here, and none in sysfs.
            name: " ".join(value.replace(",", " ").split())
            for name, key in _OPTIONS.items()
            if (value := head.text(key)) is not None
        },
        not_understood=tuple(_in_order(lost, (head, *slaves), text)),
    )
    damaged = tuple(dict.fromkeys(_damaged(head, slaves)))
    told = (
        replace(it, mii_status="unknown") if f"slave {it.name}" in damaged else it
        for it in state.slaves
    )
    return replace(state, slaves=tuple(told), unread=(*_unread(head, slaves, mode), *damaged))


@dataclass(slots=True)
class _Section:
    """The lines of the bond or of one slave, by lower-case key; remembers what it could not use."""

    values: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Key → (value, the whole line)."""
    lost: list[str] = field(default_factory=list)

    def text(self, key: str) -> str | None:
        """The value, or None when it is missing or empty."""
        value, _ = self.values.get(key, ("", ""))
        return value or None

    def refuse(self, key: str) -> None:
        """Note that a value made no sense."""
        self.lost.append(self.values[key][1])

    def word(self, key: str) -> str | None:
        """A value without white space, such as a link's name."""
        value = self.text(key)
        if value is not None and len(value.split()) != 1:
            self.refuse(key)
            return None
        return value

    def number(self, key: str, unknown: frozenset[str] = frozenset()) -> int | None:
        """A plain number; a value in `unknown` (lower-case) is None and understood."""
        value = self.text(key)
        if value is None or value.lower() in unknown:
            return None
        number = whole(value)
        if number is None:
            self.refuse(key)
        return number

    def choice(self, key: str, allowed: frozenset[str]) -> str | None:
        """One of some words."""
        value = self.text(key)
        if value is not None and value not in allowed:
            self.refuse(key)
            return None
        return value

    def mac(self, key: str) -> str | None:
        """A hardware address of any length (InfiniBand's has 20 bytes), lower-case."""
        value = self.text(key)
        if value is not None and not _MAC.fullmatch(value.lower()):
            self.refuse(key)
            return None
        return None if value is None else value.lower()


def _sections(text: str, lost: list[str]) -> list[_Section]:
    """The bond's section, then one for each slave; lines that are no known key go to `lost`."""
    sections = [_Section()]
    pdu = ""
    for line in _lines(text):
        match = _LINE.fullmatch(line)
        key, value = (part.strip() for part in match.groups()) if match else ("", "")
        key = key.lower()
        if key == _SLAVE and len(sections) > _MOST_SLAVES:
            lost.append(line)
            break
        if key == _SLAVE:
            sections.append(_Section())
            pdu = ""
            if not value or len(value.split()) != 1:
                lost.append(line)
                value = ""
        section = sections[-1]
        if len(sections) > 1 and key in _PDU_HEADS:
            pdu = _PDU_HEADS[key]
            continue
        known = _SLAVE_KEYS if len(sections) > 1 else _BOND_KEYS
        if pdu and key in _PDU_KEYS:
            key = pdu + key
        elif key not in known:
            if _NO_AGGREGATOR.fullmatch(line):
                section.values.setdefault(_AGGREGATOR, ("0", line))
            elif not _KEYLESS.fullmatch(line):
                lost.append(line)
            continue
        if key in section.values:
            # No kernel prints it twice: which of them holds can't be told.
            section.lost.append(line)
        else:
            section.values[key] = (value, line)
    return sections


def _lines(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        if stripped := line.strip():
            yield stripped


def _in_order(lost: Iterable[str], sections: Iterable[_Section], text: str) -> Iterator[str]:
    """Everything lost, each line as often as it was lost, in the text's order."""
    remaining: dict[str, int] = {}
    for line in (*lost, *(item for section in sections for item in section.lost)):
        remaining[line] = remaining.get(line, 0) + 1
    for line in _lines(text):
        if remaining.get(line, 0):
            remaining[line] -= 1
            yield line


def _mode(head: _Section) -> tuple[str, str | None]:
    """The option's name, and fail_over_mac where the mode's line carries it (active-backup)."""
    value = head.text("bonding mode")
    if value is None:
        return "", None
    suffix = _FAIL_OVER_MAC.search(value)
    words = value[: suffix.start()] if suffix else value
    mode = MODES.get(" ".join(words.lower().split()), "")
    if not mode:
        head.refuse("bonding mode")
    fail_over_mac = suffix.group(1) if suffix else None
    return mode, fail_over_mac


def _primary(head: _Section) -> tuple[str | None, str | None]:
    value = head.text("primary slave")
    if value is None:
        return None, None
    match = _PRIMARY.fullmatch(value)
    if match is None:
        head.refuse("primary slave")
        return None, None
    name = match["name"]
    return (None if name == "None" else name), match["reselect"]


def _unread(head: _Section, slaves: Iterable[_Section], mode: str) -> tuple[str, ...]:
    """What the text should tell and does not."""
    names = {section.text(_SLAVE) for section in slaves}
    found = [] if mode else ["mode"]
    if "mii polling interval (ms)" not in head.values:
        found.append("miimon")
    told = head.text("mii status")
    if head.values and not told:
        found.append("mii_status")
    if not names and not (mode and told):
        found.append("slaves")
    has_one = mode in MODES_WITH_ACTIVE_SLAVE or not mode
    active = head.text("currently active slave")
    if has_one and (active is None or active not in {*names, "None"}):
        found.append("active_slave")
    return tuple(found)


def _damaged(head: _Section, slaves: Sequence[_Section]) -> Iterator[str]:
    """What no kernel prints: values that make no sense, a slave twice, one with fewer lines."""
    for line in head.lost:
        key = line.partition(":")[0]
        if key.lower() != "bonding mode":
            yield key
    told = {key for section in slaves for key in section.values} & _OF_EVERY_SLAVE | _SINCE_EVER
    active, seen = head.text("currently active slave"), set[str]()
    for section in slaves:
        name = section.text(_SLAVE) or "without a name"
        # Who loses its link is no active slave any more (bond_miimon_commit()).
        down = name == active and section.text("mii status") == "down"
        if section.lost or name in seen or down or told - section.values.keys():
            yield f"slave {name}"
        seen.add(name)


def _hash_policy(head: _Section) -> str | None:
    """`layer3+4 (1)` → layer3+4."""
    value = head.text("transmit hash policy")
    return None if value is None else value.split()[0]


def _lacp(head: _Section) -> LacpState:
    head.choice("lacp active", frozenset({"on", "off"}))
    return LacpState(
        rate=head.choice("lacp rate", frozenset({"slow", "fast"})),
        aggregator_id=head.number(_AGGREGATOR),
        ports=head.number("number of ports"),
        actor_key=head.number("actor key"),
        partner_key=head.number("partner key"),
        partner_mac=head.mac("partner mac address"),
    )


def _slave(section: _Section) -> SlaveState:
    return SlaveState(
        name=section.text(_SLAVE) or "",
        mii_status=section.choice("mii status", _MII) or "unknown",
        speed=_speed(section),
        duplex=_duplex(section),
        link_failure_count=section.number("link failure count"),
        permanent_mac=section.mac("permanent hw addr"),
        queue_id=section.number("slave queue id"),
        aggregator_id=_aggregator(section),
        actor_churn=section.text("actor churn state"),
        partner_churn=section.text("partner churn state"),
        actor_port_state=section.number("actor port state"),
        partner_port_state=section.number("partner port state"),
        partner_mac=section.mac("partner system mac address"),
    )


def _aggregator(section: _Section) -> int | None:
    """`N/A` is no aggregator (bond_info_show_slave() in bond_procfs.c)."""
    said = section.text(_AGGREGATOR)
    return 0 if said is not None and said.lower() == "n/a" else section.number(_AGGREGATOR)


def _speed(section: _Section) -> int | None:
    """`1000 Mbps` → 1000."""
    value = section.text("speed")
    if value is None or value.lower() in _SPEEDS_UNKNOWN:
        return None
    number, _, unit = value.partition(" ")
    speed = whole(number)
    if speed is not None and unit == "Mbps":
        return speed
    section.refuse("speed")
    return None


def _duplex(section: _Section) -> str | None:
    value = section.choice("duplex", frozenset({"full", "half", "Unknown", "unknown"}))
    return value if value in ("full", "half") else None
