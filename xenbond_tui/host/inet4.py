"""An IPv4 address of each link, by one list of all there are (SIOCGIFCONF, netdevice(7))."""

import array
import fcntl
import socket
import struct

_SIOCGIFCONF = 0x8912
_IFCONF = struct.Struct("iP")
"""struct ifconf: the buffer's length, and where it is."""
_IFREQ = struct.Struct(f"16sHH4s{16 if struct.calcsize('P') == 8 else 8}x")
"""struct ifreq: a label, and a sockaddr_in of family, port and address; the union in it has room
for struct ifmap, which has two longs."""
_MOST = 1 << 20
"""Bytes of the list that are read: some 26,000 addresses."""


def first_addresses(links: tuple[str, ...]) -> dict[str, str]:
    """Link → the first of its IPv4 addresses; links without one are left out.

    An address may have a label of its own, the link's name with `:1` (ip-address(8)).
    """
    found: dict[str, str] = {}
    for label, address in _all():
        link = label.partition(":")[0]
        if link in links:
            found.setdefault(link, address)
    return found


def _all() -> list[tuple[str, str]]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            # Without a buffer it tells how long one must be (inet_gifconf() in net/ipv4/devinet.c).
            answer = fcntl.ioctl(asked.fileno(), _SIOCGIFCONF, _IFCONF.pack(0, 0))
            # Addresses may come meanwhile.
            length = min(_IFCONF.unpack(answer)[0] + 64 * _IFREQ.size, _MOST)
            buffer = array.array("B", bytes(length))
            place = _IFCONF.pack(length, buffer.buffer_info()[0])
            answer = fcntl.ioctl(asked.fileno(), _SIOCGIFCONF, place)
        except OSError:
            return []
        used = min(_IFCONF.unpack(answer)[0], length) // _IFREQ.size * _IFREQ.size
    return [
        (label.rstrip(b"\0").decode("utf-8", "surrogateescape"), socket.inet_ntoa(address))
        for label, _, _, address in _IFREQ.iter_unpack(buffer.tobytes()[:used])
    ]
