"""What ifupdown2 in particular must refuse or warn about."""

import re
from collections.abc import Iterator

from xenbond_tui.answers import Answers, Request, SetUp
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.files.interfaces import Line
from xenbond_tui.regex import regex
from xenbond_tui.rules.findings import Finding, lacking, note, refuse, warn
from xenbond_tui.stacks.ifupdown.check import check as check_files
from xenbond_tui.stacks.ifupdown.files import Configuration, Located
from xenbond_tui.stacks.ifupdown2 import announced
from xenbond_tui.stacks.ifupdown2.places import ADDON, IFRELOAD, SETTINGS, VRF_ADDON, VRF_TABLES
from xenbond_tui.stacks.ifupdown2.stanzas import CONDONE, DIALECT, inseparable

_VLAN_SRCMAC = regex(rb"[\"']vlan\+srcmac[\"']")
_STRICT = regex(r"^[ \t]*+addon_syntax_check[ \t]*+=[ \t]*1", re.MULTILINE)
_VIRTUAL = ("address-virtual", "vrrp")
"""Options of a macvlan above a link, with addresses (addons/addressvirtual.py)."""
_MAKO = regex(r"^\s*(%|##)|\$\{")


def able(facts: HostFacts, request: Request) -> Iterator[Finding]:
    """Can ifreload end well on this host, and does it take these values?"""
    sets_up, fails = isinstance(request, SetUp), ifreload_fails(facts)
    if sets_up and not facts.present.intersection(IFRELOAD):
        text, install = "ifreload is not installed.", "apt-get install ifupdown2"
        yield lacking(facts, "ifreload-missing", IFRELOAD[0], text, install)
    elif fails is not None and (sets_up or facts.access.knows_running):
        yield fails
    if sets_up:
        yield from _values(facts, request.answers)


def check(facts: HostFacts, config: Configuration, answers: Answers) -> Iterator[Finding]:
    """Everything found in the files."""
    yield from _templates(config)
    yield from _ranges(config, answers)
    yield from check_files(config, answers)
    yield from _addresses(config, answers)
    yield from _kept_down(config, answers)
    yield from _condoned(config, answers)
    if facts.access.knows_running:
        yield note(
            "ifreload-all",
            config.main.path,
            "ifreload -a carries out every line that has been changed since it last read the file, "
            "also those that are not about this bond.",
        )
        yield from announced.told(facts, config, answers)


def ifreload_fails(facts: HostFacts) -> Finding | None:
    """Why ifreload can't end well on this host, whatever its file says.

    For each link that has a master `_iproute2_vrf_map_open` (addons/vrf.py, 3.0.0) opens a file
    below `VRF_TABLES` to write. Where that fails ifreload does all else and exits with 1.
    """
    if VRF_ADDON not in facts.present or VRF_TABLES in facts.present:
        return None
    # A boot does not ask for it; on a tree nothing is run now.
    severe = refuse if facts.access.knows_running else warn
    return severe(
        "ifreload-fails-here",
        VRF_TABLES,
        "This directory is missing. ifupdown2 writes a list into it for each link that has a "
        "master, so ifreload fails on this host as soon as there is a bond.",
        f"mkdir -p {VRF_TABLES}",
    )


def _templates(config: Configuration) -> Iterator[Finding]:
    """Mako templates: what they make of the file only Mako can tell."""
    for path, file in config.files.items():
        for line in file.lines:
            if _MAKO.search(line.text):
                yield refuse(
                    "template",
                    f"{path}:{line.number}",
                    f"`{line.text.strip()}` is a template's line, so I can't see what it makes.",
                    "Write out what it makes.",
                )
                return


def _ranges(config: Configuration, answers: Answers) -> Iterator[Finding]:
    """`iface swp[1-4]` and `auto swp[1-4]` mean several links at once."""
    for name in config.names():
        prefix, bracket, _ = name.partition("[")
        if bracket and any(slave.startswith(prefix) for slave in answers.bond.slaves):
            yield refuse(
                "iface-range",
                config.ifaces(name)[0].where(),
                f"{name} stands for several links, perhaps for a slave.",
                "Give each its own iface stanza.",
            )


def _addresses(config: Configuration, answers: Answers) -> Iterator[Finding]:
    """Several addresses, and options of which each belongs to one of them."""
    for name in (answers.bridge.name, answers.bond.name, *answers.bond.slaves):
        for located in config.ifaces(name):
            for line in inseparable(located):
                yield refuse(
                    "several-addresses",
                    located.where(line),
                    f"`{line.text.strip()}` is another address of {name} in a stanza with options "
                    "for each of them.",
                    f"Give it a separate stanza: iface {name} inet static.",
                )


def _kept_down(config: Configuration, answers: Answers) -> Iterator[Finding]:
    """What an addon does to a link whatever else is said (addons/link.py, addressvirtual.py)."""
    for name in (answers.bridge.name, answers.bond.name, *answers.bond.slaves):
        for located in config.ifaces(name):
            for line in located.stanza.named("link-down"):
                # The addons compare with "yes" alone.
                if line.value == "yes":
                    yield _stays(located, line, f"ifupdown2 keeps {name} down by it")
            for line in located.stanza.named(*_VIRTUAL) if name != answers.bridge.name else ():
                yield _stays(located, line, f"it makes a macvlan with an address on {name}")


def _stays(located: Located, line: Line, does: str) -> Finding:
    return refuse(
        "command-of-a-slave",
        located.where(line),
        f"`{line.text.strip()}` stays, and {does}.",
        "Take the line out, and try again.",
    )


def _values(facts: HostFacts, answers: Answers) -> Iterator[Finding]:
    strict = _STRICT.search(facts.said(SETTINGS))
    if answers.bond.options.get("xmit_hash_policy") == "vlan+srcmac":
        yield from _vlan_srcmac(facts)
    # validrange of addons/bond.py: greater values are good for the kernel.
    for option, value, key in DIALECT.unfit(answers.bond):
        text = f"ifupdown2's syntax check allows {key.name} up to {key.most}, not {value}"
        if strict:
            yield refuse(
                "value-not-expressible",
                option,
                f"{text}, and {SETTINGS} switches that check on.",
                f"Choose {key.most} or less, or set addon_syntax_check=0.",
            )
        else:
            yield note(
                "value-beyond-syntax-check",
                option,
                f"{text}. The check is off here; ifreload -s would refuse the file.",
            )


def _vlan_srcmac(facts: HostFacts) -> Iterator[Finding]:
    state = facts.files.get(ADDON)
    if state is not None and _VLAN_SRCMAC.search(state.data):
        return
    told = (
        f"{ADDON} can't be read, so whether this ifupdown2 knows the policy vlan+srcmac is open"
        if state is None
        else "This host's ifupdown2 does not know the policy vlan+srcmac"
    )
    yield refuse(
        "value-not-expressible",
        "xmit_hash_policy",
        f"{told}; it came with ifupdown2 3.2.",
        "Choose another, or leave it out.",
    )


def _condoned(config: Configuration, answers: Answers) -> Iterator[Finding]:
    for located in config.ifaces(answers.bridge.name):
        for line in located.stanza.named(CONDONE):
            try:
                pattern = re.compile(line.value)
            except re.error:
                continue
            if not pattern.match("vif1.0"):
                yield warn(
                    "guests-not-condoned",
                    located.where(line),
                    f"`{line.text.strip()}` does not match guests' ports such as vif1.0: ifreload "
                    f"takes them off {answers.bridge.name}.",
                    "Add ^vif to the pattern if guests are to stay.",
                )
