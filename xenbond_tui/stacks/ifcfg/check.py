"""What network-scripts in particular must refuse or warn about."""

import re
from collections.abc import Iterator

from xenbond_tui.answers import Answers, Removal, Request
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.regex import regex
from xenbond_tui.rules import units
from xenbond_tui.rules.findings import Finding, Severity, from_error, lacking, note, refuse, warn
from xenbond_tui.rules.occupied import (
    alias_on_slave,
    found_by_mac,
    has_master,
    in_another_bond,
    in_another_bridge,
    name_taken,
)
from xenbond_tui.stacks.ifcfg import address
from xenbond_tui.stacks.ifcfg.files import (
    Config,
    Scripts,
    bad_config_name,
    known_mac,
    release,
    takes_part,
)
from xenbond_tui.stacks.ifcfg.places import (
    BRCTL,
    DIRECTORY,
    IFUP_ETH,
    INITRAMFS,
    NETWORK,
    PREFIX,
    SERVICE,
)
from xenbond_tui.stacks.ifcfg.routes import left_behind
from xenbond_tui.stacks.ifcfg.unclear import about_unknown, not_followed
from xenbond_tui.stacks.networkmanager.plugins import lets_go_to

_BRIDGED = regex(r"-n +[\"']?\$\{?BRIDGE\}?")
_ENDS = regex(r"\s*exit 0")
_ENSLAVES = regex(r"grep .*MASTER=")
"""How ifup-eth finds the files of a bond's slaves."""


def able(facts: HostFacts, request: Request) -> Iterator[Finding]:
    """What the scripts need to make bond and bridge, now and at boot."""
    if isinstance(request, Removal):
        return
    if release(facts) <= 7 and BRCTL not in facts.present:
        yield lacking(
            facts,
            "no-bridge-utils",
            BRCTL,
            "brctl is not there. Without it these scripts bring the bond up, but silently leave "
            "it out of the bridge.",
            "Install the package bridge-utils.",
        )
    line = _bridged_before_bonded(facts)
    if line is not None:
        yield refuse(
            "bond-not-bridged",
            f"{IFUP_ETH}:{line}",
            "This ifup-eth puts a link into its bridge, and ends, before it comes to the bond's "
            "slaves: the bond would have none, and the host be cut off at the next boot.",
            "Update the package initscripts to 8.45.26 or later (RHEL 5.4).",
        )
    if release(facts) <= 5 and IFUP_ETH not in facts.files:
        yield warn(
            "bond-not-bridged",
            IFUP_ETH,
            f"{IFUP_ETH} is not in this copy, so whether these scripts can put a bond into a "
            "bridge can't be known: those before initscripts 8.45.26 (RHEL 5.4) can't, and the "
            "host would be cut off at the next boot.",
            "Look on the host: rpm -q initscripts; or copy that file too.",
        )
    if units.started_by(facts, SERVICE) is None:
        yield warn(
            "network-service-off",
            "network",
            "Nothing starts these scripts at boot: the service network is not enabled.",
            "Run: chkconfig network on",
        )
    if takes_part(facts) and "ifcfg" in lets_go_to(facts):
        yield note(
            "network-manager-lets-go",
            "NM_CONTROLLED",
            "NetworkManager is installed. NM_CONTROLLED=no keeps it off these links.",
        )


def _bridged_before_bonded(facts: HostFacts) -> int | None:
    """The line where ifup-eth turns to BRIDGE=, if it ends there before it enslaves anything."""
    bridged: int | None = None
    ends = False
    for number, line in enumerate(facts.said(IFUP_ETH).split("\n"), 1):
        if line.lstrip().startswith("#"):
            continue
        if bridged is None and _BRIDGED.search(line):
            bridged = number
        ends = ends or (bridged is not None and _ENDS.match(line) is not None)
        if _ENSLAVES.search(line):
            return bridged if ends else None
    return None


def _routes_stay(scripts: Scripts, answers: Answers) -> Iterator[Finding]:
    """Files of a slave's routes that lead by an address which the bridge does not get."""
    for name in answers.bond.slaves:
        for path in left_behind(scripts, answers, name):
            yield note(
                "file-stays",
                path,
                f"What it says leads by an address of {name} that {answers.bridge.name} does not "
                f"get. It stays there, without effect while {name} is a slave.",
                f"Write it for {answers.bridge.name} if it is still needed.",
            )


def _unreadable(scripts: Scripts, answers: Answers) -> Iterator[Finding]:
    names = (*answers.bond.slaves, answers.bond.name, answers.bridge.name)
    ours = {PREFIX + name for name in names}
    for path, error in scripts.errors.items():
        if path in ours:
            yield from_error("unreadable-file", error, "Put it right, or move it away.")
        else:
            remedy = "Make sure that it is not about one of these NICs."
            yield from_error("unreadable-file", error, remedy, Severity.WARN)
    bad = scripts.facts.unreadable.get(NETWORK)
    if bad is not None:
        text = f"{NETWORK} {bad.reason}. It was left untouched."
        yield refuse("unreadable-file", NETWORK, text, "Put it right.")


