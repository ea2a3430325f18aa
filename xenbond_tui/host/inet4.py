"""The first IPv4 address of a link, by one ioctl (netdevice(7)); no dump."""

import fcntl
import socket
import struct

_SIOCGIFADDR = 0x8915
_IFREQ = struct.Struct("16sHH4s16x")
"""struct ifreq: name, and a sockaddr_in of family, port and address."""


def first_addresses(links: tuple[str, ...]) -> dict[str, str]:
    """Link → the IPv4 address it got first; links without one are left out.

    One that has another label than its link (`eth0:1`) is not told of.
    """
    found = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        for link in links:
            request = _IFREQ.pack(link.encode(), socket.AF_INET, 0, b"")
            try:
                answer = fcntl.ioctl(asked.fileno(), _SIOCGIFADDR, request)
            except OSError:
                # EADDRNOTAVAIL: it has none; ENODEV: it is gone.
                continue
            found[link] = socket.inet_ntoa(_IFREQ.unpack(answer)[3])
    return found
