"""The guest's root: a minimal Debian, made once by mmdebstrap and kept in `.lab/`."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from tests.lab import archive
from tests.lab.cache import LAB, lock, remove
from tests.lab.errors import NoLab
from tests.lab.platforms import in_use

EVERYWHERE = (
    *("iproute2", "ethtool", "kmod"),
    # What looks at the network from outside.
    *("iputils-ping", "iputils-arping"),
    # What an operator comes in by.
    *("openssh-server", "openssh-client"),
    # What a Debian host has anyway.
    *("systemd", "systemd-sysv", "udev", "dbus", "procps", "python3", "ncurses-base"),
)
FLAVOURS: dict[str, tuple[str, ...]] = {
    "ifupdown": ("ifupdown", "ifenslave", "bridge-utils", *EVERYWHERE),
    # In each root with a DHCP client the switch can lease addresses, by dnsmasq in its namespace.
    "dhcp": (
        *("ifupdown", "ifenslave", "bridge-utils", "isc-dhcp-client", "dnsmasq-base"),
        *EVERYWHERE,
    ),
    # The daemons live side by side; which of them is in charge is a matter of enabled units.
    "modern": (
        *("network-manager", "netplan.io", "isc-dhcp-client", "dnsmasq-base", *EVERYWHERE),
        # Reads configuration files by grammars of its own: a judge of what we write.
        *("augeas-tools", "augeas-lenses"),
    ),
    # Debian 12's Xen; `tests/lab/xen` brings kernel and hypervisor.
    "xen": ("ifupdown", "ifenslave", "bridge-utils", "xen-utils-4.17", *EVERYWHERE),
    "ifupdown2": ("ifupdown2", "bridge-utils", "isc-dhcp-client", "dnsmasq-base", *EVERYWHERE),
    # Neither of Debian's network stacks: Red Hat's scripts have a place to stand in for.
    "sysconfig": ("bridge-utils", "isc-dhcp-client", "dnsmasq-base", *EVERYWHERE),
}
"""Packages of each kind of guest's root, for they can't all be in one."""
LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")

STUB = """#!/bin/sh
# First program of the guest. All the rest comes from the share the command line names; what a mount
# of it has to say is a matter of the kernel (`kernels.py`).
mount -t proc proc /proc
for word in $(cat /proc/cmdline); do
	case $word in
	lab.share=*) mount -t hostfs none /lab -o "${word#*=}" ;;
	lab.modules=*) modules=${word#*=} ;;
	lab.init=*) init=${word#*=} ;;
	ubd0=*) disk=${word#*=} ;;
	esac
done
exec /bin/sh /lab/inside/stage1.sh "$init" "$modules" "$disk"
"""


def ready(flavour: str = "ifupdown", release: str | None = None) -> Path:
    """A guest's root of that flavour, made when there is none of this recipe.

    It takes 20 to 30 s, and 65 to 100 MB from the mirror.

    Args:
        flavour: which of `FLAVOURS`.
        release: of Debian, by its name; with None that of the platform in use.

    Raises:
        NoLab: not root, not Debian, a tool is missing, or the packages can't be had.
    """
    release = release or in_use().release
    if os.geteuid() != 0:
        raise NoLab("it needs root (the guest's files belong to root)")
    if shutil.which("mmdebstrap") is None:
        raise NoLab("mmdebstrap is not installed; `make lab-deps` installs what the lab needs")
    if any(c.isspace() or c == "," for c in str(LAB)):
        raise NoLab(f"{LAB}: the path has a character that a kernel command line can't hold")
    sources = archive.sources(release)
    packages = FLAVOURS[flavour]
    recipe = "\n".join((sources, STUB, *packages, *LEFT_OUT))
    kind = f"root-{release}-{flavour}-"
    root = LAB / f"{kind}{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    # Those of two kinds are made side by side; one that is there is not waited for.
    with lock(f"make-{release}-{flavour}"):
        if not root.is_dir():
            for old in LAB.glob(f"{kind}*"):
                if not _runs_a_guest(old):
                    remove(old)
            _make(root, packages, release, sources)
    return root


def _runs_a_guest(root: Path) -> bool:
    word = f"rootflags={root}".encode()
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if word in process.read_bytes().split(b"\0"):
                return True
        except OSError:
            continue  # it has ended
    return False


def _make(root: Path, packages: tuple[str, ...], suite: str, sources: str) -> None:
    part = root.with_suffix(".part")
    remove(part)
    # In a mount namespace of its own: what it mounts in the new root ends with it, even killed.
    command = [
        "unshare",
        "--mount",
        "mmdebstrap",
        "--mode=root",
        "--variant=minbase",
        f"--include={','.join(packages)}",
    ]
    command += [f"--dpkgopt=path-exclude={pattern}" for pattern in LEFT_OUT]
    done = subprocess.run(
        [*command, suite, str(part), "-"],
        input=sources,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        remove(part)
        last = [line for line in done.stderr.splitlines() if line.startswith("E:")] or [
            done.stderr[-300:]
        ]
        raise NoLab(f"mmdebstrap could not make the guest's root: {last[0]}")
    for folder in ("lab", "usr/lib/modules"):
        (part / folder).mkdir(exist_ok=True)
    stub = part / "lab-init"
    stub.write_text(STUB)
    stub.chmod(0o755)
    part.rename(root)
