"""Where NetworkManager has its profiles, its programs and its plug-ins: asked of every host."""

from xenbond_tui.effects import Tree
from xenbond_tui.facts.guest_ports import named_as_guest_port
from xenbond_tui.regex import regex
from xenbond_tui.rules import managed_links, units

ETC = "/etc/NetworkManager/system-connections"
RUN = "/run/NetworkManager/system-connections"
DIRECTORIES = (RUN, ETC, "/usr/lib/NetworkManager/system-connections")
SUFFIX = ".nmconnection"
_IGNORED = regex(r"\..*|.*~|.*\.(pem|der)|.*\.[A-Za-z0-9]{6}")
"""Hidden files, copies, certificates and what mkstemp leaves (nm_keyfile_utils_ignore_filename)."""
PLUGINS = (
    "/usr/lib/*/NetworkManager/[0-9]*/libnm-device-plugin-*.so",
    "/usr/lib64/NetworkManager/[0-9]*/libnm-device-plugin-*.so",
    "/usr/lib/NetworkManager/[0-9]*/libnm-device-plugin-*.so",
    "/usr/lib/*/NetworkManager/[0-9]*/libnm-settings-plugin-*.so",
    "/usr/lib64/NetworkManager/[0-9]*/libnm-settings-plugin-*.so",
    "/usr/lib/NetworkManager/[0-9]*/libnm-settings-plugin-*.so",
)
"""A directory of them has the version in its name; too large to be read, their names are enough."""
MACHINE_ID = "/etc/machine-id"
GUESTS = "/etc/NetworkManager/conf.d/90-xenbond-guests.conf"
CONF = "/etc/NetworkManager/NetworkManager.conf"
CONF_DIRECTORIES = (
    "/usr/lib/NetworkManager/conf.d",
    "/run/NetworkManager/conf.d",
    "/etc/NetworkManager/conf.d",
)
"""Of two files of one name the latter counts."""
UDEV_RULES = (
    "/usr/lib/udev/rules.d",
    "/lib/udev/rules.d",
    "/run/udev/rules.d",
    "/etc/udev/rules.d",
)
"""Of two files of one name the latter counts (udev(7))."""
_OF_OTHER_DEVICES = regex(
    r"/(usr/)?lib/udev/rules\.d/\d\d-.*(alsa|autosuspend|block|bluetooth|btrfs|camera|cdrom|dm-|dmi"
    r"|drm|evdev|fido|firmware|input|iocost|joystick|lvm|-md|memory|mouse|mtd|power|scsi|seat|sensor"
    r"|serial|sound|storage|thunderbolt|touchpad|tpm|uaccess|v4l).*"
)
"""Half of a distribution's own hundred by their names, which a plan need not read."""
UDEV_DATA = "/run/udev/data"
GLOBALLY = "10-globally-managed-devices.conf"
"""Ubuntu's: all but radios are left alone, unless netplan renders for NetworkManager."""
PROGRAMS = ("/usr/sbin/NetworkManager", "/usr/bin/NetworkManager")
NMCLI_PATHS = ("/usr/bin/nmcli", "/bin/nmcli")
SERVICE = "NetworkManager.service"
PROBES = (*PROGRAMS, *NMCLI_PATHS, *managed_links.probes())
"""The daemon and its command."""
RP_FILTER = "net/ipv4/conf/{}/rp_filter"
DAD = "net/ipv6/conf/{}/accept_dad"


def paths(tree: Tree) -> tuple[str, ...]:
    """Its profiles wherever they lie, what it runs, the links that start it, its version."""
    found = {path for folder in DIRECTORIES for path in tree.glob(f"{folder}/*") if counts(path)}
    found.update(path for pattern in PLUGINS for path in tree.glob(pattern))
    found.update(path for folder in CONF_DIRECTORIES for path in tree.glob(f"{folder}/*.conf"))
    rules = (path for folder in UDEV_RULES for path in tree.glob(f"{folder}/*.rules"))
    found.update(path for path in rules if _OF_OTHER_DEVICES.fullmatch(path) is None)
    found.update(path for path in tree.glob(f"{UDEV_DATA}/n[0-9]*"))
    found |= {*units.paths(tree, SERVICE), *managed_links.paths(tree), *sysctls(tree)}
    return tuple(sorted({*found, CONF, GUESTS, MACHINE_ID}))


def counts(path: str) -> bool:
    """Is it a profile's?"""
    folder, _, name = path.rpartition("/")
    if folder not in DIRECTORIES or _IGNORED.fullmatch(name):
        return False
    return folder == ETC or name.endswith(SUFFIX)


def sysctls(tree: Tree) -> tuple[str, ...]:
    """What the NICs have now, and what a link that is made begins with."""
    own = tree.glob(f"/proc/sys/{RP_FILTER.format('*')}")
    return (
        *(path for path in own if not named_as_guest_port(path.split("/")[-2])),
        f"/proc/sys/{DAD.format('default')}",
    )
