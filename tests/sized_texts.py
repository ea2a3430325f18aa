"""A text of each format that somebody else writes, of any size."""

from collections.abc import Callable, Mapping

Entry = Callable[[int], str]


def _address(number: int) -> str:
    return f"10.{number // 65025 % 255}.{number // 255 % 255}.{number % 255}"


def _interfaces(number: int) -> str:
    return (
        f"auto eth2.{number}\niface eth2.{number} inet static\n\taddress {_address(number)}/24\n"
        f"\tvlan-raw-device eth2\n\tup ip route add 10.0.0.0/8 via {_address(number)} || true\n\n"
    )


def _networkd(number: int) -> str:
    return f"[Address]\nAddress={_address(number)}/24\nLabel=eth0:{number}-{'a' * 60}\n\n"


def _keyfile(number: int) -> str:
    return f"[ipv4-{number}]\naddress1={_address(number)}/24\nroute1=10.0.0.0/8,{'1' * 60}\n\n"


def _shell(number: int) -> str:
    return f'IPADDR{number}={_address(number)}\nOPTS{number}="a $HOME {"b" * 40}"\n# one\n'


def _modprobe(number: int) -> str:
    return f"alias net{number} bonding\noptions module{number} a=1 b=2 {'c' * 40}=1 \\\n d=3\n# e\n"


def _sxp(number: int) -> str:
    return f"# comment {number}\n(option{number} 'a value {number}')\n(other (a b (c d)))\n"


def _yaml(number: int) -> str:
    return f"    eth2.{number}: {{id: {number}, link: eth2, addresses: [{_address(number)}/24]}}\n"


def _yaml_blocks(number: int) -> str:
    return (
        f"    eth2.{number}:\n      id: {number}\n      link: eth2\n      mtu: 1500  # as others\n"
        f"      addresses:  # one\n      - {_address(number)}/24\n"
        f'      - "2001:db8::{number:x}/64"\n'
    )


def _bonding(number: int) -> str:
    return (
        f"\nSlave Interface: eth{number}\nMII Status: up\nSpeed: 1000 Mbps\nDuplex: full\n"
        "Link Failure Count: 0\nPermanent HW addr: 00:00:5e:00:53:01\n"
    )


def _answers(number: int) -> str:
    return f"  # {'a' * 80}\n  option{number}: value{number}\n"


_VLANS = "network:\n  version: 2\n  vlans:\n"
TEXTS: Mapping[str, tuple[str, Entry, str]] = {
    "answers": ("version: 1\nbond:\n", _answers, ""),
    "bonding": ("Bonding Mode: load balancing (xor)\n", _bonding, ""),
    "interfaces": ("auto lo\niface lo inet loopback\n\n", _interfaces, ""),
    "json": ('{"a": [0', lambda number: f',\n {{"b{number}": [1, 2, "{number}"]}}', "]}\n"),
    "keyfile": ("[connection]\nid=a\n\n", _keyfile, ""),
    "modprobe": ("", _modprobe, ""),
    "networkd": ("[Match]\nName=eth0\n\n[Network]\nDHCP=no\n\n", _networkd, ""),
    "shell": ("DEVICE=eth0\n", _shell, ""),
    "sxp": ("(network-script network-bridge)\n", _sxp, ""),
    "yaml": (_VLANS, _yaml, ""),
    "yaml blocks": (_VLANS, _yaml_blocks, ""),
}
"""Format, as the fuzzers call its reader, and a style → how a text begins, each entry, its end."""


def text_of(name: str, characters: int) -> str:
    """A text of a format, a little longer than asked."""
    begin, entry, end = TEXTS[name]
    found, length, number = [begin], len(begin), 0
    while length < characters:
        number += 1
        found.append(entry(number))
        length += len(found[-1])
    return "".join([*found, end])
