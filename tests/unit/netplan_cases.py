"""The golden cases of the netplan stack: what is asked for in each tree under tests/golden."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from facts_builder import ETH0_MAC, ETH1_MAC, make_facts, nic
from proposing import plan_for, told_by

from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.plan.plan import Plan
from xenbond_tui.stacks.netplan import Netplan

GOLDEN = Path(__file__).parent.parent / "golden" / "netplan"

PRESENT = ("/usr/sbin/netplan", "/usr/libexec/netplan/generate")
"""What a host with netplan has."""

STATIC = BridgeAnswers(
    addresses=("192.168.0.222/24",), gateway="192.168.0.1", dns=("192.168.0.1",), mac=ETH0_MAC
)
BOND = BondAnswers(slaves=("eth0", "eth1"))
ANSWERS = Answers(stack="netplan", bond=BOND, bridge=STATIC)

CASES: dict[str, Answers] = {
    "installer": replace(
        ANSWERS,
        bond=replace(BOND, options={"primary": "eth0", "updelay": "200"}),
        bridge=replace(STATIC, search=("example.com",)),
    ),
    "cloud-init": replace(ANSWERS, bridge=BridgeAnswers(method="dhcp", mac=ETH0_MAC)),
    "network-manager-flow": ANSWERS,
    "split-files": replace(
        ANSWERS,
        bridge=replace(
            STATIC, addresses=("192.168.0.222/24", "2001:db8::222/64"), search=("lan",), mtu=9000
        ),
    ),
    "crlf-no-final-newline": ANSWERS,
    "bridge-without-bond": ANSWERS,
    "bond-without-bridge": replace(
        ANSWERS, bond=replace(BOND, mode="802.3ad", options={"lacp_rate": "fast"})
    ),
    "bond-under-bridge": replace(
        ANSWERS, bond=replace(BOND, options={"downdelay": "200", "primary": "eth1"})
    ),
    "match-by-mac": replace(
        ANSWERS, bridge=replace(STATIC, addresses=("192.168.0.223/24",), gateway="192.168.0.254")
    ),
    "nothing-defined": ANSWERS,
}

LINKS = (nic("eth0", ETH0_MAC, addresses=("192.168.0.222/24",)), nic("eth1", ETH1_MAC))


def tree(case: str, side: str) -> dict[str, bytes]:
    """Path → bytes of the files of one case, `before` or `after`."""
    root = GOLDEN / case / side
    return {
        f"/{path.relative_to(root)}": path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def facts_of(case: str, side: str = "before", **more: Any) -> HostFacts:
    """The host of one case."""
    present = [*PRESENT, *(["/usr/bin/cloud-init"] if case == "cloud-init" else [])]
    files = {path: FileState(path, data, 0o600) for path, data in tree(case, side).items()}
    return make_facts(files=files, present=present, links=LINKS, **more)


STACK = Netplan()
FILE = "/etc/netplan/a.yaml"
SYSTEMD = "/usr/lib/x86_64-linux-gnu/systemd/libsystemd-shared-252.so"
ETH0 = """\
network:
  version: 2
  ethernets:
    eth0:
      addresses: [192.168.0.222/24]
      gateway4: 192.168.0.1
      nameservers: {addresses: [192.168.0.1]}
"""


def host(
    files: str | Mapping[str, str],
    *,
    links: tuple[Link, ...] = LINKS,
    present: tuple[str, ...] = PRESENT,
    **more: Any,
) -> HostFacts:
    texts = {FILE: files} if isinstance(files, str) else files
    states = {path: FileState(path, text.encode(), 0o600) for path, text in texts.items()}
    return make_facts(files=states, present=present, links=links, **more)


def after(plan: Plan, path: str = FILE) -> str:
    """A file of the plan afterwards."""
    data = next(change.after for change in plan.changes if change.path == path)
    assert data is not None
    return data.decode()


def planned(files: str | Mapping[str, str], answers: Answers = ANSWERS, path: str = FILE) -> str:
    return after(plan_for(STACK, host(files), answers), path)


def codes(
    files: str | Mapping[str, str], answers: Answers = ANSWERS, **more: Any
) -> dict[str, str]:
    """Code → where, of everything check() finds but how long the change takes."""
    found = told_by(STACK, host(files, **more), answers)
    return {item.code: item.where for item in found if item.code != "gap"}


def below(*lines: str) -> str:
    """eth0's definition with more lines in it."""
    return ETH0 + "".join(f"      {line}\n" for line in lines)
