"""Waiting for a person: requests are read, the clock runs, at its end the change is rolled back.

The monotonic clock decides, so setting the date neither shortens nor lengthens the time.
"""

from collections.abc import Callable

from xenbond_tui.apply import transaction
from xenbond_tui.apply.requests import Ask, Request, take
from xenbond_tui.apply.store import State, Store
from xenbond_tui.machine import Machine

POLL_S = 0.2
"""Seconds between two looks at the requests."""


class StopError(Exception):
    """The change is to be rolled back; says why."""


class Countdown:
    """What can end one transaction before it is kept."""

    def __init__(self, machine: Machine, id: str) -> None:
        self._machine = machine
        self._id = id
        self._requests = Store(machine).path(id, "requests")
        self._stop = ""

    def stop(self, reason: str) -> None:
        """Roll back as soon as possible; may be called by a signal handler."""
        self._stop = reason

    def check(self) -> None:
        """Between steps, while nothing can be kept yet.

        Raises:
            StopError: it was asked for.
        """
        self._asked()

    def pause(self, seconds: float) -> None:
        """Wait, between looks at something that takes time.

        Raises:
            StopError: a rollback was asked for meanwhile.
        """
        self._machine.clock.sleep(seconds)
        self.check()

    def run(self, seconds: float, moved: Callable[[float], None]) -> None:
        """Returns when the change was confirmed.

        Args:
            seconds: How long.
            moved: Told how many seconds are left, at the beginning and at each extension.

        Raises:
            StopError: nobody did in time, or a rollback was asked for.
            XenbondError: the state can't be noted.
        """
        clock = self._machine.clock
        deadline = clock.monotonic() + seconds
        self._note(deadline)
        moved(seconds)
        while True:
            asked = self._asked()
            if any(item.ask is Ask.CONFIRM for item in asked):
                return
            more = sum(item.seconds for item in asked if item.ask is Ask.EXTEND)
            if more:
                deadline += more
                # Noted first: who asked reads it as soon as the request is taken.
                self._note(deadline)
                moved(deadline - clock.monotonic())
            if clock.monotonic() >= deadline:
                raise StopError("nobody confirmed it in time.")
            clock.sleep(POLL_S)

    def _asked(self) -> tuple[Request, ...]:
        asked = take(self._requests)
        if self._stop or any(item.ask is Ask.ROLLBACK for item in asked):
            raise StopError(self._stop or "the operator asked for it.")
        return asked

    def _note(self, deadline: float) -> None:
        transaction.reach(self._machine, self._id, State.ACTIVE, deadline=deadline)
