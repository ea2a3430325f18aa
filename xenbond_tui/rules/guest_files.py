"""Guests' own configuration files, where they name a bridge that goes.

xl and xm read a guest's file when it is started (xl.cfg(5), xl-network-configuration(5)), libvirt
its own copy of one (`<source bridge='…'/>`, of a network `<bridge name='…'/>`). What no running
guest is plugged into is told by these files alone.
"""

import re
from collections.abc import Iterator, Sequence

from xenbond_tui.effects import Tree
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.rules.findings import Finding, warn

_XL = ("/etc/xen/*.cfg", "/etc/xen/*", "/etc/xen/auto/*", "/etc/xen/*/*.cfg")
_LIBVIRT = tuple(
    f"/etc/libvirt/{it}/*.xml" for it in ("libxl", "qemu", "libxl/networks", "qemu/networks")
)
_XEN = "/etc/xen/"
_NO_GUEST = frozenset({"auto", "images", "scripts", "vm", "xl"})
"""Directories, and files of others, in there."""
_SHOWN = 6
"""Files that are named; of a host with hundreds of guests the others are counted."""


def paths(tree: Tree) -> set[str]:
    """Every such file."""
    found = {path for pattern in (*_XL, *_LIBVIRT) for path in tree.glob(pattern)}
    return {path for path in found if is_one(path)}


def is_one(path: str) -> bool:
    """Is that a guest's own file, or a network of libvirt's?"""
    if not path.startswith(_XEN):
        return path.startswith("/etc/libvirt/")
    name = path.removeprefix(_XEN)
    _, dot, ending = name.partition(".")
    of_others = (dot and ending != "cfg") or name.startswith("xmexample") or name in _NO_GUEST
    return "/" in name or not of_others


def naming(facts: HostFacts, gone: Sequence[str]) -> Iterator[Finding]:
    """One finding for each of these links that such files name, with the first lines."""
    guests = [path for path in sorted(facts.files) if is_one(path)]
    for link in gone if guests else ():
        found = [it for path in guests if (it := _line_naming(facts, path, re.escape(link)))]
        if not found:
            continue
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        yield warn(
            "guests-name-a-bridge",
            found[0],
            f"{link} is no more, and guests have a NIC on it by {', '.join(found[:_SHOWN])}{more}: "
            "they have no network, or do not start, the next time.",
            "Name another bridge there before such a guest is started.",
        )


def _line_naming(facts: HostFacts, path: str, name: str) -> str:
    """`path:line` of the first that does; "" for none."""
    libvirt = path.startswith("/etc/libvirt/")
    word = re.compile(
        rf"<(?:source\s[^>]*\bbridge|bridge\s[^>]*\bname)=[\"']{name}[\"']"
        if libvirt
        else rf"\bbridge\s*=\s*[\"']?{name}(?![\w.-])"
    )
    for number, line in enumerate(facts.said(path).splitlines(), 1):
        if word.search(line if libvirt else line.partition("#")[0]):
            return f"{path}:{number}"
    return ""
