"""The bonding module of a kernel: is it there, is it loaded, what do its parameters say.

Never decided by the kernel's release: distributions back-port. The descriptions are read from the
module file itself, which also works for another system's tree.
"""

import re
from importlib import import_module

from xenbond_tui.effects import Runner, Tree
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import BondingDriver
from xenbond_tui.regex import regex

_LARGEST = 8 << 20
"""Bytes of the module, unpacked; with debugging symbols it has some five million."""
_MODULE = "kernel/drivers/net/bonding/bonding.ko"
_MODULE_LINE = regex(rb"^(\S*/bonding\.ko(?:\.\w+)?):", re.MULTILINE)
"""In modules.dep: the file's path below /lib/modules/RELEASE."""
_PARAMETER = regex(rb"(?:^|\0)(?:bonding\.)?(parm|parmtype)=(\w+):([^\0]*)(?=\0|$)")
"""Entries of a module's .modinfo section, and of modules.builtin.modinfo (modinfo(8))."""
_MODINFO_LINE = regex(r"(\w+):(.*)")


def read_bonding_driver(tree: Tree, runner: Runner, release: str, *, live: bool) -> BondingDriver:
    """The bonding module of kernel `release` ("" when it is not known).

    Args:
        tree: the host's files.
        runner: for `modinfo`, where the module's file cannot be unpacked here.
        release: uname -r. Without one the only installed kernel is taken, if there is just one.
        live: the host runs here, so what is not found is not there.
    """
    loaded = tree.exists("/sys/module/bonding")
    directory = _modules(tree, release)
    parameters: dict[str, str] = {}
    found = False
    if directory is not None:
        data = _builtin(tree, directory)
        if data is None:
            path = _module_path(tree, directory)
            found = path is not None and tree.exists(path)
            data = _module(tree, path) if path is not None else None
        else:
            found = True
        parameters = _parameters(data) if data is not None else {}
    if not parameters:
        parameters = _by_modinfo(runner)
        found = found or bool(parameters)
    available = True if found or loaded else (False if live else None)
    return BondingDriver(available, loaded, parameters)


def _modules(tree: Tree, release: str) -> str | None:
    """The directory of the kernel's modules."""
    if not release:
        installed = tree.glob("/lib/modules/*/modules.dep")
        return installed[0].rpartition("/")[0] if len(installed) == 1 else None
    if not re.fullmatch(r"[\w.+~-]+", release):
        return None
    path = f"/lib/modules/{release}"
    return path if tree.exists(path) else None


def _builtin(tree: Tree, directory: str) -> bytes | None:
    """modules.builtin.modinfo of a kernel that has bonding built in."""
    builtin = tree.read(f"{directory}/modules.builtin")
    if not isinstance(builtin, FileState) or _MODULE.encode() not in builtin.data.split():
        return None
    described = tree.read(f"{directory}/modules.builtin.modinfo")
    if not isinstance(described, FileState):
        return b""
    entries = described.data.split(b"\0")
    return b"\0".join(entry for entry in entries if entry.startswith(b"bonding."))


def _module_path(tree: Tree, directory: str) -> str | None:
    index = tree.read(f"{directory}/modules.dep")
    if isinstance(index, FileState) and (match := _MODULE_LINE.search(index.data)):
        path = match.group(1).decode("utf-8", "replace")
        # kmod before version 3 (RHEL 5) wrote absolute paths.
        return path if path.startswith("/") else f"{directory}/{path}"
    found = tree.glob(f"{directory}/{_MODULE}*")
    return found[0] if found else None


def _module(tree: Tree, path: str) -> bytes | None:
    """The module's bytes, unpacked; None when this Python cannot unpack them."""
    state = tree.read(path)
    if not isinstance(state, FileState):
        return None
    try:
        data = _unpacked(path, state.data)
    except (OSError, EOFError, ImportError, ValueError):
        return None
    return data if len(data) <= _LARGEST else None


def _unpacked(path: str, data: bytes) -> bytes:
    """What is packed there, or a little more of it than a module can have."""
    if path.endswith(".gz"):
        import zlib

        try:
            # 16: a gzip header is expected.
            return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(data, _LARGEST + 1)
        except zlib.error as error:
            raise ValueError(str(error)) from None
    if path.endswith(".xz"):
        # Not every Python has it.
        import lzma

        try:
            return lzma.LZMADecompressor(memlimit=64 << 20).decompress(data, _LARGEST + 1)
        except lzma.LZMAError as error:
            raise ValueError(str(error)) from None
    if path.endswith(".zst"):
        zstd = import_module("compression.zstd").ZstdDecompressor()
        unpacked: bytes = zstd.decompress(data, _LARGEST + 1)
        return unpacked
    return data


def _parameters(data: bytes) -> dict[str, str]:
    descriptions: dict[str, str] = {}
    types: dict[str, str] = {}
    for kind, name, text in _PARAMETER.findall(data):
        target = descriptions if kind == b"parm" else types
        target[name.decode()] = text.decode("utf-8", "replace")
    return {
        name: f"{text} ({types[name]})" if name in types else text
        for name, text in descriptions.items()
    }


def _by_modinfo(runner: Runner) -> dict[str, str]:
    result = runner.run(["modinfo", "-p", "bonding"], timeout=10.0)
    if result.returncode != 0:
        return {}
    matches = (_MODINFO_LINE.fullmatch(line) for line in result.stdout.splitlines())
    return {match[1]: match[2] for match in matches if match}
