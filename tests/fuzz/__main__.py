"""`make fuzz`: readers and editors get text nobody expects, for as many seconds as wished."""

import sys
import time

from hypothesis import HealthCheck, given, seed, settings, strategies as st

from tests.fuzz.readers import READERS, hold
from tests.fuzz.texts import ANYTHING, near

EXAMPLES = 50
"""Of one reader, before the next one has its turn."""
EVERY = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=False,
    suppress_health_check=[*HealthCheck],
)


def main(seconds: float) -> None:
    """Try until the time is over; the first text that is not held ends it, as short as can be.

    Other texts each day, the same ones on one day: what a run finds is found again.
    """
    until, tried, number = time.monotonic() + seconds, 0, int(time.time() // 86400) * 1_000_000
    while time.monotonic() < until:
        for reader in READERS:
            for texts in (near(reader), ANYTHING):
                _try(reader, texts, number)
                tried += EXAMPLES
                number += 1
    print(f"{tried} texts, {len(READERS)} readers: none lost a byte or stopped one")


def _try(reader: str, texts: st.SearchStrategy[str], number: int) -> None:
    @seed(number)
    @EVERY
    @given(texts)
    def held(text: str) -> None:
        hold(reader, text)

    held()


if __name__ == "__main__":
    main(float(sys.argv[1]))
