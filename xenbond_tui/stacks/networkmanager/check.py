"""What NetworkManager in particular must refuse or warn about, each with file and line."""

from collections.abc import Iterator

from xenbond_tui.answers import Answers
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.rules import daemon
from xenbond_tui.rules.findings import Finding, note, refuse, warn
from xenbond_tui.stacks.change_over import Gap
from xenbond_tui.stacks.change_over.legs import made_from
from xenbond_tui.stacks.ifcfg.steps import IFUP
from xenbond_tui.stacks.networkmanager import plugins
from xenbond_tui.stacks.networkmanager.bond import SINCE
from xenbond_tui.stacks.networkmanager.plan import Planner
from xenbond_tui.stacks.networkmanager.profiles import ETC, RUN, Profile
from xenbond_tui.stacks.networkmanager.programs import NMCLI, SERVICE
from xenbond_tui.stacks.networkmanager.steps import GAP, way
from xenbond_tui.stacks.networkmanager.version import Version


def check(facts: HostFacts, answers: Answers) -> tuple[Finding, ...]:
    """Everything found; files that can't be read end it early."""
    found = [*_daemon(facts)]
    try:
        planner = Planner(facts, answers)
    except XenbondError as error:
        return (*found, _unreadable(error))
    found += _options(planner)
    for name in planner.nics:
        found += _ifcfg(facts, name)
        found += _port(planner, name)
    found += _above(planner)
    found += _unread(planner)
    if any(item.severity == "refuse" for item in found):
        return tuple(found)
    try:
        planner.write()
    except XenbondError as error:
        return (*found, _unreadable(error))
    except ValueError:
        # The answers themselves are wrong, which the rules say in better words.
        return tuple(found)
    return (*found, *_announced(planner), *_gap(planner))


def _unreadable(error: XenbondError) -> Finding:
    text = str(error)
    where = text.partition(": ")[0]
    return refuse("file-not-editable", where, text, "Put that file right and try again.")


def _daemon(facts: HostFacts) -> Iterator[Finding]:
    if facts.live and not facts.present.intersection(NMCLI):
        yield refuse(
            "nmcli-missing",
            NMCLI[0],
            "nmcli is not there, so NetworkManager can't be told of new profiles.",
            "Install the package that has it: NetworkManager, or network-manager.",
        )
    yield from daemon.not_at_work(facts, SERVICE, "networkmanager", "NetworkManager", "profiles")


def _options(planner: Planner) -> Iterator[Finding]:
    options = planner.answers.bond.options
    for option, since in SINCE.items():
        if option in options and planner.version is not None and planner.version < since:
            had = _dotted(planner.version)
            yield refuse(
                "option-needs-newer-networkmanager",
                option,
                f"{option} came with NetworkManager {_dotted(since)}; this host has {had}.",
                f"Leave {option} out.",
            )
    first, second = options.get("num_grat_arp"), options.get("num_unsol_na")
    if first is not None and second is not None and first != second:
        yield refuse(
            "value-not-expressible",
            "num_unsol_na",
            f"num_grat_arp={first} and num_unsol_na={second} are one value to the kernel, and "
            "NetworkManager refuses two.",
            "Leave num_unsol_na out.",
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
    yield refuse(
        "profile-in-ifcfg-file",
        config.path,
        f"{config.path} is the profile of {name}: NetworkManager reads it by its ifcfg-rh plug-in. "
        f"Two profiles would claim {name}; I write keyfiles only.",
        remedy,
    )


def _port(planner: Planner, name: str) -> Iterator[Finding]:
    """What is said of a slave today that can't be, or must not be lost."""
    nic = planner.nics[name]
    for profile in planner.profiles.all:
        if not profile.literal(nic):
            continue
        if profile.path.startswith(f"{RUN}/netplan-"):
            yield refuse(
                "written-by-netplan",
                profile.path,
                f"netplan writes {profile.path}: it would write it again and undo the change.",
                "Take the stack netplan.",
            )
        elif profile.path.startswith(f"{RUN}/") and not profile.own:
            yield refuse(
                "profile-made-at-boot",
                profile.path,
                f"{profile.path} is for {name} and is made anew at each boot, by the initramfs or "
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


def _above(planner: Planner) -> Iterator[Finding]:
    """VLANs and the like on a slave, running or not: as a slave it gets no frames for them."""
    for name, nic in planner.nics.items():
        own = {name, *(item.uuid for item in planner.profiles.all if item.literal(nic))} - {""}
        for profile in planner.profiles.all:
            line = _parent(profile)
            if line is not None and line[1] in own:
                yield refuse(
                    "on-a-slave",
                    f"{profile.path}:{line[0]}",
                    f"`parent={line[1]}` puts this {profile.type} on {name}; on a slave it gets no "
                    "frames.",
                    f"Write parent={planner.answers.bond.name} there, or take it away, and try "
                    "again.",
                )


def _parent(profile: Profile) -> tuple[int, str] | None:
    for section in ("vlan", "macvlan", "ipvlan", "vxlan", "ip-tunnel", "infiniband"):
        for line in profile.file.entries(section, "parent"):
            return line.number, line.value
    return None


def _unread(planner: Planner) -> Iterator[Finding]:
    for path, line in planner.profiles.unread.items():
        if line:
            text = f"NetworkManager can't read {path} for its line {line}."
            remedy = "Put that line right, and start again, if the profile is wanted."
        else:
            text = f"NetworkManager does not read {path}: others than root may."
            remedy = f"If it is wanted, run: chown root:root {path}; chmod 600 {path}."
        yield warn("profile-not-read", f"{path}:{line}" if line else path, text, remedy)


def _announced(planner: Planner) -> Iterator[Finding]:
    """Addresses made of a secret and the link's name (RFC 7217): the bridge makes others."""
    source = planner.source()
    link = None if source is None else planner.facts.link(planner.profiles.link_of(source))
    for item in link.addresses if link is not None else ():
        announced = item.family == 6 and item.scope == "global" and item.dynamic
        if announced and link and not made_from(item, planner.answers.bridge.mac):
            yield note(
                "address-changes",
                planner.answers.bridge.name,
                f"{item.ip} is made of the name {link.name} (addr-gen-mode=stable-privacy): "
                f"{planner.answers.bridge.name} gets another one of that prefix.",
            )


def _gap(planner: Planner) -> Iterator[Finding]:
    if not planner.facts.live:
        return
    try:
        way(planner)
    except Gap as why:
        yield note(
            "gap",
            planner.answers.bridge.name,
            f"The host is out of reach for {GAP} while NetworkManager changes over: {why}.",
        )
