"""Which file system a path is on, and whether that one is there again after a reboot."""

import os
import re

from xenbond_tui.value import dataclass

LOCAL = frozenset(
    "ext2 ext3 ext4 xfs btrfs f2fs jfs nilfs2 reiserfs bcachefs erofs".split()  # noqa: SIM905
)
"""File systems on this host's own disks that keep owners and modes."""
_NOT_BY_ITSELF = frozenset(
    ("noauto", "_netdev", "x-systemd.automount", "comment=systemd.automount")
)
"""Options of fstab(5) of what the boot does not mount, or only with a network."""
_BY_OTHERS = frozenset(("user", "users", "owner", "group"))
"""Options of fstab(5) that let others than root mount and unmount it."""


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of /proc/self/mountinfo."""

    point: str
    kind: str


def read_mounts(text: str) -> tuple[Mount, ...]:
    """Everything mounted, in the order it was mounted in (proc_pid_mountinfo(5))."""
    found = []
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        fields, kind = before.split(" "), after.split(" ")[0]
        if len(fields) > 4 and kind:
            found.append(Mount(unescaped(fields[4]), kind))
    return tuple(found)


def mount_of(path: str, mounts: tuple[Mount, ...]) -> Mount | None:
    """The one a real path is on; of several on one point the last counts."""
    best: Mount | None = None
    for mount in mounts:
        inside = mount.point == "/" or f"{path}/".startswith(f"{mount.point}/")
        if inside and (best is None or len(mount.point) >= len(best.point)):
            best = mount
    return best


def not_at_boot(mount: Mount, fstab: str) -> str:
    """Why a file system other than the one of /etc need not be there at boot; "" when it is."""
    if mount.kind not in LOCAL:
        return f"{mount.point} is a file system of type {mount.kind}, which need not be there then"
    for line in fstab.splitlines():
        fields = line.split()
        if len(fields) < 4 or fields[0].startswith("#") or unescaped(fields[1]) != mount.point:
            continue
        options = frozenset(fields[3].split(","))
        bad = sorted(options & (_NOT_BY_ITSELF | _BY_OTHERS))
        return f"/etc/fstab mounts {mount.point} with {bad[0]}" if bad else ""
    return f"{mount.point} is a separate file system that /etc/fstab does not mount"


def unescaped(text: str) -> str:
    r"""A mount point as it is; blanks are written \040 there."""
    return re.sub(r"\\([0-3][0-7]{2})", lambda match: chr(int(match[1], 8)), text)


def separate(paths: tuple[str, ...], mounts: tuple[Mount, ...]) -> dict[Mount, str]:
    """Those file systems other than the one /etc is on, each with the first path on it.

    What /etc is on is there whenever a guard is: the guard is written there itself.
    """
    home = mount_of(os.path.realpath("/etc"), mounts)
    found: dict[Mount, str] = {}
    for path in paths:
        mount = mount_of(os.path.realpath(path), mounts)
        if mount is not None and mount != home:
            found.setdefault(mount, os.path.realpath(path))
    return found
