"""Each file as a host's: where it stands there, which files stand beside it, which NICs bond."""

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from posixpath import basename

sys.path.insert(0, str(Path(__file__).parents[2] / "unit"))

from sized_hosts import KINDS

SCRIPTS = "/etc/sysconfig/network-scripts"
PROFILES = "/etc/NetworkManager/system-connections"
NETWORK = "/etc/systemd/network"
FREE = ("eth77", "eth78")
"""NICs that no file names."""
_NIC = r"(?:eth|en[a-z]|em|swp|dummy|test|veth|iface)[A-Za-z0-9]*"
_NAMED: Mapping[str, str] = {
    "ifcfg": rf"^DEVICE=[\"']?({_NIC})[\"']?\s*$",
    "ifupdown": rf"^iface ({_NIC}) inet6? ",
    "ifupdown2": rf"^iface ({_NIC})(?: inet6? .*)?$",
    "netplan": rf"^ +\"?({_NIC})\"?:(?:\s*$|\s*\{{)",
    "networkd": rf"^Name=({_NIC})$",
    "networkmanager": rf"^interface-name=({_NIC})$",
}
"""How a file of the stack names a NIC: by no reader of ours."""


@dataclass(frozen=True, slots=True)
class Host:
    """A tree of files, and what is asked of it."""

    stack: str
    name: str
    """The file in its package."""
    files: Mapping[str, bytes]
    slaves: tuple[str, str]

    def answers(self, address: str = "") -> str:
        """Bond and bridge by names that no file has; the rest is to be as the files say."""
        return (
            f"version: 1\nstack: {self.stack}\n"
            f"bond: {{name: bond77, slaves: [{', '.join(self.slaves)}], mode: active-backup, "
            f"miimon: 100}}\nbridge: {{name: xenbr77{address and f', address: {address}'}}}\n"
        )

    @property
    def present(self) -> tuple[str, ...]:
        """What shows that the host has the stack's programs."""
        return KINDS[self.stack].present


def hosts(stack: str, found: Mapping[str, bytes]) -> list[Host]:
    """Hosts of a stack, made of the files of its package; of two that are the same one."""
    made: dict[object, Host] = {}
    for name, files in _trees(stack, found):
        host = Host(stack, name, files, _slaves(stack, files))
        made.setdefault((frozenset(files.items()), host.slaves), host)
    return list(made.values())


def _slaves(stack: str, files: Mapping[str, bytes]) -> tuple[str, str]:
    """The first NIC that the files name and make by nothing, and the next, or a free one."""
    text = b"\n".join(files.values()).decode("utf-8", "replace")
    netdevs = b"\n".join(data for path, data in files.items() if path.endswith(".netdev"))
    virtual = set(re.findall(r"^Name=(\S+)$", netdevs.decode("utf-8", "replace"), re.M))
    named = re.findall(_NAMED[stack], text, re.M)
    first, second, *_ = [*dict.fromkeys(name for name in named if name not in virtual), *FREE]
    return first, second


def _trees(stack: str, found: Mapping[str, bytes]) -> Iterator[tuple[str, Mapping[str, bytes]]]:
    for path, data in found.items():
        name = basename(path)
        if stack in ("ifupdown", "ifupdown2"):
            yield path, {"/etc/network/interfaces": data}
        elif stack == "netplan":
            yield path, {"/etc/netplan/10-host.yaml": data}
        elif stack == "networkmanager" and "/keyfiles/" in path and ".pem" not in name:
            yield path, {f"{PROFILES}/{name}.nmconnection": data}
        elif stack == "ifcfg" and name.startswith("ifcfg-"):
            yield path, dict(_of_scripts(path, found))
        elif stack == "networkd" and not path.endswith(".conf"):
            yield path, dict(_of_networkd(path, found))


def _of_scripts(path: str, found: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    folder, _, name = path.rpartition("/ifcfg-")
    name = name.removesuffix(".cexpected").removesuffix(".expected")
    yield f"{SCRIPTS}/ifcfg-{name}", found[path]
    for kind in ("keys", "route", "route6"):
        if (beside := found.get(f"{folder}/{kind}-{name}")) is not None:
            yield f"{SCRIPTS}/{kind}-{name}", beside
    if (beside := found.get(f"{folder}/network-{name}")) is not None:
        yield "/etc/sysconfig/network", beside


def _of_networkd(path: str, found: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """The file, what is dropped into it, and what makes the links that it names."""
    name = basename(path).removesuffix(".example")
    if "-parser/" in path:
        name = f"{name}.{'netdev' if 'netdev-parser' in path else 'network'}"
    yield f"{NETWORK}/{name}", found[path]
    words = set(re.findall(rb"[\w.-]+", found[path]))
    for other, data in found.items():
        if other.startswith(f"{path}.d/"):
            yield f"{NETWORK}/{name}.d/{basename(other)}", data
        elif other.endswith(".netdev") and set(re.findall(rb"^Name=(\S+)", data, re.M)) & words:
            yield f"{NETWORK}/{basename(other)}", data
