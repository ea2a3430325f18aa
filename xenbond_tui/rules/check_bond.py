"""Do mode, link monitoring and options go together, and with a bridge on top?

One table, two readers: the planner asks of a bond that is to be made, `health.reasons.by_rules` of
one that runs. `status` reads it every minute, so a host's facts are not imported here.
"""

from __future__ import annotations

from collections.abc import Iterator

from xenbond_tui.answers import Answers, BondAnswers
from xenbond_tui.options.modes import MODES
from xenbond_tui.options.option import BadValue
from xenbond_tui.options.running import rounded
from xenbond_tui.options.table import OPTIONS, parse_option, per_slave
from xenbond_tui.rules.findings import Finding, note, refuse, warn
from xenbond_tui.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from xenbond_tui.facts.host import HostFacts

OWN_KEYS = ("mode", "miimon", "use_carrier")
"""Options that have their own place in the answers."""


_LONG = {"updelay": 60_000, "downdelay": 10_000, "arp_interval": 10_000}
"""ms. A port that starts by STP takes 30 to 50 s before it forwards: an updelay may outlast it."""


def check_bond(facts: HostFacts, answers: Answers) -> Iterator[Finding]:
    """Mode, monitoring and options of the bond."""
    yield from check_options(answers.bond)


def check_options(bond: BondAnswers) -> Iterator[Finding]:
    """The same, whichever host it is on."""
    values, bad = _values(bond)
    yield from bad
    yield from _mode(bond)
    yield from _monitoring(bond, values)
    yield from _together(values)
    yield from _delays(bond, values)
    yield from _long(values)
    yield from _fit(bond, values)
    yield from _of_slaves(bond, values)
    primary = values.get("primary")
    if primary is not None and primary not in bond.slaves:
        yield refuse(
            "primary-no-slave",
            "primary",
            f"The primary {primary} is not one of the slaves.",
            f"Take one of {', '.join(bond.slaves) or 'the slaves'}, or no primary.",
        )


def _values(bond: BondAnswers) -> tuple[dict[str, str], list[Finding]]:
    """The options whose values are good, and what is wrong with the others."""
    values: dict[str, str] = {}
    bad: list[Finding] = []
    for name, text in {"miimon": str(bond.miimon), **bond.options}.items():
        if name in bond.options and name in OWN_KEYS:
            bad.append(
                refuse(
                    "option-twice",
                    name,
                    f"{name} is among the further options, but has its own place.",
                    f"Say it as bond.{name} only.",
                )
            )
            continue
        if name not in OPTIONS:
            bad.append(
                refuse(
                    "unknown-option",
                    name,
                    f"{name} is not a bonding option known here.",
                    f"Leave it out. Known: {', '.join(OPTIONS)}.",
                )
            )
            continue
        value = parse_option(name, text)
        if isinstance(value, BadValue):
            bad.append(refuse("bad-value", name, f"{name} {value.text}.", "Correct the value."))
        else:
            values[name] = value
    return values, bad


def _mode(bond: BondAnswers) -> Iterator[Finding]:
    mode = MODES.get(bond.mode)
    if mode is None:
        yield refuse(
            "bad-mode",
            "mode",
            f"There is no bonding mode {bond.mode!r}.",
            f"Choose one of {', '.join(MODES)}.",
        )
        return
    if mode.under_bridge == "no":
        yield refuse(
            "mode-under-bridge",
            "mode",
            f"{mode.name} does not work under a guests' bridge: {mode.why}.",
            "Choose active-backup, or 802.3ad with a switch that speaks LACP.",
        )
    elif mode.under_bridge == "risky":
        yield warn(
            "mode-under-bridge",
            "mode",
            f"{mode.name} is risky under a guests' bridge: {mode.why}.",
            "Choose active-backup unless you need it.",
        )
    if mode.under_bridge != "no" and mode.name != "active-backup":
        yield note(
            "switch-setup", "mode", f"{mode.name} needs {mode.switch} on the switch.", "Set it up."
        )


def _monitoring(bond: BondAnswers, values: dict[str, str]) -> Iterator[Finding]:
    arp = int(values.get("arp_interval", "0"))
    if bond.miimon == 0 and arp == 0:
        yield refuse(
            "no-link-monitoring",
            "miimon",
            "Without miimon nobody looks at the links: a pulled cable stays unnoticed and the "
            "bond does not fail over.",
            "Set miimon to 100 (ms).",
        )
    if bond.miimon > 1000:
        yield warn(
            "slow-link-monitoring",
            "miimon",
            f"Links are looked at every {bond.miimon} ms, so a failure cuts traffic that long.",
            "100 ms costs nothing.",
        )
    if arp == 0:
        return
    if bond.miimon > 0:
        yield refuse(
            "two-link-monitors",
            "arp_interval",
            "miimon and arp_interval exclude each other: the kernel drops one of them.",
            "Set miimon to 0, or better leave arp_interval out.",
        )
    needs = OPTIONS["arp_interval"].needs
    targets = [item for name in needs if name in values for item in values[name].split(",")]
    if not targets:
        yield refuse(
            "no-arp-target",
            "arp_ip_target",
            "arp_interval needs hosts to ask.",
            "Name at least two in arp_ip_target.",
        )
    if values.get("arp_validate", "none") == "none" or len(targets) < 2:
        yield refuse(
            "arp-under-bridge",
            "arp_interval",
            "Under a bridge the guests' own traffic keeps a dead slave alive for the ARP monitor.",
            "Use miimon. If it must be ARP: arp_validate and at least two targets.",
        )
    else:
        yield warn(
            "arp-under-bridge",
            "arp_interval",
            "The ARP monitor under a bridge depends on the host's address and routes being there.",
            "Use miimon unless links here stay up when the path is dead.",
        )


