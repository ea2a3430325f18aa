"""Do the slaves take the frames of the bond, and the bond those of its bridge?

The kernel lets a slave have another MTU than its bond (bond_slave_netdev_event, NETDEV_CHANGEMTU in
bond_main.c), and a bridge one that its port has not (br_change_mtu in br_device.c). What is larger
is dropped there, and nobody is told.
"""

from collections.abc import Iterator

from xenbond_tui.health.model import HealthState, Level, Reason


def find(state: HealthState) -> Iterator[Reason]:
    """A slave below its bond's MTU, and the bond below its bridge's."""
    bond = state.bond.name
    pairs = [(slave.name, bond) for slave in state.bond.slaves]
    if state.bridge is not None:
        pairs.append((bond, state.bridge.name))
    for below, above in pairs:
        takes, sent = state.mtu.get(below), state.mtu.get(above)
        if takes is None or sent is None or takes >= sent:
            continue
        text = f"{below} takes frames of {takes} bytes, {above} sends up to {sent}: those are lost."
        advice = f"Give {below} and {above} one MTU, in the files too."
        slave = below if below != bond else None
        evidence = f"/sys/class/net/{below}/mtu {takes}, /sys/class/net/{above}/mtu {sent}"
        yield Reason("mtu-differs", slave, text, advice, Level.MISCONFIGURED, evidence)
