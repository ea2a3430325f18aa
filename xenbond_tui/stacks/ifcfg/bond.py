"""BONDING_OPTS: which bonding options network-scripts can say, and in which order they stand."""

from collections.abc import Mapping

from xenbond_tui.answers import BondAnswers
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.number import whole
from xenbond_tui.rules.options import OPTIONS, mode_name, parse_option

EXPRESSIBLE = frozenset(
    {"mode", "miimon", "updelay", "downdelay", "peer_notif_delay", "use_carrier", "primary"}
    | {"primary_reselect", "fail_over_mac", "xmit_hash_policy", "lacp_rate", "lacp_active"}
    | {"arp_interval", "arp_ip_target", "arp_validate", "arp_all_targets", "arp_missed_max"}
    | {"ad_select", "min_links", "ad_actor_sys_prio", "ad_actor_system", "ad_user_port_key"}
    | {"num_grat_arp", "num_unsol_na", "resend_igmp", "lp_interval", "tlb_dynamic_lb"}
    | {"packets_per_slave", "all_slaves_active"}
)
"""The scripts write each word to the sysfs file of that name, so an option only netlink has (as
ns_ip6_target), or that needs a slave first (active_slave), can't be said."""

_FIRST = ("mode", "miimon", "updelay", "downdelay", "peer_notif_delay", "use_carrier")
_ARP = ("arp_ip_target", "arp_interval", "arp_validate")
_LAST = ("primary",)


def option_values(bond: BondAnswers) -> dict[str, str]:
    """Kernel name → value, in the order to write them.

    RHEL 5 writes them as they stand: delays need miimon first, ARP checks their targets, and
    primary names a slave that is enslaved last.
    """
    named = {"mode": bond.mode, "miimon": str(bond.miimon)}
    if bond.use_carrier is not None:
        named["use_carrier"] = "on" if bond.use_carrier else "off"
    named.update(bond.options)
    middle = [name for name in named if name not in (*_FIRST, *_ARP, *_LAST)]
    return {
        name: _spelt(name, named[name])
        for name in (*_FIRST, *_ARP, *middle, *_LAST)
        if name in named
    }


def bonding_opts(bond: BondAnswers) -> str:
    """The value of BONDING_OPTS.

    Raises:
        XenbondError: a value has a blank in it: the scripts split at blanks.
    """
    words = [f"{name}={value}" for name, value in option_values(bond).items()]
    for word in words:
        if len(word.split()) != 1:
            raise XenbondError(f"bond.options: {word!r} has a blank in it; nothing was changed.")
    return " ".join(words)


def same_options(written: str, bond: BondAnswers) -> bool:
    """True when a BONDING_OPTS already says what is wanted, in whatever spelling."""
    return parse_opts(written) == parse_opts(bonding_opts(bond))


def parse_opts(text: str) -> dict[str, str]:
    """BONDING_OPTS as kernel name → value, choices by their names."""
    found: dict[str, str] = {}
    for word in text.split():
        name, _, value = word.partition("=")
        found[name] = _canonical(name, value)
    return found


def to_answers(name: str, options: Mapping[str, str], slaves: tuple[str, ...]) -> BondAnswers:
    """Answers from what is written; what is not written is what the kernel takes (miimon 0)."""
    rest = {key: value for key, value in options.items() if key not in ("mode", "miimon")}
    carrier = rest.pop("use_carrier", None)
    miimon = options.get("miimon", "0")
    return BondAnswers(
        name=name,
        slaves=slaves,
        mode=options.get("mode", "balance-rr"),
        miimon=whole(miimon) or 0,
        use_carrier=None if carrier is None else carrier in ("1", "on"),
        options=rest,
    )


def _canonical(name: str, value: str) -> str:
    if name == "mode":
        return mode_name(value) or value
    if name == "arp_ip_target":
        value = ",".join(item.removeprefix("+") for item in value.split(","))
    parsed = parse_option(name, value)
    return parsed if isinstance(parsed, str) else value


def _spelt(name: str, value: str) -> str:
    """Old kernels know no words for switches; lists must stay one word."""
    if name == "arp_ip_target":
        return ",".join(value.replace(",", " ").split())
    option = OPTIONS.get(name)
    if option is not None and option.choices == {"off": 0, "on": 1}:
        return str(option.choices.get(value, value))
    return value
