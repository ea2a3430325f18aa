"""The host's clocks."""

import time


class SystemClock:
    """Real time (effects.Clock)."""

    def now(self) -> float:
        """Wall clock, seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since boot, suspended time included; the same in every process."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def sleep(self, seconds: float) -> None:
        """Wait; no time at all for a span that is over already."""
        time.sleep(max(0.0, seconds))
