"""What files say of a slave or the bond that can't stay, in one code and wording each."""

from xenbond_tui.answers import Answers
from xenbond_tui.rules.findings import Finding, refuse, warn


def on_a_slave(where: str, name: str, kind: str, slave: str, answers: Answers) -> Finding:
    """A VLAN, a macvlan, a tunnel: only a VLAN gets its frames also below a bridge.

    All others are given them where the bridge takes them (netdev_rx_handler_register in
    net/core/dev.c: one taker a link), or have the host's address.
    """
    home = answers.bond.name if "vlan" in kind.lower().split() else answers.bridge.name
    return refuse(
        "on-a-slave",
        where,
        f"{name} ({kind}) stands on {slave}; on a slave it gets no frames.",
        f"Configure it on {home or answers.bond.name} in its place, or take it away.",
    )


def on_the_bond(where: str, name: str, kind: str, answers: Answers) -> Finding:
    """What is no VLAN on a bond that comes under a bridge, which gets all other frames."""
    bond, bridge = answers.bond.name, answers.bridge.name
    return refuse(
        "on-the-bond",
        where,
        f"{name} ({kind}) stands on {bond}, which as a port of {bridge} has neither frames for it "
        "nor an address.",
        f"Configure it on {bridge} in its place, or take it away.",
    )


def alias_on_slave(where: str, alias: str, slave: str, bridge: str, remedy: str = "") -> Finding:
    """A second address under another name, eth0:1; `remedy`: how it would go along."""
    return refuse(
        "alias-on-slave",
        where,
        f"{alias} is a second address of {slave}, which has none as a slave; it would be lost.",
        remedy or f"Give it to {bridge} as an address, and take it out there.",
    )


def found_by_mac(where: str, slave: str, key: str) -> Finding:
    """A file that finds its NIC by the MAC, in a tree of which no NIC is known."""
    return refuse(
        "slave-unclear",
        where,
        f"That file finds its NIC by the MAC, and may mean {slave}: of this system's NICs nothing "
        "else is known.",
        f"Plan on the running host, or write there which NIC it is: {key}NAME",
    )


def in_another_bond(where: str, slave: str, bond: str) -> Finding:
    """The files make the NIC a slave of another bond."""
    return refuse(
        "slave-of-another-bond",
        where,
        f"{slave} is a slave of {bond} there.",
        f"Name the bond {bond}, or take {slave} out of it.",
    )


def in_another_bridge(where: str, slave: str, bridge: str) -> Finding:
    """The files make the NIC a port of another bridge."""
    return refuse(
        "slave-in-another-bridge",
        where,
        f"{slave} is a port of {bridge} there.",
        f"Name the bridge {bridge}, or take {slave} out of it.",
    )


def bond_in_another_bridge(where: str, bond: str, bridge: str) -> Finding:
    """The files make the bond a port of another bridge."""
    return refuse(
        "bond-in-another-bridge",
        where,
        f"{bond} is a port of {bridge} there.",
        f"Name the bridge {bridge}, or take {bond} out of it.",
    )


def has_master(where: str, slave: str, master: str) -> Finding:
    """The NIC belongs to something else than a bond or a bridge: a team, a VRF."""
    return refuse(
        "slave-has-master",
        where,
        f"{slave} belongs to {master} there.",
        "Take that line out, or choose another NIC.",
    )


def given_up(slave: str, bond: str) -> Finding:
    """The files have a slave that is not asked for."""
    return warn(
        "slave-given-up",
        slave,
        f"{slave} is a slave of {bond} in the files and will not be any more. What it had before "
        "the bond does not come back by that.",
        f"Add {slave} to the slaves if it is to stay.",
    )


def name_taken(where: str, name: str, kind: str) -> Finding:
    """The files make something else of the bond's or bridge's name: Open vSwitch, a team."""
    return refuse(
        "name-taken", where, f"{name} is made there as {kind}.", "Choose another name for ours."
    )


def written_by_netplan(path: str) -> Finding:
    """The file is made by netplan from its own."""
    return refuse(
        "written-by-netplan",
        path,
        f"netplan writes {path}: it would write it again and undo the change.",
        "Take the stack netplan.",
    )
