"""The operating system underneath: distribution, kernel, init, and its role under Xen."""

import re

from xenbond_tui.effects import Tree
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import System, XenRole
from xenbond_tui.regex import regex

_RELEASE_FILES = (
    "/etc/redhat-release",
    "/etc/centos-release",
    "/etc/oracle-release",
    "/etc/SuSE-release",
    "/etc/debian_version",
)
"""Systems older than os-release(5), most telling first."""
_IDS = (
    ("red hat", "rhel"),
    ("centos", "centos"),
    ("scientific linux", "scientific"),
    ("oracle", "ol"),
    ("fedora", "fedora"),
    ("xenserver", "xenenterprise"),
    ("opensuse", "opensuse"),
    ("suse linux enterprise", "sles"),
)
"""Words of a release file → os-release's ID for the same distribution."""
_RELEASE_LINE = regex(r"(?P<name>.+?)\s+(?:release\s+)?(?P<version>\d[\w.]*)(?:\s.*)?")
_EDITION = regex(r"(?<=Enterprise Linux) (?:Server|Client|Workstation|AS|ES)$")
"""What Red Hat's names end in besides; nobody says it."""

_SYSTEMD = ("/lib/systemd/systemd", "/usr/lib/systemd/systemd")
_UNITS = "/etc/systemd/system"
_XENFEAT_DOM0 = 1 << 11
"""Bit of /sys/hypervisor/properties/features set in the initial domain alone."""
_TOOLSTACKS = (
    ("xend", ("/etc/xen/xend-config.sxp", "/etc/xen/xen-config.sxp", "/usr/sbin/xend")),
    ("xl", ("/etc/xen/xl.conf", "/usr/sbin/xl", "/usr/lib/xen-common/bin/xl")),
)


def read_text(tree: Tree, path: str) -> str | None:
    """A file's text, undecodable bytes replaced; None when it cannot be read."""
    state = tree.read(path)
    return state.text if isinstance(state, FileState) else None


def read_system(tree: Tree) -> System:
    """What is written about the operating system under the tree; "" for what is not."""
    distribution, identifier, version = _distribution(tree)
    return System(
        hostname=_hostname(tree),
        distribution=distribution,
        distribution_id=identifier,
        version=version,
        kernel=(read_text(tree, "/proc/sys/kernel/osrelease") or "").strip(),
        init=_init(tree),
    )


def _distribution(tree: Tree) -> tuple[str, str, str]:
    """In words, ID and version."""
    for path in ("/etc/os-release", "/usr/lib/os-release"):
        text = read_text(tree, path)
        if text is not None:
            values = _assignments(text)
            version = values.get("VERSION_ID", "")
            name = _EDITION.sub("", values.get("NAME", "Linux").removesuffix(" GNU/Linux"))
            title = f"{name} {version}".strip()
            return title, values.get("ID", "linux"), version
    for path in _RELEASE_FILES:
        first_line = (read_text(tree, path) or "").strip().partition("\n")[0]
        if first_line:
            return _from_release_line(path, first_line)
    return "unknown", "", ""


def _from_release_line(path: str, line: str) -> tuple[str, str, str]:
    """`Red Hat Enterprise Linux Server release 5.4 (Tikanga)` → its name, rhel, 5.4."""
    if path == "/etc/debian_version":
        return f"Debian {line}", "debian", line
    match = _RELEASE_LINE.fullmatch(line)
    name, version = (match["name"], match["version"]) if match else (line, "")
    name = _EDITION.sub("", name)
    identifier = next((known for words, known in _IDS if words in name.lower()), "")
    return f"{name} {version}".strip(), identifier, version


def _assignments(text: str) -> dict[str, str]:
    """os-release(5): NAME="value" lines."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        key, equals, value = line.strip().partition("=")
        if equals and not key.startswith("#"):
            found[key] = value.strip("\"'")
    return found


def _hostname(tree: Tree) -> str:
    """The running name, else the configured one (/etc/sysconfig/network: old Red Hat)."""
    for path in ("/proc/sys/kernel/hostname", "/etc/hostname"):
        name = (read_text(tree, path) or "").strip()
        if name and name != "(none)":
            return name
    return _assignments(read_text(tree, "/etc/sysconfig/network") or "").get("HOSTNAME", "")


def _init(tree: Tree) -> str:
    """The init: systemd where it is PID 1 (sd_booted(3)), else sysv; "" when it cannot be known.

    In another system's tree /run and /proc are empty, and an installed systemd is no proof that
    it is PID 1 there. Where none is installed it is not; in a copy of /etc its units tell.
    """
    if tree.exists("/run/systemd/system"):
        return "systemd"
    whole = any(tree.exists(path) for path in ("/lib", "/usr/lib"))
    installed = any(tree.exists(path) for path in (_SYSTEMD if whole else (_UNITS,)))
    return "" if installed and not tree.exists("/proc/1") else "sysv"


def read_xen_role(tree: Tree) -> XenRole:
    """What this host is to Xen, by what runs; the toolstack by what is installed.

    Order: /sys/hypervisor/type, then the dom0 bit of the hypervisor's features, then
    /proc/xen/capabilities, which older kernels alone have.
    """
    toolstack, installed = _toolstack(tree)
    hypervisor = (read_text(tree, "/sys/hypervisor/type") or "").strip()
    features = (read_text(tree, "/sys/hypervisor/properties/features") or "").strip()
    capabilities = read_text(tree, "/proc/xen/capabilities")
    if hypervisor and hypervisor != "xen":
        role, evidence = "none", f"/sys/hypervisor/type says {hypervisor}"
    elif hypervisor and re.fullmatch(r"(0x)?[0-9a-fA-F]+", features):
        dom0 = int(features, 16) & _XENFEAT_DOM0
        role = "dom0" if dom0 else "domU"
        word = "have" if dom0 else "lack"
        evidence = f"/sys/hypervisor/properties/features {word} the dom0 bit"
    elif capabilities is not None:
        role = "dom0" if "control_d" in capabilities else "domU"
        word = "says" if role == "dom0" else "does not say"
        evidence = f"/proc/xen/capabilities {word} control_d"
    elif hypervisor:
        role, evidence = "domU", "/sys/hypervisor/type says xen, and nothing that it is dom0"
    else:
        role, evidence = "none", "neither /sys/hypervisor/type nor /proc/xen/capabilities is there"
    if installed:
        evidence += f"; {installed} is there"
    return XenRole(role, toolstack, evidence)


def _toolstack(tree: Tree) -> tuple[str, str]:
    """The toolstack, and the file that says so; xend wins where traces of both are there."""
    for toolstack, paths in _TOOLSTACKS:
        for path in paths:
            if tree.exists(path):
                return toolstack, path
    return "none", ""
