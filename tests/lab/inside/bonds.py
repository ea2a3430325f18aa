"""Runs in the guest with xenbond's Python: makes bonds and bridges as xenbond does.

bonds.py options JSON       {name of a set-up: {option: value}}; prints what `ip` says of each bond
bonds.py before-netlink     ports and bridges as on Linux before 2.6.39; prints each one's master
"""

import json
import subprocess
import sys

from xenbond_tui.host import before_netlink
from xenbond_tui.host.kernel_writer import LiveWriter

kernel = LiveWriter()


def link(name: str) -> dict[str, object]:
    said = subprocess.run(["ip", "-j", "-d", "link", "show", name], capture_output=True, check=True)
    (found,) = json.loads(said.stdout)
    return dict(found)


def options(setups: dict[str, dict[str, str]]) -> dict[str, object]:
    found = {}
    for name, wanted in setups.items():
        kernel.add_bond("bond0", wanted)
        kernel.add_bond("bond0", wanted)
        kernel.set_link("eth1", up=False)
        kernel.set_master("eth1", "bond0")
        found[name] = link("bond0")
        kernel.delete_link("bond0")
    return found


def by_the_old_ways() -> dict[str, object]:
    found = {}
    kernel.set_link("eth1", up=False)
    kernel.add_bond("bond0", {"mode": "active-backup"})
    before_netlink.add_bridge("br1")
    with open("/sys/class/net/br1/bridge/forward_delay", "w", encoding="ascii") as stream:
        stream.write("1500")
    before_netlink.without_spanning_tree("br1")
    found["bridge"] = link("br1")
    for step, name, master in (
        ("a slave", "eth1", "bond0"),
        ("a port", "bond0", "br1"),
        ("no port", "bond0", None),
        ("another's port", "eth1", "br1"),
        ("nothing", "eth1", None),
    ):
        before_netlink.set_master(name, master)
        found[step] = link(name).get("master")
    for name in ("br1", "bond0"):
        kernel.delete_link(name)
    return found


mode, *rest = sys.argv[1:]
print(json.dumps(options(json.loads(rest[0])) if mode == "options" else by_the_old_ways()))
