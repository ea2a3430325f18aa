"""A host of NetworkManager for tests: the profiles an installer leaves, and what runs."""

from collections.abc import Iterable, Mapping

from facts_builder import (
    ADDRESS,
    ETH0_MAC,
    ETH1_MAC,
    default_route,
    make_facts,
    nic,
)

from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers
from xenbond_tui.facts.bond import BondState
from xenbond_tui.facts.bridge import BridgeState
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.link import Link
from xenbond_tui.facts.routing import Route
from xenbond_tui.plan.file_change import FileChange

ETC = "/etc/NetworkManager/system-connections"
GUESTS = "/etc/NetworkManager/conf.d/90-xenbond-guests.conf"
ENABLED = "/etc/systemd/system/multi-user.target.wants/NetworkManager.service"
PLUGIN = "/usr/lib64/NetworkManager/{}/libnm-settings-plugin-ifcfg-rh.so"
PRESENT = (ENABLED, "/usr/sbin/NetworkManager", "/usr/bin/nmcli")
ETH0_UUID = "5f2a5b1c-7a0e-4d5e-9a5b-0d6d3c7f2a10"
ETH0 = f"""\
[connection]
id=eth0
uuid={ETH0_UUID}
type=ethernet
interface-name=eth0
zone=trusted

[ethernet]
wake-on-lan=1

# by the network team
[ipv4]
address1=192.168.0.222/24,192.168.0.1
dns=192.168.0.1;
dns-search=example.com
method=manual
route1=10.9.0.0/16,192.168.0.9
route1_options=mtu=1400

[ipv6]
addr-gen-mode=eui64
method=auto

[proxy]
"""
LINKS = (
    nic("eth0", ETH0_MAC, addresses=(ADDRESS,), index=2),
    nic("eth1", ETH1_MAC, index=3),
)
ANSWERS = Answers(
    stack="networkmanager",
    bond=BondAnswers(slaves=("eth0", "eth1")),
    bridge=BridgeAnswers(
        addresses=(ADDRESS,),
        gateway="192.168.0.1",
        dns=("192.168.0.1",),
        search=("example.com",),
        mac=ETH0_MAC,
    ),
)


def host(
    profiles: Mapping[str, str],
    links: Iterable[Link] = LINKS,
    *,
    active: Mapping[int, str] | None = None,
    more: Mapping[str, str | FileState] | None = None,
    present: Iterable[str] = PRESENT,
    routes: Iterable[Route] = (default_route(),),
    bonds: Iterable[BondState] = (),
    bridges: Iterable[BridgeState] = (),
    live: bool = True,
) -> HostFacts:
    """Facts of a host with these profiles.

    Args:
        profiles: path, or name below /etc, → text; each is root's alone, as it must be.
        links: what is there.
        active: link index → UUID of what runs on it.
        more: further files.
        present: paths that exist.
        routes: of the main table.
        bonds: that run.
        bridges: that run.
        live: False for another system's tree.
    """
    files: dict[str, str | FileState] = {"/etc/machine-id": "0123456789abcdef\n", **(more or {})}
    for name, text in profiles.items():
        path = name if name.startswith("/") else f"{ETC}/{name}.nmconnection"
        files[path] = FileState(path, text.encode(), 0o600)
    for index, uuid in (active if active is not None else {2: ETH0_UUID}).items():
        path = f"/run/NetworkManager/devices/{index}"
        files[path] = f"[device]\nmanaged=true\nconnection-uuid={uuid}\n"
    return make_facts(
        files=files,
        present=frozenset(present),
        links=tuple(links),
        routes=tuple(routes),
        bonds=tuple(bonds),
        bridges=tuple(bridges),
        dns=("192.168.0.1",),
        search=("example.com",),
        live=live,
    )


def after(facts: HostFacts, changes: Iterable[FileChange]) -> dict[str, str]:
    """Path → text of a host's profiles once these changes are made."""
    texts = {
        path: state.data.decode() for path, state in facts.files.items() if path.startswith(ETC)
    }
    for change in changes:
        path, data = change.path, change.after
        if path.startswith(ETC):
            texts.pop(path, None)
            if data is not None:
                texts[path] = data.decode()
    return texts
