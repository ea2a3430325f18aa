"""What NetworkManager in particular must refuse or warn about, each with file and line."""

from collections.abc import Iterator, Mapping

from xenbond_tui.answers import Answers, Request, SetUp
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.rules import daemon
from xenbond_tui.rules.findings import Finding, note, refuse, warn
from xenbond_tui.rules.managed_links import NETPLAN_PROFILES
from xenbond_tui.rules.occupied import found_by_mac, name_taken, written_by_netplan
from xenbond_tui.stacks.change_over.legs import made_from
from xenbond_tui.stacks.ifcfg.places import IFUP
from xenbond_tui.stacks.networkmanager import plugins
from xenbond_tui.stacks.networkmanager.bond import DIALECT
from xenbond_tui.stacks.networkmanager.files import Profile, Profiles, Version, version
from xenbond_tui.stacks.networkmanager.places import ETC, NMCLI_PATHS, RUN, SERVICE
from xenbond_tui.stacks.networkmanager.unmanaged import left_alone, links_of


def able(facts: HostFacts, request: Request) -> Iterator[Finding]:
    """Is the daemon at work, and what does this version not know?"""
    if isinstance(request, SetUp):
        yield from _daemon(facts)
        yield from _options(version(facts), request.answers)


def check(
    profiles: Profiles, nics: Mapping[str, Link], answers: Answers, source: Profile | None
) -> Iterator[Finding]:
    """Everything found in the profiles; `source` is the one that has the address today."""
    for name in (*nics, answers.bond.name, answers.bridge.name):
        yield from _ifcfg(profiles.facts, name)
    for nic in nics.values():
        yield from _port(profiles, nic)
    for name, kind in ((answers.bond.name, "bond"), (answers.bridge.name, "bridge")):
        for profile in profiles.all:
            if profile.interface == name and profile.type not in (kind, ""):
                yield name_taken(profile.path, name, profile.type)
    yield from left_alone(profiles.facts, links_of(answers))
    yield from _any_nic(profiles, nics)
    yield from _unsure(profiles, nics)
    yield from _unclear(profiles, answers)
    yield from _unread(profiles)
    yield from _announced(profiles, answers, source)


def _daemon(facts: HostFacts) -> Iterator[Finding]:
    if facts.access.knows_running and not facts.present.intersection(NMCLI_PATHS):
        yield refuse(
            "nmcli-missing",
            NMCLI_PATHS[0],
            "nmcli is not there, so NetworkManager can't be told of new profiles.",
            "Install the package that has it: NetworkManager, or network-manager.",
        )
    yield from daemon.not_at_work(facts, SERVICE, "networkmanager", "NetworkManager", "profiles")


def _options(number: Version | None, answers: Answers) -> Iterator[Finding]:
    for option, value, key in DIALECT.unfit(answers.bond):
        yield refuse(
            "value-not-expressible",
            option,
            f"NetworkManager's {key.name} does not know {value}.",
            "Choose another value.",
        )
    for option, key in DIALECT.newer_than(answers.bond, number) if number is not None else ():
        yield refuse(
            "option-needs-newer-networkmanager",
            option,
            f"{option} came with NetworkManager {_dotted(key.since)}; this host has "
            f"{_dotted(number or ())}.",
            f"Leave {option} out.",
        )


def _dotted(version: Version) -> str:
    return ".".join(map(str, version))


def _ifcfg(facts: HostFacts, name: str) -> Iterator[Finding]:
    config = plugins.profile_of(facts, name)
    if config is None:
        return
    if IFUP in facts.present:
        remedy = (
            "The stack ifcfg writes these files: save the answers, then "
            "`xenbond apply --answers FILE --stack ifcfg`."
        )
    else:
        remedy = (
            "Have NetworkManager make keyfiles of them, which loses nothing: nmcli connection "
            f"migrate; or, before 1.38, remake the profile of {name} as a keyfile. Then try again."
        )
    reads = (
        f"{config.path} is the profile of {name}: NetworkManager reads it by its ifcfg-rh plug-in."
    )
    if plugins.reads_ifcfg(facts) is None:
        reads = (
            "This copy of a host has no /usr, so whether NetworkManager reads ifcfg files could "
            f"not be looked for. Where it does, {config.path} is the profile of {name}."
        )
        remedy = (
            "Plan on the host itself, or remove the file where nothing reads it; else "
            f"{remedy[0].lower()}{remedy[1:]}"
        )
    yield refuse(
        "profile-in-ifcfg-file",
        config.path,
        f"{reads} Two profiles would claim {name}; I write keyfiles only.",
        remedy,
    )


