"""The detached process of a drill: two processes that guard each other.

The child plays the drill; the parent waits for it, and puts everything back when it dies before
it could. When the parent dies the child sees it within a look, stops and puts back. Should both
be killed at once, systemd (ExecStopPost) or the next xenbond does it from `restore.json`.
"""

import os
import signal
from contextlib import suppress
from types import FrameType

from xenbond_tui.apply.progress import ProgressWriter
from xenbond_tui.drill import restore
from xenbond_tui.drill.directories import Drills
from xenbond_tui.drill.model import How, Report, Result, Round
from xenbond_tui.drill.refusals import refusal
from xenbond_tui.drill.report import keep, unseen
from xenbond_tui.drill.rounds import CALM_S, StoppedError, Turn
from xenbond_tui.effects import Pinger
from xenbond_tui.errors import EXIT_REFUSED, XenbondError
from xenbond_tui.facts.bond import MODES_WITH_ACTIVE_SLAVE
from xenbond_tui.health import place
from xenbond_tui.health.event import Event
from xenbond_tui.health.failures import DRILL_STARTED
from xenbond_tui.health.model import HealthState
from xenbond_tui.health.record import EventRecord
from xenbond_tui.health.state import read_state
from xenbond_tui.health.verdict import judge
from xenbond_tui.host.system import read_system
from xenbond_tui.machine import Machine

PROBE_EVERY_S = 0.02
"""Seconds between two probes."""
_KILLED = "The drill was killed; what it had changed was put back."


def run_drill(machine: Machine, id: str) -> int:
    """Play a drill to its end; 0 when it passed."""
    drills = Drills(machine)
    if not drills.lock.take(machine.clock, wait=2.0):
        return EXIT_REFUSED
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        code = EXIT_REFUSED
        try:
            code = _Drill(machine, id, parent).run()
        finally:
            # Nothing of the parent's is to be run by the child.
            os._exit(code)
    signal.signal(signal.SIGTERM, lambda number, frame: drills.ask_to_stop(id))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status):
        return os.WEXITSTATUS(status)
    put_back(machine, id)
    return EXIT_REFUSED


def put_back(machine: Machine, id: str) -> None:
    """What a drill left whose player is gone; the report says so. Doing it twice does no harm."""
    if restore.read(machine) is None:
        return
    progress = ProgressWriter(Drills(machine).path(id, "progress.jsonl"), machine.clock)
    try:
        restored = restore.put_back(machine)
    except XenbondError as error:
        progress.message(f"The drill was killed, and putting back failed: {error}")
        raise
    _finish(machine, id, (), Result.STOPPED, _KILLED, restored)
    progress.message(_KILLED)


def _finish(
    machine: Machine,
    id: str,
    rounds: tuple[Round, ...],
    result: Result,
    text: str,
    restored: str,
    mode: str = "",
) -> None:
    bond, how, target, started = Drills(machine).order(id)
    state = machine.kernel.bond(bond)
    mode = mode or (state.mode if state is not None else "")
    name = read_system(machine.tree).hostname
    report = Report(
        *(id, bond, mode, how, target, PROBE_EVERY_S, started, name, result, text, rounds, restored)
    )
    keep(machine, report)
    _record(machine, bond, f"drill-{result}", f"drill {result}: {text}")


def _record(machine: Machine, bond: str, code: str, text: str) -> None:
    now = machine.clock
    EventRecord(machine, bond).append([Event(now.now(), code, text, None, now.monotonic())])


