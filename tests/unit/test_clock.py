"""The clock a countdown and its detached worker share."""

import subprocess
import sys

from xenbond_tui.host.clock import SystemClock


def test_two_processes_see_the_same_monotonic_time():
    ask = "from xenbond_tui.host.clock import SystemClock; print(SystemClock().monotonic())"
    before = SystemClock().monotonic()
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert before <= float(done.stdout) <= SystemClock().monotonic()


def test_a_span_that_is_over_takes_no_sleep():
    SystemClock().sleep(-1.0)
