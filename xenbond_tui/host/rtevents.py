"""What changes of links and addresses, as the kernel multicasts it (rtnetlink(7))."""

import asyncio
import errno
import socket
import sys
from collections.abc import AsyncIterator, Iterator

from xenbond_tui.errors import XenbondError
from xenbond_tui.host.rtlink import IFINFOMSG, name_of
from xenbond_tui.host.rtnetlink import LARGEST, attributes, header, messages

_GROUPS = 0x1 | 0x10 | 0x100
"""RTMGRP_LINK, RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR."""
_LINK_CHANGES = (16, 17)
"""RTM_NEWLINK, RTM_DELLINK."""
_ADDRESS_CHANGES = (20, 21)
"""RTM_NEWADDR, RTM_DELADDR."""


async def events() -> AsyncIterator[str]:
    """Names of links as they or their addresses change, for ever.

    "" means that everything is to be read again: it comes first, when the kernel is listened to,
    and when messages were lost (ENOBUFS) or can't be understood.

    Raises:
        XenbondError: the kernel refused to tell.
    """
    loop = asyncio.get_running_loop()
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
            netlink.setblocking(False)
            netlink.bind((0, _GROUPS))
            # Only now: what changes while the reader reads again is on this socket.
            yield ""
            while True:
                try:
                    data, (sender, _) = await loop.sock_recvfrom(netlink, LARGEST)
                    names = list(changed(data)) if sender == 0 else []
                except OSError as error:
                    if error.errno not in (errno.ENOBUFS, errno.EBADMSG):
                        raise
                    names = [""]
                for name in names:
                    yield name
    except OSError as error:
        raise XenbondError(f"The kernel's link events ended: {error}") from error


def changed(data: bytes) -> Iterator[str]:
    """The links that the messages of one datagram are about.

    Raises:
        OSError: one is malformed (EBADMSG).
    """
    for kind, _, _, _, payload in messages(data):
        if kind in _LINK_CHANGES:
            header(IFINFOMSG, payload)
            yield name_of(attributes(payload, IFINFOMSG.size))
        elif kind in _ADDRESS_CHANGES:
            # struct ifaddrmsg: the index is its last field.
            index = int.from_bytes(payload[4:8], sys.byteorder)
            try:
                yield socket.if_indextoname(index)
            except OSError:
                # The link of this address has gone; its own RTM_DELLINK says so.
                continue
