"""Netlink answers that the kernel did not send, or never would: ignored, or refused as a whole.

What is decoded of a message is what the library decodes of it, or nothing: no field is ever read
at a place where it is not.
"""

import errno
import socket
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import example, given, strategies as st

from tests.full_decoding import KINDS, ours, the_librarys
from tests.netlink_answers import DONE, ERROR, GOOD, OVERRUN, attribute, link, linkinfo, message
from xenbond_tui.errors import XenbondError
from xenbond_tui.host import rtnetlink
from xenbond_tui.host.rtdump import dump as snapshot
from xenbond_tui.host.rtevents import changed
from xenbond_tui.host.rtnetlink import Alike, attributes, dump, messages

ALL = [(kind, number) for kind, payloads in GOOD.items() for number in range(len(payloads))]
NOTHING: dict[str, Sequence[bytes]] = {kind: () for kind in KINDS}


def refused(read: Callable[[], Any]) -> bool:
    """Is it refused, and with the one error that says so?"""
    try:
        read()
    except OSError as error:
        if error.errno != errno.EBADMSG:
            raise
        return True
    return False


Datagram = tuple[bytes, list[Any], int, tuple[int, int]]


@contextmanager
def wire(monkeypatch: pytest.MonkeyPatch, *answers: bytes | Datagram) -> Iterator[None]:
    """A netlink socket, bound to port 77, on which these come in; bytes are from the kernel."""
    waiting = [item if isinstance(item, tuple) else (item, [], 0, (0, 0)) for item in answers]

    class Wire:
        bind = send = close = lambda self, *_: None

        def getsockname(self) -> tuple[int, int]:
            return 77, 0

        def recvmsg(self, size: int) -> Datagram:
            return waiting.pop(0)

    with monkeypatch.context() as patched:
        patched.setattr(rtnetlink.socket, "socket", lambda *_: Wire())
        yield
    assert not waiting, "everything was read"


DONE_NOW = message(DONE, bytes(4))


def test_only_the_kernel_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    forged = message(20, b"evil") + message(DONE, bytes(4))
    with wire(monkeypatch, (forged, [], 0, (4711, 0)), message(20, b"good"), DONE_NOW):
        assert dump(22, 20, b"") == [b"good"]


def test_an_answer_to_somebody_elses_request_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    others = message(20, b"evil", sequence=2) + message(20, b"evil", port=78)
    ends = message(DONE, bytes(4), sequence=2) + message(ERROR, b"\xff" * 4, port=78)
    with wire(monkeypatch, others + ends, message(20, b"good"), DONE_NOW):
        assert dump(22, 20, b"") == [b"good"]


def test_a_dump_of_a_table_that_changed_meanwhile_is_begun_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    half = message(20, b"half", flags=2 | 0x10)
    with wire(monkeypatch, half, DONE_NOW, message(20, b"good"), DONE_NOW):
        assert dump(22, 20, b"") == [b"good"]
    with (
        wire(monkeypatch, *(half, DONE_NOW) * 20),
        pytest.raises(OSError, match="again and again"),
    ):
        dump(22, 20, b"")


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        (message(ERROR, struct.pack("=i", -errno.EPERM) + bytes(16)), errno.EPERM),
        (message(DONE, struct.pack("=i", -errno.ENOMEM)), errno.ENOMEM),
        (message(OVERRUN, b""), errno.EBADMSG),
        ((message(20, b"good") + DONE_NOW, [], socket.MSG_TRUNC, (0, 0)), errno.EBADMSG),
        (message(20, b"good")[:-2], errno.EBADMSG),
        (message(20, b"good") + b"\0\0\0", errno.EBADMSG),
        (struct.pack("=IHHII", 15, 20, 2, 1, 77), errno.EBADMSG),
        (struct.pack("=IHHII", 0xFFFFFFFF, 20, 2, 1, 77), errno.EBADMSG),
    ],
    ids=["refused", "refused late", "lost", "cut off", "short", "rest", "no header", "too long"],
)
def test_an_answer_that_is_none_is_an_error(
    monkeypatch: pytest.MonkeyPatch, answer: bytes | Datagram, number: int
) -> None:
    with wire(monkeypatch, answer), pytest.raises(OSError, match=r"\S") as told:
        dump(22, 20, b"")
    assert told.value.errno == number


def test_the_operator_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    bad = message(16, link(2, "eth0", attribute(4, b"\0\0")))
    with wire(monkeypatch, bad, DONE_NOW, DONE_NOW), pytest.raises(XenbondError) as told:
        snapshot()
    assert "links and addresses" in str(told.value)
    assert "a number of 2 bytes, not 4" in str(told.value)
    assert "\n" not in str(told.value)


@given(st.binary(max_size=2000))
def test_any_octets_are_survived_by_every_reader(data: bytes) -> None:
    for kind in KINDS:
        refused(lambda kind=kind: ours(NOTHING | {kind: [data]}))  # type: ignore[misc]
    for read in (messages, changed):
        refused(lambda read=read: list(read(data)))  # type: ignore[misc]


@given(st.lists(st.tuples(st.integers(0, 70_000), st.binary(max_size=40)), max_size=6))
def test_lengths_never_reach_over_what_there_is(parts: list[tuple[int, bytes]]) -> None:
    data = b"".join(struct.pack("=HH", length & 0xFFFF, 7) + value for length, value in parts)
    assert refused(lambda: attributes(data)) or sum(map(len, attributes(data).values())) <= len(
        data
    )


