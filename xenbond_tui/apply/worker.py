"""The detached process that carries a transaction out, waits for a person, else rolls it back."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from xenbond_tui.apply import (
    boot_guard,
    durable,
    network,
    probes,
    readback,
    surroundings,
    transaction,
)
from xenbond_tui.apply.countdown import Countdown, StopError
from xenbond_tui.apply.lock import Lock
from xenbond_tui.apply.news import announce
from xenbond_tui.apply.nm_checkpoint import NmCheckpoint, longest
from xenbond_tui.apply.progress import ProgressWriter
from xenbond_tui.apply.recover import ACTIVATING, put_back_files, stand_down, touched_network
from xenbond_tui.apply.retention import prune
from xenbond_tui.apply.steps import Steps, touches_network
from xenbond_tui.apply.store import State, Store
from xenbond_tui.apply.surroundings import Sysctls
from xenbond_tui.errors import EXIT_REFUSED, XenbondError
from xenbond_tui.host import door
from xenbond_tui.machine import Machine
from xenbond_tui.plan.plan import Step

_SECOND = "a second clock: NetworkManager's checkpoint"
_NOT_ROLLED_BACK = "COULD NOT BE ROLLED BACK COMPLETELY"
_FILES_BACK = "Every file is as it was before."
_ADVICE = "Repair that yourself, or have it tried again with `xenbond recover`."
_SETTLE_S = 10.0
"""Seconds the old network may take to be back before it is repaired by netlink."""


def run_worker(machine: Machine, id: str, *, rollback: bool = False) -> int:
    """Carry out one transaction to its end.

    Args:
        machine: The host.
        id: The transaction, prepared.
        rollback: Only roll back what a worker that died has left.

    Returns:
        0 when it was confirmed, 2 when it was rolled back or failed.
    """
    store = Store(machine)
    lock = Lock(store.path(id, "worker.lock"))
    if not lock.take(machine.clock, wait=5.0):
        return EXIT_REFUSED
    try:
        record = store.record(id)
        if not record.is_open or (not rollback and record.state is not State.PREPARED):
            return EXIT_REFUSED
        try:
            worker = _Worker(machine, id)
        except XenbondError as error:
            untouched = not touched_network(store, id)
            text = f"Only the files were put back: {error}"
            put_back_files(machine, id, text, complete=untouched)
            if not untouched:
                announce(machine, f"the network change {id} {_NOT_ROLLED_BACK}: {text}")
            return EXIT_REFUSED
        return worker.resume_rollback() if rollback else worker.run()
    finally:
        stand_down(machine)
        prune(store)
        lock.release()


class _Worker:
    def __init__(self, machine: Machine, id: str) -> None:
        self._machine = machine
        self._id = id
        self._store = Store(machine)
        self._plan = self._store.plan(id)
        self._header = self._store.header(id)
        self._progress = ProgressWriter(self._store.path(id, "progress.jsonl"), machine.clock)
        self._countdown = Countdown(machine, id)
        self._second = NmCheckpoint(machine, self._store.path(id), self._plan)
        self._displaced: list[str] = []
        self._sysctls = Sysctls(machine.writer, self._store.path(id, "sysctls.json"))
        before = network.read_snapshot(self._store.path(id, "network.json"))
        self._surroundings = surroundings.read(self._store.path(id, "surroundings.json"))
        expected = self._plan.expected
        self._there = network.Target(before)
        self._aim = expected
        if self._header.undoes:
            expected = self._store.expected(self._header.undoes)
            path = self._store.path(self._header.undoes, "network.json")
            if door.exists(path):
                old = network.target_of(network.read_snapshot(path), expected)
                self._there = network.of_long_ago(old)
                self._aim = expected and probes.aim_of_undo(expected, old.before)
        self._before = network.target_of(before, expected)

    def resume_rollback(self) -> int:
        """What a worker that died has left, rolled back."""
        with _signals(self._countdown):
            tried = any(
                entry.state == State.FAILED for entry in self._store.journal(self._id).entries
            )
            return self.rollback("it was tried again." if tried else "it had been interrupted.")

    def run(self) -> int:
        """Forward, then wait; whatever goes wrong leads back."""
        with _signals(self._countdown):
            try:
                self._forward()
                self._wait()
            except StopError as stop:
                return self.rollback(str(stop))
            except XenbondError as error:
                return self.rollback(str(error))
            # Nothing may leave the host half changed, our own mistakes included.
            except Exception as error:
                return self.rollback(f"an unforeseen error, {type(error).__name__}: {error}")
        return 0

    def _forward(self) -> None:
        self._progress.message("Applying.")
        self._progress.note(f"copies kept as {self._id}")
        guard = boot_guard.install(self._machine)
        why = self._machine.at_boot().unfit
        if guard or why or self._machine.access.this_host:
            none = f"none, because {why}" if why else "none on this host"
            self._progress.note("guard against a power cut", "ok", guard or none)
        self._progress.begin("see what works now")
        now = self._machine.kernel.snapshot()
        leaving = self._there.leaving(now)
        connection = self._header.connection
        candidates = probes.probes(self._machine, now, self._aim, leaving, connection)
        baseline = probes.measure(self._machine, candidates)
        self._progress.end("ok", probes.described(baseline))
        steps = self._steps(self._there)
        for step in self._plan.forward:
            self._countdown.check()
            if touches_network(step.action) and not touched_network(self._store, self._id):
                durable.replace(self._store.path(self._id, ACTIVATING), b"")
                self._start_second()
            self._carry_out(steps, step)
        if self._header.undoes:
            transaction.undo_bystanders(self._machine, self._id)
        self._read_back()
        until = self._machine.clock.monotonic() + probes.CONVERGENCE_S
        for probe in baseline:
            self._progress.begin(probe.label)
            if probes.works_again(self._machine, probe, self._countdown.pause, until):
                self._progress.end("ok")
            elif probe.reach and self._header.expect_disconnect:
                self._progress.end("ok", "not any more; that was the intention")
            else:
                self._progress.end("failed", "worked before, does not now")
                raise XenbondError(f"{probe.label} worked before the change and does not any more.")

    def _start_second(self) -> None:
        if self._second.wanted:
            self._progress.begin(_SECOND)
            within = longest(self._plan, self._header.confirm_within)
            self._progress.end("ok", self._second.start(within))

    def _move_second(self, seconds: float) -> None:
        amiss = self._second.move(seconds)
        if amiss:
            self._progress.note(_SECOND, "ok", amiss)

    def _carry_out(self, steps: Steps, step: Step) -> None:
        self._progress.begin(step.label)
        try:
            self._progress.end("ok", steps.carry_out(step.action))
        except XenbondError as error:
            if step.best_effort:
                self._progress.end("ok", allowed(error))
                return
            self._progress.end("failed", str(error))
            raise

    def _read_back(self) -> None:
        if self._plan.expected is None:
            return
        self._progress.begin("the kernel runs what was asked")
        found = readback.settled_differences(
            self._machine, self._plan.expected, self._countdown.pause
        )
        self._progress.end("failed" if found else "ok", "; ".join(found))
        if found:
            raise XenbondError(f"The kernel does not run what was asked: {'; '.join(found)}.")

    def _wait(self) -> None:
        self._progress.message("Everything runs. Keep it?")
        self._countdown.run(self._header.confirm_within, self._move_second)
        self._second.stop()
        transaction.settle_bystanders(self._machine, self._id)
        try:
            transaction.reach(self._machine, self._id, State.CONFIRMED, "Kept.")
        except XenbondError:
            # A note that could neither be brought to the disk nor be rolled back holds.
            if self._store.record(self._id).is_open:
                raise
        self._progress.message("Kept.")

    def rollback(self, reason: str) -> int:
        """Every file and the running network as they were; returns the exit code."""
        self._progress.message(f"Rolling back: {reason}")
        # A disk that refuses the note does not keep anything from being put back.
        with suppress(XenbondError):
            transaction.reach(self._machine, self._id, State.ROLLING_BACK, reason)
        try:
            self._second.stop()
        except Exception as error:
            self._progress.note(_SECOND, "failed", str(error))
        steps = self._steps(self._before, patient=False)
        problems: list[str] = []
        files_back = True
        if touched_network(self._store, self._id):
            for step in self._plan.rollback:
                problems += self._step_back(steps, step)
        try:
            self._progress.begin("files as they were")
            try:
                said = self._restore_files()
            except XenbondError:
                # Once more: much that a disk refuses it does not refuse twice.
                said = self._restore_files()
            self._progress.end("undone", said)
        except XenbondError as error:
            self._progress.end("failed", str(error))
            problems.append(str(error))
            files_back = False
        if touched_network(self._store, self._id):
            problems += self._network_back()
        if problems:
            problems = [_FILES_BACK, *problems] if files_back else problems
            problems.append(_ADVICE)
        done = "Not rolled back completely" if problems else "Rolled back"
        text = " ".join((f"{done}: {reason}", *self._displaced, *problems))
        state = State.FAILED if problems else State.ROLLED_BACK
        transaction.reach(self._machine, self._id, state, text)
        self._progress.message(text)
        how = _NOT_ROLLED_BACK if problems else "was rolled back"
        told = " ".join((reason, *problems))
        announce(self._machine, f"the network change {self._id} {how}: {told}")
        return EXIT_REFUSED

    def _step_back(self, steps: Steps, step: Step) -> list[str]:
        """One step of the rollback, which goes on whatever happens to it; a problem that stays."""
        self._progress.begin(step.label)
        try:
            self._progress.end("undone", steps.carry_out(step.action))
        except Exception as error:
            status = "undone" if step.best_effort else "failed"
            self._progress.end(status, allowed(error) if step.best_effort else str(error))
            if step.action in self._plan.at_boot:
                return [f"What daemons read is still made of this change's files: {error}."]
        return []

    def _network_back(self) -> list[str]:
        self._progress.begin("network as it was")
        clock = self._machine.clock
        until = clock.monotonic() + _SETTLE_S
        try:
            while network.differences(self._before, self._machine.kernel.snapshot()):
                if clock.monotonic() >= until:
                    break
                clock.sleep(0.5)
            self._sysctls.restore()
            remaining = (
                *surroundings.restore_sysctls(self._machine.writer(), self._surroundings),
                *network.restore_network(self._machine.writer(), self._before),
                *surroundings.restart_dhcp(self._machine, self._surroundings),
            )
        except Exception as error:
            remaining = (f"the network can't be compared: {error}",)
        self._progress.end("failed" if remaining else "undone", "; ".join(remaining))
        return [f"Still different: {'; '.join(remaining)}."] if remaining else []

    def _steps(self, target: network.Target, *, patient: bool = True) -> Steps:
        pause = self._countdown.pause if patient else self._machine.clock.sleep
        return Steps(
            self._machine,
            self._write_files,
            self._restore_files,
            target,
            pause,
            self._sysctls,
        )

    def _write_files(self) -> str:
        count = transaction.write(self._machine, self._id)
        transaction.reach(self._machine, self._id, State.WRITTEN)
        runner = self._machine.runner
        made = [change.path for change in self._plan.changed if change.status == "new"]
        if made and runner.which("restorecon") is not None:
            # A new file has its directory's SELinux label; the policy may know a better one.
            runner.run(("restorecon", *made), 10.0)
        return f"{count} {'file' if count == 1 else 'files'}"

    def _restore_files(self) -> str:
        notes = transaction.restore(self._machine, self._id)
        self._displaced += notes
        return " ".join(notes)


def allowed(error: Exception) -> str:
    """What is said of a step that need not work, and did not."""
    return f"this one may fail, and did: {error}"


@contextmanager
def _signals(countdown: Countdown) -> Iterator[None]:
    """A closed terminal does not matter; being asked to end means a rollback first."""

    def stop(number: int, frame: FrameType | None) -> None:
        countdown.stop("the host asked the background process to end")

    old = {
        signal.SIGHUP: signal.signal(signal.SIGHUP, signal.SIG_IGN),
        signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN),
        signal.SIGTERM: signal.signal(signal.SIGTERM, stop),
    }
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
