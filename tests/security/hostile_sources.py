"""Hosts with hostile text in one place each: a file, a name in /sys, a note, the environment."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.security.hostile import name
from xenbond_tui.apply.store import Record, State, Store

CAPTURES = Path(__file__).parent.parent / "fixtures/captures/cables"
BOTH_UP = (CAPTURES / "proc_net_bonding_plain_e1000_uc1_0_both_up.txt").read_text()

INTERFACES = """\
auto eth0
iface eth0 inet static
    address 192.168.0.222/24
    gateway 192.168.0.1
"""
ANSWERS = """\
version: 1
stack: STACK
bond: {slaves: [eth0, eth1]}
bridge: {address: 192.168.0.222/24, gateway: 192.168.0.1}
"""

Source = Callable[[Path, str, pytest.MonkeyPatch], None]


def put(root: Path, path: str, text: str) -> None:
    real = root / path
    real.parent.mkdir(parents=True, exist_ok=True)
    real.write_bytes(text.encode("utf-8", "surrogatepass" if _odd(text) else "surrogateescape"))


def _odd(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" and not "\udc80" <= char <= "\udcff" for char in text)


def bond(root: Path, text: str = BOTH_UP, called: str = "bond0", port: str = "vif1.0") -> None:
    net = "sys/class/net"
    put(root, f"proc/net/bonding/{called}", text)
    put(root, f"{net}/bonding_masters", f"{called}\n")
    put(root, f"{net}/{called}/ifindex", "4\n")
    put(root, f"{net}/{called}/brport/state", "3\n")
    put(root, f"{net}/xenbr0/ifindex", "5\n")
    put(root, f"{net}/xenbr0/bridge/stp_state", "0\n")
    put(root, f"{net}/xenbr0/brif/{port}", "")
    put(root, f"{net}/xenbr0/brif/{called}", "")
    os.symlink("../xenbr0", root / net / called / "master")


def nics(root: Path, called: str = "eth1", driver: str = "e1000") -> None:
    for number, link in enumerate(("eth0", called), 2):
        folder = f"sys/class/net/{link}"
        put(root, f"{folder}/ifindex", f"{number}\n")
        put(root, f"{folder}/address", f"52:54:00:aa:00:0{number}\n")
        put(root, f"{folder}/carrier", "1\n")
        put(root, f"{folder}/flags", "0x1003\n")
        (root / folder / "device").mkdir()
        os.symlink(f"/sys/bus/pci/drivers/{name(driver)}", root / folder / "device/driver")


def ifupdown(root: Path, text: str = INTERFACES) -> None:
    for program in ("sbin/ifup", "sbin/brctl"):
        put(root, program, "")
    for hook in ("ifenslave", "bridge"):
        put(root, f"etc/network/if-pre-up.d/{hook}", "")
    put(root, "etc/network/interfaces", text)


def bond_name(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    bond(root, called=name(text, 100).replace("\n", "").replace(" ", "") or "bond0")


def slave_name(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    bond(root, BOTH_UP.replace("eth0", no_blanks(text)))


def driver_release(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    bond(root, BOTH_UP.replace("v6.1.0", no_blanks(text)))


def port_name(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    bond(root, port=name(text) or "vif1.0")


def nic_name(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    nics(root, called=name(text).replace("\n", "") or "eth1")


def driver_name(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    nics(root, driver=text)


def hostname(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    ifupdown(root)
    put(root, "proc/sys/kernel/hostname", text)


def distribution(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    ifupdown(root)
    put(
        root,
        "etc/os-release",
        f'ID=debian\nPRETTY_NAME="{text}"\nNAME="{text}"\nVERSION_ID="{text}"\n',
    )


def ifupdown_values(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    line = text.replace("\n", " ")
    ifupdown(root, f"{INTERFACES}    dns-search {line}\n    up echo {line}\n# {line}\n")


def ifupdown_words(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    ifupdown(root, f"{INTERFACES}{text}\n")


def netplan_values(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    for program in ("usr/sbin/netplan", "lib/systemd/systemd-networkd"):
        put(root, program, "")
    enabled(root, "systemd-networkd.service")
    document = {
        "network": {
            "version": 2,
            "ethernets": {
                "eth0": {
                    "addresses": ["192.168.0.222/24"],
                    "nameservers": {"search": [no_surrogates(text)]},
                },
                "eth1": {},
            },
        }
    }
    put(root, "etc/netplan/01.yaml", json.dumps(document, indent=1))
    (root / "etc/netplan/01.yaml").chmod(0o600)


def enabled(root: Path, unit: str) -> None:
    wants = root / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir(parents=True, exist_ok=True)
    put(root, f"lib/systemd/system/{unit}", "[Service]\n")
    os.symlink(f"/lib/systemd/system/{unit}", wants / unit)


def no_blanks(text: str) -> str:
    """The kernel's names have none, of any kind, and no NUL."""
    return "".join(text.replace("\0", "").split())


