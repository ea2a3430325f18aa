"""Dumps of the kernel's tables over rtnetlink, by one request on a plain socket each.

For what is only read: the netlink library costs five times the interpreter's own start, and
decodes what nobody asks for. `socket` is left out too: it makes enumerations of its constants, for
as much time as a small host's whole dump takes. Layouts are those of netlink(7), rtnetlink(7) and
linux/rtnetlink.h.
An answer that is not laid out so is refused as a whole (EBADMSG): a number read at a wrong place
would be another host's network.
"""

import _socket as socket
import errno
import os
import struct
import sys
from collections.abc import Container, Iterable, Iterator

_HEADER = struct.Struct("=IHHII")
"""struct nlmsghdr: length, type, flags, sequence number, port."""
_ATTRIBUTE = struct.Struct("=HH")
"""struct rtattr: length, type."""
_NLMSG_ERROR, _NLMSG_DONE, _NLMSG_OVERRUN = 2, 3, 4
_REQUEST_DUMP = 0x301
"""NLM_F_REQUEST | NLM_F_DUMP."""
_NLM_F_DUMP_INTR = 0x10
_NLA_TYPE_MASK = 0x3FFF
"""Without the bits that say nested and big-endian."""
_ANY = range(_NLA_TYPE_MASK + 1)
_SEQUENCE = 1
_TRIES = 20
"""Dumps begun again, because what they show changed meanwhile, before that is an error."""
LARGEST = 1 << 18
"""Bytes of one datagram: the kernel makes them 32 kB, or as large as one message needs."""

_Place = tuple[int, int, int]
"""An attribute's type, and where its value begins and ends."""

FAMILIES: dict[int, int] = {socket.AF_INET: 4, socket.AF_INET6: 6}
_LENGTHS: dict[int, int] = {socket.AF_INET: 4, socket.AF_INET6: 16}
_SCOPES = {0: "global", 200: "site", 253: "link", 254: "host"}


def scope_name(number: int) -> str:
    """An rtnetlink scope as iproute2 names it."""
    return _SCOPES.get(number, str(number))


def malformed(what: str) -> OSError:
    """The error of an answer that is not laid out as it must be."""
    return OSError(errno.EBADMSG, f"its answer can't be understood ({what})")


def dump(request: int, wanted: int, body: bytes) -> list[bytes]:
    """The payloads of one dump's messages of a kind, each as the kernel sent it.

    Args:
        request: RTM_GET…
        wanted: RTM_NEW…
        body: the request's, behind the header.

    Raises:
        OSError: the kernel refused the dump, or its answer is malformed.
    """
    for _ in range(_TRIES):
        netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        try:
            netlink.bind((0, 0))
            header = _HEADER.pack(_HEADER.size + len(body), request, _REQUEST_DUMP, _SEQUENCE, 0)
            netlink.send(header + body)
            found = _answer(netlink, wanted)
        finally:
            netlink.close()
        if found is not None:
            return found
    raise OSError(errno.EAGAIN, "what was read changed again and again meanwhile")


def _answer(netlink: socket.socket, wanted: int) -> list[bytes] | None:
    """The payloads; None when the table changed while it was dumped, so that some may miss."""
    own: int = netlink.getsockname()[0]
    found: list[bytes] = []
    consistent = True
    while True:
        data, _, flags, (sender, _) = netlink.recvmsg(LARGEST)
        if sender != 0:
            # Only the kernel is port 0; root's other programs may send here too.
            continue
        if flags & socket.MSG_TRUNC:
            raise malformed("a message is too long")
        for kind, flags, sequence, port, payload in messages(data):
            if (sequence, port) != (_SEQUENCE, own):
                continue
            consistent = consistent and not flags & _NLM_F_DUMP_INTR
            if kind == _NLMSG_OVERRUN:
                raise malformed("messages were lost")
            if kind in (_NLMSG_DONE, _NLMSG_ERROR):
                code = -struct.unpack("=i", payload[:4])[0] if len(payload) >= 4 else 0
                if code:
                    raise OSError(code, os.strerror(code))
                return found if consistent else None
            if kind == wanted:
                found.append(payload)


def messages(data: bytes) -> Iterator[tuple[int, int, int, int, bytes]]:
    """Type, flags, sequence number, port and payload of each netlink message.

    Raises:
        OSError: a length is wrong (EBADMSG).
    """
    position, end = 0, len(data)
    while position < end:
        if end - position < _HEADER.size:
            raise malformed("a message is cut off")
        length, kind, flags, sequence, port = _HEADER.unpack_from(data, position)
        if not _HEADER.size <= length <= end - position:
            raise malformed(f"a message of {length} bytes")
        yield kind, flags, sequence, port, data[position + _HEADER.size : position + length]
        position += (length + 3) & ~3


