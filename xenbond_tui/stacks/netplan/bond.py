"""A bond's options as netplan spells them (netplan-yaml's bonds.parameters; src/parse.c)."""

from collections.abc import Iterator

from xenbond_tui.answers import BondAnswers
from xenbond_tui.facts.number import whole
from xenbond_tui.files.yaml_nodes import Data
from xenbond_tui.rules.findings import Finding, note, refuse
from xenbond_tui.rules.modes import MODES, mode_name
from xenbond_tui.rules.options import OPTIONS, parse_option
from xenbond_tui.stacks.netplan.files import Merged

KEYS = {
    "mode": "mode",
    "miimon": "mii-monitor-interval",
    "updelay": "up-delay",
    "downdelay": "down-delay",
    "primary": "primary",
    "primary_reselect": "primary-reselect-policy",
    "fail_over_mac": "fail-over-mac-policy",
    "xmit_hash_policy": "transmit-hash-policy",
    "lacp_rate": "lacp-rate",
    "ad_select": "ad-select",
    "min_links": "min-links",
    "num_grat_arp": "gratuitous-arp",
    "resend_igmp": "resend-igmp",
    "all_slaves_active": "all-slaves-active",
    "packets_per_slave": "packets-per-slave",
    "lp_interval": "learn-packet-interval",
    "arp_interval": "arp-interval",
    "arp_ip_target": "arp-ip-targets",
    "arp_validate": "arp-validate",
    "arp_all_targets": "arp-all-targets",
}
"""Kernel name → netplan's parameter, in the order they are written.

The older spelling of two of them, which every release takes: `all-members-active` and
`packets-per-member` are unknown before netplan 0.106.
"""
_ALSO = {
    "all-members-active": "all_slaves_active",
    "packets-per-member": "packets_per_slave",
    "gratuitious-arp": "num_grat_arp",
}
"""Other spellings netplan takes."""
_OPTION_OF = {**{key: option for option, key in KEYS.items()}, **_ALSO}

_ZERO_IS_NOTHING = ("min_links", "num_grat_arp", "resend_igmp", "packets_per_slave")
"""netplan takes a 0 of these for "not said" (`if (value)` in src/networkd.c and src/nm.c)."""
_UNITS = {"ms": 1, "s": 1000, "sec": 1000, "min": 60_000, "m": 60_000}
"""Suffixes of a time that systemd knows (systemd.time(7)), in ms."""
_DEFAULTS = {"all_slaves_active": "off", "min_links": "0", "lp_interval": "1"}

BY_HAND = {
    "use_carrier": "bond.use_carrier: 0",
    "peer_notif_delay": "bond.peer_notif_delay: MS",
    "tlb_dynamic_lb": "bond.tlb_dynamic_lb: 0",
    "arp_missed_max": "bond.arp_missed_max: N",
}
"""Options netplan has no word for → what NetworkManager takes below `passthrough:`."""
NETWORKD_BY_HAND = {
    "peer_notif_delay": "PeerNotifyDelaySec=…ms",
    "tlb_dynamic_lb": "DynamicTransmitLoadBalancing=no",
    "arp_missed_max": "ARPMissedMax=…",
}
"""The same in a drop-in of the bond's .netdev (systemd.netdev(5)); it has none for use_carrier."""


def option_values(bond: BondAnswers) -> dict[str, str]:
    """Kernel name → the value the kernel is to have, in the order they are written."""
    values = {"mode": bond.mode, "miimon": str(bond.miimon), **bond.options}
    return {option: values[option] for option in KEYS if option in values}


def parameters(bond: BondAnswers, ids: dict[str, str]) -> dict[str, Data]:
    """What stands below `parameters:`. `ids`: NIC → its ID in the files."""
    said: dict[str, Data] = {}
    for option, value in option_values(bond).items():
        if _DEFAULTS.get(option) == value:
            continue
        if option == "arp_ip_target":
            said[KEYS[option]] = list(value.split(","))
        elif option == "primary":
            said[KEYS[option]] = ids.get(value, value)
        elif option == "all_slaves_active":
            said[KEYS[option]] = "true"
        else:
            said[KEYS[option]] = value
    return said


