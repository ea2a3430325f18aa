"""The lab counts the pings that were lost, and not the one that was on its way at the end."""

from tests.lab.guest import read_pings

ANSWERED = "[{0}.02] 64 bytes from 192.168.0.222: icmp_seq={0} ttl=64 time=0.1 ms\n"
LATE = "[{0}.04] no answer yet for icmp_seq={0}\n"
END = "\n--- 192.168.0.222 ping statistics ---\n{} packets transmitted, {} received\n"


def test_one_that_was_on_its_way_when_the_ping_was_ended_is_not_lost() -> None:
    pings = read_pings(ANSWERED.format(1) + ANSWERED.format(2) + END.format(3, 2))
    assert (pings.sent, pings.received, pings.lost, pings.missing) == (2, 2, 0, ())


def test_one_that_ping_has_told_to_be_late_is_lost() -> None:
    pings = read_pings(ANSWERED.format(1) + LATE.format(2) + ANSWERED.format(3) + END.format(3, 2))
    assert (pings.sent, pings.lost) == (3, 1)
    assert pings.missing == ((1.02, 2.04),)


def test_silence_at_the_end_is_lost_but_for_the_last_one() -> None:
    pings = read_pings(ANSWERED.format(1) + LATE.format(2) + LATE.format(3) + END.format(4, 1))
    assert (pings.sent, pings.lost) == (3, 2)
