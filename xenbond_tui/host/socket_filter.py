"""Which frames the kernel hands to a socket at all: classic BPF, attached before it hears anything.

A program here is a list of tests that a frame must all pass, so that a flood of others costs no
Python. It spares work and is no judge: who reads the frame looks at it again.

Sources: linux/filter.h (struct sock_filter, sock_fprog, SKF_*), linux/bpf_common.h (the codes),
asm-generic/socket.h (SO_ATTACH_FILTER).
"""

import socket
import struct
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from xenbond_tui.errors import XenbondError
from xenbond_tui.value import dataclass

_SO_ATTACH_FILTER = 26
_INSTRUCTION = struct.Struct("=HBBI")
"""struct sock_filter: code, jump if true, jump if false, operand."""
_RETURN, _JUMP_IF_EQUAL, _LOAD_HEADER_LENGTH = 0x06, 0x15, 0xB1
_LOAD = {1: 0x30, 2: 0x28, 4: 0x20}
"""Octets → BPF_LD of as many at a fixed place."""
_LOAD_BEHIND = {1: 0x50, 2: 0x48, 4: 0x40}
"""The same, counted from the end of the IPv4 header."""
_WHOLE = 0xFFFF
NETWORK_HEADER = 0xFFF00000
"""SKF_NET_OFF: a place from here on is counted from the IP header, wherever the data begin."""
_PACKET_TYPE = 0xFFFFF004
"""SKF_AD_OFF + SKF_AD_PKTTYPE."""
_VLAN_TAG_PRESENT = 0xFFFFF030
"""SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT."""


@dataclass(frozen=True, slots=True)
class Is:
    """The octets at a place are one of these numbers, in network order."""

    at: int
    size: int
    """1, 2 or 4."""
    values: tuple[int, ...]
    behind_ipv4: bool = False
    """Counted from the end of the IPv4 header that the data begin with, its options included."""


def packet_type(*values: int) -> Is:
    """How the frame came: PACKET_HOST, PACKET_MULTICAST … of linux/if_packet.h."""
    return Is(_PACKET_TYPE, 4, values)


def untagged() -> Is:
    """It came in without a VLAN's tag, which the kernel keeps beside the frame (Linux 3.8)."""
    return Is(_VLAN_TAG_PRESENT, 4, (0,))


def octets(at: int, data: bytes, *, behind_ipv4: bool = False) -> tuple[Is, ...]:
    """These octets, as many as there are: an even number."""
    tests, place = [], 0
    while place < len(data):
        size = 4 if len(data) - place >= 4 else 2
        value = int.from_bytes(data[place : place + size], "big")
        tests.append(Is(at + place, size, (value,), behind_ipv4))
        place += size
    return tuple(tests)


def program(tests: Sequence[Is]) -> bytes:
    """The instructions: every test must hold, else the frame is dropped."""
    # From the end on, where the distance to "drop" is known. A jump goes 255 instructions at most.
    made = [_INSTRUCTION.pack(_RETURN, 0, 0, _WHOLE), _INSTRUCTION.pack(_RETURN, 0, 0, 0)]
    for test in reversed(tests):
        to_drop = len(made) - 1
        jumps = [
            _INSTRUCTION.pack(_JUMP_IF_EQUAL, number, 0 if number else to_drop, value)
            for number, value in zip(reversed(range(len(test.values))), test.values, strict=True)
        ]
        load = _LOAD_BEHIND[test.size] if test.behind_ipv4 else _LOAD[test.size]
        made = [_INSTRUCTION.pack(load, 0, 0, test.at), *jumps, *made]
    if any(test.behind_ipv4 for test in tests):
        made.insert(0, _INSTRUCTION.pack(_LOAD_HEADER_LENGTH, 0, 0, 0))
    return b"".join(made)


def attach(wire: socket.socket, tests: Sequence[Is]) -> None:
    """Let only frames that pass every test into a socket, from now on.

    Raises:
        OSError: the kernel refuses it.
    """
    code = program(tests)
    held = array("B", code)
    # struct sock_fprog, whose pointer is aligned as the machine does.
    filter_program = struct.pack("@HP", len(code) // _INSTRUCTION.size, held.buffer_info()[0])
    wire.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, filter_program)


class Prepared:
    """Sends frames out of one link each time it is called, with nothing left to do but that.

    Its socket is closed with it and not before: the kernel first waits until no processor looks at
    a packet socket any more (packet_release in net/packet/af_packet.c), 10 ms and more, which
    whoever is to be told next would wait for, too.
    """

    def __init__(self, link: str, frames: Iterable[bytes], doing: str) -> None:
        """Open the socket.

        Args:
            link: its name.
            frames: whole, with their Ethernet headers.
            doing: for the error: "teaching the switch".

        Raises:
            XenbondError: the link is gone.
        """
        self._link, self._frames, self._doing = link, tuple(frames), doing
        self._held = ExitStack()
        with self._refused():
            self._wire = self._held.enter_context(socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
            self._wire.bind((link, 0))

    def __call__(self) -> None:
        """Send them.

        Raises:
            XenbondError: the link is gone or down, or takes no frames.
        """
        with self._refused():
            for frame in self._frames:
                self._wire.send(frame)

    def __del__(self) -> None:
        self._held.close()

    @contextmanager
    def _refused(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise XenbondError.at(self._link, f"{self._doing}: {error.strerror}.") from None


def packet_socket(link: str, protocol: int, tests: Sequence[Is]) -> socket.socket:
    """A packet socket that hears what comes in by one link and passes every test, nothing before.

    Of protocol 0 until it is bound, it hears nothing (packet(7)); then the filter is in place.

    Raises:
        OSError: not permitted, or the link is gone.
    """
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    try:
        attach(wire, tests)
        wire.bind((link, protocol))
    except OSError:
        wire.close()
        raise
    return wire
