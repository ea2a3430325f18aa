"""The operator's connection found among the kernel's, in every spelling of both ends."""

import os
import socket
from pathlib import Path

import pytest

from xenbond_tui.apply.tcp_session import Connection, find, is_established, local_address
from xenbond_tui.host.tree import RootedTree

HEAD = "  sl  local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid\n"
V4 = "   1: DE00A8C0:0016 0500000A:C822 01 00000040:00000000 01:00000014 00000003 0\n"
LOADED = V4.replace("00000040:", "0000001A:").replace("00000003", "00000010")
V6 = (
    "   0: B80D0120000000000000000001000000:0016 "
    "B80D0120000000000000000002000000:C822 01 00000000:00000000 02:00000014 00000000 0\n"
)
MAPPED = (
    "   0: 0000000000000000FFFF0000DE00A8C0:0016 "
    "0000000000000000FFFF00000500000A:C822 01 00000000:00000000 02:00000014 00000000 0\n"
)


def tree(root: Path, tcp: str = "", tcp6: str = "") -> RootedTree:
    (root / "proc/net").mkdir(parents=True)
    for name, text in (("tcp", tcp), ("tcp6", tcp6)):
        (root / "proc/net" / name).write_text(HEAD + text)
    return RootedTree(os.fspath(root))


@pytest.mark.parametrize(
    ("tcp", "tcp6", "connection", "found"),
    [
        (V4, "", "10.0.0.5 51234 192.168.0.222 22", Connection(1, 64, 3)),
        ("", MAPPED, "10.0.0.5 51234 192.168.0.222 22", Connection(1, 0, 0)),
        ("", MAPPED, "::ffff:10.0.0.5 51234 ::ffff:192.168.0.222 22", Connection(1, 0, 0)),
        ("", V6, "2001:db8::2 51234 2001:db8::1 22", Connection(1, 0, 0)),
        ("", V6, "2001:db8::2%eth0 51234 2001:db8::1%eth0 22", Connection(1, 0, 0)),
        (LOADED, "", "10.0.0.5 51234 192.168.0.222 22", Connection(1, 0x1A, 0x10)),
        (V4, "", "10.0.0.5 51235 192.168.0.222 22", None),
        (V4, "", "10.0.0.6 51234 192.168.0.222 22", None),
        ("garbage\n 1: x y\n" + V4, "", "10.0.0.5 51234 192.168.0.222 22", Connection(1, 64, 3)),
        (V4, "", "", None),
        (V4, "", "not a connection at-all", None),
        (V4, "", "UNKNOWN 65535 UNKNOWN 65535", None),
    ],
)
def test_find(
    tmp_path: Path, tcp: str, tcp6: str, connection: str, found: Connection | None
) -> None:
    assert find(tree(tmp_path, tcp, tcp6), connection) == found


def test_host_without_the_list_knows_of_none(tmp_path: Path) -> None:
    assert not is_established(RootedTree(os.fspath(tmp_path)), "10.0.0.5 51234 192.168.0.222 22")


def test_local_address() -> None:
    assert local_address("10.0.0.5 51234 ::ffff:192.168.0.222 22") == "192.168.0.222"
    assert local_address("nonsense") == ""


def test_a_real_connection_of_this_kernel() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname()) as client:
            there, _ = server.accept()
            peer, local = client.getsockname(), server.getsockname()
            connection = f"{peer[0]} {peer[1]} {local[0]} {local[1]}"
            assert find(RootedTree(""), connection) == Connection(1, 0, 0)
            assert is_established(RootedTree(""), connection)
            there.close()
        assert not is_established(RootedTree(""), connection)
