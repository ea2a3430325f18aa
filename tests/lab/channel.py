"""Runs commands in a guest, over the serial line its agent listens on (`inside/agent.py`)."""

import itertools
import json
import shlex
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass

from tests.lab.limit import Limit


@dataclass(frozen=True, slots=True)
class Done:
    """What a command in the guest left behind."""

    argv: tuple[str, ...]
    rc: int
    """Exit status; -N when signal N ended it."""
    out: str
    err: str

    def __str__(self) -> str:
        return f"$ {shlex.join(self.argv)}\n{self.out}{self.err}-> {self.rc}"

    def ok(self) -> str:
        """Standard output of a command that must have succeeded."""
        assert self.rc == 0, f"failed in the guest:\n{self}"
        return self.out


class Running:
    """A command under way in the guest."""

    def __init__(self, agent: "Agent", number: int, argv: tuple[str, ...]) -> None:
        self.argv = argv
        self._agent = agent
        self._number = number
        self._answer: Future[dict[str, object]] = Future()

    def wait(self, timeout: float = 180.0) -> Done:
        """Wait for its end.

        Raises:
            AssertionError: it still runs after `timeout` seconds (`Limit`), or the guest is gone.
        """
        limit = Limit(timeout, self._agent.stalled)
        while not self.over_within(limit.left):
            assert not limit.over, f"still running after {timeout} s: {shlex.join(self.argv)}"
        found = self._answer.result()
        return Done(self.argv, int(str(found["rc"])), str(found["out"]), str(found["err"]))

    @property
    def over(self) -> bool:
        """True when it has ended."""
        return self._answer.done()

    def over_within(self, seconds: float) -> bool:
        """Wait a while for its end; True when it has ended."""
        return bool(wait([self._answer], seconds).done)

    def signal(self, number: int) -> None:
        """Signal its process group; nothing happens when it has ended."""
        self._agent.send({"signal": number, "of": self._number})


class Agent:
    """The host's end of the line."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._numbers = itertools.count(1)
        self._running: dict[int, Running] = {}
        self._writing = threading.Lock()
        self.stalled: Callable[[], float] = float
        """For how many seconds the guest has had no processor; a guest that is a process: 0."""
        self.ready = threading.Event()
        self.lost = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    def start(
        self,
        argv: Sequence[str],
        *,
        stdin: str = "",
        env: Mapping[str, str] | None = None,
        terminal: str | None = None,
    ) -> Running:
        """Start a command; `terminal` (`/dev/tty0`) becomes its controlling terminal."""
        number = next(self._numbers)
        running = self._running[number] = Running(self, number, tuple(argv))
        request: dict[str, object] = {"id": number, "argv": list(argv), "stdin": stdin}
        self.send({**request, "env": dict(env or {}), "tty": terminal})
        return running

    def send(self, message: Mapping[str, object]) -> None:
        """Send one request."""
        if self.lost.is_set():
            raise AssertionError("the guest is gone")
        with self._writing:
            self._line.sendall(json.dumps(message).encode("ascii") + b"\n")

    def _listen(self) -> None:
        pending = b""
        try:
            while chunk := self._line.recv(65536):
                *whole, pending = (pending + chunk).split(b"\n")
                for text in whole:
                    self._take(text)
        except OSError:
            pass  # closed by stop()
        self.lost.set()
        for running in list(self._running.values()):
            if not running._answer.done():
                running._answer.set_exception(AssertionError("the guest is gone"))

    def _take(self, text: bytes) -> None:
        if not text.startswith(b"{"):
            return  # what the serial line said before the agent had it
        message = json.loads(text)
        if "ready" in message:
            self.ready.set()
        else:
            self._running.pop(message["id"])._answer.set_result(message)