def _port(profiles: Profiles, nic: Link) -> Iterator[Finding]:
    """What is said of a slave today that can't be, or must not be lost."""
    name = nic.name
    for profile in profiles.all:
        if not profile.literal(nic):
            continue
        if profile.path.startswith(NETPLAN_PROFILES):
            yield written_by_netplan(profile.path)
        elif profile.path.startswith(f"{RUN}/") and not profile.own:
            yield refuse(
                "profile-made-at-boot",
                profile.path,
                f"{profile.path} is for {name} and is made again at each boot, by the initramfs or "
                "another program; it would come up in the slave's place.",
                f"Make it last with `nmcli connection modify --persist`, as a file in {ETC}, and "
                "stop what makes it.",
            )
        for section in profile.file.sections("802-1x"):
            yield refuse(
                "ieee8021x",
                f"{profile.path}:{section.head.number}",
                f"{name} logs in to its switch port (802.1X). NetworkManager can't do that for a "
                "slave of a bond.",
                "Choose another NIC, or have the port configured without 802.1X.",
            )


def _any_nic(profiles: Profiles, nics: Mapping[str, Link]) -> Iterator[Finding]:
    """Profiles that a slave has today, and that are free for any other NIC from then on."""
    told = set[str]()
    for nic in nics.values():
        profile = profiles.of(nic)
        if profile is None or profile.own or profile.literal(nic) or profile.path in told:
            continue
        if profile.autoconnects and not profile.pinned:
            told.add(profile.path)
            yield warn(
                "profile-for-any-nic",
                profile.path,
                f"{profile.path} is for any NIC that fits. As a slave {nic.name} has another one, "
                "so any other NIC with a link may come up with it, and have the addresses it says.",
                f"Write interface-name={nic.name} below its [connection], or autoconnect=false.",
            )


def _unsure(profiles: Profiles, nics: Mapping[str, Link]) -> Iterator[Finding]:
    """Profiles of which the files don't tell which NIC they fit: each counts as those NICs'."""
    links = {link.name: link for link in (*profiles.facts.links, *nics.values())}
    for profile in (it for it in profiles.all if it.autoconnects and it.file.sections("match")):
        lines = {name: profile.unsure(link) for name, link in links.items() if name != "lo"}
        names = [name for name, line in lines.items() if line is not None]
        line = next(filter(None, lines.values()), None)
        if line is not None and not profile.own:
            yield warn(
                "file-may-match",
                f"{profile.path}:{line.number}",
                f"Whether `{line.text}` is about {', '.join(names)} can't be known here; what that "
                "profile says counts as theirs.",
                "Write interface-name= of its NIC below its [connection].",
            )


def _unclear(profiles: Profiles, answers: Answers) -> Iterator[Finding]:
    """Where no NIC is known a profile that finds its own by the MAC may be a slave's."""
    if profiles.facts.links_known:
        return
    named = {profile.interface for profile in profiles.all}
    for profile in profiles.all:
        ours = profiles.named(profile.master) == answers.bond.name
        if profile.type != "ethernet" or profile.interface or profile.own or ours:
            continue
        for line in profile.entries("ethernet", "mac-address"):
            where = f"{profile.path}:{line.number}"
            unnamed = (name for name in answers.bond.slaves if name not in named)
            yield from (found_by_mac(where, name, "interface-name=") for name in unnamed)


def _unread(profiles: Profiles) -> Iterator[Finding]:
    for path, line in profiles.unread.items():
        if line:
            text = f"NetworkManager can't read {path} for its line {line}."
            remedy = "Put that line right, and start again, if the profile is wanted."
        else:
            text = f"NetworkManager does not read {path}: others than root may."
            remedy = f"If it is wanted, run: chown root:root {path}; chmod 600 {path}."
        yield warn("profile-not-read", f"{path}:{line}" if line else path, text, remedy)


def _announced(profiles: Profiles, answers: Answers, source: Profile | None) -> Iterator[Finding]:
    """Addresses made of a secret and the link's name (RFC 7217): the bridge makes others."""
    link = None if source is None else profiles.facts.link(profiles.link_of(source))
    for item in link.addresses if link is not None else ():
        announced = item.announced and item.scope == "global"
        if announced and link and not made_from(item, answers.bridge.mac):
            yield note(
                "address-changes",
                answers.bridge.name,
                f"{item.ip} is made of the name {link.name} (addr-gen-mode=stable-privacy): "
                f"{answers.bridge.name} gets another one of that prefix.",
            )
