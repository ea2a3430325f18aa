"""Reads a host once, into HostFacts."""

import os
from collections.abc import Mapping, Sequence

from xenbond_tui.facts.file_state import FileState, UnreadableFile
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.facts.network import NetworkFacts
from xenbond_tui.host.bonding_module import read_bonding_driver
from xenbond_tui.host.running import collect_network
from xenbond_tui.host.system import read_system, read_text, read_xen_role
from xenbond_tui.machine import Machine

RESOLV_CONF = "/etc/resolv.conf"


def collect(machine: Machine, paths: Sequence[str], probes: Sequence[str]) -> HostFacts:
    """Everything about a host that a decision may need, read now.

    Args:
        machine: the host.
        paths: files whose contents are wanted, whether they exist or not.
        probes: paths of which only the existence matters.

    Raises:
        XenbondError: the kernel refused to list links.
    """
    tree, access = machine.tree, machine.access
    network = collect_network(machine)
    system = read_system(tree)
    files: dict[str, FileState] = {}
    unreadable: dict[str, UnreadableFile] = {}
    found = tree.read_all(paths)
    for path in (it for it in paths if it in found):
        entry = found[path]
        if isinstance(entry, FileState):
            files[path] = entry
        else:
            unreadable[path] = entry
    # Where a file would be that is not there, its directory tells (`HostFacts.way`).
    places = {*files, *unreadable, *(os.path.dirname(path) for path in paths)}
    dns, search = _resolver(read_text(tree, RESOLV_CONF) or "")
    return HostFacts(
        system=system,
        links=network.links,
        routes=network.routes,
        bonds=network.bonds,
        bridges=network.bridges,
        dns=dns,
        search=search,
        session=network.session,
        xen=read_xen_role(tree),
        driver=read_bonding_driver(tree, machine.runner, system.kernel, live=access.knows_running),
        files=files,
        unreadable=unreadable,
        programs_known=machine.access.can_activate or tree.exists("/usr"),
        ways=tree.ways(places),
        present=tree.present(probes),
        root_links=network.root_links,
        access=access,
        guests=_guests(machine, network) if access.knows_running else {},
    )


def _guests(machine: Machine, network: NetworkFacts) -> Mapping[str, str]:
    from xenbond_tui.facts.guest_ports import guest_ports
    from xenbond_tui.host.guest_names import guest_names

    return guest_names(machine, guest_ports(network.bridges))


def _resolver(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Name servers and search domains of a resolv.conf(5); of search and domain the last counts."""
    servers: list[str] = []
    search: tuple[str, ...] = ()
    for line in text.splitlines():
        words = line.partition("#")[0].partition(";")[0].split()
        if len(words) >= 2 and words[0] == "nameserver":
            servers.append(words[1])
        elif len(words) >= 2 and words[0] in ("search", "domain"):
            search = tuple(words[1:])
    return tuple(servers), search
