"""The bridge's number to the DHCP server, which netplan has no key for: a drop-in of networkd's.

netplan writes the bridge's file below /run, under a name that follows from the bridge's; what lies
in that file's `.d` directory below /etc is read after it. With `dhcp-identifier: mac` the server
knows the host by its MAC alone, and nothing is needed.
"""

from collections.abc import Iterator

from xenbond_tui.answers import Answers
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.rules.findings import Finding
from xenbond_tui.stacks.netplan.files import Configuration, Merged
from xenbond_tui.stacks.netplan.links import nic_of
from xenbond_tui.stacks.netplan.places import LEASE_DROP_IN
from xenbond_tui.stacks.networkd import lease
from xenbond_tui.stacks.networkd.places import ETC


def _path(bridge: str) -> str:
    return f"{ETC}/10-netplan-{bridge}.network.d/{LEASE_DROP_IN}"


def changes(facts: HostFacts, answers: Answers) -> tuple[FileChange, ...]:
    """The drop-in, where the lease of a NIC goes along with networkd; gone where none is wanted."""
    bridge = answers.bridge
    nic = lease.holder(facts, answers)
    number = None if nic is None else lease.iaid(facts, nic)
    if bridge.method != "dhcp":
        return gone(facts, bridge.name, f"{bridge.name} has no lease any more")
    if nic is None or number is None:
        return ()
    comment, key = lease.lines(nic, number)
    path, after = _path(bridge.name), f"{comment}\n[DHCPv4]\n{key}\n".encode()
    why = f"{bridge.name} is {nic} to the DHCP server"
    return (FileChange.of(path, facts.files.get(path), after, why, 0o644),)


def told(
    facts: HostFacts, config: Configuration, answers: Answers, source: Merged | None
) -> Iterator[Finding]:
    """Is the bridge another client to networkd's DHCP server than the link with the address?"""
    if source is None or answers.bridge.method != "dhcp" or not source.true("dhcp4"):
        return
    asks = source.having("dhcp4")
    if asks is None or source.text("dhcp-identifier") or _path(answers.bridge.name) in facts.files:
        return
    nic = nic_of(facts, config, source.id)
    where, by_mac = asks.where("dhcp4"), "`dhcp-identifier: mac`"
    yield from lease.another_client(facts, nic, where, "dhcp4: true", answers.bridge.name, by_mac)


def gone(facts: HostFacts, bridge: str, why: str) -> tuple[FileChange, ...]:
    """The drop-in goes, where there is one."""
    path = _path(bridge)
    state = facts.files.get(path)
    if state is None:
        return ()
    return (FileChange.of(path, state, None, why),)
