"""Whose MACs are announced behind a port of the bridge, and whose are not. Pure.

A bridge learns what guests send, and a guest can send whatever it likes: a thousand invented MACs,
the gateway's, the host's own, another guest's. Announced by this host, each would draw that
station's traffic to it. So a MAC must belong to a guest as far as anybody here can know.
"""

from collections.abc import Collection, Mapping, Sequence

from xenbond_tui.facts.link import ReservedMacs
from xenbond_tui.value import dataclass

MACS_PER_PORT = 8
"""MACs announced behind one port of which no toolstack tells whose it is: a guest has one or two
on a vif, a guest that has guests a few."""
MOST_MACS = 1024
"""MACs announced at most, shared out evenly among the ports."""
_NAMED_PORTS = 3
"""Ports named in a line at most."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """MACs behind one port that are not announced, for one reason."""

    port: str
    why: str
    macs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """MAC → port of who is announced; and who is not."""

    guests: Mapping[str, str]
    left_out: tuple[LeftOut, ...] = ()

    @property
    def key(self) -> frozenset[tuple[str, str]]:
        """What has to change before it is worth telling again: ports and reasons, no numbers."""
        return frozenset((item.port, item.why) for item in self.left_out)

    def told(self, bond: str) -> str:
        """Who is left out, in one line; "" when nobody is."""
        if not self.left_out:
            return ""
        parts = [_words(item) for item in self.left_out[:_NAMED_PORTS]]
        if len(self.left_out) > _NAMED_PORTS:
            parts.append(f"and {len(self.left_out) - _NAMED_PORTS} more such")
        return f"{bond}: not announced: {'; '.join(parts)}."


def by_port(learned: Mapping[str, str], *outside: str) -> dict[str, list[str]]:
    """Port → MACs, from MAC → port; without those outside, behind the bond or the NIC."""
    found: dict[str, list[str]] = {}
    for mac, port in learned.items():
        if port not in outside:
            found.setdefault(port, []).append(mac)
    return found


def choose(
    seen: Mapping[str, Sequence[str]],
    told: Mapping[str, Collection[str]],
    reserved: ReservedMacs,
) -> Choice:
    """Who is announced.

    Args:
        seen: port → MACs the bridge has learned behind it; those to be kept first come first.
        told: port → MACs that the toolstack gave its guest. There no others are announced, and
            nowhere else are these.
        reserved: MACs of others; a gateway that the toolstack knows as a guest is one.
    """
    homes = {mac for macs in told.values() for mac in macs}
    guests = {
        mac: port
        for port, macs in told.items()
        for mac in macs
        if _refusal(mac, reserved, known=True) is None
    }
    wanted: dict[str, list[str]] = {}
    left_out: dict[tuple[str, str], list[str]] = {}
    for port, macs in seen.items():
        for mac in dict.fromkeys(macs):
            if mac in told.get(port, ()) and mac in guests:
                continue
            why = _refusal(mac, reserved, known=mac in homes)
            if why is None and mac in homes:
                why = "another guest's"
            if why is None and port in told:
                why = "not what the toolstack gave its guest"
            if why is None and len(wanted.setdefault(port, [])) >= MACS_PER_PORT:
                why = f"more than {MACS_PER_PORT} behind one port"
            if why is None:
                wanted[port].append(mac)
            else:
                left_out.setdefault((port, why), []).append(mac)
    # A MAC of each port in turn: many behind one port take no other port's place.
    for turn in range(MACS_PER_PORT):
        for port, macs in wanted.items():
            if turn < len(macs) and len(guests) < MOST_MACS:
                guests[macs[turn]] = port
            elif turn < len(macs):
                left_out.setdefault((port, f"more than {MOST_MACS} in all"), []).append(macs[turn])
    told_of = tuple(LeftOut(*key, tuple(macs)) for key, macs in sorted(left_out.items()))
    return Choice(guests, told_of)


def _refusal(mac: str, reserved: ReservedMacs, *, known: bool) -> str | None:
    if not any(octets := bytes.fromhex(mac.replace(":", ""))) or octets[0] & 1:
        return "no station's MAC"
    if mac in reserved.own:
        return f"this host's own {reserved.own[mac]}"
    # Whose MAC the gateway has is known by ARP, which a guest can forge; the toolstack it can't.
    if mac in reserved.gateways and not known:
        return f"the gateway {reserved.gateways[mac]}'s"
    return None


def _words(item: LeftOut) -> str:
    if len(item.macs) == 1:
        return f"{item.macs[0]} behind {item.port} ({item.why})"
    return f"{len(item.macs)} MACs behind {item.port} ({item.why})"
