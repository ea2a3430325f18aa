"""Runs in the guest with xenbond's Python: asks the kernel for bonds with certain options.

Reads a JSON list of [way, mode, {option: value}] and prints a list of what the kernel made of each:

    {"refused": option, "why": text}    the option is None where the message says it of all
    {"absent": option}                  this kernel does not have it
    {"sysfs": {option: text}, "netlink": {option: text}, "proc": text}

By sysfs a bond gets one option after the other, in the order in which xenbond sets them. By netlink
all are in the message that makes it, as network daemons do; it is encoded here, because iproute2
has checks of its own.
"""

import contextlib
import json
import os
import signal
import socket
import struct
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from xenbond_tui.options.kind import Addresses, Choice, Mac, Slave
from xenbond_tui.options.running import for_sysfs, in_order
from xenbond_tui.options.table import OPTIONS, per_slave

BOND = "asked0"
SLAVES = ("eth0", "eth1")
NEWLINK, DELLINK, GETLINK = 16, 17, 18
REQUEST, ACK, EXCLUSIVE, CREATE = 0x1, 0x4, 0x200, 0x400
IFNAME, MASTER, LINKINFO = 3, 10, 18
INFO_KIND, INFO_DATA, INFO_SLAVE_KIND, INFO_SLAVE_DATA = 1, 2, 4, 5
PATIENCE = 20
"""Seconds for one case: the kernel has a writer to sysfs try again for as long as rtnl is taken."""

# linux/if_link.h: IFLA_BOND_* with the type of its value in bond_policy (bond_netlink.c).
ATTRIBUTES: dict[str, tuple[int, str]] = {
    "mode": (1, "B"),
    "miimon": (3, "I"),
    "updelay": (4, "I"),
    "downdelay": (5, "I"),
    "use_carrier": (6, "B"),
    "arp_interval": (7, "I"),
    "arp_ip_target": (8, ""),
    "arp_validate": (9, "I"),
    "arp_all_targets": (10, "I"),
    "primary": (11, "I"),
    "primary_reselect": (12, "B"),
    "fail_over_mac": (13, "B"),
    "xmit_hash_policy": (14, "B"),
    "resend_igmp": (15, "I"),
    "num_grat_arp": (16, "B"),
    "num_unsol_na": (16, "B"),
    "all_slaves_active": (17, "B"),
    "min_links": (18, "I"),
    "lp_interval": (19, "I"),
    "packets_per_slave": (20, "I"),
    "lacp_rate": (21, "B"),
    "ad_select": (22, "B"),
    "ad_actor_sys_prio": (24, "H"),
    "ad_user_port_key": (25, "H"),
    "ad_actor_system": (26, ""),
    "tlb_dynamic_lb": (27, "B"),
    "peer_notif_delay": (28, "I"),
    "lacp_active": (29, "B"),
    "arp_missed_max": (30, "B"),
    "ns_ip6_target": (31, ""),
    "coupled_control": (32, "B"),
    "broadcast_neighbor": (33, "B"),
    "lacp_strict": (34, "B"),
}
SLAVE_ATTRIBUTES = {"queue_id": (5, "H"), "prio": (9, "i"), "actor_port_prio": (10, "H")}

Said = dict[str, Any]


class RefusedError(Exception):
    """The kernel's answer to a request, or why there is no such request."""


def attribute(kind: int, payload: bytes) -> bytes:
    length = 4 + len(payload)
    return struct.pack("=HH", length, kind) + payload + b"\0" * (-length % 4)


def attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        yield kind & 0x3FFF, data[4:length]
        data = data[(length + 3) & ~3 :]


def request(kind: int, flags: int, name: str, *parts: bytes, index: int = 0) -> bytes:
    """Send a request about a link; returns the attributes of the link it is answered by."""
    header = struct.pack("=BxHiII", socket.AF_UNSPEC, 0, index, 0, 0)
    body = header + attribute(IFNAME, name.encode() + b"\0") + b"".join(parts)
    message = struct.pack("=IHHII", 16 + len(body), kind, REQUEST | flags, 1, 0) + body
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as line:
        line.bind((0, 0))
        line.send(message)
        answer = line.recv(1 << 16)
    if struct.unpack_from("=H", answer, 4)[0] == 2:
        (error,) = struct.unpack_from("=i", answer, 16)
        if error:
            raise RefusedError(os.strerror(-error))
    return answer[32:]


def make(mode: str, data: Mapping[str, str]) -> None:
    every = {"mode": mode, **data}
    inner = b"".join(encoded(name, every[name], ATTRIBUTES) for name in every)
    info = attribute(INFO_KIND, b"bond\0") + attribute(INFO_DATA, inner)
    request(NEWLINK, ACK | CREATE | EXCLUSIVE, BOND, attribute(LINKINFO, info))


def encoded(name: str, value: str, table: Mapping[str, tuple[int, str]]) -> bytes:
    kind, number = table[name]
    try:
        return attribute(
            kind, struct.pack(f"={number}", coded(name, value)) if number else (listed(name, value))
        )
    except (struct.error, OSError, ValueError) as why:
        raise RefusedError(f"{name}: {why}") from None


def coded(name: str, value: str) -> int:
    option = OPTIONS[name].kind
    if isinstance(option, Choice) and value in option.codes:
        return option.codes[value]
    return socket.if_nametoindex(value) if isinstance(option, Slave) else int(value)