def attributes(data: bytes, start: int = 0, wanted: Container[int] = _ANY) -> dict[int, bytes]:
    """Type → value of each attribute from `start` on; of two of a type the first (as iproute2).

    Args:
        data: attributes, each padded to 4 bytes.
        start: where the first one begins.
        wanted: the types that are asked for.

    Raises:
        OSError: a length is wrong (EBADMSG), of one that is not wanted too.
    """
    return _cut(data, _wanted(_places(data, start), wanted))


def _cut(data: bytes, places: Iterable[_Place]) -> dict[int, bytes]:
    return {kind: data[begin:end] for kind, begin, end in places}


def _wanted(places: Iterable[_Place], wanted: Container[int]) -> tuple[_Place, ...]:
    """The first place of each type that is asked for."""
    first: dict[int, _Place] = {}
    for place in places:
        if place[0] in wanted:
            first.setdefault(place[0], place)
    return tuple(first.values())


def _places(data: bytes, start: int) -> list[_Place]:
    """Type, begin and end of each attribute, in order."""
    found: list[_Place] = []
    position, end = start, len(data)
    unpack = _ATTRIBUTE.unpack_from
    while position < end:
        if end - position < 4:
            raise malformed("an attribute is cut off")
        length, kind = unpack(data, position)
        if not 4 <= length <= end - position:
            raise malformed(f"an attribute of {length} bytes")
        found.append((kind & _NLA_TYPE_MASK, position + 4, position + length))
        position += (length + 3) & ~3
    return found


class Alike:
    """The attributes of messages of one dump, which come in few layouts: `attributes` of each.

    The lengths and types in a message are compared with those of one before it, all at once. Where
    they are the same so are the places; that takes a fifth of the time of walking along them.
    """

    def __init__(self, start: int, wanted: Container[int]) -> None:
        """As of `attributes`."""
        self._start, self._wanted = start, wanted
        self._known: dict[
            tuple[int, bytes], tuple[struct.Struct, tuple[int, ...], tuple[_Place, ...]]
        ] = {}

    def of(self, data: bytes) -> dict[int, bytes]:
        """Type → value of each attribute that is wanted.

        Raises:
            OSError: as `attributes`.
        """
        key = len(data), data[self._start : self._start + 4]
        known = self._known.get(key)
        if known is None:
            places = _places(data, self._start)
            at, form = 0, "="
            for _, begin, _end in places:
                form += f"{begin - 4 - at}xHH"
                at = begin
            layout = struct.Struct(form)
            known = layout, layout.unpack_from(data), _wanted(places, self._wanted)
            self._known[key] = known
        layout, heads, cuts = known
        if layout.unpack_from(data) != heads:
            return attributes(data, self._start, self._wanted)
        return _cut(data, cuts)


def header(layout: struct.Struct, payload: bytes) -> tuple[int, ...]:
    """What stands before a payload's attributes.

    Raises:
        OSError: the payload is too short (EBADMSG).
    """
    if len(payload) < layout.size:
        raise malformed(f"a message with {len(payload)} bytes in it")
    return layout.unpack_from(payload)


def number(value: bytes | None, size: int) -> int | None:
    """An unsigned number of `size` bytes in this machine's order; None for no attribute.

    Raises:
        OSError: it has another size (EBADMSG).
    """
    if value is None:
        return None
    if len(value) != size:
        raise malformed(f"a number of {len(value)} bytes, not {size}")
    return int.from_bytes(value, sys.byteorder)


def word(value: bytes | None) -> str:
    """A string that ends with a zero byte, as a link's name does; "" for no attribute.

    Raises:
        OSError: it has no end, or one within (EBADMSG).
    """
    if not value:
        return ""
    if value.find(b"\0") != len(value) - 1:
        raise malformed("a name that does not end where it should")
    return value[:-1].decode("utf-8", "surrogateescape")


def ip(family: int, value: bytes | None) -> str | None:
    """An IP address of AF_INET or AF_INET6; None for no attribute.

    Raises:
        OSError: it has another length (EBADMSG).
    """
    if value is None:
        return None
    if len(value) != _LENGTHS.get(family):
        raise malformed(f"an address of {len(value)} bytes")
    return socket.inet_ntop(family, value)