def key_in(bond: Merged, option: str) -> str:
    """The parameter's name as this bond spells it, else netplan's."""
    for other, name in _ALSO.items():
        if name == option and bond.having("parameters", other) is not None:
            return other
    return KEYS[option]


def written(bond: Merged) -> dict[str, str]:
    """A bond's options in the files, by kernel name, as they are kept in answers."""
    found: dict[str, str] = {}
    for key, option in _OPTION_OF.items():
        if option == "arp_ip_target":
            text: str | None = ",".join(bond.words("parameters", key)) or None
        else:
            text = bond.text("parameters", key)
        if text is not None:
            found[option] = canonical(option, text)
    return {option: found[option] for option in KEYS if option in found}


def canonical(option: str, text: str) -> str:
    """A parameter's text as answers have it: `1s` is 1000, `true` is on."""
    text = text.strip()
    if option == "mode":
        return mode_name(text) or text
    if option == "all_slaves_active":
        return "on" if text.lower() in ("true", "on", "yes", "y") else "off"
    if OPTIONS[option].unit == "ms":
        text = _ms(text)
    parsed = parse_option(option, text)
    return parsed if isinstance(parsed, str) else text


def _ms(text: str) -> str:
    number = text.rstrip("abcdefghijklmnopqrstuvwxyz ")
    unit = text[len(number) :].strip()
    count = whole(number)
    if count is not None and (not unit or unit in _UNITS):
        return str(count * _UNITS.get(unit, 1))
    return text


def read_bond(name: str, slaves: tuple[str, ...], bond: Merged, primary: str) -> BondAnswers:
    """A bond as the files have it; `primary` is the NIC of that role, or ""."""
    options = written(bond)
    mode = options.pop("mode", "balance-rr")
    known = MODES.get(mode)
    # The kernel's own default: no monitoring, except in the modes that can't be without.
    unset = "100" if known is not None and known.miimon_only else "0"
    miimon = options.pop("miimon", unset)
    if primary:
        options["primary"] = primary
    return BondAnswers(
        name=name,
        slaves=slaves,
        mode=mode,
        miimon=whole(miimon) or 0,
        options=options,
    )


def check_options(bond: BondAnswers, renderer: str) -> Iterator[Finding]:
    """Values netplan or what it renders for can't say, and how to say them by hand."""
    for option in _ZERO_IS_NOTHING:
        if bond.options.get(option) == "0" and _DEFAULTS.get(option) != "0":
            yield refuse(
                "value-not-expressible",
                option,
                f"netplan takes {KEYS[option]}: 0 for not said, so the kernel would not hear it.",
                f"Leave {option} out, or give it another value.",
            )
    if renderer == "networkd":
        if bond.options.get("arp_validate", "").startswith("filter"):
            yield refuse(
                "value-not-expressible",
                "arp_validate",
                "systemd-networkd knows none, active, backup and all here.",
                "Choose one of these.",
            )
        if bond.options.get("lp_interval", "1") != "1":
            yield refuse(
                "value-not-expressible",
                "lp_interval",
                "systemd-networkd sends it only with ARP monitoring, which these modes can't have.",
                "Leave lp_interval out.",
            )
    named = [*bond.options, *(["use_carrier"] if bond.use_carrier is not None else [])]
    for option in named:
        if renderer == "NetworkManager" and option in BY_HAND:
            yield note(
                "by-hand",
                option,
                f"netplan has no word for {option}; NetworkManager has, and netplan passes it on: "
                f"`networkmanager: {{passthrough: {{{BY_HAND[option]}}}}}` below {bond.name} in "
                "the files, written by hand afterwards, will be kept.",
            )
        elif renderer == "networkd" and option in NETWORKD_BY_HAND:
            yield note(
                "by-hand",
                option,
                f"netplan has no word for {option}; systemd-networkd has: `[Bond]` and "
                f"`{NETWORKD_BY_HAND[option]}` in /etc/systemd/network/"
                f"10-netplan-{bond.name}.netdev.d/by-hand.conf, written afterwards, will be kept.",
            )
