"""Hosts of any size, one of each stack: two NICs to bond, and as many VLANs and files as asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import ifcfg_cases
import ifupdown2_cases
import ifupdown_cases
import netplan_cases
import networkd_cases
import networkmanager_cases
from facts_builder import ETH0_MAC, ETH1_MAC, RHEL6, default_route, make_facts, nic

from xenbond_tui.answers import Answers
from xenbond_tui.answers_file.writer import dump
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.stacks import Stack
from xenbond_tui.stacks.ifcfg import Ifcfg
from xenbond_tui.stacks.ifupdown import Ifupdown
from xenbond_tui.stacks.ifupdown2 import Ifupdown2
from xenbond_tui.stacks.netplan import Netplan
from xenbond_tui.stacks.networkd import Networkd
from xenbond_tui.stacks.networkmanager import NetworkManager

LINKS = (
    nic("eth0", ETH0_MAC, addresses=("192.168.0.222/24",)),
    nic("eth1", ETH1_MAC),
    nic("eth2", "00:00:5e:00:53:02"),
)
NS = ifcfg_cases.NS
Files = Mapping[str, str]


def _interfaces(size: int) -> Files:
    stanzas = "".join(
        f"\nauto eth2.{vlan}\niface eth2.{vlan} inet static\n\taddress {_address(vlan)}/29\n"
        f"\tvlan-raw-device eth2\n\tup ip route add 10.{vlan % 250}.0.0/16 dev $IFACE || true\n"
        for vlan in range(1, size + 1)
    )
    return {ifupdown_cases.MAIN: ifupdown_cases.LO + ifupdown_cases.ETH0 + stanzas}


def _address(number: int) -> str:
    return f"172.{16 + number // 8000}.{number // 32 % 250}.{number % 32 * 8 + 1}"


def _netplan(size: int) -> Files:
    vlans = "".join(
        f"    eth2.{vlan}: {{id: {vlan % 4094}, link: eth2, addresses: [{_address(vlan)}/29]}}\n"
        for vlan in range(1, size + 1)
    )
    text = (
        "network:\n  version: 2\n  ethernets:\n    eth0:\n      addresses: [192.168.0.222/24]\n"
        "      routes: [{to: default, via: 192.168.0.1}]\n    eth1: {}\n    eth2: {}\n"
    )
    return {"/etc/netplan/a.yaml": text + (f"  vlans:\n{vlans}" if size else "")}


def _networkd(size: int) -> Files:
    files = {
        "/etc/systemd/network/eth0.network": (
            "[Match]\nName=eth0\n\n[Network]\nAddress=192.168.0.222/24\nGateway=192.168.0.1\n"
        ),
        "/etc/systemd/network/eth2.network": "[Match]\nName=eth2\n\n[Network]\n"
        + "".join(f"VLAN=eth2.{vlan}\n" for vlan in range(1, size + 1)),
    }
    for vlan in range(1, size + 1):
        name = f"/etc/systemd/network/eth2.{vlan}"
        files[f"{name}.netdev"] = f"[NetDev]\nName=eth2.{vlan}\nKind=vlan\n\n[VLAN]\nId={vlan}\n"
        files[f"{name}.network"] = (
            f"[Match]\nName=eth2.{vlan}\n\n[Network]\nAddress={_address(vlan)}/29\n"
        )
    return files


def _networkmanager(size: int) -> Files:
    etc = networkmanager_cases.ETC
    files = {f"{etc}/eth0.nmconnection": networkmanager_cases.ETH0}
    for vlan in range(1, size + 1):
        files[f"{etc}/eth2.{vlan}.nmconnection"] = (
            f"[connection]\nid=eth2.{vlan}\nuuid=5f2a5b1c-7a0e-4d5e-9a5b-{vlan:012x}\ntype=vlan\n"
            f"interface-name=eth2.{vlan}\n\n[vlan]\nparent=eth2\nid={vlan}\n\n"
            f"[ipv4]\naddress1={_address(vlan)}/29\nmethod=manual\n"
        )
    return files


def _ifcfg(size: int) -> Files:
    files = dict(ifcfg_cases.FILES)
    for vlan in range(1, size + 1):
        files[f"{NS}/ifcfg-eth2.{vlan}"] = (
            f"DEVICE=eth2.{vlan}\nVLAN=yes\nONBOOT=yes\nBOOTPROTO=none\n"
            f"IPADDR={_address(vlan)}\nNETMASK=255.255.255.248\n"
        )
    return files


def _as_kept(path: str, text: str | bytes) -> str | bytes | FileState:
    """NetworkManager reads no profile that others than root can read."""
    if not path.startswith(networkmanager_cases.ETC):
        return text
    return FileState(path, text if isinstance(text, bytes) else text.encode(), 0o600)


@dataclass(frozen=True)
class Kind:
    """One stack's hosts."""

    stack: Stack
    answers: Answers
    files: Callable[[int], Files]
    present: tuple[str, ...]

    def host(
        self, size: int, links: bool = False, files: Mapping[str, str | bytes] | None = None
    ) -> HostFacts:
        """The host with that many VLANs in its files; with `links` they run, too.

        `files` are more of them, or others in the place of some.
        """
        more: dict[str, object] = {"system": RHEL6} if isinstance(self.stack, Ifcfg) else {}
        running = [
            nic(f"eth2.{vlan}", LINKS[2].mac, kind="vlan", index=100 + vlan, lower="eth2")
            for vlan in range(1, size + 1 if links else 1)
        ]
        texts = {**self.files(size), **(files or {})}
        return make_facts(
            files={path: _as_kept(path, text) for path, text in texts.items()},
            present=self.present,
            links=(*LINKS, *running),
            routes=(default_route("192.168.0.1", "eth0"),),
            **more,  # type: ignore[arg-type]
        )

    def write(self, root: Path, size: int, files: Mapping[str, str | bytes] | None = None) -> Path:
        """The same host's files as a tree, for `--root`; the path of its answers."""
        for path, text in {
            **dict.fromkeys(self.present, ""),
            **self.files(size),
            **(files or {}),
        }.items():
            place = root / path.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(text if isinstance(text, bytes) else text.encode())
            place.chmod(0o600 if path.startswith(networkmanager_cases.ETC) else 0o644)
        answers = root / "answers.yaml"
        answers.write_text(dump(self.answers), encoding="utf-8")
        return answers


