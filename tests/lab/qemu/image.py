"""What a machine boots from: Debian's kernel, an initrd of our own, a disk with the guest's root.

Made once from packages of the release in use, and kept in `.lab/`.
"""

import gzip
import hashlib
import lzma
import shutil
import struct
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.lab import archive, platforms, rootfs
from tests.lab.cache import LAB, lock, remove
from tests.lab.errors import NoLab

QEMU = "qemu-system-x86_64"
_BUSYBOX = Path("/bin/busybox")
KERNEL = "linux-image-amd64^"
"""What the package depends on that stands for the release's present kernel (`archive.unpack`)."""
INITRD = Path(__file__).parent / "inside" / "initrd.sh"
_DISK = ("virtio_pci", "virtio_blk", "ext4", "crc32c_generic")
MODULES = (*_DISK, "virtio_console", "virtio_net", "bonding", "bridge", "veth")
_XZ = b"\xfd7zXZ\0"
_ZSTD = b"\x28\xb5\x2f\xfd"


@dataclass(frozen=True, slots=True)
class Image:
    """Files that QEMU reads; a machine's writes are thrown away."""

    folder: Path
    root: Path
    """The folder that the disk was made of."""

    @property
    def kernel(self) -> Path:
        """An ELF file, entered by its PVH note: unpacking itself takes a bzImage 3 s under TCG."""
        return self.folder / "vmlinux"

    @property
    def initrd(self) -> Path:
        """busybox, and all the kernel modules there are."""
        return self.folder / "initrd.img"

    @property
    def disk(self) -> Path:
        """An ext4 file system."""
        return self.folder / "root.img"


def ready() -> Image:
    """The image, made when there is none of this recipe: 25 s, and 70 MB from the mirror.

    Raises:
        NoLab: a tool is missing, or the packages can't be had.
    """
    release = platforms.in_use().release
    root = rootfs.ready(release=release)

    def make(folder: Path) -> None:
        image = Image(folder, root)
        remove(with_kernel(image, release, MODULES))
        disk_of(root, image.disk, "600M")

    return Image(kept(f"qemu-{release}", (root.name, *MODULES), make), root)


def kept(kind: str, recipe: Sequence[str], make: Callable[[Path], None]) -> Path:
    """The folder of that recipe in `.lab/`, made when there is none; older ones of its kind go.

    Raises:
        NoLab: a tool is missing, or the packages can't be had.
    """
    for tool in (QEMU, str(_BUSYBOX), "cpio", "mke2fs", "zstd", "apt-get"):
        if shutil.which(tool) is None:
            raise NoLab(f"{tool} is not installed; `make lab-deps` installs what the lab needs")
    text = "\n".join((*recipe, INITRD.read_text()))
    folder = LAB / f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    with lock(kind):
        if not folder.is_dir():
            for old in LAB.glob(f"{kind}-*"):
                remove(old)
            part = folder.with_suffix(".part")
            part.mkdir()
            make(part)
            part.rename(folder)
    return folder


def disk_of(folder: Path, disk: Path, size: str = "", *, journal: bool = False) -> None:
    """Make an ext4 file system with what a folder holds; without a size as small as it gets.

    With a journal it is whole after a power cut.

    Raises:
        NoLab: there is no room for it.
    """
    if not size:
        used = sum(file.lstat().st_size for file in folder.rglob("*") if file.is_file())
        size = f"{used * 3 // 2 // 1024 + 8192}k"
    options = ("-t", "ext4", "-m0", "-O", f"{'' if journal else '^'}has_journal", "-d", str(folder))
    _run("mke2fs", "-q", "-F", *options, str(disk), size)


def with_kernel(image: Image, release: str, modules: Sequence[str], *packages: str) -> Path:
    """Make kernel and initrd; returns where they and other packages were taken apart, to remove."""
    kernel = image.folder / "kernel"
    kernel.mkdir()
    archive.unpack(release, kernel, KERNEL, *packages)
    image.kernel.write_bytes(_vmlinux(next(kernel.glob("boot/vmlinuz-*")).read_bytes()))
    if not (kernel / "lib").exists():
        (kernel / "lib").symlink_to("usr/lib")
    _run("depmod", "-b", str(kernel), _version(kernel))
    initrd(image.initrd, kernel, INITRD, modules)
    return kernel


def _vmlinux(image: bytes) -> bytes:
    """The ELF file inside a bzImage (Documentation/arch/x86/boot.rst).

    Debian 12 packs it by xz, 13 by zstd; its size is behind it, in 4 bytes (cmd_zstd22_with_size in
    scripts/Makefile.lib).
    """
    sectors = image[0x1F1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    begin = (sectors + 1) * 512 + offset
    payload = image[begin : begin + length]
    if payload.startswith(_XZ):
        return lzma.LZMADecompressor().decompress(payload)
    if not payload.startswith(_ZSTD):
        raise NoLab("the kernel for QEMU is packed in a way that is not known here")
    argv = ["zstd", "-dcq"]
    return subprocess.run(argv, input=payload[:-4], capture_output=True, check=True).stdout


def _version(kernel: Path) -> str:
    return next((kernel / "lib/modules").iterdir()).name


def initrd(made: Path, kernel: Path, init: Path, modules: Sequence[str]) -> None:
    """Make one of busybox, a first program, and modules of a kernel with those they need."""
    version = _version(kernel)
    tree = made.with_suffix(".tree")
    for name in ("bin", "dev", "proc", "sys", "new"):
        (tree / name).mkdir(parents=True)
    shutil.copy2(_BUSYBOX, tree / "bin/busybox")
    wanted = _run("modprobe", "-d", str(kernel), "-S", version, "-a", "--show-depends", *modules)
    for word in wanted.split():
        if word.startswith("/"):
            module = Path(word)
            copied = tree / module.relative_to(kernel)
            copied.parent.mkdir(parents=True, exist_ok=True)
            # busybox and the guest load what is not packed.
            if module.suffix == ".xz":
                copied.with_suffix("").write_bytes(lzma.decompress(module.read_bytes()))
            else:
                shutil.copy2(module, copied)
    for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
        shutil.copy2(kernel / "lib/modules" / version / name, tree / "lib/modules" / version)
    _run("depmod", "-b", str(tree), version)
    shutil.copy2(init, tree / "init")
    (tree / "init").chmod(0o755)
    names = "\0".join(sorted(str(path.relative_to(tree)) for path in tree.rglob("*")))
    packed = subprocess.run(
        ["cpio", "-0", "-o", "-H", "newc", "--quiet"],
        input=names.encode(),
        cwd=tree,
        capture_output=True,
        check=True,
    )
    made.write_bytes(gzip.compress(packed.stdout, 1))
    remove(tree)


def _run(*argv: str, cwd: Path | None = None, strict: bool = True) -> str:
    done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, check=False)
    if strict and done.returncode:
        raise NoLab(f"{argv[0]} failed: {(done.stderr or done.stdout).strip()[-300:]}")
    return done.stdout
