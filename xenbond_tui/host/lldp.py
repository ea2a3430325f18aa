"""Which switch port a NIC is plugged into, as the switch itself tells it by LLDP. Only listens.

IEEE 802.1AB: a frame every 30 s. A socket bound to a slave gets them before the bond does
(bond_handle_frame() lets exact matches by); bound there it hears nothing of a guest's, unless a
switch without LLDP sends that back by another slave. Under a bridge that was told to pass LLDP on
(group_fwd_mask) the active slave's are not heard: br_handle_frame() takes them before.

LLDP is not signed: whoever is on the segment of a slave can pretend to be a switch there. What that
can do is bounded: a neighbour is believed for as long as it says, never by a frame that was meant
for somebody else, at most `NEIGHBOURS_KEPT` of them on a link, the first one first, and no verdict
depends on it (`health.reasons.beyond`).
"""

import selectors
import socket
import struct
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from xenbond_tui.facts.link import SwitchPort
from xenbond_tui.host.lldp_frame import GROUPS, LLDP, Heard, parse
from xenbond_tui.host.socket_filter import Is, packet_socket, packet_type
from xenbond_tui.value import replace

NEIGHBOURS_KEPT = 4
"""Neighbours kept of a link: one, where nobody cheats and no hub is in between."""
TURN_S = 0.5
"""Seconds between two looks, and at most until `stop` is noticed."""
FRAMES_A_TURN = 8
"""Frames read of a link in one turn; a switch sends one in 30 s. What is more is counted."""
NOISE_TOLD_S = 60.0
"""Seconds for which frames that were passed over are told of."""
_DRAINED = 256
_BUFFER = 1 << 16
"""Octets the kernel keeps for us of a link."""
_SOL_PACKET, _ADD_MEMBERSHIP, _STATISTICS, _ORIGINAL_DEVICE, _MULTICAST = 263, 1, 6, 9, 0
_FILTER = (
    Is(12, 2, (LLDP,)),
    Is(0, 4, (int.from_bytes(GROUPS[0][:4], "big"),)),
    Is(4, 2, tuple(int.from_bytes(group[4:], "big") for group in GROUPS)),
    # Neither our own, where an LLDP daemon runs here, nor one of a VLAN that is not ours.
    packet_type(socket.PACKET_MULTICAST),
)


class Neighbourhood:
    """Who was heard on one link, each for as long as it said. Times are seconds of one clock."""

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, bytes], tuple[float, SwitchPort]] = {}

    def hear(self, heard: Heard, now: float) -> bool:
        """Take in one frame; False when it is one neighbour too many."""
        self._age(now)
        if heard.ttl == 0:
            self._known.pop(heard.sender, None)
        elif heard.sender in self._known or len(self._known) < NEIGHBOURS_KEPT:
            # One that is known keeps its place: who speaks first is shown.
            self._known[heard.sender] = (now + heard.ttl, heard.port)
        else:
            return False
        return True

    def port(self, now: float) -> SwitchPort | None:
        """The neighbour that is known for longest, with the chassis of the others."""
        self._age(now)
        ports = [port for _, port in self._known.values()]
        if not ports:
            return None
        others = (port.chassis for port in ports if port.chassis != ports[0].chassis)
        return replace(ports[0], others=tuple(dict.fromkeys(others)))

    def _age(self, now: float) -> None:
        self._known = {sender: told for sender, told in self._known.items() if told[0] > now}


class LldpListener:
    """Listens on several links, in a separate thread, from its making until `stop`."""

    def __init__(self, links: Sequence[str], clock: Callable[[], float]) -> None:
        """Begin.

        Args:
            links: names of NICs, slaves of a bond; one that can't be listened to is left out.
            clock: seconds that never go back.
        """
        self._clock = clock
        self._found = {link: Neighbourhood() for link in links}
        self._noise: dict[str, tuple[int, float]] = {}
        self._guard = threading.Lock()
        self._stop = threading.Event()
        self._selector = selectors.DefaultSelector()
        for link in links:
            # Without permission, or on a link that is gone, nothing is heard: that is no error.
            with suppress(OSError):
                self._selector.register(_open(link), selectors.EVENT_READ, link)
        threading.Thread(target=self._run, name="lldp", daemon=True).start()

    def neighbours(self) -> Mapping[str, SwitchPort]:
        """Link → the switch port it is plugged into, as far as that may still be believed."""
        now = self._clock()
        with self._guard:
            ports = {link: known.port(now) for link, known in self._found.items()}
        return {link: port for link, port in ports.items() if port is not None}

    def noise(self) -> Mapping[str, int]:
        """Link → frames of the last minute that were passed over: more than a switch sends."""
        now = self._clock()
        with self._guard:
            return {link: count for link, (count, until) in self._noise.items() if until > now}

    def forget(self, link: str) -> None:
        """The cable is out: it may be plugged in elsewhere."""
        with self._guard:
            if link in self._found:
                self._found[link] = Neighbourhood()

    def stop(self) -> None:
        """Listen no more."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.is_set() and self._selector.get_map():
            ready = self._selector.select(TURN_S)
            for key, _ in ready:
                if isinstance(key.fileobj, socket.socket):
                    # The link may be down: it may come back.
                    with suppress(OSError):
                        self._read(key.fileobj, key.data)
            if ready:
                # The pace is ours, not the sender's.
                self._stop.wait(TURN_S)
        for key in list(self._selector.get_map().values()):
            self._selector.unregister(key.fileobj)
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        self._selector.close()

    def _read(self, wire: socket.socket, link: str) -> None:
        passed_over = 0
        try:
            for number in range(_DRAINED):
                frame, sender = wire.recvfrom(2048)
                if number < FRAMES_A_TURN:
                    passed_over += not self._take(frame, sender, link)
                else:
                    passed_over += 1
        except BlockingIOError:
            pass
        passed_over += _dropped(wire)
        if passed_over:
            with self._guard:
                now = self._clock()
                count, until = self._noise.get(link, (0, 0.0))
                self._noise[link] = (
                    (count if until > now else 0) + passed_over,
                    now + NOISE_TOLD_S,
                )

    def _take(self, frame: bytes, sender: tuple[str, int, int, int, bytes], link: str) -> bool:
        """Take in one frame that came in by the link itself; False when there is no room for it."""
        if sender[0] != link or sender[2] != socket.PACKET_MULTICAST:
            return True
        heard = parse(frame)
        if heard is None:
            return True
        with self._guard:
            return self._found[link].hear(heard, self._clock())


def _open(link: str) -> socket.socket:
    wire = packet_socket(link, LLDP, _FILTER)
    try:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        # Else the kernel says that the active slave's frames came in by the bond.
        wire.setsockopt(_SOL_PACKET, _ORIGINAL_DEVICE, 1)
        index = socket.if_nametoindex(link)
        for group in GROUPS:
            member = struct.pack("IHH8s", index, _MULTICAST, len(group), group)
            wire.setsockopt(_SOL_PACKET, _ADD_MEMBERSHIP, member)
        wire.setblocking(False)
    except OSError:
        wire.close()
        raise
    return wire


def _dropped(wire: socket.socket) -> int:
    """Frames that found no room since the last look (struct tpacket_stats)."""
    dropped: int = struct.unpack("=II", wire.getsockopt(_SOL_PACKET, _STATISTICS, 8))[1]
    return dropped