class _Drill:
    """The player."""

    def __init__(self, machine: Machine, id: str, parent: int) -> None:
        self._machine, self._id, self._parent = machine, id, parent
        self._drills = Drills(machine)
        self._bond, self._how, self._target, _ = self._drills.order(id)
        self._progress = ProgressWriter(self._drills.path(id, "progress.jsonl"), machine.clock)
        self._rounds: list[Round] = []
        self._mode = ""
        self._stop = ""

    def run(self) -> int:
        """Every round, then everything back, then the report; whatever happens on the way."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._asked)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        result, text = Result.STOPPED, "It was stopped."
        try:
            result, text = self._play()
        except StoppedError as stop:
            text = str(stop)
        except XenbondError as error:
            text = str(error)
        # The bond must be as it was, our own mistakes included.
        except Exception as error:
            text = f"An unforeseen error, {type(error).__name__}: {error}"
        restored = self._put_back()
        with suppress(XenbondError):
            rounds = tuple(self._rounds)
            _finish(self._machine, self._id, rounds, result, text, restored, self._mode)
        self._progress.message(f"{result.upper()}: {text}")
        return 0 if result is Result.PASSED else EXIT_REFUSED

    def _play(self) -> tuple[Result, str]:
        state = read_state(self._machine, self._bond)
        why = "It is gone." if state is None else refusal(state, judge(state), self._how)
        if state is None or why is not None:
            raise XenbondError(why or "")
        self._mode = state.bond.mode
        slaves = [slave.name for slave in state.up]
        down = tuple(slaves) if self._how is How.LINK_DOWN else ()
        has_active = state.bond.mode in MODES_WITH_ACTIVE_SLAVE
        active = state.bond.active_slave if has_active else None
        restore.note(self._machine, self._bond, active, down)
        _record(self._machine, self._bond, DRILL_STARTED, "drill started")
        pinger = self._machine.kernel.ping(self._target, state.behind, PROBE_EVERY_S)
        try:
            self._baseline(pinger)
            self._refuse_inside(state)
            for name in sorted(slaves, key=lambda name: name != active):
                self._progress.message(f"{name}'s turn.")
                turn = Turn(
                    *(self._machine, state, name, self._how, pinger, self._progress, self._check)
                )
                self._rounds.append(turn.play())
                self._refuse_inside(state)
                if self._rounds[-1].problem:
                    return Result.FAILED, f"{name}: {self._rounds[-1].problem}"
        finally:
            pinger.stop()
        return Result.PASSED, _passed(state, self._rounds)

    def _baseline(self, pinger: Pinger) -> None:
        """What does not answer now can't show an outage."""
        self._progress.begin(f"{self._target} answers every probe")
        self._pause(CALM_S + 0.5)
        since = self._machine.clock.monotonic() - CALM_S - 0.25
        asked = [p for p in pinger.probes() if since <= p.sent < since + CALM_S]
        answered = sum(probe.answered is not None for probe in asked)
        if not asked or answered < len(asked):
            self._progress.end("failed", f"{answered} of {len(asked)}")
            raise XenbondError(
                f"{self._target} answers {answered} of {len(asked)} probes already now: no outage "
                "could be told from that. Name an address that always answers with --probe."
            )
        self._progress.end("ok", f"{answered} of {len(asked)}")

    def _refuse_inside(self, state: HealthState) -> None:
        """A guest that answers in the target's place answers whatever the cables do."""
        why = place.refusal(self._machine, state, self._target)
        if why is not None:
            raise XenbondError(
                f"{why} No outage can be told from that. Name an address outside with --probe."
            )

    def _pause(self, seconds: float) -> None:
        until = self._machine.clock.monotonic() + seconds
        while self._machine.clock.monotonic() < until:
            self._check()
            self._machine.clock.sleep(0.02)

    def _check(self) -> None:
        if self._stop or self._drills.asked_to_stop(self._id):
            raise StoppedError(self._stop or "Somebody stopped it.")
        if os.getppid() != self._parent:
            raise StoppedError("The process that guards it was killed.")

    def _asked(self, number: int, frame: FrameType | None) -> None:
        self._stop = "The host asked the background process to end."

    def _put_back(self) -> str:
        self._progress.begin("everything as it was")
        try:
            restored = restore.put_back(self._machine)
        except XenbondError as error:
            self._progress.end("failed", str(error))
            return f"FAILED: {error}"
        self._progress.end("ok", restored)
        return restored


def _passed(state: HealthState, rounds: list[Round]) -> str:
    worst = max((max(item.away.ms, item.back.ms) for item in rounds), default=0.0)
    longest = f"{worst:.0f} ms" if worst else f"less than {PROBE_EVERY_S * 1000:.0f} ms"
    return (
        f"Each of {len(rounds)} slaves failed in turn, and {state.behind} stayed reachable. "
        f"Longest time without an answer: {longest}.{unseen(state)}"
    )
