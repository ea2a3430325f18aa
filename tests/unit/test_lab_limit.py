"""The lab waits in the time of what it waits for."""

import time

import pytest

from tests.lab import limit
from tests.lab.limit import Limit


def test_what_somebody_had_no_processor_for_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    now, stalled = [1000.0], [7.0]
    monkeypatch.setattr(limit.time, "monotonic", lambda: now[0])
    waiting = Limit(60.0, lambda: stalled[0])
    assert waiting.left == 60.0
    now[0] += 59.0
    stalled[0] += 40.0
    assert waiting.left == 41.0
    now[0] += 42.0
    assert waiting.over
    stalled[0] += 10.0
    assert not waiting.over


def test_who_has_one_all_the_time_is_waited_for_as_long_as_is_said() -> None:
    began = time.monotonic()
    waiting = Limit(0.05, float)
    while not waiting.over:
        time.sleep(waiting.left)
    assert time.monotonic() - began >= 0.05
