"""How long something is waited for."""

import time
from collections.abc import Callable


class Limit:
    """Seconds from now, without those for which what is waited for had no processor.

    A busy machine makes an emulated one slow, and nothing of what it shall do is at fault.
    """

    def __init__(self, seconds: float, stalled: Callable[[], float]) -> None:
        """`stalled` tells for how many seconds it has had none so far."""
        self._stalled = stalled
        self._at = time.monotonic() + seconds - stalled()

    @property
    def left(self) -> float:
        """Seconds until it is over, should it have a processor all the time; 0 when it is."""
        return max(0.0, self._at + self._stalled() - time.monotonic())

    @property
    def over(self) -> bool:
        return not self.left
