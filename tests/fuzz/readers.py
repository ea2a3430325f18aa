"""What is fuzzed: each reader of somebody else's text, and what it may say of it."""

import errno
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

from tests.netlink_answers import GOOD, message
from xenbond_tui.answers_file.reader import loads
from xenbond_tui.errors import XenbondError
from xenbond_tui.files import modprobe, sexpr, shell
from xenbond_tui.files.ini import IniFile
from xenbond_tui.files.ini_lines import KEYFILE, SYSTEMD, Dialect
from xenbond_tui.files.interfaces import InterfacesFile
from xenbond_tui.files.yaml_text import YamlText
from xenbond_tui.host import rtaddr, rtevents, rtlink, rtroute
from xenbond_tui.host.document import parse
from xenbond_tui.host.procfs import parse_proc_bonding

NAME = "f"


def _ini(dialect: Dialect) -> Callable[[str], str]:
    def edited(text: str) -> str:
        file = IniFile.parse(NAME, text.encode(), dialect)
        same = file.render()
        file.stray()
        file.set("Network", "Key", "value")
        again = IniFile.parse(NAME, file.render().encode(), dialect)
        assert again.get("Network", "Key") == "value"
        return same

    return edited


def _interfaces(text: str) -> str:
    file = InterfacesFile.parse(NAME, text)
    same = file.render()
    file.stray()
    count = len(file.stanzas())
    file.append("auto eth9")
    assert len(InterfacesFile.parse(NAME, file.render()).stanzas()) == count + 1
    return same


def _shell(text: str) -> str:
    file = shell.parse(text.encode(), NAME)
    same = file.render()
    file.set("KEY", "value")
    assert shell.parse(file.render().encode(), NAME).get("KEY") == "value"
    return same


def _modprobe(text: str) -> str:
    found = modprobe.parse(text.encode(), NAME)
    for item in found:
        item.without(frozenset({"mode"}))
    return modprobe.render(found).decode()


def _sxp(text: str) -> str:
    done = sexpr.comment_out(text.encode(), "network-script", NAME)
    # Lines that were commented out are the same behind their mark.
    lines = zip(text.split("\n"), done.decode().split("\n"), strict=True)
    return "\n".join(new.removeprefix("#") if new == f"#{old}" else new for old, new in lines)


def _yaml(text: str) -> str:
    file = YamlText(NAME, text)
    same = file.text
    file.data()
    file.put(("network", "version"), "2")
    assert YamlText(NAME, file.text).data(("network", "version")) == "2"
    return same


def _answers(text: str) -> str:
    loads(text, NAME)
    return text


def _bonding(text: str) -> str:
    parse_proc_bonding("bond0", text)
    return text


def _json(text: str) -> str:
    with suppress(ValueError):
        parse(text.encode())
    return text


def _netlink(text: str) -> str:
    data = text.encode("latin-1", "replace")
    for read in (rtaddr.parse_address, rtroute.rule_of, lambda it: rtroute.neighbour_of(it, {})):
        with refused_as_malformed():
            read(data)
    with refused_as_malformed():
        rtlink.links_of([data], {})
    with refused_as_malformed():
        list(rtroute.routes_of(data, {}))
    with refused_as_malformed():
        list(rtevents.changed(data))
    return text


@contextmanager
def refused_as_malformed() -> Iterator[None]:
    """The one error a reader of the kernel's answers may raise.

    Raises:
        OSError: it is another one.
    """
    try:
        yield
    except OSError as error:
        if error.errno != errno.EBADMSG:
            raise


READERS: Mapping[str, Callable[[str], str]] = {
    "answers": _answers,
    "bonding": _bonding,
    "interfaces": _interfaces,
    "json": _json,
    "keyfile": _ini(KEYFILE),
    "modprobe": _modprobe,
    "netlink": _netlink,
    "networkd": _ini(SYSTEMD),
    "shell": _shell,
    "sxp": _sxp,
    "yaml": _yaml,
}
"""Reader → what reads and edits a text with it, and gives back the text as it was read."""

SEEDS: Mapping[str, tuple[str, ...]] = {
    "answers": (
        "version: 1\nbond:\n  slaves: [eth0, eth1]\n  miimon: 100\n",
        'a: "\\UFFFFFFFF"\n',
        "%YAML 1.3\n---\nversion: 1\n",
        "version: 1\nbond: {miimon: " + "1" * 10_000 + "}\n",
    ),
    "bonding": ("Bonding Mode: load balancing (xor)\nSlave Interface: eth0\nMII Status: up\n",),
    "interfaces": (
        "auto eth0\niface eth0 inet static\n\taddress 192.168.0.222/24\n\tup x \\\n",
        "iface eth0 inet dhcp\n# a \\\n  # b\n\tup y \\",
    ),
    "json": ('{"state": [], "at": 1}', "1" * 400, '{"a": {"b": [1e999]}}'),
    "keyfile": ("[connection]\nid=a\n\n[ipv4]\naddress1=192.168.0.222/24\n",),
    "modprobe": ("alias bond0 bonding\noptions bonding mode=1 \\\n miimon=100\n",),
    "netlink": tuple(
        data.decode("latin-1")
        for payloads in GOOD.values()
        for data in (*payloads, *(message(16, payload) for payload in payloads))
    ),
    "networkd": (
        "[Match]\nName=eth0\n\n[Network]\nDNS=a \\\n# b\nc\n",
        "\ufeff[Match]\nName=xenbr0",
    ),
    "shell": ("DEVICE=eth0\nA='b' ; export C=\"d\"\n", 'A=${a:-"' * 40, "A=`b` C=$'\\n'\n"),
    "sxp": ("# c\n(network-script 'network-bridge netdev=eth0')\n(vif-script vif-bridge)\n",),
    "yaml": (
        "network:\n  version: 2\n  ethernets:\n    eth0: {dhcp4: true}\n",
        "".join(f"{' ' * depth}a:\n" for depth in range(300)),
        "a: &b {c: *b}\n",
    ),
}
"""Texts to begin with; faults that were found stand here."""


def hold(reader: str, text: str) -> None:
    """Read and edit a text; a refusal is an answer, too.

    Raises:
        AssertionError: a byte was lost, or an edit is not there when the text is read again.
    """
    with suppress(XenbondError):
        assert READERS[reader](text) == text
