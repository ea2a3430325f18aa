"""Would one broken thing take two slaves with it?"""

from collections.abc import Iterator
from itertools import combinations

from xenbond_tui.facts.bond import SlaveState
from xenbond_tui.facts.link import card
from xenbond_tui.health.model import HealthState, Level, Reason
from xenbond_tui.regex import regex

_VLAN = regex(r"(?P<nic>[^.]+)(?:\.\d{1,4})+")


def find(state: HealthState) -> Iterator[Reason]:
    """VLANs of one NIC and functions of one port, which have one cable; ports of one card."""
    for one, other in combinations(state.bond.slaves, 2):
        both = f"{one.name} and {other.name}"
        nic = nic_below(one)
        if one.name == other.name:
            # A damaged text, which is told.
            continue
        if nic == nic_below(other):
            text = f"{both} stand on one NIC, {nic}: one cable carries both."
            advice = "Enslave NICs, and put the VLANs on the bond."
            evidence = f"/sys/class/net/{one.name}/lower_{nic}"
            yield Reason("one-cable", None, text, advice, Level.DEGRADED, evidence)
        elif one.physfn is not None and one.physfn == other.physfn:
            text = f"{both} are virtual functions of one port: one cable carries both."
            advice = "Give the bond a NIC on another card."
            evidence = f"/sys/class/net/{one.name}/device/physfn: {one.physfn}"
            yield Reason("one-cable", None, text, advice, Level.DEGRADED, evidence)
        elif (shared := card(one.bus)) is not None and shared == card(other.bus):
            text = f"{both} are ports of one card: any cable may fail, the card may not."
            advice = "Use NICs on different cards where you can."
            evidence = f"{one.name} is {one.bus}, {other.name} is {other.bus}"
            yield Reason("one-card", None, text, advice, Level.HEALTHY, evidence)


def nic_below(slave: SlaveState) -> str:
    """The NIC that carries a slave: the slave, or what it is a VLAN of (by its name at last)."""
    if slave.stands_on is not None:
        return slave.stands_on
    vlan = None if slave.bus else _VLAN.fullmatch(slave.name)
    return slave.name if vlan is None else vlan["nic"]