def no_surrogates(text: str) -> str:
    return "".join(char for char in text if not "\ud800" <= char <= "\udfff")


def ifcfg_values(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    folder = "etc/sysconfig/network-scripts"
    for program in ("sbin/ifup", "usr/sbin/brctl", "sbin/ifdown"):
        put(root, program, "")
    put(root, "etc/rc.d/rc3.d/S10network", "")
    put(root, "etc/redhat-release", f"CentOS release 5.11 {text}\n")
    put(root, f"{folder}/ifup-eth", "")
    quoted = text.replace("'", "").replace("\n", " ")
    put(
        root,
        f"{folder}/ifcfg-eth0",
        f"DEVICE=eth0\nBOOTPROTO=static\nIPADDR=192.168.0.222\nNETMASK=255.255.255.0\n"
        f"ONBOOT=yes\nNAME='{quoted}'\nDOMAIN='{quoted}'\n# {quoted}\n",
    )


def networkd_values(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    put(root, "lib/systemd/systemd-networkd", "")
    enabled(root, "systemd-networkd.service")
    line = text.replace("\n", " ")
    put(
        root,
        "etc/systemd/network/10-eth0.network",
        f"# {line}\n[Match]\nName=eth0\n[Network]\nAddress=192.168.0.222/24\nDomains={line}\n"
        f"Description={line}\n",
    )


def keyfile_values(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    line = text.replace("\n", " ")
    put(root, "usr/sbin/NetworkManager", "")
    put(root, "usr/bin/nmcli", "")
    enabled(root, "NetworkManager.service")
    path = "etc/NetworkManager/system-connections/eth0.nmconnection"
    put(
        root,
        path,
        f"[connection]\nid={line}\nuuid=6a1b0a2e-0000-4000-8000-000000000000\ntype=ethernet\n"
        f"interface-name=eth0\n[ipv4]\nmethod=manual\naddress1=192.168.0.222/24\n"
        f"dns-search={line};\n",
    )
    (root / path).chmod(0o600)


def xen_files(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    ifupdown(root)
    line = text.replace("\n", " ")
    put(root, "proc/xen/capabilities", "control_d\n")
    put(root, "etc/xen/xl.conf", f'# {line}\nvif.default.bridge="{line.replace(chr(34), "")}"\n')
    put(root, "etc/xen/xend-config.sxp", f"# {line}\n(network-script 'network-bridge {line}')\n")


def answers_file(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    ifupdown(root)
    put(
        root,
        "answers.yaml",
        f"version: 1\nbond: {{name: {json.dumps(no_surrogates(text))}}}\n",
    )


def answers_escaped(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    ifupdown(root)
    quoted = json.dumps(no_surrogates(text))
    keys = f"  ? {quoted}\n  : 1\n  search: [{quoted}]\n"
    put(root, "answers.yaml", f"version: 1\nbridge:\n{keys}")


def event_record(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    bond(root)
    event = {"time": 1.0, "code": text, "slave": text, "text": text, "boot": text}
    lines = "".join(
        json.dumps({**event, "monotonic": when}) + "\n" for when in (1.0, None, float("nan"))
    )
    put(root, "var/lib/xenbond/events/bond0.jsonl", lines)


def change_notes(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    records = tuple(
        Record(
            "20260101-000000-1", state, 1.0, 2.0, text, text, text, ((text, text),), text, by=text
        )
        for state in (State.ACTIVE, State.FAILED, State.UNREADABLE)
    )
    env.setattr(Store, "history", lambda store: records)
    env.setattr(Store, "open", lambda store: None)


def removed_notes(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    env.setattr(Store, "history", lambda store: ())
    env.setattr(Store, "removed", lambda store: (text,))


def environment(root: Path, text: str, env: pytest.MonkeyPatch) -> None:
    ifupdown(root)
    for key in ("SUDO_USER", "LOGNAME", "TERM", "LANG", "SSH_CONNECTION"):
        env.setenv(key, name(text))


SOURCES: tuple[Source, ...] = (
    *(bond_name, slave_name, driver_release, port_name, nic_name, driver_name),
    *(hostname, distribution, ifupdown_values, ifupdown_words, netplan_values, ifcfg_values),
    *(networkd_values, keyfile_values, xen_files, answers_file, answers_escaped),
    *(event_record, change_notes, removed_notes, environment),
)
STACK = {
    netplan_values: "netplan",
    ifcfg_values: "ifcfg",
    networkd_values: "networkd",
    keyfile_values: "networkmanager",
}