def _from_initramfs(scripts: Scripts, answers: Answers) -> Iterator[Finding]:
    for name in (*answers.bond.slaves, answers.bond.name, answers.bridge.name):
        path = f"{INITRAMFS}{PREFIX}{name}"
        if path in scripts.facts.files:
            yield refuse(
                "profile-made-at-boot",
                path,
                f"{path} is made by dracut from ip= on the kernel's command line, and is copied "
                f"over {PREFIX}{name} at each boot: the change would be gone.",
                "Take ip= out of the boot loader's configuration and boot; then try again.",
            )


def _names(scripts: Scripts, answers: Answers) -> Iterator[Finding]:
    for where, name in (("bond.name", answers.bond.name), ("bridge.name", answers.bridge.name)):
        reason = bad_config_name(name, scripts.release)
        if reason is not None:
            yield refuse("name-not-expressible", where, f"{name} {reason}.", "Choose another name.")
        for config in scripts.of_device(name):
            for key in ("DEVICETYPE", "TYPE"):
                kind = config.value(key) or ""
                if kind.lower().startswith(("ovs", "team")):
                    yield name_taken(config.where(key), name, kind)
                    break


def _others(scripts: Scripts, answers: Answers) -> Iterator[Finding]:
    """Other files about the slaves: aliases, VLANs, other bonds and bridges, copies."""
    names = {*answers.bond.slaves, answers.bond.name, answers.bridge.name}
    for name in filter(None, (*answers.bond.slaves, answers.bond.name, answers.bridge.name)):
        yield from _several(scripts, name)
    for config in scripts.spare:
        if (name := scripts.about(config)) in names:
            yield note(
                "file-stays",
                config.path,
                f"It is about {name} too, but no boot starts it (ONBOOT=no), and ifup {name} "
                f"finds ifcfg-{name}: it is left as it is.",
                f"Move it out of {DIRECTORY} if it is a copy.",
            )
    yield from about_unknown(scripts, names)
    for name in answers.bond.slaves:
        about = scripts.of_device(name)
        for config in scripts.configs:
            if config not in about:
                yield from _above(config, name, answers, scripts.release)
        for config in about:
            yield from _occupied(config, name, answers)
            if config.value("MASTER") != answers.bond.name:
                yield from not_followed(config, name, answers.bridge.name)
    for config in scripts.of_device(answers.bond.name):
        if config.value("BRIDGE") != answers.bridge.name:
            yield from not_followed(config, answers.bond.name, answers.bridge.name)


def _several(scripts: Scripts, name: str) -> Iterator[Finding]:
    """More files about a link than one, or one that newer scripts pass over as a copy."""
    about = scripts.of_device(name)
    if len(about) > 1:
        paths = ", ".join(config.path for config in about)
        yield refuse(
            "several-files-for-a-link",
            name,
            f"{paths}: all are about {name}, and which one counts is left to chance.",
            f"Move all but one out of {DIRECTORY}.",
        )
    elif about and about[0].path.endswith(".old"):
        path = about[0].path
        yield refuse(
            "several-files-for-a-link",
            path,
            f"{path} is about {name}: this host's scripts read it, newer ones take it for a copy.",
            f"Rename it to {path.removesuffix('.old')} if it counts, else move it out of "
            f"{DIRECTORY}.",
        )


def _unclear(scripts: Scripts, answers: Answers) -> Iterator[Finding]:
    """Where no NIC is known a file that finds its own by the MAC may be a slave's."""
    for config in scripts.configs if not scripts.facts.links_known else ():
        if config.hwaddr and not config.device and config.value("MASTER") != answers.bond.name:
            where = config.where("HWADDR")
            unnamed = (name for name in answers.bond.slaves if not scripts.of_device(name))
            yield from (found_by_mac(where, name, "DEVICE=") for name in unnamed)


def _above(config: Config, name: str, answers: Answers, major: int) -> Iterator[Finding]:
    device = config.link
    where = f"{config.path}:{config.file.line('DEVICE') or 1}" if config.device else config.path
    if device.startswith(f"{name}:") or re.match(rf"{re.escape(name)}[:-]", config.name):
        second = (
            f"Write its address to {PREFIX}{name} as IPADDR1= and PREFIX1=, and remove this file: "
            "it goes along by itself then."
        )
        has_one = config.value("IPADDR") is not None and major > 5
        bridge = answers.bridge.name
        yield alias_on_slave(where, device, name, bridge, second if has_one else "")


def _occupied(config: Config, name: str, answers: Answers) -> Iterator[Finding]:
    for key, ours, finding in (
        ("MASTER", answers.bond.name, in_another_bond),
        ("BRIDGE", answers.bridge.name, in_another_bridge),
        ("TEAM_MASTER", None, has_master),
        ("OVS_BRIDGE", None, has_master),
    ):
        master = config.value(key)
        if master and master != ours:
            yield finding(config.where(key), name, master)