@given(st.lists(st.lists(st.tuples(st.integers(0, 4), st.binary(max_size=9)), max_size=4)))
@example([[(1, b"eth0\0"), (2, b"a")], [(1, b"eth1\0"), (3, b"a")], [(1, b"eth2\0"), (2, b"b")]])
def test_messages_of_one_dump_are_read_as_each_alone(
    dumped: list[list[tuple[int, bytes]]],
) -> None:
    alike, wanted = Alike(0, {1, 3, 4}), range(1, 5)
    for parts in dumped:
        data = b"".join(attribute(*part) for part in parts)
        assert alike.of(data) == attributes(data, 0, {1, 3, 4})
        assert attributes(data, 0, wanted).keys() == {kind for kind, _ in parts if kind}


@given(st.binary(max_size=48), st.integers(0, 47), st.binary(max_size=4))
def test_a_length_that_lies_is_refused_behind_one_that_was_true(
    value: bytes, at: int, lie: bytes
) -> None:
    good = attribute(1, value[:8]) + attribute(2, value[8:24]) + attribute(3, value[24:])
    alike = Alike(0, {1, 3})
    assert alike.of(good) == attributes(good, 0, {1, 3})
    bad = good[:at] + lie + good[at + len(lie) :]
    if refused(lambda: attributes(bad)):
        assert refused(lambda: alike.of(bad))
    else:
        assert alike.of(bad) == attributes(bad, 0, {1, 3})


@pytest.mark.parametrize(("kind", "number"), ALL)
def test_a_message_cut_off_anywhere_is_refused_or_lacks_whole_attributes(
    kind: str, number: int
) -> None:
    payload = GOOD[kind][number]
    for end in range(len(payload)):
        _never_misread(kind, payload[:end])


@pytest.mark.parametrize(("kind", "number"), ALL)
def test_every_length_in_a_message_may_lie(kind: str, number: int) -> None:
    """Each two bytes, taken for a length: none, too short, overlapping, too long."""
    payload = GOOD[kind][number]
    for at in range(0, len(payload) - 1, 2):
        for length in (0, 1, 3, 4, 5, 8, 12, len(payload) - at, len(payload), 0x7F7F):
            _never_misread(kind, payload[:at] + struct.pack("=H", length) + payload[at + 2 :])


def _never_misread(kind: str, payload: bytes) -> None:
    """Refused, or what the library, which looks at every attribute in it, makes of it as well."""
    said = NOTHING | {kind: [payload]}
    if refused(lambda: ours(said)):
        return
    try:
        expected = the_librarys(said)
    except Exception:
        # It stumbles over some of what it need not have read.
        return
    assert ours(said) == expected


@pytest.mark.parametrize(
    "attributes_of_it",
    [
        (attribute(4, b"\xdc\5"),),
        (attribute(4, bytes(8)),),
        (attribute(10, b""),),
        (attribute(33, b"\1\0\0\0"),),
        (attribute(16, b""),),
        (attribute(18, b"\5"),),
        (attribute(18, attribute(1, b"bond")),),
        (attribute(18, attribute(1, b"bo\0nd\0")),),
        (attribute(18, attribute(1, b"vlan\0"), attribute(2, attribute(1, b"\7\0\0\0"))),),
        (attribute(18, attribute(4, b"bond\0"), attribute(5, b"\x09\0\4\0abc")),),
        (linkinfo("bond", attribute(32, b"")),),
        (linkinfo("bond", attribute(31, attribute(0, bytes(4)))),),
        (linkinfo("bond", attribute(31, struct.pack("=HH", 0xFFFF, 0) + bytes(16))),),
        (struct.pack("=HH", 3, 33),),
        (struct.pack("=HH", 200, 33) + b"\1",),
        (b"\0",),
    ],
    ids=str,
)
def test_a_value_of_another_size_refuses_the_link(attributes_of_it: tuple[bytes, ...]) -> None:
    payload = link(2, "eth0", *attributes_of_it)
    assert refused(lambda: ours(NOTHING | {"links": [payload]}))


@pytest.mark.parametrize("name", [b"", b"eth0", b"\0", b"eth\x000\0"])
def test_a_link_without_a_whole_name_is_refused(name: bytes) -> None:
    payload = struct.pack("=BxHiII", 0, 1, 2, 0x1003, 0) + attribute(3, name)
    assert refused(lambda: ours(NOTHING | {"links": [payload]}))
    assert refused(lambda: list(changed(message(16, payload))))


def test_of_two_attributes_of_a_type_the_first_counts() -> None:
    payload = link(2, "eth0", attribute(4, b"\xdc\5\0\0"), attribute(4, b"\0\0\0\0"))
    assert ours(NOTHING | {"links": [payload]})["links"][0].mtu == 1500


@example(10_000)
@given(st.integers(1, 3000))
def test_nests_of_any_depth_are_not_followed(depth: int) -> None:
    nested = b""
    for _ in range(min(depth, 16_000)):
        nested = struct.pack("=HH", 4 + len(nested), 18 | 0x8000) + nested
    payload = link(2, "eth0", nested)
    assert ours(NOTHING | {"links": [payload]})["links"][0].kind == ""
