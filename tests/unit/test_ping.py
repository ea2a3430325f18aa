"""Echo requests at a steady pace, on a real kernel in a namespace of its own."""

import struct

import pytest
from private_netns import in_private_netns

from xenbond_tui.host import ping

SCRIPT = """
import os, threading
from xenbond_tui.host.ping import EchoPinger

ip("link set lo up")

def answered(pinger, number):
    def enough():
        found = [probe for probe in pinger.probes() if probe.answered is not None]
        return found if len(found) >= number else None
    return until(enough)
"""


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_answers_come_and_stopping_is_quick_and_leaves_nothing_open(address: str) -> None:
    told = in_private_netns(
        SCRIPT
        + f"""
before = os.listdir("/proc/self/fd")
pinger = EchoPinger({address!r}, "lo", 0.02, time.monotonic)
found = answered(pinger, 5)
slow = EchoPinger({address!r}, "lo", 3600, time.monotonic)
answered(slow, 1)
slow.stop(), slow.stop(), pinger.stop()
tell([min(p.answered - p.sent for p in found), threading.active_count() - 1,
      len(os.listdir("/proc/self/fd")) - len(before)])
"""
    )
    rtt, running, left_open = told
    assert 0 <= rtt < 0.02
    assert running == 0, "the slow one did not wait until its hour is over"
    assert left_open == 0


def test_who_reads_an_answer_late_still_knows_when_it_came() -> None:
    rtts = in_private_netns(
        SCRIPT
        + """
EchoPinger.read_late = EchoPinger._receive
EchoPinger._receive = lambda self: (time.sleep(0.3), self.read_late())
pinger = EchoPinger("127.0.0.1", "lo", 0.02, time.monotonic)
found = answered(pinger, 6)
pinger.stop()
tell([probe.answered - probe.sent for probe in found])
"""
    )
    # The very first ones may come before the kernel begins to take times.
    assert min(rtts) >= 0
    assert sorted(rtts)[len(rtts) // 2] < 0.1, rtts


def test_a_wall_clock_that_was_set_meanwhile_is_not_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ping.time, "time", lambda: 1000.0)

    def stamped(at: float) -> float:
        stamp = struct.pack("@ll", int(at), int(at % 1 * 1e9))
        return ping._lay([(1, ping._SO_TIMESTAMPNS, stamp)])

    assert stamped(999.75) == pytest.approx(0.25)
    assert stamped(1000.5) == 0.0
    assert stamped(10.0) == 0.0
    assert ping._lay([]) == 0.0


def test_a_link_that_is_not_there_is_named() -> None:
    told = in_private_netns(
        SCRIPT
        + """
from xenbond_tui.errors import XenbondError
try:
    EchoPinger("127.0.0.1", "gone", 1.0, time.monotonic)
except XenbondError as error:
    tell(str(error))
"""
    )
    assert "127.0.0.1: can't be probed by gone" in told