def _masters(scripts: Scripts, answers: Answers) -> Iterator[Finding]:
    """RHEL 5 finds slaves with `grep "^MASTER=bond0"`, which finds those of bond01 as well."""
    if scripts.release > 5:
        return
    ours = answers.bond.name
    for config in scripts.configs:
        master = config.value("MASTER")
        if not master or master == ours or not config.path.startswith(PREFIX):
            continue
        if master.startswith(ours) or ours.startswith(master):
            yield refuse(
                "bond-name-is-a-prefix",
                config.where("MASTER"),
                f"These scripts take the slaves of {max(master, ours, key=len)} for slaves of "
                f"{min(master, ours, key=len)} too: one name begins with the other.",
                "Choose a name for the bond that no other begins with.",
            )


def _macs(scripts: Scripts, answers: Answers) -> Iterator[Finding]:
    mine = {id(c): name for name in answers.bond.slaves for c in scripts.of_device(name)}
    # A NIC is renamed by what a file says that nothing starts, too (rename_device).
    for config in (*scripts.configs, *scripts.spare):
        name = mine.get(id(config))
        link = scripts.facts.link(name) if name else None
        if not config.hwaddr:
            continue
        where = config.where("HWADDR")
        if link is not None:
            mac = known_mac(link, config)
            if mac is not None and config.hwaddr != mac:
                yield warn(
                    "hwaddr-wrong",
                    where,
                    f"HWADDR={config.hwaddr} is not the permanent MAC of {name}, {mac}: at the "
                    "next boot ifup would ignore the NIC.",
                    "It is put right.",
                )
            continue
        for slave in answers.bond.slaves:
            other = scripts.facts.link(slave)
            another = scripts.about(config) != slave and ":" not in (config.device or "")
            if other is not None and another and known_mac(other, config) == config.hwaddr:
                yield refuse(
                    "hwaddr-twice",
                    where,
                    f"HWADDR={config.hwaddr} is the MAC of {slave}, but the file is about "
                    f"{config.link}: one of the two would not come up.",
                    "Put the MAC right in that file, or remove the file.",
                )


def _addresses(scripts: Scripts, answers: Answers) -> Iterator[Finding]:
    ipv4 = [item for item in answers.bridge.addresses if ":" not in item]
    if scripts.release <= 5 and len(ipv4) > 1 and answers.bridge.method == "static":
        yield refuse(
            "one-address-only",
            "bridge.address",
            "RHEL 5's scripts know one IPv4 address per file.",
            f"Give {answers.bridge.name} one, and the others as ifcfg-{answers.bridge.name}:1 …",
        )
    has_ipv6 = ipv4 != list(answers.bridge.addresses)
    if scripts.release <= 5 and has_ipv6 and scripts.everywhere("NETWORKING_IPV6") != "yes":
        yield warn(
            "ipv6-switched-off",
            NETWORK,
            f"{NETWORK} does not say NETWORKING_IPV6=yes, so no IPv6 address is set.",
            "Write it there if this host has IPv6.",
        )
    holders = []
    for name in (answers.bond.name, *answers.bond.slaves):
        for config in scripts.of_device(name):
            try:
                if address.has_address(config.file, listens=scripts.listens):
                    holders.append((name, config))
            except XenbondError as error:
                yield from_error("file-not-editable", error, "Put that right and try again.")
    if len(holders) > 1:
        asks = "a lease" if answers.bridge.method == "dhcp" else "none"
        gets = ", ".join(answers.bridge.addresses) or asks
        yield warn(
            "several-files-with-address",
            ", ".join(config.path for _, config in holders),
            f"{' and '.join(config.path for _, config in holders)} have an address each. "
            f"{answers.bridge.name} gets {gets}; the others are removed.",
            "Look at the diffs.",
        )


def _gateway_device(scripts: Scripts, answers: Answers) -> Iterator[Finding]:
    device = scripts.everywhere("GATEWAYDEV")
    known = (*answers.bond.slaves, answers.bond.name, answers.bridge.name)
    if device and device not in known and answers.bridge.gateway:
        yield warn(
            "gateway-device",
            NETWORK,
            f"GATEWAYDEV={device} in {NETWORK} keeps the default route of "
            f"{answers.bridge.name} from being set.",
            f"Make it GATEWAYDEV={answers.bridge.name}, or remove the line.",
        )


def check(scripts: Scripts, answers: Answers) -> Iterator[Finding]:
    """Every finding about this stack's files; what can't be edited is found by editing."""
    yield from _unreadable(scripts, answers)
    yield from _from_initramfs(scripts, answers)
    yield from _names(scripts, answers)
    yield from _others(scripts, answers)
    yield from _unclear(scripts, answers)
    yield from _masters(scripts, answers)
    yield from _macs(scripts, answers)
    yield from _addresses(scripts, answers)
    yield from _gateway_device(scripts, answers)
    yield from _routes_stay(scripts, answers)
