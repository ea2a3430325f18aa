"""One slave's turn: fail it, see the others take over, let it come back, see what happens then."""

from collections.abc import Callable

from xenbond_tui.apply.progress import ProgressWriter
from xenbond_tui.drill import restore
from xenbond_tui.drill.model import How, Outage, Round
from xenbond_tui.drill.outage import first_answer, outage
from xenbond_tui.drill.refusals import returns_to
from xenbond_tui.drill.sight import LOOK_EVERY_S, Sight, order
from xenbond_tui.effects import Pinger
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.bond import MODES_WITH_ACTIVE_SLAVE
from xenbond_tui.health.announcer import announce_quietly, guests_of, make_active
from xenbond_tui.health.model import HealthState
from xenbond_tui.machine import Machine

PULL_WITHIN_S = 180.0
"""Seconds a person may take to walk to a cable."""
MAX_SILENCE_S = 5.0
"""Seconds without an answer after which a round is over and everything is put back."""
CALM_S = 1.0
"""Seconds of answers that end a change-over."""
_SLACK_S = 5.0
"""Seconds a bond may take beyond its own delays."""


class StoppedError(Exception):
    """Somebody asked the drill to stop, or who guards it is gone."""


class Turn:
    """One round of a drill.

    `check` raises StoppedError when the drill shall end.
    """

    def __init__(
        self,
        machine: Machine,
        state: HealthState,
        slave: str,
        how: How,
        pinger: Pinger,
        progress: ProgressWriter,
        check: Callable[[], None],
    ) -> None:
        self._machine, self._state, self._slave, self._how = machine, state, slave, how
        self._pinger, self._progress, self._check = pinger, progress, check
        self._has_active = state.bond.mode in MODES_WITH_ACTIVE_SLAVE
        self._others = [item.name for item in state.up if item.name != slave]
        self._sight = Sight(machine, state.bond.name, slave)
        self._guests = guests_of(machine, state)
        self._asked = ""

    def play(self) -> Round:
        """The whole turn. A failure of the bond is in the round's `problem`.

        Raises:
            StoppedError: it was asked to.
            XenbondError: the kernel refused.
        """
        self._make_active()
        since = self._machine.clock.monotonic()
        self._wait(
            lambda: self._answers_since(since), CALM_S + MAX_SILENCE_S, f"{self._slave} carries"
        )
        self._sight = Sight(self._machine, self._state.bond.name, self._slave)
        began = self._fail()
        away, problem = self._taken_over(began)
        took_over = self._sight.active if self._has_active else None
        seen = list(self._sight.seen)
        if answered := first_answer(self._pinger.probes(began), seen[0][1] if seen else began):
            seen.append(("first answer", answered))
        back = Outage(0, 0, 0.0)
        if not problem or self._how is How.PULL:
            back, trouble = self._come_back()
            problem = problem or trouble
            # Measured; where the primary took over again, no switch has seen that.
            announce_quietly(self._machine, self._state.bond.name, self._guests)
        return Round(self._slave, away, back, order(seen), took_over, problem)

    def _make_active(self) -> None:
        """Pulling a slave that carries nothing shows nothing."""
        bond = self._state.bond.name
        if self._has_active and self._sight.active != self._slave:
            self._progress.begin(f"make {self._slave} the active slave first")
            make_active(self._machine, bond, self._slave, self._guests)
            self._progress.end("ok")

    def _fail(self) -> float:
        kernel, bond = self._machine.writer(), self._state.bond.name
        began = self._machine.clock.monotonic()
        if self._how is How.SWITCH:
            self._progress.begin(f"make {self._others[0]} the active slave")
            make_active(self._machine, bond, self._others[0], self._guests)
        elif self._how is How.LINK_DOWN:
            self._progress.begin(f"set {self._slave} down")
            kernel.set_link(self._slave, up=False)
        else:
            self._progress.begin(f"wait for the cable of {self._slave} to be pulled")
            self._wait(self._is_pulled, PULL_WITHIN_S, f"the cable of {self._slave} is out")
            self._progress.message(f"The cable of {self._slave} is out. Leave it out.")
            # The probes of the second before tell whether it was the pull that cut the answers.
            began = self._machine.clock.monotonic() - CALM_S
        self._progress.end("ok")
        return began

    def _is_pulled(self) -> bool:
        """Says so when it is another slave's cable that was pulled."""
        out = [name for name in self._others if self._sight.has_carrier(name) is False]
        say = f"Pull the cable of {self._slave} now."
        if out:
            wrong = " and ".join(out)
            say = f"That is the cable of {wrong}. Put it back, then pull that of {self._slave}."
        if say != self._asked:
            self._asked = say
            self._progress.message(say)
        return self._sight.carrier is False

    def _taken_over(self, began: float) -> tuple[Outage, str]:
        self._progress.begin("see who takes over")
        away, problem = self._settled(began, self._is_away)
        if not problem and self._has_active and self._sight.active in (None, self._slave):
            problem = f"{self._slave} is still the active slave."
        self._progress.end("failed" if problem else "ok", problem or told(away))
        return away, problem

    def _is_away(self) -> bool:
        if self._has_active:
            return self._sight.active not in (None, self._slave)
        return not self._sight.up

    def _come_back(self) -> tuple[Outage, str]:
        """The slave comes back; the answers must go on, and the active slave be the right one."""
        kernel, bond = self._machine.writer(), self._state.bond
        other = self._sight.active if self._has_active else None
        began = self._machine.clock.monotonic()
        if self._how is How.SWITCH:
            self._progress.begin(f"make {self._slave} the active slave again")
            make_active(self._machine, bond.name, self._slave, self._guests)
            wanted: str | None = self._slave
        else:
            wanted = returns_to(self._state, self._slave, other)
            if self._how is How.LINK_DOWN:
                self._progress.begin(f"set {self._slave} up again")
                kernel.set_link(self._slave, up=True)
            else:
                self._progress.message(f"Put the cable of {self._slave} back.")
                self._progress.begin(f"wait for the cable of {self._slave} to be back")
                self._wait_for_cable()
                self._progress.message(f"The cable of {self._slave} is back.")
                began = self._machine.clock.monotonic() - CALM_S
        self._progress.end("ok")
        self._progress.begin(f"see {self._slave} come back")
        back, problem = self._settled(began, lambda: self._sight.up and self._is_right(wanted))
        if not self._sight.up:
            problem = problem or f"{self._slave} did not come up again for the bond."
        elif not self._is_right(wanted):
            problem = problem or (
                f"The active slave is {self._sight.active or 'none'}, but primary and "
                f"primary_reselect ask for {wanted}."
            )
        self._progress.end("failed" if problem else "ok", problem or told(back))
        return back, problem

    def _is_right(self, wanted: str | None) -> bool:
        return not self._has_active or self._sight.active == wanted

    def _settled(self, began: float, done: Callable[[], bool]) -> tuple[Outage, str]:
        """Wait until `done` and answers have been calm again for a while; the outage meanwhile."""
        bond = self._state.bond
        delays = ((bond.updelay or 0) + (bond.downdelay or 0) + 3 * (bond.miimon or 0)) / 1000
        until = self._machine.clock.monotonic() + delays + _SLACK_S
        calm_since: float | None = None
        while True:
            self._pause()
            now = self._machine.clock.monotonic()
            if not done():
                calm_since = None
            elif calm_since is None:
                calm_since = now
            if calm_since is not None and self._answers_since(calm_since):
                return self._outage(began), ""
            seen = self._outage(began)
            if not seen.ended and seen.ms > MAX_SILENCE_S * 1000:
                return self._outage(began), self._silent(seen.ms / 1000)
            if now > until + CALM_S:
                lossy = "Answers kept being lost."
                return seen, lossy if done() else "The bond did not do it in time."

    def _silent(self, seconds: float) -> str:
        """Nothing is heard: put everything back now, whatever else was planned; tells of it."""
        through = self._sight.active if self._has_active else " and ".join(self._others)
        if self._how is How.PULL and self._sight.carrier is False:
            self._progress.message(f"Nothing is heard! Put the cable of {self._slave} back now.")
            self._wait_for_cable()
        done = restore.put_back(self._machine)
        back = f" Put back at once: {done}." if done else ""
        return f"No answer for {seconds:.1f} s through {through or 'any slave'}.{back}"

    def _answers_since(self, since: float) -> bool:
        """Were all probes of `CALM_S` seconds from then on answered?"""
        if self._machine.clock.monotonic() < since + CALM_S:
            return False
        now = self._machine.clock.monotonic()
        recent = [p for p in self._pinger.probes(now - CALM_S) if p.sent < now - CALM_S / 4]
        return bool(recent) and all(probe.answered is not None for probe in recent)

    def _outage(self, began: float) -> Outage:
        probes = self._pinger.probes(began - CALM_S)
        return outage(probes, self._machine.clock.monotonic(), began)

    def _wait_for_cable(self) -> None:
        plugged = f"the cable of {self._slave} is in"
        self._wait(lambda: bool(self._sight.carrier), PULL_WITHIN_S, plugged)

    def _wait(self, done: Callable[[], bool], seconds: float, what: str) -> None:
        until = self._machine.clock.monotonic() + seconds
        while not done():
            if self._machine.clock.monotonic() > until:
                raise XenbondError(f"Not so in {seconds:.0f} s: {what}.")
            self._pause()

    def _pause(self) -> None:
        self._check()
        self._sight.look()
        self._machine.clock.sleep(LOOK_EVERY_S)


def told(seen: Outage) -> str:
    """An outage in words."""
    if not seen.lost:
        return f"no probe of {seen.sent} lost"
    return f"{seen.ms:.0f} ms without answer, {seen.lost} of {seen.sent} probes lost"