KINDS: Mapping[str, Kind] = {
    "ifupdown": Kind(Ifupdown(), ifupdown_cases.ANSWERS, _interfaces, ifupdown_cases.PRESENT),
    "ifupdown2": Kind(Ifupdown2(), ifupdown_cases.ANSWERS, _interfaces, ifupdown2_cases.PRESENT),
    "netplan": Kind(Netplan(), netplan_cases.ANSWERS, _netplan, netplan_cases.PRESENT),
    "networkd": Kind(
        Networkd(),
        networkd_cases.ANSWERS,
        _networkd,
        (networkd_cases.ENABLED, networkd_cases.LIBRARY.format("252")),
    ),
    "networkmanager": Kind(
        NetworkManager(),
        networkmanager_cases.ANSWERS,
        _networkmanager,
        (*networkmanager_cases.PRESENT,),
    ),
    "ifcfg": Kind(Ifcfg(), ifcfg_cases.ANSWERS, _ifcfg, ifcfg_cases.TOOLS),
}

MAIN: Mapping[str, str] = {
    "ifcfg": "/etc/sysconfig/network-scripts/ifcfg-eth0",
    "ifupdown": ifupdown_cases.MAIN,
    "ifupdown2": ifupdown_cases.MAIN,
    "netplan": "/etc/netplan/a.yaml",
    "networkd": "/etc/systemd/network/eth0.network",
    "networkmanager": f"{networkmanager_cases.ETC}/eth0.nmconnection",
}
"""The file that has eth0's address."""
