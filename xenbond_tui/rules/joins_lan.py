"""A bridge without a way out, for guests among themselves, that would get the bond as its port."""

import re
from collections.abc import Iterable, Iterator, Sequence

from xenbond_tui.answers import Request, SetUp
from xenbond_tui.facts.guest_ports import named_as_guest_port
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.regex import regex
from xenbond_tui.rules.findings import Finding, warn
from xenbond_tui.rules.inventory import NAMING, Item, Kind

_PORTS = NAMING | {Kind.MASTER, Kind.PERHAPS}
_SERVES = regex(r"DHCPServer\s*=\s*(1|yes|y|true|t|on)|ipv4 method=shared", re.IGNORECASE)
"""By what a bridge has a DHCP server of its own: systemd.network(5), nm-settings-nmcli(5)."""


def joins_lan(
    facts: HostFacts,
    said: Iterable[Item],
    left: Iterable[Item],
    elsewhere: Sequence[Item],
    request: Request,
) -> Iterator[Finding]:
    """The warning, where files or kernel have the bridge and neither knows of a port of it.

    Args:
        facts: the host.
        said: what the files of the stack say.
        left: what they say afterwards.
        elsewhere: what those of others say that have the bridge too.
        request: resolved.
    """
    if not isinstance(request, SetUp):
        return
    name, slaves = request.answers.bridge.name, " and ".join(request.answers.bond.slaves)
    running = next((it for it in facts.bridges if it.name == name), None)
    said = (*said, *elsewhere)
    own = [it for it in said if it.link == name]
    if running is None and not own:
        return
    ports = [port.name for port in running.ports] if running is not None else []
    ports += [it.value for it in own if it.kind in _PORTS]
    ports += [it.link for it in said if it.value == name and it.kind in _PORTS]
    if all(named_as_guest_port(port) for port in ports):
        text = (
            f"{name} has no port but guests' today. With {request.answers.bond.name} as its port "
            f"its guests are on the network of {slaves}, and what is there reaches them."
        )
        remedy = "Name another bridge in the answers if they are to stay among themselves."
        for it in (*left, *elsewhere):
            if it.link == name and _SERVES.fullmatch(it.text):
                text += f" By `{it.text}` ({it.where}) it has a DHCP server, which answers there."
                remedy += f" Else take {it.where} out first: a second DHCP server cuts hosts off."
        yield warn("bridge-joins-lan", own[0].where if own else name, text, remedy)
