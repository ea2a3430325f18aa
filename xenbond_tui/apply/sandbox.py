"""What systemd takes from our own processes before they start, by its release.

A directive that a release does not know is a warning in a unit file and an error of systemd-run, so
each is said from the release on that has it (systemd's NEWS). Nothing here needs a mount namespace:
what a step mounts must be there for the host, and a guard that can't start at boot is worse than
one that could do too much.
"""

import re

from xenbond_tui.effects import Runner

TRANSIENT = 239
"""systemd-run takes these settings from here on (RHEL 8's release)."""
COLLECT = 236
"""systemd-run has --collect."""

GUARD = (
    # All that putting a file back as it was can take: owner, mode, attributes (security.ima wants
    # CAP_SYS_ADMIN).
    (
        0,
        "CapabilityBoundingSet=CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER "
        "CAP_FSETID CAP_SETFCAP CAP_MAC_ADMIN CAP_SYS_ADMIN CAP_KILL CAP_SYS_PTRACE",
    ),
    (0, "RestrictAddressFamilies=AF_UNIX AF_NETLINK AF_INET AF_INET6"),
    (0, "SystemCallArchitectures=native"),
    (231, "MemoryDenyWriteExecute=yes"),
    (231, "RestrictRealtime=yes"),
    (233, "RestrictNamespaces=yes"),
    (235, "LockPersonality=yes"),
    # Before Linux 4.14 it would keep SELinux from giving the process its own domain.
    (239, "NoNewPrivileges=yes"),
)
"""For `xenbond recover --boot`, which puts files back."""

WORKER = (
    # Everything but what no step, no hook of the host's own and no DHCP client has a use for.
    (
        TRANSIENT,
        "CapabilityBoundingSet=~CAP_SYS_BOOT CAP_SYS_RAWIO CAP_SYS_PACCT CAP_WAKE_ALARM "
        "CAP_BLOCK_SUSPEND CAP_MAC_OVERRIDE CAP_AUDIT_CONTROL CAP_LEASE",
    ),
    # pppd, IPsec, wpa_supplicant and CAN are brought up again by a restart of the whole network.
    (
        TRANSIENT,
        "RestrictAddressFamilies=AF_UNIX AF_NETLINK AF_INET AF_INET6 AF_PACKET AF_KEY AF_ALG "
        "AF_PPPOX AF_CAN",
    ),
    (TRANSIENT, "SystemCallArchitectures=native"),
    (TRANSIENT, "LockPersonality=yes"),
)
"""For what carries a change out: it runs the network stack's tools, and these the host's own hooks,
which may be anything. So new privileges, namespaces and writable code are not forbidden."""


def release(runner: Runner) -> int:
    """The release of systemd; 0 when it does not say: then only what each one knows is used."""
    found = re.match(r"systemd (\d+)", runner.run(("systemctl", "--version"), 10.0).stdout)
    return int(found[1]) if found else 0


def known(table: tuple[tuple[int, str], ...], release: int) -> tuple[str, ...]:
    """Those settings that this release of systemd understands."""
    return tuple(setting for since, setting in table if since <= release)
