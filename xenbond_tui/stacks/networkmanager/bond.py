"""The [bond] section: the kernel's own option names, and what NetworkManager takes of them.

Sources: libnm-core-impl/nm-setting-bond.c (1.42 and 1.58), nm-settings-keyfile(5); since when, NEWS
and nm-setting-bond.h at each release.
"""

from collections.abc import Mapping

from xenbond_tui.answers import BondAnswers
from xenbond_tui.facts.number import whole
from xenbond_tui.files.ini import IniFile
from xenbond_tui.rules.modes import MODES
from xenbond_tui.rules.option import BadValue
from xenbond_tui.rules.options import OPTIONS, parse_option
from xenbond_tui.stacks.networkmanager.version import Version

SINCE: Mapping[str, Version] = {
    "peer_notif_delay": (1, 32, 4),
    "arp_missed_max": (1, 44),
    "lacp_active": (1, 44),
}
"""First NetworkManager with an option that 1.10 (RHEL 7) does not have, and that every later one
has: of 1.30 the last release, 1.30.6, knows peer_notif_delay as well, but 1.32.2 does not."""
_ALWAYS = frozenset(
    {"mode", "miimon", "updelay", "downdelay", "use_carrier", "primary", "primary_reselect"}
    | {"fail_over_mac", "xmit_hash_policy", "lacp_rate", "ad_select", "min_links"}
    | {"num_grat_arp", "num_unsol_na", "resend_igmp", "lp_interval", "packets_per_slave"}
    | {"tlb_dynamic_lb", "all_slaves_active", "arp_interval", "arp_ip_target", "arp_validate"}
    | {"arp_all_targets", "ad_actor_sys_prio", "ad_actor_system", "ad_user_port_key"}
)
EXPRESSIBLE = _ALWAYS | SINCE.keys()
"""Every option of its own table that is one of the kernel's."""
_ORDER = ("mode", "miimon", "use_carrier")


def option_values(bond: BondAnswers) -> dict[str, str]:
    """Kernel name → the value the kernel is to have, in the order they are written."""
    named = {"mode": bond.mode, "miimon": str(bond.miimon), **bond.options}
    if bond.use_carrier is not None:
        named["use_carrier"] = "on" if bond.use_carrier else "off"
    return {name: _spelt(name, named[name]) for name in sorted(named, key=_rank)}


def _rank(name: str) -> tuple[int, str]:
    return (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)


def _spelt(option: str, value: str) -> str:
    """Switches are numbers in every version; all else is spelt as the kernel spells it."""
    known = OPTIONS.get(option)
    if known is not None and known.choices == {"off": 0, "on": 1}:
        return str(known.choices.get(value, value))
    return value


def read_options(file: IniFile) -> dict[str, str]:
    """The options in [bond], by kernel name, values as they are kept."""
    found = {}
    for line in (line for part in file.sections("bond") for line in part.entries):
        if line.key in EXPRESSIBLE:
            parsed = parse_option(line.key, line.value)
            found[line.key] = line.value if isinstance(parsed, BadValue) else parsed
    return found


def to_answers(name: str, file: IniFile, slaves: tuple[str, ...]) -> BondAnswers:
    """Answers from what is written; without miimon NetworkManager takes 100."""
    options = read_options(file)
    mode = options.pop("mode", "balance-rr")
    monitored = "arp_interval" in options and not (
        (known := MODES.get(mode)) is not None and known.miimon_only
    )
    miimon = options.pop("miimon", "0" if monitored else "100")
    use_carrier = options.pop("use_carrier", None)
    return BondAnswers(
        name=name,
        slaves=slaves,
        mode=mode,
        miimon=100 if (ms := whole(miimon)) is None else ms,
        use_carrier=None if use_carrier is None else use_carrier == "on",
        options=options,
    )


def write_options(file: IniFile, bond: BondAnswers) -> None:
    """Make [bond] say what is wanted; keys that are no option of ours stay."""
    wanted, now = option_values(bond), read_options(file)
    if "arp_interval" in wanted and wanted["miimon"] == "0":
        # NetworkManager takes an explicit miimon, 0 too, for the end of ARP monitoring.
        del wanted["miimon"]
    for option in now:
        if option not in wanted:
            file.remove(*file.entries("bond", option))
    for option, value in wanted.items():
        if option not in now or _spelt(option, now[option]) != value:
            file.set("bond", option, value)
