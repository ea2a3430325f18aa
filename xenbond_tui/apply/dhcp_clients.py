"""Which DHCP clients of root's run for a link, and how one is started again.

A client's own words say which link it is for and which of a few options it has. They are never run:
what starts it is put together here, of options and paths that this file knows. A client with other
options is not started again, as it would be another client then.

Sources: dhclient(8) with Red Hat's -H, udhcpc's and dhcpcd's help; inet.defn (ifupdown), ifup-eth
(initscripts) and ifupdownaddons/dhclient.py (ifupdown2) for what is usual.
"""

from collections.abc import Collection, Iterable

from xenbond_tui.effects import Completed, Process
from xenbond_tui.host.known_commands import KINDS, refusal
from xenbond_tui.machine import Machine
from xenbond_tui.value import dataclass

_PATIENCE_S = 90.0
_OPTIONS: dict[str, tuple[str, ...]] = {
    "dhclient": (
        *("-4", "-6", "-1", "-q", "-v", "-nw", "-i", "-I"),
        *("-H VALUE", "-cf VALUE", "-pf VALUE", "-lf VALUE", "-df VALUE", "-e VALUE"),
    ),
    "udhcpc": ("-b", "-n", "-R", "-S", "-p VALUE", "-x VALUE", "-i LINK"),
    "dhcpcd": ("-4", "-6", "-b", "-q", "-h VALUE"),
}
"""In the order in which they are given; known_commands.FORMS says what a value may be."""
_SAME = {"dhclient3": "dhclient"}
"""Debian's name for it once."""
_FOREGROUND = {"dhclient": "-d", "udhcpc": "-f", "dhcpcd": "-B"}
"""By which another daemon keeps a client at its hand and restarts it itself."""


@dataclass(frozen=True, slots=True)
class DhcpClient:
    """A DHCP client that runs for some links."""

    program: str
    links: tuple[str, ...]
    options: tuple[str, ...] = ()
    """Of those that are known, with their values, in order."""
    others: bool = False
    """It has options besides, which are not known here."""

    @property
    def family(self) -> int:
        """6 for one that asks for IPv6 alone."""
        return 6 if "-6" in self.options else 4

    @property
    def argv(self) -> tuple[str, ...]:
        """What starts it again."""
        links = () if "-i" in self.options and self.program == "udhcpc" else self.links
        return (self.program, *self.options, *links)


def clients(machine: Machine, links: Collection[str]) -> tuple[DhcpClient, ...]:
    """Root's DHCP clients for these links that were started as daemons."""
    named = machine.processes.of_root((*_OPTIONS, *_SAME))
    found = (_client(process, links) for process in named)
    return tuple(dict.fromkeys(client for client in found if client is not None))


def not_running(machine: Machine, kept: Iterable[DhcpClient]) -> tuple[DhcpClient, ...]:
    """Those of a link that is there and has none of that family now."""
    there = {link.name for link in machine.kernel.snapshot().links}
    running = {(link, c.family) for c in clients(machine, there) for link in c.links}
    return tuple(
        client
        for client in kept
        if any(link in there and (link, client.family) not in running for link in client.links)
    )


def start(machine: Machine, client: DhcpClient) -> str:
    """Start one again; says why it does not run, else ""."""
    name = f"the DHCP client of {' and '.join(client.links)}"
    if client.program not in _OPTIONS or client.others or refusal(client.argv):
        return f"{name} had options that it is not started with by us: start it yourself"
    done: Completed = machine.runner.run(client.argv, _PATIENCE_S)
    return f"{name} did not start again" if done.returncode != 0 else ""


def _client(process: Process, links: Collection[str]) -> DhcpClient | None:
    program = _SAME.get(process.program, process.program)
    words = process.argv[1:]
    if _FOREGROUND[program] in words:
        return None
    parted = (option.partition(" ") for option in _OPTIONS[program])
    known = {word: value for word, _, value in parted}
    options: dict[str, tuple[str, ...]] = {}
    named: list[str] = []
    others = False
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if word not in known:
            named += [word] if KINDS["link"](word) else []
            others = others or not KINDS["link"](word)
            continue
        value = words[at] if known[word] and at < len(words) else ""
        at += bool(known[word])
        options[word] = (word, value) if known[word] else (word,)
        named += [value] if known[word] == "LINK" else []
    mine = tuple(dict.fromkeys(word for word in named if word in links))
    if not mine:
        return None
    # A word that is no link of this change may be the value of an option that is not known.
    others = others or len(set(named)) != len(mine)
    in_order = tuple(part for word in known for part in options.get(word, ()))
    return DhcpClient(program, mine, in_order, others)