def _together(values: dict[str, str]) -> Iterator[Finding]:
    """What an option needs beside it, or must not have."""
    for name, value in values.items():
        option = OPTIONS[name]
        unset = {other for other in option.needs if not _is_set(other, values)}
        delay = bool(option.counted_in)
        if option.needs and unset == {*option.needs} and _is_set(name, values) and not delay:
            if name == "arp_interval":
                continue
            needed = " or ".join(option.needs)
            yield refuse(
                "option-alone",
                name,
                f"{name} does nothing without {needed}, and some network stacks refuse it.",
                f"Set {needed}, or leave {name} out.",
            )
        other = option.same_as
        if other in values and values[other] != value:
            yield refuse(
                "options-disagree",
                name,
                f"{other}={values[other]} and {name}={value} are one value to the kernel.",
                f"Leave {name} out.",
            )


def _is_set(name: str, values: dict[str, str]) -> bool:
    return values.get(name, OPTIONS[name].default) != OPTIONS[name].default


def _of_slaves(bond: BondAnswers, values: dict[str, str]) -> Iterator[Finding]:
    for name, value in values.items():
        for slave in per_slave(name, value):
            if slave not in bond.slaves:
                yield refuse(
                    "option-no-slave",
                    name,
                    f"{name} is said of {slave}, which is not one of the slaves.",
                    f"Take one of {', '.join(bond.slaves) or 'the slaves'}.",
                )


def _delays(bond: BondAnswers, values: dict[str, str]) -> Iterator[Finding]:
    for name, option in OPTIONS.items():
        delay = int(values.get(name, "0")) if option.counted_in else 0
        if delay == 0:
            continue
        kept = int(rounded(str(delay), bond.miimon))
        if bond.miimon == 0:
            yield refuse(
                "delay-without-miimon",
                name,
                f"{name} needs miimon: the kernel refuses it without.",
                f"Set miimon, or leave {name} out.",
            )
        elif kept == 0:
            yield refuse(
                "delay-below-miimon",
                name,
                f"{name} {delay} ms is less than one miimon ({bond.miimon} ms), so it is no delay.",
                f"Set it to {bond.miimon} ms or more, or leave it out.",
            )
        elif kept != delay:
            yield warn(
                "delay-rounded",
                name,
                f"{name} {delay} ms is no multiple of miimon ({bond.miimon} ms): the kernel "
                f"makes it {kept} ms.",
                f"Set it to {kept} or {kept + bond.miimon} ms.",
            )


def _long(values: dict[str, str]) -> Iterator[Finding]:
    for name, most in _LONG.items():
        time = int(values.get(name, "0"))
        if time > most:
            so = (
                "a slave that is back is not used"
                if name == "updelay"
                else "a failure cuts traffic"
            )
            yield warn(
                "long-delay",
                name,
                f"{name} is {time} ms: {so} for that long or longer.",
                f"Set it to {most} ms or less.",
            )


def _fit(bond: BondAnswers, values: dict[str, str]) -> Iterator[Finding]:
    for name in values:
        option = OPTIONS[name]
        if not option.modes or bond.mode in option.modes or bond.mode not in MODES:
            continue
        modes = ", ".join(option.modes)
        if option.enforced:
            yield refuse(
                "option-not-in-mode",
                name,
                f"The kernel refuses {name} in mode {bond.mode}; it belongs to {modes}.",
                f"Leave {name} out.",
            )
        else:
            yield warn(
                "option-without-effect",
                name,
                f"{name} does nothing in mode {bond.mode}; it belongs to {modes}.",
                f"Leave {name} out.",
            )
    if values.get("fail_over_mac") == "active" and bond.mode == "active-backup":
        yield warn(
            "mac-changes-at-failover",
            "fail_over_mac",
            "With fail_over_mac=active the bond's MAC changes at each fail-over: the host's "
            "address moves to another MAC, and peers must learn it.",
            "Leave fail_over_mac out unless a NIC cannot change its MAC.",
        )
    links = int(values.get("min_links", "0"))
    if links > len(set(bond.slaves)):
        yield refuse(
            "min-links-unreachable",
            "min_links",
            f"min_links {links} is more than there are slaves: the bond would never be up.",
            f"Set it to {len(set(bond.slaves))} or less.",
        )
