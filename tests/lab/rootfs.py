"""The guest's root: a minimal Debian, made once by mmdebstrap and kept in `.lab/`."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
LAB = REPO / ".lab"
KERNEL = "/usr/bin/linux.uml"
MODULES = Path("/usr/lib/uml/modules")

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
    "ifupdown2": ("ifupdown2", "bridge-utils", "isc-dhcp-client", "dnsmasq-base", *EVERYWHERE),
    # Neither of Debian's network stacks: Red Hat's scripts have a place to stand in for.
    "sysconfig": ("bridge-utils", "isc-dhcp-client", "dnsmasq-base", *EVERYWHERE),
}
"""Packages of each kind of guest's root, for they can't all be in one."""
LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")

STUB = """#!/bin/sh
# First program of the guest. All the rest comes from the share the command line names.
mount -t proc proc /proc
for word in $(cat /proc/cmdline); do
	case $word in
	lab.share=*) mount -t hostfs none /lab -o "${word#*=}" ;;
	lab.init=*) init=${word#*=} ;;
	ubd0=*) disk=${word#*=} ;;
	esac
done
exec /bin/sh /lab/inside/stage1.sh "$init" "$disk"
"""


class NoLab(Exception):
    """The lab can't run on this machine; the text says why and what would help."""


def ready(flavour: str = "ifupdown") -> Path:
    """A guest's root of that flavour, made when there is none of this recipe.

    It takes 20 to 30 s, and 65 to 100 MB from the mirror.

    Raises:
        NoLab: not root, not Debian, a tool is missing, or the packages can't be had.
    """
    if os.geteuid() != 0:
        raise NoLab("it needs root (the guest's files belong to root)")
    for tool in (KERNEL, "mmdebstrap"):
        if shutil.which(tool) is None:
            raise NoLab(f"{tool} is not installed; `make lab-deps` installs what the lab needs")
    if not any(MODULES.glob("*/modules.dep.bin")):
        raise NoLab(f"no kernel modules under {MODULES}")
    if any(c.isspace() or c == "," for c in str(LAB)):
        raise NoLab(f"{LAB}: the path has a character that a kernel command line can't hold")
    suite, sources = _sources()
    packages = FLAVOURS[flavour]
    recipe = "\n".join((suite, sources, STUB, *packages, *LEFT_OUT))
    root = LAB / f"root-{flavour}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    # Those of two flavours are made side by side; one that is there is not waited for.
    with lock(f"make-{flavour}"):
        if not root.is_dir():
            with lock("root"):
                for old in _replaced_by(root, flavour):
                    if not _runs_a_guest(old):
                        remove(old)
            _make(root, packages, suite, sources)
    return root


def _replaced_by(new: Path, flavour: str) -> list[Path]:
    """Roots that nothing uses any more: of this flavour by another recipe, or of no flavour."""
    found = []
    for root in LAB.glob("root-*"):
        known = root.name.split("-")[1]
        if root != new and (known == flavour or known not in FLAVOURS):
            found.append(root)
    return found


@contextmanager
def lock(name: str) -> Iterator[None]:
    """One process at a time makes the things kept in `.lab/`."""
    LAB.mkdir(exist_ok=True)
    with (LAB / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def remove(folder: Path) -> None:
    """Remove a folder of ours; one with something mounted in it is left alone.

    Raises:
        NoLab: something is mounted in it: deleting would reach into what is mounted.
    """
    mounted = mounted_in(folder, Path("/proc/self/mounts").read_text())
    if mounted:
        raise NoLab(f"{mounted} is mounted; unmount it, then try again")
    if folder.exists():
        shutil.rmtree(folder)


def _runs_a_guest(root: Path) -> bool:
    word = f"rootflags={root}".encode()
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if word in process.read_bytes().split(b"\0"):
                return True
        except OSError:
            continue  # it has ended
    return False


def mounted_in(folder: Path, mounts: str) -> str | None:
    """A mount at or below a folder, from the text of /proc/self/mounts; None when there is none."""
    for line in mounts.splitlines():
        where = line.split()[1]
        if where == str(folder) or where.startswith(f"{folder}/"):
            return where
    return None


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


def _sources() -> tuple[str, str]:
    """This machine's release and its Debian mirrors, as a sources.list.

    Only the release itself with its updates and security: other archives a machine may use
    (a tool's own, a database's) are none of the guest's business.
    """
    release = dict(
        line.split("=", 1)
        for line in Path("/etc/os-release").read_text().splitlines()
        if "=" in line
    )
    suite = release.get("VERSION_CODENAME", "").strip('"')
    if release.get("ID") != "debian" or not suite:
        raise NoLab("it is made for Debian (the guest is of the same release as the machine)")
    wanted = {suite, f"{suite}-updates", f"{suite}-security"}
    lines = []
    apt = Path("/etc/apt")
    for path in [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*.list"))]:
        for line in path.read_text().splitlines() if path.exists() else ():
            options, _, rest = line.removeprefix("deb ").strip().rpartition("] ")
            words = rest.split()
            if (
                line.startswith("deb ")
                and len(words) >= 3
                and words[1] in wanted
                and "main" in words[2:]
            ):
                prefix = f"{options}] " if options else ""
                lines.append(f"deb {prefix}{words[0]} {words[1]} main")
    for path in sorted((apt / "sources.list.d").glob("*.sources")):
        for stanza in path.read_text().split("\n\n"):
            lines += _one_line(stanza, wanted)
    if not lines:
        raise NoLab(f"no source of Debian {suite} under /etc/apt")
    return suite, "\n".join(dict.fromkeys(lines)) + "\n"


def _one_line(stanza: str, wanted: set[str]) -> list[str]:
    """One stanza of a deb822 `.sources` file as lines of a sources.list; see sources.list(5)."""
    fields: dict[str, str] = {}
    last = ""
    for line in stanza.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if line[0] in " \t":
            fields[last] = f"{fields.get(last, '')}\n{line.strip()}"
            continue
        last, _, value = line.partition(":")
        last = last.lower()
        fields[last] = value.strip()
    if (
        "deb" not in fields.get("types", "").split()
        or "main" not in fields.get("components", "").split()
    ):
        return []
    if fields.get("enabled", "yes").lower() in ("no", "false", "0"):
        return []
    options = []
    # A key block written into the stanza can't be said in one line; mmdebstrap finds Debian's own.
    if (key := fields.get("signed-by", "")) and "\n" not in key:
        options.append(f"signed-by={key}")
    if trusted := fields.get("trusted"):
        options.append(f"trusted={trusted}")
    prefix = f"[{' '.join(options)}] " if options else ""
    return [
        f"deb {prefix}{uri} {suite} main"
        for uri in fields.get("uris", "").split()
        for suite in fields.get("suites", "").split()
        if suite in wanted
    ]
