"""Runs in the guest with xenbond's Python: bonds of every kind, as xenbond and as others read them.

Prints one JSON object: set-up name -> {"ip", "proc", "sysfs", "snapshot", "cheap"}.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

from xenbond_tui.host import rtaddr, rtlink, rtroute
from xenbond_tui.host.kernel import LiveKernel

BONDING = Path("/sys/class/net/bond0/bonding")


def main() -> None:
    found = {}
    for name, options in json.loads(sys.argv[1]).items():
        ip("link", "add", "bond0", "type", "bond", *options)
        for nic in ("eth1", "eth2"):
            ip("link", "set", nic, "down")
            ip("link", "set", nic, "master", "bond0")
        ip("link", "set", "bond0", "up")
        wait_for_slaves()
        found[name] = observe()
        ip("link", "del", "bond0")
    print(json.dumps(found))


def ip(*argv: str) -> str:
    done = subprocess.run(["ip", *argv], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"ip {' '.join(argv)}: {done.stderr}")
    return done.stdout


def wait_for_slaves() -> None:
    """An 802.3ad bond also has to choose its aggregator."""
    for _ in range(500):
        if Path("/proc/net/bonding/bond0").read_text().count("MII Status: up") == 3:
            return
        time.sleep(0.01)
    sys.exit(Path("/proc/net/bonding/bond0").read_text())


def observe() -> dict[str, object]:
    """Everything of one state: the kernel goes on by itself (LACP, IPv6 addresses)."""
    while True:
        before = peers()
        kernel = LiveKernel()
        snapshot, cheap = kernel.snapshot(), kernel.bond("bond0")
        if cheap is not None and before == peers():
            break
    return {
        **before,
        "snapshot": asdict(snapshot),
        "cheap": asdict(cheap),
        "raw": raw(),
        "release": os.uname().release,
    }


def peers() -> dict[str, object]:
    """What others say: iproute2, and the kernel's own text."""
    links = json.loads(ip("-j", "-d", "addr", "show"))
    return {
        "ip": {link["ifname"]: link for link in links},
        "proc": Path("/proc/net/bonding/bond0").read_text(),
        "sysfs": {file.name: readable(file) for file in sorted(BONDING.iterdir())},
    }


def raw() -> dict[str, list[str]]:
    """The kernel's answers to each dump, undecoded."""
    dumps = {
        "links": rtlink.dump_links,
        "addresses": rtaddr.dump_payloads,
        "routes": rtroute.dump_routes,
        "rules": rtroute.dump_rules,
        "neighbours": rtroute.dump_neighbours,
    }
    return {kind: [data.hex() for data in dump()] for kind, dump in dumps.items()}


def readable(file: Path) -> str | None:
    try:
        return file.read_text().strip()
    except OSError:
        return None


main()
