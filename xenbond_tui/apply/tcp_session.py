"""The operator's own TCP connection, as the kernel lists it (/proc/net/tcp and tcp6, proc(5)).

Nothing is sent on it: what counts is whether the other end acknowledges what sshd sends. An idle
one tells nothing, and is not reported broken.
"""

import ipaddress
import struct
import sys

from xenbond_tui.effects import Tree
from xenbond_tui.facts.file_state import FileState
from xenbond_tui.value import dataclass

_FILES = ("/proc/net/tcp", "/proc/net/tcp6")
_ESTABLISHED = 1


@dataclass(frozen=True, slots=True)
class Connection:
    """One line of the list."""

    state: int
    """TCP_ESTABLISHED is 1 (net/tcp_states.h)."""
    unacknowledged: int
    """Bytes sent, not acknowledged yet (tx_queue)."""
    retransmits: int
    """How often the oldest of them has been sent again without an answer (retrnsmt)."""


def is_established(tree: Tree, connection: str) -> bool:
    """True when that connection is there now."""
    found = find(tree, connection)
    return found is not None and found.state == _ESTABLISHED


def local_address(connection: str) -> str:
    """The host's address it is made to; "" for what is no connection."""
    ends = _ends(connection)
    return "" if ends is None else ends[1][0]


def find(tree: Tree, connection: str) -> Connection | None:
    """The connection that a value of SSH_CONNECTION tells of; None when it is not in the list."""
    wanted = _ends(connection)
    if wanted is None:
        return None
    for path in _FILES:
        state = tree.read(path)
        if not isinstance(state, FileState):
            continue
        for line in state.data.decode("ascii", "replace").splitlines()[1:]:
            words = line.split()
            try:
                if (_end(words[2]), _end(words[1])) == wanted:
                    return Connection(
                        int(words[3], 16), int(words[4].split(":")[0], 16), int(words[6], 16)
                    )
            except (ValueError, IndexError):
                continue
    return None


_End = tuple[str, int]


def _ends(connection: str) -> tuple[_End, _End] | None:
    """The peer's and the host's end."""
    try:
        peer, peer_port, local, local_port = connection.split()
        return (_plain(peer), int(peer_port)), (_plain(local), int(local_port))
    except ValueError:
        return None


def _end(text: str) -> _End:
    """`DE00A8C0:0016` → 192.168.0.222, 22: 32-bit words in the host's byte order."""
    address, port = text.split(":")
    order = "<" if sys.byteorder == "little" else ">"
    words = [int(address[at : at + 8], 16) for at in range(0, len(address), 8)]
    packed = struct.pack(f"{order}{len(words)}I", *words)
    return _plain(str(ipaddress.ip_address(packed))), int(port, 16)


def _plain(text: str) -> str:
    """Without a zone, and out of an IPv4-mapped IPv6 address (sshd listens on ::)."""
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)
