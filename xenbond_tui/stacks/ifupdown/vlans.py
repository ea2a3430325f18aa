"""Which links stand on which by interfaces(5), and which of them are ports of a bridge."""

from collections.abc import Iterator

from xenbond_tui.stacks.ifupdown.address import words_of
from xenbond_tui.stacks.ifupdown.files import Configuration


def ports(config: Configuration, bridge: str) -> Iterator[tuple[str, str]]:
    """The bridge's ports, and where it says so."""
    for located in config.ifaces(bridge):
        for line in located.stanza.named("bridge-ports"):
            yield from ((port, located.where(line)) for port in line.value.split())


def lowers(config: Configuration) -> dict[str, str]:
    """The link that each VLAN stands on: vlan-interfaces(5), and by its name alone."""
    found = {}
    for located in config.ifaces():
        name = located.stanza.arguments[0] if located.stanza.arguments else ""
        by_name = name.rpartition(".")[0]
        lower = located.stanza.value("vlan-raw-device") or by_name
        if lower:
            found[name] = lower
    for located in config.ifaces():
        for port in words_of((located,), "bridge-ports"):
            # A VLAN by its name needs no stanza (bridge-utils makes it).
            if "." in port:
                found.setdefault(port, port.rpartition(".")[0])
    return found


def bridges(config: Configuration) -> dict[str, str]:
    """Port → its bridge."""
    names = (item.stanza.arguments[0] for item in config.ifaces() if item.stanza.arguments)
    return {port: name for name in dict.fromkeys(names) for port, _ in ports(config, name)}
