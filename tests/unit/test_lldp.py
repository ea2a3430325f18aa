"""LLDP: what switches tell of their ports, and that frames reach a listener on a slave."""

import struct

import pytest
from hypothesis import given, strategies as st
from private_netns import in_private_netns

from xenbond_tui.facts.link import SwitchPort
from xenbond_tui.host.lldp_frame import Heard, parse

HEADER = bytes.fromhex("0180c200000e001b2100000188cc")


def tlv(kind: int, value: bytes) -> bytes:
    return struct.pack("!H", kind << 9 | len(value)) + value


def frame(*values: bytes) -> bytes:
    return HEADER + b"".join(values) + tlv(0, b"")


CHASSIS = tlv(1, b"\x04" + bytes.fromhex("001b21000001"))
PORT = tlv(2, b"\x05Gi1/0/12")
TTL = tlv(3, struct.pack("!H", 120))
NAME = tlv(5, b"sw1")


def port_of(*values: bytes) -> SwitchPort:
    heard = parse(frame(*values))
    assert heard is not None
    return heard.port


def test_switch_and_port() -> None:
    port = SwitchPort("00:1b:21:00:00:01", "Gi1/0/12", "sw1")
    assert parse(frame(CHASSIS, PORT, TTL, NAME)) == Heard((CHASSIS[2:], PORT[2:]), 120, port)


def test_a_port_that_is_only_a_mac_is_called_by_its_description() -> None:
    mac = tlv(2, b"\x03" + bytes.fromhex("001b21000033"))
    assert port_of(CHASSIS, mac, TTL, tlv(4, b"Port 12")).port == "Port 12"
    bare = port_of(CHASSIS, mac, TTL)
    assert (bare.port, bare.switch) == ("00:1b:21:00:00:33", "00:1b:21:00:00:01")


def test_a_chassis_may_be_an_address() -> None:
    assert port_of(tlv(1, b"\x05\x01\xc0\xa8\x00\x02"), PORT, TTL).chassis == "192.168.0.2"


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        HEADER,
        frame(CHASSIS, PORT),
        frame(CHASSIS, PORT, TTL)[:30],
        HEADER.replace(b"\x88\xcc", b"\x08\x00") + CHASSIS + PORT + TTL,
    ],
    ids=["empty", "no values", "no time to live", "cut off", "another protocol"],
)
def test_what_is_no_switch_port(broken: bytes) -> None:
    assert parse(broken) is None


def test_what_a_switch_says_is_harmless_on_a_terminal() -> None:
    assert port_of(CHASSIS, PORT, TTL, tlv(5, b"sw\x1b[2J1\n")).system.isprintable()


@given(st.binary(max_size=200))
def test_any_frame_is_survived(rest: bytes) -> None:
    parse(HEADER + rest)


def test_frames_reach_a_listener() -> None:
    told = in_private_netns(
        f"""
        ip("link add eth0 type veth peer name sw0")
        up("eth0", "sw0")
        import socket
        from xenbond_tui.host.lldp import LldpListener
        listener = LldpListener(["eth0", "eth7"], time.monotonic)
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        wire.bind(("sw0", 0))
        wire.send(bytes.fromhex("{frame(CHASSIS, PORT, TTL, NAME).hex()}"))
        until(listener.neighbours)
        found = {{link: asdict(port) for link, port in listener.neighbours().items()}}
        listener.stop()
        tell(found)
        """
    )
    port = {"chassis": "00:1b:21:00:00:01", "port": "Gi1/0/12", "system": "sw1", "others": []}
    assert told == {"eth0": port}
