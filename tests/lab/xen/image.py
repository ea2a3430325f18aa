"""What a dom0 boots from: Debian's Xen and kernel, an initrd of ours, a disk with its root.

Made once, and kept in `.lab/`.
"""

import gzip
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.lab import rootfs
from tests.lab.cache import remove
from tests.lab.qemu import image
from tests.lab.stacks import LAB_STACKS

RELEASE = "bookworm"
XEN = "4.17"
"""That release's."""
GUESTS = {"web": "192.168.0.50", "db": "192.168.0.51"}
"""Name -> address. `xl create /root/NAME.cfg` starts one."""
MACS = {name: f"00:16:3e:00:00:{ip.rpartition('.')[2]}" for name, ip in GUESTS.items()}
_INSIDE = Path(__file__).parent / "inside"
_GUEST = _INSIDE / "guest.sh"
_AGENT = _INSIDE.parents[1] / "inside" / "lab-agent.service"
_MODULES = (
    *(*image.MODULES, "8021q", "e1000", "e1000e", "virtio_rng"),
    *("xen-netback", "xen-blkback", "xen-evtchn", "xen-gntdev", "xen-privcmd", "xenfs"),
)
_CONFIG = """\
name = "{name}"
type = "pv"
kernel = "/root/guest.vmlinux.gz"
ramdisk = "/root/guest.initrd"
extra = "console=hvc0 quiet lab.ip={ip}"
memory = 96
vcpus = 1
vif = ['mac={mac},bridge=xenbr0']
"""
_BLACKLIST = "blacklist e1000\nblacklist e1000e\n"
"""Their NICs are there (`dom0.py`), and the host has none of them until a test loads the driver."""
_HOSTS = "127.0.0.1\tlocalhost\n127.0.1.1\tdom0\n192.168.0.1\tgw.example.com\n"
_MASKED = (
    # The console belongs to the tests.
    *("getty.target", "console-getty.service", "serial-getty@hvc0.service"),
    # What a host in the lab has no use for; each takes its second here.
    *("systemd-logind.service", "systemd-binfmt.service", "systemd-pstore.service"),
    *("systemd-update-utmp.service", "systemd-update-utmp-runlevel.service", "timers.target"),
    *("systemd-random-seed.service", "e2scrub_reap.service", "xendomains.service"),
)


@dataclass(frozen=True, slots=True)
class Dom0Image(image.Image):
    """Its disk has a journal: what was synced is there after a power cut."""

    @property
    def xen(self) -> Path:
        """The hypervisor, which QEMU loads as it does a kernel."""
        return self.folder / "xen"

    @property
    def key(self) -> Path:
        """root's key for SSH."""
        return self.folder / "key"


def ready() -> Dom0Image:
    """The image, made when there is none of this recipe: 40 s, and 72 MB from the mirror.

    Raises:
        NoLab: a tool is missing, or the packages can't be had.
    """
    root = rootfs.ready("xen", RELEASE)
    recipe = (root.name, *_MODULES, *_MASKED, _CONFIG, _GUEST.read_text(), _AGENT.read_text())
    recipe += (Path(__file__).read_text(),)
    return Dom0Image(
        image.kept(f"xen-{RELEASE}", recipe, lambda folder: _make(Dom0Image(folder, root))), root
    )


def _make(made: Dom0Image) -> None:
    package = f"xen-hypervisor-{XEN}-amd64"
    kernel = image.with_kernel(made, RELEASE, _MODULES, package)
    packed = (kernel / f"boot/xen-{XEN}-amd64.gz").read_bytes()
    made.xen.write_bytes(gzip.decompress(packed))
    tree = made.folder / "tree"
    subprocess.run(["cp", "-a", made.root, tree], check=True)
    image.initrd(tree / "root/guest.initrd", kernel, _GUEST, ("xen-netfront",))
    # xl unpacks it within the dom0, whose processor is slow: the least packing is the fastest.
    (tree / "root/guest.vmlinux.gz").write_bytes(gzip.compress(made.kernel.read_bytes(), 1))
    _lay_out(made, tree)
    image.disk_of(tree, made.disk, "800M", journal=True)
    remove(tree)
    remove(kernel)


def _lay_out(made: Dom0Image, tree: Path) -> None:
    """The host as an installer leaves it, with what the tests come in by."""
    etc = tree / "etc"
    LAB_STACKS["ifupdown"].lay_out(tree)
    (etc / "hostname").write_text("dom0\n")
    (etc / "hosts").write_text(_HOSTS)
    (etc / "resolv.conf").write_text("nameserver 192.168.0.1\n")
    (etc / "machine-id").write_text("2d0f5e0f5b7a4c4f9d6a3a8a51450001\n")
    (etc / "fstab").write_text("/dev/vda / ext4 defaults,noatime 0 1\n")
    (etc / "modprobe.d/lab.conf").write_text(_BLACKLIST)
    for name, ip in GUESTS.items():
        text = _CONFIG.format(name=name, ip=ip, mac=MACS[name])
        (tree / f"root/{name}.cfg").write_text(text)
    argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", made.key]
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)
    (tree / "root/.ssh").mkdir(mode=0o700, exist_ok=True)
    shutil.copy(made.key.with_suffix(".pub"), tree / "root/.ssh/authorized_keys")
    units = etc / "systemd/system"
    agent = _AGENT.read_text().replace("/dev/ttyS0", "/dev/virtio-ports/lab")
    (units / "lab-agent.service").write_text(agent)
    (units / "lab-agent.service.d").mkdir()
    (units / "lab-agent.service.d/xen.conf").write_text("[Unit]\nAfter=xen.service ssh.service\n")
    (units / "multi-user.target.wants/lab-agent.service").symlink_to("../lab-agent.service")
    for unit in _MASKED:
        (units / unit).unlink(missing_ok=True)
        (units / unit).symlink_to("/dev/null")
    (tree / "opt/xenbond").symlink_to("/lab/installed/opt/xenbond")
    (tree / "usr/local/bin/xenbond").symlink_to("/opt/xenbond/bin/xenbond")