def listed(name: str, value: str) -> bytes:
    option = OPTIONS[name].kind
    if isinstance(option, Mac):
        return bytes.fromhex(value.replace(":", ""))
    assert isinstance(option, Addresses)
    family = socket.AF_INET if option.version == 4 else socket.AF_INET6
    packed = (socket.inet_pton(family, item) for item in value.split(","))
    return b"".join(attribute(number, item) for number, item in enumerate(packed))


def decoded(name: str, payload: bytes) -> str:
    number = ATTRIBUTES[name][1]
    option = OPTIONS[name].kind
    if isinstance(option, Mac):
        return payload.hex(":")
    if isinstance(option, Addresses):
        family = socket.AF_INET if option.version == 4 else socket.AF_INET6
        return " ".join(socket.inet_ntop(family, item) for _, item in attributes(payload))
    (value,) = struct.unpack(f"={number}", payload)
    return socket.if_indextoname(value) if isinstance(option, Slave) else str(value)


def runs(options: Mapping[str, str]) -> dict[str, str]:
    """What netlink prints of these options of the bond; an empty list is left out."""
    info = dict(attributes(dict(attributes(request(GETLINK, 0, BOND)))[LINKINFO]))
    data = dict(attributes(info[INFO_DATA]))
    kinds = {name: ATTRIBUTES[name][0] for name in options if name in ATTRIBUTES}
    return {name: decoded(name, data[kind]) for name, kind in kinds.items() if kind in data}


def slave_runs(name: str) -> dict[str, str]:
    info = dict(attributes(dict(attributes(request(GETLINK, 0, name)))[LINKINFO]))
    data = dict(attributes(info[INFO_SLAVE_DATA]))
    return {
        option: str(struct.unpack(f"={number}", data[kind])[0])
        for option, (kind, number) in SLAVE_ATTRIBUTES.items()
        if kind in data
    }


def enslave() -> None:
    index = socket.if_nametoindex(BOND)
    for name in SLAVES:
        request(NEWLINK, ACK, name, attribute(MASTER, struct.pack("=I", index)))


def of_slaves(options: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in options.items() if name in SLAVE_ATTRIBUTES}


def write(path: str, text: str) -> None:
    with open(path, "wb", buffering=0) as file:
        file.write(text.encode())


def by_sysfs(mode: str, options: Mapping[str, str]) -> Said:
    make(mode, {})
    folder = f"/sys/class/net/{BOND}/bonding"
    slaves = of_slaves(options)
    for name in in_order(options):
        if not os.path.exists(f"{folder}/{name}"):
            return {"absent": name}
        if name not in slaves:
            texts = [for_sysfs(name, options[name])]
            if name == "arp_ip_target":
                texts = [f"+{item}" for item in options[name].split(",")]
            try:
                for text in texts:
                    write(f"{folder}/{name}", text)
            except OSError as why:
                return {"refused": name, "why": str(why)}
    if slaves or "primary" in options:
        enslave()
    for name, value in slaves.items():
        for slave, number in per_slave(name, value).items():
            try:
                write(f"{folder}/{name}", f"{slave}:{number}")
            except OSError as why:
                return {"refused": name, "why": str(why)}
    return found(options)


def by_netlink(mode: str, options: Mapping[str, str]) -> Said:
    slaves = of_slaves(options)
    alone = {name: value for name, value in options.items() if name not in slaves}
    try:
        make(mode, alone)
    except RefusedError as why:
        return {"refused": None, "why": str(why)}
    if slaves or "primary" in options:
        enslave()
    for name, value in slaves.items():
        for slave, number in per_slave(name, value).items():
            if name not in slave_runs(slave):
                return {"absent": name}
            try:
                data = encoded(name, str(number), SLAVE_ATTRIBUTES)
                info = attribute(INFO_SLAVE_KIND, b"bond\0") + attribute(INFO_SLAVE_DATA, data)
                request(NEWLINK, ACK, slave, attribute(LINKINFO, info))
            except RefusedError as why:
                return {"refused": name, "why": str(why)}
    said = found(options)
    for name in alone:
        # Attributes that it does not know a kernel passes over without a word.
        if name not in said["netlink"] and not OPTIONS[name].kind.clearable:
            return {"absent": name}
    return said


def found(options: Mapping[str, str]) -> Said:
    folder = f"/sys/class/net/{BOND}/bonding"
    sysfs = {}
    for name in options:
        with contextlib.suppress(FileNotFoundError), open(f"{folder}/{name}") as file:
            sysfs[name] = file.read().strip()
    netlink = runs(options)
    for name in of_slaves(options):
        each = ((slave, slave_runs(slave).get(name)) for slave in SLAVES)
        netlink[name] = " ".join(f"{slave}:{number}" for slave, number in each if number)
    with open(f"/proc/net/bonding/{BOND}") as file:
        return {"sysfs": sysfs, "netlink": netlink, "proc": file.read()}


def too_long(signal: int, frame: object) -> None:
    raise TimeoutError("the kernel did not answer")


def ask(way: str, mode: str, options: Mapping[str, str]) -> Said:
    signal.alarm(PATIENCE)
    try:
        return by_sysfs(mode, options) if way == "sysfs" else by_netlink(mode, options)
    finally:
        signal.alarm(0)
        with contextlib.suppress(RefusedError):
            request(DELLINK, ACK, BOND)


signal.signal(signal.SIGALRM, too_long)
print(json.dumps([ask(*case) for case in json.load(sys.stdin)]))
