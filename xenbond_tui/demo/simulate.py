"""What the kernel would do: enslaving, carrier, failover. Changes a DemoState and nothing else.

As the bonding driver does (drivers/net/bonding/bond_main.c): without miimon a pulled cable is not
noticed; the failure count rises when a slave goes down; the active slave moves only when it must,
or when the primary is back.
"""

from xenbond_tui.demo.state import DemoBond, DemoBridge, DemoLink, DemoState

ACTIVE_SLAVE_MODES = ("active-backup", "balance-tlb", "balance-alb")


def carrier(state: DemoState, name: str) -> bool:
    """Does that link have carrier now?"""
    link = state.links[name]
    if not link.up:
        return False
    if name in state.bonds:
        return any(state.links[slave].mii_up for slave in state.bonds[name].slaves)
    if name in state.bridges:
        return any(carrier(state, port) for port in ports(state, name))
    return link.cable


def ports(state: DemoState, bridge: str) -> list[str]:
    """The links whose master that bridge is."""
    return [link.name for link in state.links.values() if link.master == bridge]


def settle(state: DemoState) -> None:
    """Let every bond see its slaves' carrier and choose its active slave."""
    for bond in state.bonds.values():
        for name in bond.slaves:
            slave = state.links[name]
            seen = slave.up and slave.cable
            if bond.miimon and slave.mii_up != seen:
                slave.failures += not seen
                slave.mii_up = seen
        bond.active = _active(state, bond)


def _active(state: DemoState, bond: DemoBond) -> str | None:
    if bond.mode not in ACTIVE_SLAVE_MODES:
        return None
    usable = [name for name in bond.slaves if state.links[name].mii_up]
    primary = bond.options.get("primary")
    if primary in usable and bond.options.get("primary_reselect", "always") == "always":
        return primary
    if bond.active in usable:
        return bond.active
    return usable[0] if usable else None


def set_cable(state: DemoState, name: str, plugged: bool) -> None:
    """Pull or plug a cable."""
    state.links[name].cable = plugged
    settle(state)


def create_bond(state: DemoState, name: str, bond: DemoBond) -> None:
    """Create a bond and enslave its slaves; the bond takes the first slave's MAC."""
    delete(state, name)
    state.links[name] = DemoLink(name=name, index=state.next_index(), mac="", kind="bond", up=True)
    state.bonds[name] = bond
    for slave in bond.slaves:
        link = state.links[slave]
        state.links[name].mac = state.links[name].mac or link.mac
        link.mac = state.links[name].mac
        link.master, link.up, link.failures = name, True, 0
        link.mii_up = link.cable or not bond.miimon
        link.addresses = []
        state.gateways.pop(slave, None)
    settle(state)


def create_bridge(state: DemoState, name: str, bridge: DemoBridge, port: str | None) -> None:
    """Create a bridge, or find it there, and put one port in it."""
    if name not in state.links:
        state.links[name] = DemoLink(name=name, index=state.next_index(), mac="", kind="bridge")
    state.bridges[name] = bridge
    state.links[name].up = True
    if port is not None and port in state.links:
        state.links[port].master = name
    set_bridge_mac(state, name)


def set_bridge_mac(state: DemoState, name: str) -> None:
    """A bridge has its pinned MAC, else the lowest of its ports'."""
    macs = sorted(state.links[port].mac for port in ports(state, name))
    state.links[name].mac = state.bridges[name].pinned_mac or (macs[0] if macs else "")


def delete(state: DemoState, name: str) -> None:
    """Delete a bond or bridge; its slaves get their own MAC back."""
    bond = state.bonds.pop(name, None)
    for slave in bond.slaves if bond is not None else ():
        link = state.links[slave]
        link.master, link.mac, link.up = None, link.permanent_mac, False
    if state.bridges.pop(name, None) is not None:
        for port in ports(state, name):
            state.links[port].master = None
    if state.links.get(name) is not None and state.links[name].kind:
        del state.links[name]
        state.gateways.pop(name, None)


def reachable(state: DemoState) -> bool:
    """Does a ping beyond the cables come back? It does from any link with address and carrier."""
    return any(link.addresses and carrier(state, link.name) for link in state.links.values())
